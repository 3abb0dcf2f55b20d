package import Evidence
package import PostgresFormat

/// Reads what happened in the WAL of one node, from a position on, as stretches without a break.
///
/// Where a segment is missing or damaged a stretch ends, and the next one begins with the first segment after it that
/// can be read: what lies between stays open.
package struct WALStretchReader: Sendable {
  private let route: WALRoute
  private let dataDirectory: String
  /// Beginnings that are tried where there are as many breaks: each takes time, also where no record follows.
  var attemptLimit = 10_000
  /// Stretches that are kept.
  var limit = WALStretch.limit
  /// Entries of all of them together: some of the largest.
  var entryLimit = 1 << 20

  /// The WAL folder of a data directory, and archives with more of the same cluster's. nil where nothing there is WAL of
  /// this cluster, or the node's own history is not known.
  package init?(
    _ evidence: Evidence, dataDirectory: String?, in storage: any ClusterStorage = PosixStorage(),
    archives: [String] = []
  ) {
    guard let route = WALRoute(evidence, dataDirectory: dataDirectory, in: storage, folders: archives) else {
      return nil
    }
    (self.route, self.dataDirectory) = (route, dataDirectory ?? "")
  }

  /// The records from a position on that end at `end` or before, up to damage; nil where there are none.
  package func stretch(from start: LSN, to end: LSN) async throws -> WALStretch? {
    var walk = WALWalk(route, start: .firstRecord(from: start))
    walk.end = end
    let (activity, outcome) = try await walk.activity()
    return outcome.end > start ? WALStretch(from: start, to: outcome.end, activity: activity) : nil
  }

  /// Everything from `start` on, or from the first segment that there is. The result does not depend on `jobs`, the
  /// number of threads at most. `progress` is told the position every so often. Where damage makes more stretches than
  /// ``WALStretch/limit``, or more of them than memory should hold, the oldest are left out: what lies there stays open. So
  /// does what follows the first ten thousand breaks.
  package func stretches(
    from start: LSN?, jobs: Int = 1, progress: (@Sendable (LSN) -> Void)? = nil
  ) async throws -> [WALStretch] {
    try await read(from: start, jobs: jobs, progress: progress).stretches
  }

  /// The same, with the segments that the system did not let be read.
  package func read(
    from start: LSN?, jobs: Int = 1, progress: (@Sendable (LSN) -> Void)? = nil
  ) async throws -> (stretches: [WALStretch], problems: [Problem]) {
    let size = route.geometry.segmentSize
    let live = route.liveSegments
    var stretches: [WALStretch] = []
    var problems: [Problem] = []
    var entries: [Int] = []
    var next = start.map { SegmentNumber(containing: $0, size: size) } ?? live.first
    var attemptsLeft = attemptLimit
    while let wanted = next, attemptsLeft > 0 {
      attemptsLeft -= 1
      let index = live.partitionPoint { $0 >= wanted }
      guard index < live.count else { break }
      let number = live[index]
      let from = number.start(size: size)
      var walk = WALWalk(route, start: .firstRecord(from: from))
      (walk.jobs, walk.progress) = (max(1, jobs), progress)
      let (activity, outcome) = try await walk.activity()
      if outcome.end > from {
        stretches.append(WALStretch(from: from, to: outcome.end, activity: activity))
        entries.append(stretches[stretches.count - 1].entryCount)
        while stretches.count > limit || (stretches.count > 1 && entries.reduce(0, +) > entryLimit) {
          stretches.removeFirst()
          entries.removeFirst()
        }
      }
      if let problem = outcome.problem {
        problems.append(Problem(subject: Problem.walSegment, problem, under: dataDirectory))
      }
      // Go on after the segment in which reading stopped.
      let stopped = max(SegmentNumber(containing: outcome.stop.at, size: size), number)
      next = SegmentNumber(stopped.rawValue + 1)
    }
    return (stretches, problems)
  }
}
