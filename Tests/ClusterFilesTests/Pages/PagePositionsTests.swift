import Evidence
import FixtureSupport
import PostgresFormat
import Testing

@testable import ClusterFiles

/// Relation files that no server made, beside a control file that somebody forged.
@Suite struct PagePositionsTests {
  private static func positions(blocks: UInt32, _ files: [String: Int]) throws -> PagePositions? {
    let scratch = ScratchDirectory()
    try ExternalProgram.run("/bin/cp", ["-a", Fixtures.node("pg17-pair", "standby").path, scratch.path + "/s"])
    let page = Array(try FileTree.contents(of: scratch.path + "/s/global/1262").prefix(8192))
    for (name, size) in files {
      let file = scratch.write("s/base/5/" + name, page)
      if size > page.count { try ExternalProgram.run("/usr/bin/truncate", ["-s", "\(size)", file]) }
    }
    let directory = try DataDirectory(path: scratch.path + "/s")
    var evidence = directory.gather()
    evidence.control?.value.relationSegmentBlocks = blocks
    return PagePositions(ofDirectory: directory, evidence, from: LSN(1), whole: true)
  }

  @Test func numbersOfBlocksThatThereCannotBeAreLeftOut() throws {
    let plain = try #require(try Self.positions(blocks: 131_072, [:]))
    for blocks in [1, 131_072, 1 << 31, UInt32.max] {
      let forged = try #require(
        try Self.positions(blocks: blocks, ["16384.9999999999": 0, "16385.4294967296": 0, "9999999999": 0]))
      #expect(forged.pages >= 1 && forged.pages <= plain.pages + 3, "\(blocks)")
    }
    #expect(try Self.positions(blocks: 0, ["16384.9999999999": 0]) == nil)
  }

  /// A terabyte that takes no room on the disk.
  @Test func aFileEndsWithItsSegment() throws {
    let start = ContinuousClock.now
    let found = try #require(try Self.positions(blocks: 16, ["16384": 1 << 40, "16385.1": 1 << 40]))
    #expect(found.problem == nil && ContinuousClock.now - start < .seconds(30))
  }
}
