import Evidence
import PostgresFormat

/// What a position that a consumer stored itself proves beside the primary's WAL.
///
/// It bounds nothing where the WAL does not bear it out: it may be another connector's, of another cluster, or an older copy. A
/// consumer that stores before it confirms is never before its slot.
struct StoredBounds: Sendable {
  let stored: StoredPosition
  /// It fits this slot and this primary's WAL.
  let isBorneOut: Bool
  /// If it is the consumer's last: nothing whose commit record begins here or later can have been received. nil where that is
  /// not to be told.
  let finalAtMost: LSN?

  init(_ stored: StoredPosition, of slot: SlotState, in failover: Failover) {
    self.stored = stored
    let changes = failover.changes
    let endsCommit = stored.received.map { changes.hasCommit(in: slot.database, endingAt: $0) } ?? false
    let isWithin = failover.primaryWALEnd.map { stored.reached <= $0 } ?? true
    func isBorneOutByWAL(_ received: LSN) -> Bool {
      if received == slot.confirmedFlush || received > slot.confirmedFlush && endsCommit { return true }
      // A plain position may be one that a keepalive told.
      if received > slot.confirmedFlush { return !stored.isItsOwn }
      return changes.changes(
        in: slot.database, from: received, to: slot.confirmedFlush, twoPhase: slot.twoPhase ?? false
      ).isEmpty
    }
    isBorneOut = isWithin && stored.received.map(isBorneOutByWAL) ?? (stored.reached >= slot.confirmedFlush)
    let isAtCommit = endsCommit || stored.received == slot.confirmedFlush
    finalAtMost =
      switch stored.rest {
      case .nothing: isBorneOut && isAtCommit ? stored.reached : nil
      case .partOf(let transaction, let position):
        isBorneOut
          ? changes.commit(of: transaction, in: slot.database, after: position).map { max($0.end, stored.reached) }
          : nil
      case .unknown: nil
      }
  }

  /// The bound that is there if the consumer's stored position is its last, and where it was stored; nil where none tells.
  static func last(of slot: SlotState, in failover: Failover) -> (lsn: LSN, source: String)? {
    failover.stored(of: slot).compactMap { stored in
      StoredBounds(stored, of: slot, in: failover).finalAtMost.map { ($0, stored.source) }
    }.max { $0.0 < $1.0 }
  }

  /// Whether the slot's consumer has been seen to keep a position from which it asks itself.
  static func showsOwnPosition(of slot: SlotState, in failover: Failover) -> Bool {
    failover.stored(of: slot).contains { $0.isItsOwn && StoredBounds($0, of: slot, in: failover).isBorneOut }
  }
}

extension Failover {
  /// How far the primary's WAL was found to go; nil where it goes on.
  fileprivate var primaryWALEnd: LSN? {
    if let primaryEnd { return primaryEnd }
    return primary.isRunning == false && primary.walWasRead ? primary.wal.end?.lsn : nil
  }
}

extension WALKnowledge {
  /// The first commit of a transaction of the database that begins at or after a position. Only listed commits are known.
  func commit(of transaction: TransactionID, in database: OID, after lsn: LSN) -> CommitEvent? {
    for stretch in stretches where stretch.to > lsn {
      for one in stretch.activity.databases where one.concerns(database) {
        if let commit = one.commits(from: lsn, to: stretch.to).first(where: { $0.xid == transaction }) { return commit }
      }
    }
    return nil
  }
}
