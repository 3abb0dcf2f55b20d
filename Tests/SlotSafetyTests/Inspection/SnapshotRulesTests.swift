import ByteReading
import Evidence
@testable import PostgresFormat
import Testing

@testable import SlotSafety

/// Snapshots that decoding needs, and those that nobody does.
@Suite struct SnapshotRulesTests {
  private static func event(_ lsn: UInt64, next: UInt32, oldest: UInt32) -> RunningTransactionsEvent {
    RunningTransactionsEvent(
      lsn: LSN(lsn), end: LSN(lsn + 0x38), nextXID: TransactionID(next), oldestRunningXID: TransactionID(oldest),
      runningCount: next == oldest ? 0 : 1)
  }

  /// A slot with a transaction open at its restart_lsn; decoding without its snapshot is consistent at the third record.
  private func node(third: UInt64 = 0x100_0900, _ change: (inout Evidence) -> Void = { _ in }) -> Inspection {
    var node = SamplePair().primary
    node.slots = [SamplePair.evidence(SamplePair.slot("orders"))]
    node.stretches[0].activity.runningTransactions = [
      Self.event(0x100_0100, next: 770, oldest: 769), Self.event(0x100_0300, next: 772, oldest: 770),
      Self.event(third, next: 774, oldest: 772),
    ]
    change(&node)
    return Inspection(node)
  }

  private static func damaged(_ name: String) -> Problem {
    Problem(
      subject: "snapshot", path: "pg_logical/snapshots/" + name,
      cause: .format(FormatError(.badMagic, at: 0, field: "magic")))
  }

  private static func snapshot(at lsn: UInt64) -> Located<SnapshotEvidence> {
    let snapshot = SnapshotFile(
      fileVersion: 6, state: 2, xmin: TransactionID(760), xmax: TransactionID(760), startDecodingAt: .none,
      lastSerializedSnapshot: .none, committedCount: 0, catalogChangeCount: nil)
    return Located(SnapshotEvidence(lsn: LSN(lsn), snapshot: snapshot), path: "pg_logical/snapshots/x.snap")
  }

  @Test func withoutItsSnapshotChangesAreSkipped() throws {
    let missing = node()
    let finding = try #require(missing.findings.first { $0.slotName == "orders" })
    #expect(missing.slots[0].fate == .skips(until: LSN(0x100_0938)))
    #expect(finding.id == "slot.snapshot-missing" && finding.severity == .error)
    #expect(finding.message.contains("pg_logical/snapshots/0-1000100.snap"))
    // Consistent before the consumer's position: nothing is skipped.
    #expect(node(third: 0x100_0500).slots[0].fate == .fine)
    #expect(node { $0.snapshots = [Self.snapshot(at: 0x100_0100)] }.slots[0].fate == .fine)
    #expect(node { $0.stretches[0].activity.runningTransactions.removeLast() }.slots[0].fate == .skips(until: nil))
  }

  @Test func aDamagedSnapshotIsAnErrorOnlyWhereItIsRead() {
    let read = node { $0.problems = [Self.damaged("0-1000100.snap")] }
    #expect(read.slots[0].fate == .cannotDecode)
    #expect(read.findings.contains { $0.id == "slot.snapshot-damaged" && $0.severity == .error })
    #expect(!read.findings.contains { $0.id == "snapshots.damaged" })
    // No transaction ran there, so that no snapshot is taken up.
    let unread = node {
      $0.problems = [Self.damaged("0-1000100.snap"), Self.damaged("0-1000300.snap")]
      $0.stretches[0].activity.runningTransactions[0] = Self.event(0x100_0100, next: 770, oldest: 770)
    }
    #expect(unread.slots[0].fate == .fine)
    let one = unread.findings.filter { $0.id.contains("snapshot") }
    #expect(one.map(\.id) == ["snapshots.damaged"] && one[0].severity == .info)
    #expect(one[0].message.contains("2 files") && one[0].message.contains("orders"))
  }

  @Test func aLaterSnapshotKeepsAPartOnly() {
    let part = node { $0.snapshots = [Self.snapshot(at: 0x100_0300)] }
    #expect(part.slots[0].decodingStart == .inPart(from: LSN(0x100_0300)) && part.slots[0].fate == .skips(until: nil))
  }

  @Test func theLedgerDoesNotCountAsSentWhatIsSkipped() throws {
    var evidence = node().evidence
    evidence.setEnd(SamplePair.end)
    let late = try LedgerScope.slot("orders", of: evidence, to: nil)
    #expect(late.rules.map(\.effect) == [.missed, .pending] && late.decoding != nil)
    #expect(late.rules[0].possible == SamplePair.confirmed..<LSN(0x100_0938))
    #expect(late.rules[1].possible.lowerBound == LSN(0x100_0938))
    let whole = try LedgerScope.slot("orders", of: node(third: 0x100_0500).evidence, to: nil)
    #expect(whole.rules.map(\.effect) == [.pending] && whole.decoding == nil)
    evidence.problems = [Self.damaged("0-1000100.snap")]
    #expect(try LedgerScope.slot("orders", of: evidence, to: nil).rules.map(\.effect) == [.missed])
  }

  @Test func whatNobodyLookedAtIsNotClaimed() {
    let open = node { $0.stretches = [] }
    #expect(open.slots[0].fate == .fine && open.slots[0].decodingStart == nil)
    let partly = node { $0.stretches[0].from = LSN(0x100_0200) }
    #expect(partly.findings.contains { $0.id == "slot.snapshot-missing" && $0.severity == .warning })
  }
}
