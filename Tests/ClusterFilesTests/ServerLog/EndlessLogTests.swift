import Evidence
import FixtureSupport
import PostgresFormat
import Testing

@testable import ClusterFiles

@Suite struct EndlessLogTests {
  /// A terabyte without a line end, which takes no room on a disk.
  @Test func aFileWithoutLinesIsNotReadToItsEnd() throws {
    let scratch = ScratchDirectory()
    let path = scratch.path + "/postgresql.log"
    try ExternalProgram.run("/usr/bin/truncate", ["-s", "1T", path])
    let log = try ServerLogReader.log(
      ofFiles: [path], directory: nil, EffectiveSettings(SettingsEvidence(), version: .v17))
    #expect(log.problems.count == 1 && log.problems[0].hasSuffix("line 1 does not end: the rest is not read"))
  }
}
