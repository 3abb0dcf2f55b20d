import PostgresFormat
import Testing

@testable import SlotSafety

@Suite struct AuditRuleTests {
  @Test func everyIdStandsInTheTableOnceAndInOrder() {
    #expect(AuditRule.all.map(\.id) == RuleID.allCases)
  }

  @Test func explanationsAndRemediesAreSentences() {
    for rule in AuditRule.all {
      #expect(rule.explanation.hasSuffix("."), "\(rule.id)")
      #expect(rule.remedy?.hasSuffix(".") != false, "\(rule.id)")
    }
  }

  @Test func anIdIsFoundInAnyCase() {
    #expect(AuditRule.find(text: "slot.lost")?.id == .slotLost && AuditRule.find(text: "a13")?.id == .a13)
    #expect(AuditRule.find(text: "damage.slot-state")?.id == .damage)
    #expect(AuditRule.find(text: "A99") == nil && AuditRule.find(text: "slot.invalidated") == nil)
  }

  /// L11 on 10 as well: its slots can be copied as files, too.
  @Test(arguments: [ServerVersion.v10, .v11, .v13, .v15, .v16, .v17, .v18, .v19])
  func noFindingIsOutsideItsRulesVersions(version: ServerVersion) {
    for one in RuleCoverageTests.cases where AuditRule.find(one.id).concerns(version) {
      var pair = SamplePair(version)
      one.speaks(&pair)
      let assessment = pair.assess()
      // The assessment leaves such a finding out of its list; one that decides must not be among them.
      for finding in assessment.slots.flatMap(\.findings) where finding.severity == .error {
        #expect(finding.concerns(version), "\(finding.id) on \(version)")
      }
      #expect(assessment.findings.allSatisfy { $0.concerns(version) })
    }
    if version < .v16 { #expect(SamplePair(version).assess().findings.contains { $0.id == "L11" }) }
  }
}
