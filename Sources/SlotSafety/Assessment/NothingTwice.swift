import Evidence
import PostgresFormat

/// Invariant: nothing is sent again that the consumer cannot recognize.
///
/// A consumer with a position of its own asks from there, however far back its slot stands. One without begins where the
/// slot does: a subscription that has applied nothing yet has the rows of its first copy of the tables and no position. With
/// `c` the standby's slot's confirmed_flush and `W` the end of the primary's WAL, up to which the consumer may have received:
/// no commit of the database begins in `[c, W)` then.
///
/// Nor does one where the standby's slot may be that of an earlier slot of that name, whose consumer is not this one: `c` lies
/// before the primary's restart_lsn, or nothing keeps the standby's slot up: `sync_replication_slots` is off, or what it lacks was
/// committed over a longer time than synchronization rests. A subscription that was made anew over the same slot meanwhile has no
/// position either. A consumer's own position settles that, or the operator's word (``Premise/consumerKeepsPosition``).
/// The same goes for a slot of a running primary from which nobody streams: SQL functions read it, as far as anybody does, and their
/// readers keep no position.
///
/// So does synchronization where it goes on: a slot that rested for a while and is read again is ahead of the standby's until the next
/// round.
enum NothingTwice {
  static let unit = RuleUnit(
    .repeated, .slot([.present, .carriedOver], check),
    rules: Rule(
      .a08Again, .error,
      "The standby's slot is recent enough: it is this slot, not an earlier one of its name, and a subscription without a position gets no rows again.",
      "Let the standby's slot catch up before promoting."),
    Rule(
      .a08Behind, from: .v17, .warning, "Synchronization has brought the standby's slot up to date.",
      "Wait for the next synchronization."))

  /// Whoever has not been seen to be without a position is taken to have one, but for such a copy. What would be sent again is
  /// told in any case.
  private static func check(_ c: SlotCase) -> Outcome? {
    guard let copy = c.copy else { return nil }
    let hasNone = c.failover.possibleProgress(of: c.slot).contains { !$0.lsn.isValid }
    var premise: SlotPremise?
    let readsBySQL = isReadBySQL(c)
    if restsOnPosition(copy, of: c.slot, in: c.failover) {
      premise = .asked(
        .consumerKeepsPosition, in: c.failover, "the standby's slot may be that of an earlier slot of that name")
    } else if readsBySQL {
      premise = .asked(
        .consumerKeepsPosition, in: c.failover, "nobody streams from it on the primary: SQL functions may read it")
    }
    let premises = premise.map { [$0] } ?? []
    guard hasNone || premise?.state == .open else {
      let again = c.changes(from: copy.confirmedFlush, to: c.slot.confirmedFlush)
      let isTold = !again.isEmpty && c.situation == .present
      guard isTold || premise != nil else { return nil }
      return Outcome(exposure: isTold ? Exposure(repeated: again) : Exposure(), premises: premises)
    }
    let again = sentAgain(
      copy, of: c.slot, to: readsBySQL && !hasNone ? c.slot.confirmedFlush : nil, in: c.failover)
    guard !again.isEmpty else { return nil }
    let exposure = Exposure(repeated: again)
    let comesAlong = !hasNone && c.failover.synchronizes(c.slot)
    var outcome = Outcome.fails(
      comesAlong ? .waiting : .atRisk,
      "\(again.sentence) may be sent to its consumer again"
        + (comesAlong ? " until the standby's slot is synchronized" : ""),
      c.finding(
        comesAlong ? .a08Behind : .a08Again,
        hasNone
          ? "The subscription of \(c.slot.name) has applied nothing yet and begins where the slot does: \(again.sentence) would be sent to it again."
          : readsBySQL
            ? "Nobody streams from \(c.slot.name) on the primary: a consumer that reads it through SQL functions keeps no position, and would be sent \(again.sentence) again."
            : "The standby's \(c.slot.name) is so far back that it may belong to an earlier slot of that name: a consumer without a position of its own would be sent \(again.sentence) again.",
        [c.onStandby.confirmedFlush, c.onPrimary.restart],
        comesAlong ? nil : remedy(c, hasNone: hasNone)),
      exposure: exposure)
    outcome.premises = premises
    return outcome
  }

  private static let word =
    "If the consumer keeps a position of its own, as subscriptions and Debezium do, and has had this slot all the time, ask again with --assume \(Premise.consumerKeepsPosition.rawValue)."

  private static func remedy(_ c: SlotCase, hasNone: Bool) -> String {
    switch (hasNone, c.failover.primaryIsGone) {
    case (true, true): "Copy the subscription's tables anew after the promotion."
    case (true, false):
      "Let the standby's slot catch up before promoting, or copy the subscription's tables anew afterwards."
    case (false, true):
      "\(c.failover.betterPosition(of: c.slot).asSentence) settles it. \(word)"
    case (false, false):
      "Let synchronization bring the standby's slot up to date, or give the consumer's own position (--subscriber). \(word)"
    }
  }

  /// Whether a verdict rests on the consumer's having a position of its own.
  private static func restsOnPosition(_ copy: SlotState, of slot: SlotState, in failover: Failover) -> Bool {
    mayBeFormer(copy, of: slot, in: failover) && !sentAgain(copy, of: slot, in: failover).isEmpty
  }

  private static func mayBeFormer(_ copy: SlotState, of slot: SlotState, in failover: Failover) -> Bool {
    let isKeptUp =
      failover.standbySettings.bool("sync_replication_slots") != false
      && failover.changes.seconds(from: copy.confirmedFlush, in: slot.database) <= longestRest || failover.isPromoted
    return (copy.confirmedFlush < slot.restartLSN || copy.synced == true && !isKeptUp)
      && failover.progress(of: slot).isEmpty && !StoredBounds.showsOwnPosition(of: slot, in: failover)
  }

  /// Between two rounds, in seconds: 30 of PostgreSQL's own (`MAX_SLOTSYNC_WORKER_NAPTIME_MS` in
  /// src/backend/replication/logical/slotsync.c), and as many for the round itself.
  private static let longestRest: Int64 = 60

  /// A running primary shows that nobody streams from the slot, and the standby's is behind it.
  private static func isReadBySQL(_ c: SlotCase) -> Bool {
    guard let copy = c.copy, c.situation == .present, c.failover.primary.positionsAreLive,
      c.failover.original(of: c.slot.name)?.activity?.isActive == false, c.failover.progress(of: c.slot).isEmpty,
      !StoredBounds.showsOwnPosition(of: c.slot, in: c.failover)
    else { return false }
    return !sentAgain(copy, of: c.slot, to: c.slot.confirmedFlush, in: c.failover).isEmpty
  }

  /// `end` nil: as much as the consumer may have received.
  private static func sentAgain(
    _ copy: SlotState, of slot: SlotState, to end: LSN? = nil, in failover: Failover
  ) -> CommittedChanges {
    failover.changes.changes(
      in: slot.database, from: copy.confirmedFlush, to: end ?? max(failover.primaryEnd ?? .none, slot.confirmedFlush),
      twoPhase: slot.twoPhase ?? false)
  }
}

extension WALKnowledge {
  /// How much time passed from the first commit of a database at or after a position to the last moment that the WAL tells.
  fileprivate func seconds(from lsn: LSN, in database: OID) -> Int64 {
    let first = stretches.filter { $0.to > lsn }.flatMap { stretch in
      stretch.activity.databases.filter { $0.concerns(database) }
        .compactMap { $0.commits(from: max(lsn, stretch.from), to: stretch.to).first }
    }.min { $0.start < $1.start }
    guard let first, let end = stretches.map(\.to).max(), let last = lastTime(before: end) else { return 0 }
    return last.microseconds(since: first.time) / 1_000_000
  }
}
