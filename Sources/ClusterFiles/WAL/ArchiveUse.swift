package import Evidence
package import PostgresFormat

/// Why a folder that was given as an archive helps nobody: a wrong folder looks like an archive that lacks what is asked for.
package enum ArchiveLack: Sendable, Hashable {
  /// It has no file that is named like a segment.
  case noSegment
  /// None of its segments can be read: the first one's path, and why.
  case unreadable(WALProblem)
  /// What it has is of another cluster, by this system identifier.
  case otherCluster(UInt64)
  /// What it has is of timelines that are not of the node's history.
  case otherTimelines([TimelineID])
  /// It has nothing of the history from the position on; where it ends.
  case endsBefore(LSN, end: LSN)
  /// What it has from the position on, the nodes' own folders have, too.
  case nothingMore

  /// nil where the archive has something, or nobody can say. `start`: from where on WAL is asked for; nil: any is welcome.
  /// `nodes` are those whose own folders were read.
  package static func of(
    _ folder: String, for evidence: Evidence, from start: LSN?, beside nodes: [Evidence]
  ) -> ArchiveLack? {
    guard let control = evidence.control?.value, control.checksumMatches, let history = evidence.currentHistory else {
      return nil
    }
    var inventory = WALInventory()
    guard (try? inventory.add(folder: folder)) != nil else { return nil }
    inventory.sort()
    guard !inventory.files.isEmpty else { return .noSegment }
    inventory.settleGeometry(
      version: evidence.version, segmentSize: Int(control.walSegmentSize), systemIdentifier: control.systemIdentifier)
    guard let route = WALRoute(inventory, history: history) else { return nil }
    guard inventory.files.contains(where: \.state.mayBeLive) else {
      return inventory.others.first.map { .otherCluster($0.systemIdentifier) }
        ?? .unreadable(inventory.exampleOfUnreadable)
    }
    let (live, size) = (route.liveSegments, route.geometry.segmentSize)
    guard let last = live.last else {
      return .otherTimelines(Set(inventory.files.filter(\.state.mayBeLive).map(\.name.timeline)).sorted())
    }
    let first = start.map { SegmentNumber(containing: $0, size: size) }
    let useful = live.drop { number in first.map { number < $0 } ?? false }
    guard !useful.isEmpty else {
      return .endsBefore(start ?? .none, end: SegmentNumber(last.rawValue + 1).start(size: size))
    }
    let own = nodes.flatMap(\.wal.live)
    let isThere = useful.allSatisfy { number in own.contains { $0.first <= number && number <= $0.last } }
    return isThere ? .nothingMore : nil
  }

  /// What is wrong with it, as a sentence that goes on from its path.
  package var sentence: String {
    switch self {
    case .noSegment: "has no WAL segment"
    case .unreadable(let problem): "has no segment that can be read: \(problem.path) \(problem.sentence)"
    case .otherCluster(let identifier): "has WAL of another cluster only (system identifier \(identifier))"
    case .otherTimelines(let timelines):
      "has no WAL of the primary's history, only of timeline \(timelines.map(\.description).joined(separator: ", "))"
    case .endsBefore(let start, let end): "has no WAL from \(start) on, where it is needed: it ends at \(end)"
    case .nothingMore: "has nothing that the nodes' own WAL folders do not have"
    }
  }
}
