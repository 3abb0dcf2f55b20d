package import Evidence
import PostgresFormat

/// A node's files with what they said.
package typealias NodeFiles = (evidence: Evidence, directory: DataDirectory)

/// The segments of one timeline that two data directories both have, to be compared.
struct CommonSegments {
  let timeline: TimelineID
  let geometry: WALGeometry
  private let a: NodeFiles
  private let b: NodeFiles
  private let folders: (a: String, b: String)

  /// nil where the WAL of one of them is not known.
  init?(of a: NodeFiles, and b: NodeFiles, on timeline: TimelineID) {
    guard let control = a.evidence.control?.value, let size = control.segmentSize, let version = a.evidence.version,
      let folder = a.evidence.wal.path, let otherFolder = b.evidence.wal.path,
      let geometry = WALGeometry(version: version, segmentSize: size, systemIdentifier: control.systemIdentifier)
    else { return nil }
    (self.a, self.b, self.timeline, self.geometry) = (a, b, timeline, geometry)
    folders = ("\(a.directory.path)/\(folder)", "\(b.directory.path)/\(otherFolder)")
  }

  /// Where the segment begins.
  func start(of number: SegmentNumber) -> LSN { number.start(size: geometry.segmentSize) }

  /// nil where one of them has no such segment.
  func compare(_ number: SegmentNumber) -> SegmentComparison? {
    guard [a, b].allSatisfy({ $0.evidence.wal.isLive(number, on: timeline) }) else { return nil }
    let name = SegmentName(timeline: timeline, number: number, size: geometry.segmentSize).text
    return SegmentComparison.compare(
      ("\(folders.a)/\(name)", a.directory.storage), ("\(folders.b)/\(name)", b.directory.storage),
      start: start(of: number), geometry: geometry)
  }

  /// How both copies of the segment with a difference are by themselves.
  func soundness(at difference: LSN) -> [SegmentSoundness] {
    let number = SegmentNumber(containing: difference, size: geometry.segmentSize)
    let name = SegmentName(timeline: timeline, number: number, size: geometry.segmentSize)
    return [a, b].map { .own(of: $0, name, difference: difference) ?? .unknown }
  }
}

extension WALEvidence {
  fileprivate func isLive(_ number: SegmentNumber, on timeline: TimelineID) -> Bool {
    live.contains { $0.timeline == timeline && $0.first <= number && number <= $0.last }
  }
}
