package import Evidence
package import PostgresFormat

/// Reads what happened in a node's WAL, from a position to the end of valid WAL, along its timeline.
package struct WALActivityReader: Sendable {
  package var source: WALSource
  package var limits = WALActivityCollector.Limits()
  /// Threads at most.
  package var jobs = 1

  package init(_ source: WALSource) { self.source = source }

  /// The WAL of a data directory, along the timeline that the node is on.
  package init(dataDirectory: String) throws(WALSource.OpenError) {
    var request = WALSource.Request()
    request.dataDirectory = dataDirectory
    source = try WALSource(request)
  }

  /// What was found, and how the reading ended: for an ordinary end the end of WAL, otherwise damage.
  package struct Result: Sendable {
    package var activity: WALActivity
    package var outcome: WALWalk.Outcome
  }

  /// Reads from the first record at or behind `start` (without one: from the first that there is) to `end`. nil where
  /// the timeline has no WAL at all.
  package func read(from start: LSN? = nil, to end: LSN? = nil) async throws -> Result? {
    let geometry = source.route.geometry
    guard let first = start ?? source.route.firstSegment?.start(size: geometry.segmentSize) else { return nil }
    var walk = WALWalk(source.route, start: .firstRecord(from: first))
    if let end { walk.end = end }
    walk.jobs = max(1, jobs)
    let (version, limits) = (geometry.version, limits)
    var whole = WALActivityCollector(version: version, limits: limits)
    let empty = WALActivityCollector(version: version, continuesEarlier: true, limits: limits)
    let outcome = try await walk.run {
      empty
    } deliver: { (part: inout WALActivityCollector) in
      guard !part.isEmpty else { return true }
      whole.append(part)
      part = empty
      return true
    }
    return Result(activity: whole.finished(), outcome: outcome)
  }
}
