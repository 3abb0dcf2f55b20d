import Evidence
package import PostgresFormat

/// Invariant: nothing is sent again that the consumer cannot recognise.
///
/// A consumer with a position of its own asks from there, however far back its slot stands. One without begins where the
/// slot does: a subscription that has applied nothing yet has the rows of its first copy of the tables and no position. With
/// `c` the copy's confirmed_flush and `d` that of the primary's slot: no commit of the database begins in `[c, d)` then.
///
/// Nor does one where synchronisation may have taken the copy from an earlier slot of that name, whose consumer is not this
/// one: `c` lies before the primary's restart_lsn, which no copy does that is still kept up. A consumer's own position
/// settles that, and so does synchronization where it goes on: a slot that rested for a while and is read again is ahead of its
/// copy until the next round.
package enum NothingTwice {
  /// Whoever has not been seen to be without a position is taken to have one, but for such a copy.
  package static func judge(_ copy: SlotState, of slot: SlotState, in failover: FailoverCase) -> Judgement {
    let progress = failover.progress(of: slot)
    let hasNone = progress.contains { !$0.lsn.isValid }
    let mayBeFormer = copy.synced == true && copy.confirmedFlush < slot.restartLSN && progress.isEmpty
    guard hasNone || mayBeFormer else { return .holds() }
    let again = failover.changes.changes(
      in: slot.database, from: copy.confirmedFlush, to: slot.confirmedFlush, twoPhase: slot.twoPhase ?? false)
    guard !again.isEmpty else { return .holds() }
    let facts = [failover.onStandby(copy).confirmedFlush(copy), failover.onPrimary(slot).restart(slot)]
    let comesAlong = !hasNone && failover.synchronizes(slot)
    return .fails(
      comesAlong ? .waiting : .atRisk,
      "\(again.sentence) may be sent to its consumer again" + (comesAlong ? " until its copy is synchronized" : ""),
      [
        Finding(
          .a08, comesAlong ? .warning : .error, slot: slot.name,
          hasNone
            ? "The subscription of \(slot.name) has applied nothing yet and begins where the slot does: \(again.sentence) would be sent to it again."
            : "The standby's \(slot.name) is so far back that it may be the copy of an earlier slot of that name: a consumer without a position of its own would be sent \(again.sentence) again.",
          facts: facts,
          remedy: comesAlong ? "Wait for the next synchronization." : remedy(slot, hasNone: hasNone, failover))
      ], exposure: Exposure(repeated: again))
  }

  private static func remedy(_ slot: SlotState, hasNone: Bool, _ failover: FailoverCase) -> String {
    switch (hasNone, failover.primaryIsGone) {
    case (true, true): "Copy the subscription's tables anew after the promotion."
    case (true, false): "Let the copy catch up before promoting, or copy the subscription's tables anew afterwards."
    case (false, true): "\(failover.betterPosition(of: slot).asSentence) settles it."
    case (false, false):
      "Let synchronization bring the copy up to date, or give the consumer's own position (--subscriber)."
    }
  }
}
