import FixtureSupport
import PostgresFormat
import Testing

/// That the archives in `Fixtures/` are what the other tests take them for.
@Suite struct FixturesTests {
  @Test func everyVersionHasAKilledPrimaryWithSlots() {
    for version in ServerVersion.allCases { #expect(Fixtures.names.contains("pg\(version.name)-crash")) }
  }

  @Test(arguments: Fixtures.names) func archivesUnpackAndAgreeWithTheirTruth(name: String) throws {
    let nodes = try Fixtures.nodes(name)
    #expect(!nodes.isEmpty)
    for node in nodes {
      let text = try FileTree.contents(of: node.path + "/PG_VERSION")
      #expect(String(decoding: text, as: UTF8.self) == node.versionName + "\n")
      #expect(FileTree.exists(node.path + "/global/pg_control"))
      #expect(node.truth["databases"].elements.count >= 4)
    }
  }

  @Test func whatIsNotThereIsAnErrorOrNil() throws {
    #expect(throws: FixtureError.self) { try Fixtures.unpacked("pg8.4-clean") }
    #expect(try Fixtures.node("pg17-crash", "data").walDump(timeline: "000000FF") == nil)
    let dump = try #require(try Fixtures.node("pg17-crash", "data").walDump(timeline: "00000001"))
    #expect(dump.last?.contains("invalid record length") == true)
  }
}
