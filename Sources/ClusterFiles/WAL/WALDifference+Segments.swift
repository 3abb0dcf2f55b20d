package import Evidence
import PostgresFormat

extension WALDifference {
  /// Segments that are compared at most, the newest first: where histories part once, all that comes after differs, too.
  private static let segmentLimit = 256

  /// Where the segments of two data directories on one timeline differ, before the end of either's WAL; nil where they do
  /// not, or are not of one cluster and timeline.
  package static func find(
    _ a: (evidence: Evidence, directory: DataDirectory), _ b: (evidence: Evidence, directory: DataDirectory)
  ) -> WALDifference? {
    guard let control = a.evidence.control?.value, control.checksumMatches, let size = control.segmentSize,
      b.evidence.control?.value.systemIdentifier == control.systemIdentifier,
      b.evidence.wal.segmentSize == size, let version = a.evidence.version, version == b.evidence.version,
      let timeline = a.evidence.currentTimeline, timeline == b.evidence.currentTimeline,
      let one = a.evidence.wal.end?.lsn, let other = b.evidence.wal.end?.lsn,
      let folder = a.evidence.wal.path, let otherFolder = b.evidence.wal.path,
      let geometry = WALGeometry(
        version: version, segmentSize: size, systemIdentifier: control.systemIdentifier)
    else { return nil }
    let end = min(one, other)
    guard end.rawValue > 0 else { return nil }
    func isLive(_ number: SegmentNumber, in evidence: Evidence) -> Bool {
      evidence.wal.live.contains { $0.timeline == timeline && $0.first <= number && number <= $0.last }
    }
    var found: LSN?
    var number = SegmentNumber(containing: LSN(end.rawValue - 1), size: size)
    for _ in 0..<segmentLimit {
      guard isLive(number, in: a.evidence), isLive(number, in: b.evidence) else { break }
      let name = SegmentName(timeline: timeline, number: number, size: size).text
      let start = number.start(size: size)
      let result = SegmentComparison.compare(
        ("\(a.directory.path)/\(folder)/\(name)", a.directory.storage),
        ("\(b.directory.path)/\(otherFolder)/\(name)", b.directory.storage), start: start, geometry: geometry)
      guard case .different(let offset) = result else { break }
      let position = start.advanced(by: UInt64(offset))
      // What comes after the end of either is left from before.
      guard position < end else { break }
      found = position
      guard number.rawValue > 0 else { break }
      number = SegmentNumber(number.rawValue - 1)
    }
    return found.map {
      WALDifference(sources: [a.evidence.origin.source, b.evidence.origin.source], timeline: timeline, from: $0)
    }
  }
}
