package import Evidence
package import PostgresFormat

/// Reads what happened in a node's WAL, from a position to the end of valid WAL, along its timeline.
package struct WALActivityReader: Sendable {
  /// Its route, and so its timeline, is followed.
  package var source: WALSource
  /// How much is kept of what a hostile or huge WAL could have without bound.
  package var limits = WALActivityCollector.Limits()
  /// Threads at most.
  package var jobs = 1

  /// Reads on one thread, unless ``jobs`` is raised.
  package init(_ source: WALSource) { self.source = source }

  /// The WAL of a data directory, along the timeline that the node is on.
  package init(dataDirectory: String) throws(WALSource.OpenError) {
    var request = WALSource.Request()
    request.dataDirectory = dataDirectory
    source = try WALSource(request)
  }

  /// What was found, and how the reading ended: for an ordinary end the end of WAL, otherwise damage.
  package struct Result: Sendable {
    /// Of the records that were read, whether damage ended the walk or not.
    package var activity: WALActivity
    /// Tells whether all of the range was read.
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
    let (activity, outcome) = try await walk.activity(limits: limits)
    return Result(activity: activity, outcome: outcome)
  }
}

extension WALWalk {
  /// What happened in the WAL of the whole walk; the same for any number of threads.
  func activity(
    limits: WALActivityCollector.Limits = WALActivityCollector.Limits()
  ) async throws -> (activity: WALActivity, outcome: Outcome) {
    let version = route.geometry.version
    var whole = WALActivityCollector(version: version, limits: limits)
    let empty = WALActivityCollector(version: version, continuesEarlier: true, limits: limits)
    let outcome = try await run {
      empty
    } deliver: { (part: inout WALActivityCollector) in
      guard !part.isEmpty else { return true }
      whole.append(part)
      part = empty
      return true
    }
    return (whole.finished(), outcome)
  }
}
