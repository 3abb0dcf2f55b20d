import Evidence
import PostgresFormat

/// Invariant: the copy takes the same prepared transactions for sent as the primary's slot.
///
/// A two-phase slot sends a transaction at PREPARE, and at COMMIT PREPARED nothing but its name, unless its PREPARE record
/// begins before the slot's `two_phase_at`: then all of it. With `t` that of the primary's slot, `u` the copy's and `c` where
/// the consumer goes on: no transaction was prepared between `t` and `u` and is committed at or after `c`. Its changes would be
/// sent twice where `t < u`, and never where `u < t`. A slot that was made for two phases has the position of its beginning;
/// one that took them up later, as a subscription's does once its tables are copied, has that of its consumer then.
/// Synchronization of 17 copies the mark and leaves the position 0; that of 18 copies both. Follows
/// `ReorderBufferFinishPrepared` in src/backend/replication/logical/reorderbuffer.c.
enum TwoPhaseStart {
  static let unit = RuleUnit(
    .repeated, .slot([.present, .carriedOver, .startsLater, .alone], check),
    rules: Rule(
      .a08TwoPhase, from: .v14, .error,
      "No prepared transaction lies between where the primary's slot and the standby's began to decode two phases.",
      "Let the consumer go past the prepared transactions before promoting."))

  /// What is still prepared at the end counts with what was committed: it will be.
  private static func check(_ c: SlotCase) -> Outcome? {
    let (slot, failover) = (c.slot, c.failover)
    guard let copy = c.copy, slot.twoPhase == true, copy.twoPhase == true else { return nil }
    let (there, here) = (slot.twoPhaseBounds(failover.version), copy.twoPhaseBounds(failover.version))
    if there == here, there.lowerBound == there.upperBound { return nil }
    let range = min(there.lowerBound, here.lowerBound)..<max(there.upperBound, here.upperBound)
    let start = max(copy.confirmedFlush, c.consumerAtLeast)
    let end = failover.isPromoted ? failover.standby.wal.end?.lsn ?? failover.standbyEnd : failover.standbyEnd
    let knowledge = failover.standbyWAL.covers(from: start, to: end) ? failover.standbyWAL : failover.changes
    let found = knowledge.commits(in: slot.database, from: start, to: end, preparedIn: range)
    let open = failover.openPreparedTransactions(of: slot.database).filter { $0.start.map(range.contains) ?? true }
    guard found.count > 0 || !open.isEmpty || !found.isComplete else { return nil }
    let count = found.count + open.count
    let which =
      count > 0
      ? "\(count) prepared transaction\(count == 1 ? "" : "s") \(open.isEmpty ? count == 1 ? "was" : "were" : "may be") committed since \(start)"
      : "not all WAL since \(start) could be looked through for prepared transactions"
    return c.fails(
      .atRisk, "the standby's slot takes other prepared transactions for sent than the primary's", .a08TwoPhase,
      "The standby's \(slot.name) began to decode two phases elsewhere than the primary's, and \(which): what was prepared between the two is sent without its changes, or once more.",
      [c.onPrimary.twoPhaseAt, c.onStandby.twoPhaseAt],
      open.isEmpty
        ? "Let the consumer go past these commits before promoting, or look for their rows afterwards."
        : "End the prepared transactions, and let the consumer go past them before promoting.")
  }
}

extension SlotState {
  /// Between which positions its two_phase_at lies. Servers before 18 do not show it.
  fileprivate func twoPhaseBounds(_ version: ServerVersion) -> ClosedRange<LSN> {
    if let known = twoPhaseAt { return known...known }
    return synced == true && !version.has(.synchronizedTwoPhaseAt) ? .none ... .none : .none...LSN(.max)
  }
}

extension WALKnowledge {
  /// How many transactions of a database were committed in `from ..< to` by COMMIT PREPARED, and may have been prepared in
  /// the other range; and whether all of them are known.
  fileprivate func commits(
    in database: OID, from: LSN, to: LSN, preparedIn range: Range<LSN>
  ) -> (count: Int, isComplete: Bool) {
    guard from < to else { return (0, true) }
    let (parts, covered) = pieces(from: from, to: to)
    var (count, isComplete) = (0, covered)
    for part in parts {
      let activity = part.stretch.activity
      if !activity.relationsComplete { isComplete = false }
      for one in activity.databases where one.concerns(database) {
        let listed = one.commits(from: part.from, to: part.to)
        if activity.commitCount(of: one.database, from: part.from, to: part.to).atMost > UInt64(listed.count) {
          isComplete = false
        }
        count += listed.count { $0.isTwoPhase && ($0.preparedAt.map(range.contains) ?? true) }
      }
    }
    return (count, isComplete)
  }
}
