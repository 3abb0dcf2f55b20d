import PostgresFormat
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

  /// What differs in its size alone is one row with the largest; among many slots most at stake comes first, by no name.
  @Test func sizesAreFoldedAndTheLargestIsFirst() {
    func slots(_ prefix: String, _ count: Int, _ bytes: (Int) -> UInt64, transactions: Int) -> [SlotAssessment] {
      (0..<count).map { number in
        let size = bytes(number)
        var one = slot(
          "\(prefix)_\(number)", .atRisk,
          "no slot; up to \(transactions) transactions (\(ByteCount.text(size))) would be missed")
        let from = LSN(0x100)
        one.exposure.missed = CommittedChanges(
          from: from, to: from.advanced(by: size), transactions: UInt64(transactions), messages: 0, isComplete: true)
        return one
      }
    }
    let few = slots("a", 6, { 4096 - UInt64($0) * 100 }, transactions: 1)
    let more = slots("z", 6, { 8 << 20 + UInt64($0) }, transactions: 5)
    let rows = SlotRows.of(few + more, foldsNone: false)
    #expect(
      rows.map { "\($0.slot)|\($0.reason)" } == [
        "6 slots (z_5 …)|no slot; up to 5 transactions (8 MB) would be missed",
        "6 slots (a_0 …)|no slot; up to 1 transactions (4 kB) would be missed",
      ], "\(rows)")
    #expect(SlotRows.of(few, foldsNone: false).map(\.slot) == ["6 slots (a_0 …)"], "few are in the order of names")
    #expect(ByteCount.isOne("8.6 MB") && ByteCount.isOne("0 B") && !ByteCount.isOne("5 MB of WAL"))
  }
}
