import Evidence
import PostgresFormat
import Testing

@testable import SlotSafety

/// What the outcomes of the rules come to: by verdict, then by priority, and never by their order.
@Suite struct DecisionTests {
  private static func failed(_ verdict: Verdict, _ headline: String, _ rule: RuleID, _ priority: Priority) -> Outcome {
    var outcome = Outcome.fails(verdict, headline, Finding(rule, slot: "a", headline, remedy: "Do \(headline)."))
    outcome.priority = priority
    return outcome
  }

  private static let outcomes = [
    Outcome.holds("synchronized", notes: [Finding(.l01, slot: "a", "complete")]),
    failed(.fixable, "one", .a24, .settings), failed(.atRisk, "two", .a11, .lost),
    failed(.atRisk, "three", .a13, .received), failed(.waiting, "four", .a11Waiting, .situation),
  ]

  @Test func theWorstVerdictThenThePriorityDecides() {
    var other = Self.outcomes
    for _ in Self.outcomes.indices {
      other.append(other.removeFirst())
      for outcomes in [other, other.reversed()] {
        let decision = Decision(outcomes, nodes: [])
        #expect(decision.verdict == .atRisk && decision.headline == "three")
        #expect(decision.decisive?.finding?.remedy == "Do three.")
        #expect(decision.findings.map(\.rule) == [.a11, .a13, .a24, .a11Waiting, .l01])
      }
    }
  }

  @Test func theNodesCountWhereTheyAreWorse() {
    let node = Self.failed(.atRisk, "nodes", .a36Target, .nodes)
    #expect(Decision(Self.outcomes, nodes: [node]).headline == "three")
    let unknown = Self.failed(.unknown, "settings", .a04Settings, .nodes)
    let decision = Decision(Self.outcomes, nodes: [node, unknown])
    #expect(decision.verdict == .unknown && decision.headline == "settings")
    #expect(
      decision.findings.contains { $0.rule == .a04Settings } && !decision.findings.contains { $0.rule == .a36Target })
  }

  private func vanished(_ name: String, to end: LSN) -> (slot: SlotAssessment, decisive: Outcome?) {
    let finding = Finding(.a13, slot: name, "\(name) may hold changes.", remedy: "Let it receive WAL up to \(end).")
    let changes = CommittedChanges(from: SamplePair.end, to: end, transactions: 1, messages: 0, isComplete: true)
    let outcome = Outcome.fails(.atRisk, "ahead", finding, exposure: Exposure(vanished: changes))
    let slot = SlotAssessment(
      slotName: name, isLogical: true, plugin: "pgoutput", databaseName: "shop", verdict: .atRisk, counts: true,
      reason: "ahead", primary: nil, standby: nil, consumer: Position(atLeast: nil, atMost: end, basis: "test"),
      findings: [finding], exposure: outcome.exposure)
    return (slot, outcome)
  }

  private func firstStep(
    _ slots: [(slot: SlotAssessment, decisive: Outcome?)], _ change: (inout SamplePair) -> Void = { _ in }
  ) throws -> String? {
    var pair = SamplePair()
    change(&pair)
    guard case .admitted(let failover) = pair.admission else { return nil }
    return Assessment(failover, slots: slots, nodes: []).firstStep
  }

  @Test func theFirstThingToDoIsEnoughForEverySlot() throws {
    let slots = [vanished("a", to: LSN(0x100_2000)), vanished("b", to: LSN(0x100_3000))]
    for slots in [slots, slots.reversed()] {
      let step = try firstStep(slots) { $0.primary.startFiles.postmasterAlive = true }
      #expect(step?.hasPrefix("Let the standby receive WAL up to 0/01003000") == true)
    }
  }

  @Test func aPrimaryThatIsDownGivesItsSegments() throws {
    let step = try firstStep([vanished("a", to: LSN(0x100_2000))])
    #expect(step?.contains("copy the last segments of its pg_wal") == true)
  }

  @Test func aPromotedNodeIsNotToldToReceive() throws {
    let step = try firstStep([vanished("a", to: LSN(0x100_2000))]) { $0.standby.promote(at: SamplePair.end) }
    #expect(step == "Let it receive WAL up to 0/01002000.")
  }
}
