import Evidence
package import PostgresFormat

/// Where decoding from a slot's restart_lsn becomes consistent, and what is left out before.
///
/// With `r` the slot's restart_lsn and `c` its confirmed_flush: the server reads from `r` on, and at each running-transactions
/// record is consistent at once where none ran; else it takes up the snapshot that was written out at that record, where
/// pg_logical/snapshots has one; else it waits until all that ran have ended, twice. A damaged snapshot is an error, each time; a
/// missing one is passed over without a word, and what commits before the consistent point is not sent. Snapshots at
/// other records, and those after that point, are not read. Follows `SnapBuildFindSnapshot` and `SnapBuildRestore` in
/// src/backend/replication/logical/snapbuild.c.
package enum DecodingStart: Sendable, Hashable {
  /// At or before `c`: all is sent.
  case inTime
  /// The server reads this file first, and cannot.
  case damaged(path: String)
  /// Not before this position, or (nil) not within the WAL that is here: what commits from `c` to there is skipped.
  case late(LSN?)
  /// With a snapshot of a later record, between `r` and `c`: of transactions that were open there a part is left out.
  case inPart(from: LSN)
  /// The snapshot at `r` is missing, or one (by its path) may be needed that is damaged, and the WAL that would tell was not read.
  case unknown(damaged: String?)

  /// By the files of the node that decodes, and what was read of its WAL.
  package static func find(_ slot: SlotState, _ snapshots: SnapshotFiles, _ wal: WALKnowledge) -> DecodingStart {
    let (restart, confirmed) = (slot.restartLSN, slot.confirmedFlush)
    if snapshots.readable.contains(restart) { return .inTime }
    let maybe = snapshots.damaged(from: restart)
    guard let (events, end) = wal.runningTransactions(from: restart) else { return .unknown(damaged: maybe) }

    var takenUp: LSN?
    var ended = RunningTransactionsEnded()
    for event in events {
      if event.oldestRunningXID == event.nextXID || ended.sees(event) {
        if event.end <= confirmed { return .inTime }
        return takenUp.map { $0 < confirmed ? .inPart(from: $0) : .late($0) } ?? .late(event.end)
      }
      guard takenUp == nil else { continue }
      if let folder = snapshots.folder { return .unknown(damaged: folder) }
      if let path = snapshots.damaged[event.lsn] { return .damaged(path: path) }
      if snapshots.readable.contains(event.lsn) { takenUp = event.lsn }
    }
    if let takenUp { return takenUp < confirmed ? .inPart(from: takenUp) : .late(takenUp) }
    return end < confirmed ? .unknown(damaged: maybe) : .late(nil)
  }
}

/// Whether all that ran at a first record, and then all that ran at a second one, have ended.
private struct RunningTransactionsEnded {
  private var next: TransactionID?
  private var phasesLeft = 2

  mutating func sees(_ event: RunningTransactionsEvent) -> Bool {
    guard let waitingFor = next else {
      next = event.nextXID
      return false
    }
    guard !event.oldestRunningXID.precedes(waitingFor) else { return false }
    phasesLeft -= 1
    next = event.nextXID
    return phasesLeft == 0
  }
}

extension WALKnowledge {
  /// The running-transactions records from a position on, without a break, and up to where the WAL was read; nil where it was not, or
  /// not all of them were kept.
  fileprivate func runningTransactions(from lsn: LSN) -> (events: ArraySlice<RunningTransactionsEvent>, end: LSN)? {
    let here = stretches.filter { $0.from <= lsn && $0.to > lsn && !$0.activity.runningTransactionsThinned }
    guard let stretch = here.max(by: { $0.to < $1.to }) else { return nil }
    let events = stretch.activity.runningTransactions
    return (events[events.partitionPoint { $0.lsn >= lsn }...], stretch.to)
  }
}
