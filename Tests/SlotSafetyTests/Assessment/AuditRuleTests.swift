import SlotSafety
import Testing

@Suite struct AuditRuleTests {
  @Test func everyIdStandsInTheTableOnceAndInOrder() {
    #expect(AuditRule.all.map(\.id) == RuleID.allCases)
  }

  @Test func explanationsAndRemediesAreSentences() {
    for rule in AuditRule.all {
      #expect(rule.explanation.hasSuffix("."), "\(rule.id)")
      #expect(rule.remedy.hasSuffix("."), "\(rule.id)")
    }
  }
}
