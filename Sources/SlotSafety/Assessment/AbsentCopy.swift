import Evidence
package import PostgresFormat

/// A slot that the standby does not have, or not in a form that survives the promotion.
///
/// A slot made right after the promotion starts at the end of the standby's WAL, `S`, if writes are fenced until it is
/// there. With `P` the consumer's position, nothing is lost then if no commit of the database begins in `[P, S)`.
package enum AbsentCopy {
  /// Never ready: the best is that the slot will be there, or can be made. `copy` is what the standby has under the
  /// name, if anything; `vanished` the judgement of ``NothingVanished``, which holds here too.
  package static func judge(
    _ slot: SlotState, copy: SlotState?, consumer: Position, vanished: Judgement, in failover: FailoverCase
  ) -> Judgement {
    let (why, findings) = situation(slot, copy: copy, in: failover)
    let level =
      StandbyLimits.walLevel(slot, failover).findings + StandbyLimits.plugin(slot, failover).findings
      + StandbyLimits.room(slot, failover).findings
    if failover.primaryRuns, failover.version >= FailoverCase.firstWithStandbySlots {
      return failover.synchronizes(slot) && copy?.synced != false && level.isEmpty
        ? .fails(.waiting, why + "; synchronisation will make it", findings)
        : .fails(.fixable, why + "; it can be made now", findings + level)
    }
    let least = consumer.atLeast ?? slot.confirmedFlush
    let missed = failover.changes.changes(
      in: slot.database, from: least, to: failover.standbyEnd, twoPhase: slot.twoPhase ?? false)
    if missed.isEmpty && vanished.isReady {
      return .fails(.fixable, why + "; nothing is lost if a new one is made before writes", findings + level)
    }
    guard !missed.isEmpty else { return .fails(.atRisk, "\(why); \(vanished.reason)", findings + level) }
    return .fails(
      .atRisk, why + "; up to \(missed.sentence) would be missed",
      findings + level
        + [
          Finding(
            .a11, slot: slot.name,
            "A new slot on the promoted standby would start at \(failover.standbyEnd); the consumer of \(slot.name) is known to be at \(least) or after, and may miss \(missed.sentence).",
            facts: [failover.onPrimary(slot).confirmedFlush(slot)],
            remedy: failover.primaryRuns
              ? "Let the consumer catch up and stop writes before promoting."
              : consumer.isExact
                ? "Make the slot anew and resynchronise its tables."
                : "\(failover.betterPosition(of: slot).asSentence) settles it; else resynchronise its tables.")
        ], exposure: Exposure(missed: missed))
  }

  /// Why there is no copy to go on with, as the decision table has it.
  private static func situation(
    _ slot: SlotState, copy: SlotState?, in failover: FailoverCase
  ) -> (why: String, findings: [Finding]) {
    if let copy, copy.persistency != .persistent {
      let facts = [failover.onStandby(copy).persistency(copy)]
      guard copy.persistency != .ephemeral else {
        return (
          "its copy is still being made",
          [
            Finding(
              .a09, slot: slot.name, "The standby is still making \(slot.name).", facts: facts,
              remedy: failover.withoutPrimary
                ?? "Run pg_log_standby_snapshot() on the primary until it is made; it waits for transactions that are open there."
            )
          ]
        )
      }
      return (
        "its copy is temporary and vanishes at promotion",
        [
          Finding(
            .a09, slot: slot.name, "The standby's \(slot.name) is not persistent; promotion drops it.", facts: facts,
            remedy: failover.withoutPrimary)
        ]
          + (copy.synced == true
            ? [
              Finding(
                .l03, slot: slot.name, "Synchronisation has not finished \(slot.name).", facts: facts,
                remedy: failover.withoutPrimary)
            ] : [])
      )
    }
    if let copy, let cause = copy.invalidation {
      let facts = [failover.onStandby(copy).invalidation(copy)]
      return (
        "the standby has given its copy up (\(cause.rawValue))",
        [
          Finding(
            .a10, slot: slot.name, "The standby's \(slot.name) is invalid: \(cause.rawValue).", facts: facts,
            remedy: failover.toMakeAnew(copy)),
          Finding(
            .l12, slot: slot.name, "The copy of \(slot.name) must be made anew.", facts: facts,
            remedy: failover.toMakeAnew(copy)),
        ]
      )
    }
    let facts = [
      failover.onPrimary(slot).confirmedFlush(slot), Fact("no slot of that name", path: "pg_replslot", node: "standby"),
    ]
    let missing = Finding(
      .a08, slot: slot.name, "The standby has no \(slot.name).", facts: facts,
      remedy: failover.version < FailoverCase.firstWithStandbySlots
        ? AuditRule.find(.l10).remedy
        : failover.withoutPrimary ?? (failover.synchronizes(slot) ? AuditRule.find(.l04).remedy : nil))
    let row: Finding =
      if failover.version < FailoverCase.firstWithStandbySlots {
        Finding(.l10, slot: slot.name, "This version cannot make \(slot.name) on a standby.", facts: facts)
      } else if slot.failover == true && failover.canSynchronise {
        Finding(
          .l04, slot: slot.name, "Synchronisation has not made \(slot.name) yet.", facts: facts,
          remedy: failover.withoutPrimary)
      } else if slot.failover == false && failover.standbySettings.bool("sync_replication_slots") == true {
        Finding(
          .l06, slot: slot.name, "\(slot.name) does not ask to be synchronised.",
          facts: [failover.onPrimary(slot).fact("failover off")], remedy: failover.withoutPrimary)
      } else if let withoutPrimary = failover.withoutPrimary {
        Finding(
          .l09, slot: slot.name, "\(slot.name) can be made on a standby only while its primary runs.", facts: facts,
          remedy: withoutPrimary)
      } else {
        Finding(.l09, slot: slot.name, "\(slot.name) can be made on the standby.", facts: facts)
      }
    return ("no copy on the standby", [missing, row])
  }
}
