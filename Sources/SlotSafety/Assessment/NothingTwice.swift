import Evidence
package import PostgresFormat

/// Invariant: nothing is sent again that the consumer cannot recognise.
///
/// A consumer with a position of its own asks from there, however far back its slot stands. One without begins where the
/// slot does: a subscription that has applied nothing yet has the rows of its first copy of the tables and no position. With
/// `c` the standby's slot's confirmed_flush and `W` the end of the primary's WAL, up to which the consumer may have received:
/// no commit of the database begins in `[c, W)` then.
///
/// Nor does one where the standby's slot may be that of an earlier slot of that name, whose consumer is not this one: `c` lies
/// before the primary's restart_lsn, or nothing keeps the standby's slot up (`sync_replication_slots` is off). A consumer's own
/// position settles that, or the operator's word (``Premise/consumerKeepsPosition``).
package enum NothingTwice {
  /// Whoever has not been seen to be without a position is taken to have one, but for such a slot.
  package static func judge(_ copy: SlotState, of slot: SlotState, in failover: FailoverCase) -> Judgement {
    let progress = failover.progress(of: slot)
    let hasNone = progress.contains { !$0.lsn.isValid }
    let mayBeFormer =
      mayBeFormer(copy, of: slot, in: failover) && !failover.assumed.contains(.consumerKeepsPosition)
    guard hasNone || mayBeFormer else { return .holds() }
    let again = sentAgain(copy, of: slot, in: failover)
    guard !again.isEmpty else { return .holds() }
    let facts = [failover.onStandby(copy).confirmedFlush(copy), failover.onPrimary(slot).restart(slot)]
    return .fails(
      .atRisk, "\(again.sentence) may be sent to its consumer again",
      [
        Finding(
          .a08, slot: slot.name,
          hasNone
            ? "The subscription of \(slot.name) has applied nothing yet and begins where the slot does: \(again.sentence) would be sent to it again."
            : "The standby's \(slot.name) is so far back that it may be the copy of an earlier slot of that name: a consumer without a position of its own would be sent \(again.sentence) again.",
          facts: facts,
          remedy: hasNone
            ? "Let the copy catch up before promoting, or copy the subscription's tables anew afterwards."
            : "Let synchronization bring the copy up to date, or give the consumer's own position (--subscriber). If it keeps a position of its own, as subscriptions and Debezium do, and has had this slot all the time, ask again with --assume \(Premise.consumerKeepsPosition.rawValue)."
        )
      ], exposure: Exposure(repeated: again))
  }

  /// Whether a verdict rests on the consumer's having a position of its own.
  static func restsOnPosition(_ copy: SlotState, of slot: SlotState, in failover: FailoverCase) -> Bool {
    mayBeFormer(copy, of: slot, in: failover) && !sentAgain(copy, of: slot, in: failover).isEmpty
  }

  private static func mayBeFormer(_ copy: SlotState, of slot: SlotState, in failover: FailoverCase) -> Bool {
    let isKeptUp = failover.standbySettings.bool("sync_replication_slots") != false || failover.isPromoted
    return (copy.confirmedFlush < slot.restartLSN || copy.synced == true && !isKeptUp)
      && failover.progress(of: slot).isEmpty
  }

  private static func sentAgain(
    _ copy: SlotState, of slot: SlotState, in failover: FailoverCase
  ) -> CommittedChanges {
    failover.changes.changes(
      in: slot.database, from: copy.confirmedFlush, to: max(failover.primaryEnd ?? .none, slot.confirmedFlush),
      twoPhase: slot.twoPhase ?? false)
  }
}
