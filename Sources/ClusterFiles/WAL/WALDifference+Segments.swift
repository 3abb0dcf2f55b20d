package import Evidence
import PostgresFormat

extension WALDifference {
  /// Segments that are compared at most, the newest first: where histories part once, all that comes after differs, too.
  private static let segmentLimit = 256

  /// Where the segments of two data directories on one timeline differ, before the end of either's WAL; nil where they do
  /// not, or are not of one cluster and timeline.
  package static func find(_ a: NodeFiles, _ b: NodeFiles) -> WALDifference? {
    guard let control = a.evidence.control?.value, control.checksumMatches, let size = control.segmentSize,
      b.evidence.control?.value.systemIdentifier == control.systemIdentifier,
      b.evidence.wal.segmentSize == size, a.evidence.version == b.evidence.version,
      let timeline = a.evidence.currentTimeline, timeline == b.evidence.currentTimeline,
      let one = a.evidence.wal.end?.lsn, let other = b.evidence.wal.end?.lsn,
      let segments = CommonSegments(of: a, and: b, on: timeline)
    else { return nil }
    let end = min(one, other)
    guard end.rawValue > 0 else { return nil }
    var found: LSN?
    var number = SegmentNumber(containing: LSN(end.rawValue - 1), size: size)
    for _ in 0..<segmentLimit {
      guard case .different(let offset)? = segments.compare(number) else { break }
      let position = segments.start(of: number).advanced(by: UInt64(offset))
      // What comes after the end of either is left from before.
      guard position < end else { break }
      found = position
      guard number.rawValue > 0 else { break }
      number = SegmentNumber(number.rawValue - 1)
    }
    return found.map { position in
      var difference = WALDifference(
        sources: [a.evidence.origin.source, b.evidence.origin.source], timeline: timeline, from: position)
      difference.soundness = segments.soundness(at: position)
      return difference
    }
  }
}
