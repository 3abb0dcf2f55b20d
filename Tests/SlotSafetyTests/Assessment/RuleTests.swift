import PostgresFormat
import Testing

@testable import SlotSafety

@Suite struct RuleTests {
  @Test func everyIdStandsInTheTableOnceAndInOrder() {
    #expect(Rule.all.map(\.id) == RuleID.allCases)
  }

  @Test func explanationsAndRemediesAreSentences() {
    for rule in Rule.all {
      #expect(rule.question.hasSuffix("."), "\(rule.id)")
      #expect(rule.remedy?.hasSuffix(".") != false, "\(rule.id)")
    }
  }

  @Test func anIdIsFoundInAnyCase() {
    #expect(Rule.find(text: "slot.lost")?.id == .slotLost && Rule.find(text: "a13")?.id == .a13)
    #expect(Rule.find(text: "damage.slot-state")?.id == .damageSlotState)
    #expect(Rule.find(text: "damage.configuration")?.id == .damage)
    #expect(Rule.find(text: "A99") == nil && Rule.find(text: "slot.invalidated") == nil)
  }

  /// The engine asks no rule outside its versions; none of those that decide may be lost by that.
  @Test(arguments: [ServerVersion.v9_6, .v10, .v11, .v13, .v15, .v16, .v17, .v18, .v19])
  func noFindingIsOutsideItsRulesVersions(version: ServerVersion) {
    for one in RuleCoverageTests.cases {
      var pair = SamplePair(version)
      one.speaks(&pair)
      let assessment = pair.assess()
      for finding in assessment.findings + assessment.slots.flatMap(\.findings) {
        #expect(Rule.find(finding.rule).concerns(version), "\(finding.rule) on \(version)")
        #expect(finding.situation.map { Rule.find($0).concerns(version) } != false, "\(finding.rule) on \(version)")
      }
      guard Rule.find(one.id).concerns(version) else { continue }
      for slot in assessment.slots where slot.verdict != .ready {
        #expect(!slot.findings.isEmpty || !assessment.findings.isEmpty, "\(one.id) on \(version)")
      }
    }
    // Slots of 10 can be copied as files, too.
    if version < .v16 { #expect(SamplePair(version).assess().findings.contains { $0.rule == .l11 }) }
  }

  @Test func everySeverityIsTheRules() {
    for one in RuleCoverageTests.cases {
      var pair = SamplePair(one.version)
      one.speaks(&pair)
      for finding in pair.assess().findings { #expect(finding.severity == Rule.find(finding.rule).severity) }
    }
  }

  @Test func aFamilyHasOneIDInDocuments() {
    #expect(RuleID.a13Open.family == "A13" && RuleID.slotIdleTimeoutDue.family == "slot.idle-timeout")
    #expect(RuleID.slotLost.family == "slot.lost" && RuleID.damageWAL.family == "damage.wal")
    #expect(Rule.find(.a13).family.map(\.id).contains(.a13Open))
    for id in RuleID.allCases where id.family != id.rawValue {
      #expect(RuleID(rawValue: id.family) != nil, "\(id.rawValue)")
    }
  }

  /// Each fact has one finding: no second one repeats it under the id of a situation.
  @Test func aSituationIsNoFindingOfItsOwn() {
    let pairs: [(@Sendable (inout SamplePair) -> Void, [String])] = [
      (RuleCoverageTests.noCopy, ["A08", "L4"]),
      ({ $0.standby.changeSlot("orders") { $0.persistency = .temporary } }, ["A09", "L3"]),
      ({ $0.standby.changeSlot("orders") { $0.invalidation = .rowsRemoved } }, ["A10", "L12"]),
      ({ $0.standby.changeSlot("orders") { $0.synced = false } }, ["A27", "L5"]),
      ({ $0.standby.set("wal_level", "replica") }, ["A20", "L18"]),
      (RuleCoverageTests.ahead, ["A13", "L2"]),
      (
        {
          $0.primary.changeSlot("orders") { $0.failover = false }; RuleCoverageTests.noCopy(&$0)
        }, ["A08", "L6"]
      ),
    ]
    for (change, ids) in pairs {
      var pair = SamplePair()
      change(&pair)
      let findings = pair.orders?.findings.filter { ids.contains($0.id) || ids.contains($0.situation?.rawValue ?? "") }
      #expect(findings?.map(\.ids) == [ids])
    }
  }
}
