import Evidence
import PostgresFormat

/// Which segments a WAL folder has, asked by name: runs by timeline, searched by halves, however many an evidence file lists.
struct SegmentSet {
  private let size: Int?
  private let runs: [TimelineID: [SegmentRun]]

  init(_ wal: WALEvidence) { self.init(wal.live, size: wal.segmentSize) }

  /// `size`: bytes of a segment.
  init(_ live: [SegmentRun], size: Int?) {
    self.size = size
    runs = Dictionary(grouping: live, by: \.timeline).mapValues { $0.sorted { $0.first < $1.first } }
  }

  /// Whether a segment of this name is there with WAL of its position.
  func has(_ name: SegmentName) -> Bool {
    guard let size, size > 0, let number = name.number(size: size), let own = runs[name.timeline] else { return false }
    let next = own.partitionPoint { $0.first > number }
    return next > 0 && own[next - 1].last >= number
  }
}
