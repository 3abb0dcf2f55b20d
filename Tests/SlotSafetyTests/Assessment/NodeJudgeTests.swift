import Evidence
@testable import PostgresFormat
import SlotSafety
import Testing

/// What must hold of the nodes for any slot to go on.
@Suite struct NodeJudgeTests {
  @Test func filesOfAnUnknownCatalogVersionProveNothing() throws {
    for node in [\SamplePair.primary, \.standby] {
      for hasSlots in [true, false] {
        var pair = SamplePair()
        pair[keyPath: node].control?.value.catalogVersion = 202_701_011
        if !hasSlots { (pair.primary.slots, pair.standby.slots) = ([], []) }
        let assessment = pair.assess()
        #expect(assessment.verdict == .unknown && assessment.slots.allSatisfy { $0.verdict == .unknown })
        #expect(assessment.slots.allSatisfy { $0.findings.first?.id == "A04" })
        let finding = try #require(assessment.findings.first { $0.id == "A04" })
        #expect(finding.message.contains("catalog version 202701011") && finding.remedy != nil)
        #expect(finding.facts.map(\.offset) == [12])
      }
    }
    #expect(Audit(primary: nil, standbys: [SamplePair.ofAFork]).assessments().map(\.verdict) == [.unknown])
  }

  @Test func aStandbyThatWouldNotStartIsNotReadyWithoutAnySlotEither() {
    var pair = SamplePair()
    (pair.primary.slots, pair.standby.slots) = ([], [])
    #expect(pair.assess().verdict == .ready)
    pair.standby.control?.value.checkpointLSN = LSN(0x100_0000)
    let assessment = pair.assess()
    #expect(assessment.verdict == .atRisk && assessment.findings.contains { $0.id == "A03" })
  }

  /// Up to 16.8 and 17.4 it starts, sends no feedback, and notices no removed catalog row.
  @Test(arguments: [ServerVersion.v16, .v17, .v18, .v19])
  func aStandbyThatMayNotStartIsNotReady(version: ServerVersion) {
    var pair = SamplePair(version)
    pair.standby.set("hot_standby", "on")
    #expect(pair.orders?.verdict == .ready)
    pair.standby.set("hot_standby", "off")
    #expect(pair.orders?.verdict == .atRisk)
    #expect(pair.orders?.findings.first?.id == "A03")
    #expect(pair.orders?.reason.contains(version < .v18 ? "may not start" : "would not start") == true)
  }

  @Test func aConfigurationOfTheStandbyThatWasNotReadLeavesAllOpen() {
    let problem = Problem(
      subject: "configuration", path: "conf.d/recovery.conf", cause: .file(errno: 13, message: "Permission denied"))
    var pair = SamplePair()
    pair.primary.problems = [problem]
    #expect(pair.orders?.verdict == .ready)
    pair.standby.problems = [problem]
    #expect(pair.orders?.verdict == .unknown)
    #expect(pair.orders?.findings.first?.facts.map(\.path) == ["conf.d/recovery.conf"])
    #expect(Audit(primary: nil, standbys: [pair.standby]).assessments().map(\.verdict) == [.unknown])
  }
}
