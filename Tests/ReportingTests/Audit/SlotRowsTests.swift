import Testing

@testable import Reporting
@testable import SlotSafety

/// Many slots in the table of an audit.
@Suite struct SlotRowsTests {
  private func slot(_ name: String, _ verdict: Verdict, _ reason: String, database: String = "shop") -> SlotAssessment {
    SlotAssessment(
      slotName: name, isLogical: true, plugin: "pgoutput", databaseName: database, verdict: verdict, counts: true,
      reason: reason, primary: nil, standby: nil, consumer: Position(atLeast: nil, atMost: nil, basis: ""),
      findings: [], exposure: Exposure())
  }

  @Test func theWorstComeFirstAndEqualReasonsAreOneRow() {
    let many = (1...5).map { slot("svc_\($0)", .atRisk, "no slot", database: $0 == 1 ? "other" : "shop") }
    let rows = SlotRows.of(
      many + [slot("b", .ready, "fine"), slot("a", .ready, "fine"), slot("z", .lost, "gone")], foldsNone: false)
    #expect(
      rows.map { "\($0.slot)|\($0.database)|\($0.verdict.rawValue)|\($0.reason)" } == [
        "z|shop|lost|gone", "5 slots (svc_1 …)|2 databases|at_risk|no slot", "a|shop|ready|fine", "b|shop|ready|fine",
      ])
    #expect(SlotRows.of(many, foldsNone: true).count == 5)
    #expect(SlotRows.of(Array(many.dropLast()), foldsNone: false).count == 4)
  }
}
