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
    // Whatever is taken up in between: where the third record lies before the consumer, what was open is over by then.
    for (last, withoutOwn) in [(UInt64(0x100_0500), Verdict.ready), (0x100_0900, .atRisk)] {
      var pair = SamplePair()
      for node in [\SamplePair.primary, \.standby] {
        pair[keyPath: node].stretches[0].activity.runningTransactions = [
          event(0x100_0100, next: 770, oldest: 769), event(0x100_0300, next: 772, oldest: 770),
          event(last, next: 774, oldest: 772),
        ]
      }
      for lsn in [LSN(0x100_0200), LSN(0x100_0300), LSN(0x100_0400)] {
        pair.standby.snapshots = [Self.snapshot(at: lsn)]
        #expect(pair.orders?.verdict == withoutOwn)
        pair.standby.snapshots.append(Self.snapshot(at: SamplePair.restart))
        #expect(pair.orders?.verdict == .ready)
      }
    }
  }
}
