import Evidence
@testable import PostgresFormat
import SlotSafety
import Testing

/// Where decoding becomes consistent, and what it keeps of transactions that were open then.
@Suite struct SnapshotReachableTests {
  @Test func aSnapshotFileOrARunningTransactionsRecordMakesDecodingConsistent() throws {
    var pair = SamplePair()
    pair.primary.stretches[0].activity.runningTransactions = []
    pair.standby.stretches[0].activity.runningTransactions = []
    #expect(pair.orders?.verdict == .atRisk)
    pair.standby.snapshots = [Self.snapshot(at: SamplePair.restart)]
    #expect(pair.orders?.verdict == .ready)
    pair.standby.snapshots = [Self.snapshot(at: LSN(0x100_0900))]
    #expect(pair.orders?.verdict == .atRisk)
  }

  private static func snapshot(at lsn: LSN) -> Located<SnapshotEvidence> {
    let snapshot = SnapshotFile(
      fileVersion: 6, state: 2, xmin: TransactionID(760), xmax: TransactionID(760), startDecodingAt: .none,
      lastSerializedSnapshot: .none, committedCount: 0, catalogChangeCount: nil)
    return Located(SnapshotEvidence(lsn: lsn, snapshot: snapshot), path: "pg_logical/snapshots/\(lsn).snap")
  }

  @Test func aSnapshotBehindTheRestartPositionLeavesOutWhatWasOpenThere() throws {
    func event(_ lsn: UInt64, next: UInt32, oldest: UInt32) -> RunningTransactionsEvent {
      RunningTransactionsEvent(
        lsn: LSN(lsn), end: LSN(lsn + 0x38), nextXID: TransactionID(next), oldestRunningXID: TransactionID(oldest),
        runningCount: next == oldest ? 0 : 1)
    }
    var pair = SamplePair()
    pair.standby.stretches[0].activity.runningTransactions = [
      event(0x100_0100, next: 770, oldest: 769), event(0x100_0300, next: 772, oldest: 770),
      event(0x100_0500, next: 774, oldest: 772),
    ]
    pair.primary.stretches[0].activity.runningTransactions =
      pair.standby.stretches[0].activity.runningTransactions
    #expect(pair.orders?.verdict == .ready)
    // Up to the second record the changes of what is open are not kept.
    for (lsn, expected) in [(0x100_0200, Verdict.atRisk), (0x100_0300, .atRisk), (0x100_0301, .ready)] {
      pair.standby.snapshots = [Self.snapshot(at: LSN(UInt64(lsn)))]
      #expect(pair.orders?.verdict == expected)
      pair.standby.snapshots.append(Self.snapshot(at: SamplePair.restart))
      #expect(pair.orders?.verdict == .ready)
    }
  }
}
