import ClusterFiles
import Evidence
import PostgresFormat
import Reporting

extension WALCoverage {
  /// As the reports show it. `found` are the timelines of which a folder has a history, whether it can be read or not: what is
  /// missing is told only of folders, else it is nil.
  func report(_ histories: [TimelineHistory], found: Set<TimelineID>?) -> WALGaps {
    var gaps = self.gaps
    for index in gaps.timelines.indices {
      let timeline = gaps.timelines[index].timeline
      guard timeline.rawValue > 1 else { continue }
      let history = histories.first { $0.timeline == timeline }
      if let found, history == nil {
        gaps.timelines[index].history = found.contains(timeline) ? .unreadable : .missing
      }
      guard let entry = history?.ancestors.last else { continue }
      let segment = SegmentNumber(containing: entry.switchPoint, size: geometry.segmentSize)
      let parent = gaps.timelines.first { $0.timeline == entry.timeline }
      gaps.timelines[index].fork = WALGaps.Fork(
        parent: entry.timeline, lsn: entry.switchPoint,
        parentGoesOn: parent?.runs.contains { $0.last > segment } ?? false)
    }
    return gaps
  }

  private var gaps: WALGaps {
    WALGaps(
      segmentSize: geometry.segmentSize, systemIdentifier: geometry.systemIdentifier,
      others: others.map { WALGaps.OtherCluster(systemIdentifier: $0.systemIdentifier, runs: $0.runs) },
      timelines: timelines.map {
        WALGaps.Timeline(
          timeline: $0.timeline, runs: $0.runs, segmentCount: $0.segmentCount, missing: $0.missing,
          unreadable: $0.unreadable,
          partialOnly: $0.partialOnly,
          short: $0.short.map { WALGaps.Short(number: $0.number, bytes: UInt64($0.bytes)) },
          recycledCount: $0.recycledCount, preallocatedCount: $0.preallocatedCount,
          unprobedCount: $0.unprobedCount)
      },
      duplicates: duplicates.map { duplicate in
        let verdict = duplicate.comparisons.map(\.verdict).max { $0.rank < $1.rank }
        return WALGaps.Duplicate(
          segment: duplicate.name, paths: duplicate.paths, verdict: verdict?.name, offset: verdict?.offset,
          soundness: duplicate.soundness)
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
