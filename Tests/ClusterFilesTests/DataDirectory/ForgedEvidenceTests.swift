import Evidence
import FixtureSupport
import PostgresFormat
import Testing

@testable import ClusterFiles

/// Evidence files that say what no directory does.
@Suite struct ForgedEvidenceTests {
  /// Whether an evidence file is taken after a change of what a real directory gave.
  private func isTaken(_ change: (inout Evidence) -> Void) throws -> Bool {
    var evidence = try DataDirectory(path: Fixtures.node("pg17-clean", "data").path).gather()
    change(&evidence)
    let folder = ScratchDirectory()
    let path = folder.write("evidence.json", try EvidenceFile.encode(evidence))
    return (try? EvidenceFile.read(path)) != nil
  }

  @Test func whatADirectoryGaveIsTaken() throws {
    #expect(try isTaken { _ in })
  }

  @Test(arguments: [0, -1, 3 << 20, 1 << 19, 1 << 31, 1 << 33, .max])
  func aSegmentSizeThatNoServerHasIsRefused(_ size: Int) throws {
    #expect(try !isTaken { $0.wal.segmentSize = size })
  }

  @Test func runsAndGapsGoForwardWithinTheRangeOfAnLSN() throws {
    let one = TimelineID(1)
    let (low, high) = (SegmentNumber(3), SegmentNumber(5))
    #expect(try isTaken { $0.wal.gaps = [SegmentGap(timeline: one, first: low, last: high)] })
    #expect(try !isTaken { $0.wal.gaps = [SegmentGap(timeline: one, first: high, last: low)] })
    #expect(try !isTaken { $0.wal.live = [SegmentRun(timeline: one, first: high, last: low)] })
    #expect(try !isTaken { $0.wal.live = [SegmentRun(timeline: one, first: low, last: SegmentNumber(.max))] })
  }
}
