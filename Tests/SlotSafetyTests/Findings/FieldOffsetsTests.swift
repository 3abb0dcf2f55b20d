import Evidence
import PostgresFormat
@testable import SlotSafety
import Testing

/// The byte that a fact names, against the offsets of the servers' own headers.
@Suite struct FieldOffsetsTests {
  @Test(arguments: ServerVersion.allCases) func factsNameTheByteOfTheirField(_ version: ServerVersion) {
    var node = Evidence(origin: Origin(kind: .dataDirectory, source: "/primary"))
    node.version = version
    let facts = SlotFacts(SamplePair.slot("orders", version), node: "primary", of: node)
    let found = [
      facts.name, facts.database, facts.persistency, facts.catalogXmin, facts.restart, facts.invalidation,
      facts.confirmedFlush, facts.twoPhaseAt,
    ].map(\.offset)
    #expect(
      found == (version < .v13 ? [16, 80, 84, 92, 96, nil, 104, nil] : [16, 80, 84, 92, 96, 104, 112, nil]))
    #expect(node.controlOffset(of: ControlFile.Fields.systemIdentifier) == 0)
    #expect(node.controlOffset(of: ControlFile.Fields.catalogVersion) == 12)
    #expect(node.controlOffset(of: ControlFile.Fields.state) == 16)
  }

  @Test func whatAServerToldHasNoByte() {
    var node = Evidence(origin: Origin(kind: .server, source: "host=db1"))
    node.version = .v17
    node.server = ServerEvidence(
      version: "17.2", role: .primary,
      asked: ServerEvidence.AskedAs(role: "r", isSuperuser: true, seesAllSettings: true, seesAllStatistics: true))
    let facts = SlotFacts(SamplePair.slot("orders"), node: "primary", of: node)
    #expect(facts.restart.offset == nil && facts.invalidation.offset == nil)
    #expect(facts.restart.path == "pg_replication_slots")
    #expect(node.controlOffset(of: ControlFile.Fields.state) == nil)
  }
}
