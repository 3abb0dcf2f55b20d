import Evidence
import PostgresFormat

/// Invariant: no subscriber lacks what its slot does not send any more.
///
/// One that was set back (from a backup or a snapshot) has a position before the slot's, with commits between that no slot
/// sends again. Where no commit of this primary ends at its position, it reads from another publisher. One whose last changes
/// were followed by commits that it does not subscribe to looks the same (``Premise/changesNotSubscribed``): a subscription's
/// position stays where the last of its own changes was, and its slot goes on. It never asks for messages, and transactions without
/// rows, such as CREATE TABLE, are none of its own.
enum SubscriberSetBack {
  static let unit = RuleUnit(
    .lost, .slot([.present, .carriedOver], check),
    rules: Rule(
      .a11SetBack, .error, "No subscriber's position lies before the start of its slot, with changes between.",
      "Give the subscriber as it is now; if it was set back to an earlier state, copy its tables anew."))

  private static func check(_ c: SlotCase) -> Outcome? {
    guard let copy = c.copy else { return nil }
    for progress in c.failover.possibleProgress(of: c.slot)
    where progress.lsn.isValid && progress.lsn < min(c.slot.confirmedFlush, copy.confirmedFlush) {
      guard c.failover.changes.hasCommit(in: c.slot.database, endingAt: progress.lsn) else { continue }
      let changes = c.failover.subscribed(c.slot, from: progress.lsn, to: copy.confirmedFlush)
      guard changes.transactions > 0 || !changes.isComplete else { continue }
      let premise = SlotPremise.asked(
        .changesNotSubscribed, in: c.failover, "the publications of \(changes.sentence) are not known")
      guard premise.state == .open else { return Outcome(premises: [premise]) }
      var outcome = c.fails(
        .atRisk, "its subscriber lacks \(changes.sentence) that the slot does not send again", .a11SetBack,
        "\(progress.source) has applied \(c.slot.name) up to \(progress.lsn) only, and the slot begins at \(copy.confirmedFlush): \(changes.sentence) would not be delivered, as far as they are published.",
        [
          Fact("remote_lsn \(progress.lsn)", path: "pg_replication_origin_status", node: progress.source),
          c.onPrimary.confirmedFlush, c.onStandby.confirmedFlush,
        ],
        "Give the subscriber as it is now; if it was set back to an earlier state, copy its tables anew. If none of that changed a table that it subscribes to, ask again with --assume \(Premise.changesNotSubscribed.rawValue)."
      )
      outcome.premises = [premise]
      outcome.exposure = Exposure(missed: changes)
      return outcome
    }
    return nil
  }
}

extension Failover {
  /// What a subscription that reads from a slot may have been sent of a range: not the commits without rows. `isExact`: it is at an
  /// end of the range, not within.
  func subscribed(_ slot: SlotState, from: LSN, to: LSN, isExact: Bool = false) -> CommittedChanges {
    var all = changes.changes(
      in: slot.database, from: from, to: to, twoPhase: slot.twoPhase ?? false, isExact: isExact)
    all.transactions -= min(all.transactions, changes.commitsWithoutRows(in: slot.database, from: from, to: to))
    all.messages = 0
    return all
  }
}

extension WALKnowledge {
  /// Commits that begin in a range and surely changed no rows. A transaction whose number was given out after a record of running
  /// transactions wrote nothing before that record; of others a part may lie before what was read.
  fileprivate func commitsWithoutRows(in database: OID, from: LSN, to: LSN) -> UInt64 {
    pieces(from: from, to: to).parts.reduce(0) { sum, part in
      let activity = part.stretch.activity
      guard let first = activity.runningTransactions.first(where: { $0.lsn >= part.stretch.from }),
        activity.relationsComplete
      else { return sum }
      let commits = activity.databases.filter { $0.database != nil && $0.concerns(database) }.flatMap {
        $0.commits(from: max(part.from, first.end), to: part.to)
      }
      return sum + UInt64(commits.count { $0.hasNoRows && !$0.xid.precedes(first.nextXID) })
    }
  }
}

extension CommitEvent {
  fileprivate var hasNoRows: Bool { relations.isEmpty && truncated.isEmpty && relationsComplete && !isTwoPhase }
}
