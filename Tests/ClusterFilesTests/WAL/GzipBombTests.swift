import FixtureSupport
import Testing

@testable import ClusterFiles

/// Compressed files that unpack to far more, or to nothing.
@Suite struct GzipBombTests {
  private let scratch = ScratchDirectory()

  private func shell(_ commands: String) throws {
    try ExternalProgram.run("/bin/sh", ["-ec", "cd '\(scratch.path)'; \(commands)"])
  }

  /// Members without data, one after the other: reading them to the next byte of data would never end.
  @Test(arguments: [(200, true), (100_000, false)])
  func membersWithoutData(count: Int, isRead: Bool) throws {
    try shell(
      "printf '' | gzip -n > e; printf data | gzip -n > d; yes e | head -n \(count) | xargs cat > f; cat d >> f")
    var reader = try SegmentReader(path: scratch.path + "/f")
    var bytes = [UInt8](repeating: 0, count: 10)
    #expect(try reader.fill(&bytes, from: 0) == (isRead ? 4 : 0))
    #expect((reader.failure == nil) == isRead)
  }

  /// A name in the header that is longer than any.
  @Test func endlessName() throws {
    try shell(#"printf '\037\213\010\010\0\0\0\0\0\003' > f; yes a | tr -d '\n' | head -c 3000000 >> f"#)
    var reader = try SegmentReader(path: scratch.path + "/f")
    var bytes = [UInt8](repeating: 0, count: 10)
    #expect(try reader.fill(&bytes, from: 0) == 0)
    #expect(reader.failure?.contains("holds none") == true)
  }

  @Test func aHistoryThatUnpacksToAGigabyteIsRefused() throws {
    try shell("head -c 64M /dev/zero | gzip -1 > m; for i in $(seq 16); do cat m; done > f")
    #expect(throws: FileError(path: scratch.path + "/f", reason: .tooLarge(limit: 1000))) {
      try SegmentReader.wholeFile(scratch.path + "/f", limit: 1000)
    }
  }
}
