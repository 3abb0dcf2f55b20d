import ClusterFiles
import PostgresFormat
import Reporting

extension WALCoverage {
  /// As the reports show it.
  var report: WALGaps {
    WALGaps(
      segmentSize: geometry.segmentSize, systemIdentifier: geometry.systemIdentifier,
      others: others.map { WALGaps.OtherCluster(systemIdentifier: $0.systemIdentifier, runs: $0.runs) },
      timelines: timelines.map {
        WALGaps.Timeline(
          timeline: $0.timeline, runs: $0.runs, segmentCount: $0.segmentCount, missing: $0.missing,
          partialOnly: $0.partialOnly,
          short: $0.short.map { WALGaps.Short(number: $0.number, bytes: UInt64($0.bytes)) },
          recycledCount: $0.recycledCount, preallocatedCount: $0.preallocatedCount,
          unprobedCount: $0.unprobedCount)
      },
      duplicates: duplicates.map { duplicate in
        let verdict = duplicate.comparisons.map(\.verdict).max { $0.rank < $1.rank }
        return WALGaps.Duplicate(
          segment: duplicate.name, paths: duplicate.paths, verdict: verdict?.name, offset: verdict?.offset)
      })
  }
}

extension SegmentComparison {
  fileprivate var verdict: (name: String, rank: Int, offset: Int?) {
    switch self {
    case .same: ("same", 0, nil)
    case .oneIsShorter: ("shorter", 1, nil)
    case .unreadable: ("unreadable", 2, nil)
    case .different(let offset): ("different", 3, offset)
    }
  }
}
