package import Evidence
import PostgresFormat

/// A logical slot of the old cluster, and what pg_upgrade would say of it.
package struct UpgradeSlot: Sendable, Hashable {
  /// From the state file.
  package var name: String
  /// The database's name; nil where the catalog does not have it.
  package var database: String?
  /// The output plugin.
  package var plugin: String
  /// Everything that counts was confirmed; nil where that is open, the slot is invalid, or nobody asks.
  package var caughtUp: Bool?
  /// The first record that was not confirmed and counts.
  package var firstUnread: UnreadWAL.Record?
  /// The line that pg_upgrade would write; nil where it would write none, or that is open.
  package var message: String?
  /// Why it is open: a sentence.
  package var open: String?
  /// It decodes prepared transactions at PREPARE.
  var twoPhase: Bool
  /// The state file's path.
  package var path: String

  /// All logical slots, by name.
  static func all(of c: UpgradeCase) -> [UpgradeSlot] {
    let available = AvailableWAL(c.old)
    let unread = Dictionary((c.unread ?? []).map { ($0.slotName, $0) }) { first, _ in first }
    return c.logicalSlots.compactMap { evidence in
      guard let state = evidence.state else { return nil }
      var slot = UpgradeSlot(
        name: state.name, database: c.old.databaseName(state.database), plugin: state.plugin,
        twoPhase: state.twoPhase == true, path: evidence.path)
      guard c.isCarried else { return slot }
      if c.to.has(.upgradeTakesReplicaLevel), state.name == UpgradeCase.conflictSlotName {
        slot.message = "The slot name \"\(state.name)\" is reserved"
      } else if state.invalidation != nil {
        slot.message = "The slot \"\(state.name)\" is invalid"
      } else {
        slot.judge(state, c, unread[state.name], available)
      }
      return slot
    }
    .sorted { $0.name < $1.name }
  }

  private mutating func judge(_ state: SlotState, _ c: UpgradeCase, _ wal: UnreadWAL?, _ available: AvailableWAL?) {
    guard state.confirmedFlush.isValid else {
      open = "The slot was being made; it has no confirmed position."
      return
    }
    if let first = wal?.first {
      (caughtUp, firstUnread) = (false, first)
      message = "The slot \"\(state.name)\" has not consumed the WAL yet"
      return
    }
    if let wal, wal.isComplete, available?.required(from: state.restartLSN).present == true {
      caughtUp = true
      return
    }
    if let commit = firstCommit(state, c) {
      (caughtUp, firstUnread) = (false, commit)
      message = "The slot \"\(state.name)\" has not consumed the WAL yet"
      return
    }
    open =
      available?.required(from: state.restartLSN).present == false
      ? "WAL from its restart_lsn \(state.restartLSN) on is not there."
      : "The WAL from \(state.confirmedFlush) on was not read to its end; aborted transactions count, too."
  }

  /// Of an evidence file: a commit of the slot's database that it lists. Transactions that were rolled back are not in it.
  private func firstCommit(_ state: SlotState, _ c: UpgradeCase) -> UnreadWAL.Record? {
    guard c.unread == nil, let end = c.old.wal.end?.lsn, state.confirmedFlush < end else { return nil }
    return RecordedLedger.transactions(c.old.stretches, from: state.confirmedFlush, to: end).transactions
      .first { $0.database == nil || $0.database == state.database || $0.database == OID.none }
      .map { UnreadWAL.Record(lsn: $0.start, kind: .commit, database: $0.database, xid: $0.xid) }
  }
}
