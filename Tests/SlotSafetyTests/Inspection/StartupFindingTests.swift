import Evidence
import PostgresFormat
import Testing

@testable import SlotSafety

/// What an operator reads of a start that the files refuse.
@Suite struct StartupFindingTests {
  @Test func theRefusedLineIsNamed() throws {
    var node = SamplePair().primary
    node.settings.mainFile = "postgresql.conf"
    node.set("max_connections", "many")
    let finding = try #require(Inspection(node).findings.first { $0.id == "startup.refused" })
    #expect(finding.message.contains("contains errors; ") && finding.message.contains("max_connections"))
    let fact = try #require(finding.facts.first)
    #expect(fact.path.hasPrefix("postgresql.conf:") && fact.fact.contains("max_connections"), "\(fact)")
  }

  @Test func catalogsOfAForkAreSaidToBeUnknownAndStopNoStart() throws {
    let node = Inspection(SamplePair.ofAFork)
    let finding = try #require(node.findings.first { $0.id == "node.catalog-version-unknown" })
    #expect(finding.severity == .warning && finding.message.contains("202701011") && finding.message.contains("17"))
    #expect(!node.findings.contains { $0.id == "startup.refused" })
    #expect(!Inspection(SamplePair().standby).findings.contains { $0.id == finding.id })
  }

  @Test func nothingIsSaidOfOneThatStarts() {
    #expect(!Inspection(SamplePair().primary).findings.contains { $0.id == "startup.refused" })
  }
}
