import Evidence
package import PostgresFormat

/// Invariant: the slot on the new primary begins at or before the consumer's position.
///
/// A slot delivers a transaction exactly when its commit record begins at or after the slot's confirmed_flush. With `c`
/// that of the standby's slot and `P` the consumer's position: no commit of the database begins in `[P, c)`. A slot that
/// synchronisation made of this very slot satisfies it by construction: its position was copied from the primary's
/// memory, which the consumer had confirmed. Any other slot satisfies it where `c` is at or before the lower bound of `P`,
/// or where the WAL between them, all of it read, holds no commit for the database. On a standby that runs, a slot made
/// by hand can have been moved in memory past what its file says, up to the standby's end `S`: its `c` counts as `S`.
///
/// What lies between the two is never lost for certain: which tables are published no file tells, and a subscription's
/// position stays where the last of its own changes was.
package enum NothingLost {
  /// The exposure says what may be missed.
  package static func judge(
    _ copy: SlotState, of slot: SlotState, consumer: Position, in failover: FailoverCase
  ) -> Judgement {
    if SameSlot.isTaken(copy, from: slot, in: failover) { return .holds("synchronised") }
    let mayHaveMoved = failover.standby.server == nil && failover.standby.isRunning != false && copy.synced != true
    let start = mayHaveMoved ? max(copy.confirmedFlush, failover.standbyEnd) : copy.confirmedFlush
    let least = consumer.atLeast ?? slot.confirmedFlush
    if start <= least { return .holds("starts at or before its consumer's position") }
    let changes = failover.changes.changes(
      in: slot.database, from: least, to: start, twoPhase: slot.twoPhase ?? false,
      isExact: consumer.isExact)
    if changes.isEmpty { return .holds("nothing was committed between its consumer and the copy's start") }
    let facts = [failover.onPrimary(slot).confirmedFlush(slot), failover.onStandby(copy).confirmedFlush(copy)]
    let exposure = Exposure(missed: changes)
    if consumer.isExact && changes.isComplete {
      return .fails(
        .atRisk, "its copy starts \(changes.sentence) after its consumer's position",
        [
          Finding(
            .a11, slot: slot.name,
            "The standby's \(slot.name) starts at \(start), after its consumer's position \(least): \(changes.sentence) would not be delivered, as far as they are published.",
            facts: facts,
            remedy: failover.primaryIsGone
              ? "Resynchronise its tables after the promotion."
              : "Drop the copy and make it anew from an older position, or resynchronise the tables.")
        ], exposure: exposure)
    }
    if mayHaveMoved, copy.confirmedFlush <= least {
      return .fails(
        .atRisk, "its copy may have been moved in the running standby's memory",
        [
          Finding(
            .a11, slot: slot.name,
            "The standby's \(slot.name) was not after its consumer's position when it was written, but a server that runs may have moved it since, past \(changes.sentence).",
            facts: facts + [Fact("a server runs on these files", path: "postmaster.pid", node: "standby")],
            remedy: "Give the running standby's connection string instead of its directory, or stop it cleanly.")
        ], exposure: exposure)
    }
    if failover.primaryRuns {
      return .fails(
        .waiting, "waits for its consumer to pass \(start)",
        [
          Finding(
            .a11, .warning, slot: slot.name,
            "The standby's \(slot.name) starts at \(start); its consumer is known to be at \(least) or after: \(changes.sentence) may not be delivered.",
            facts: facts, remedy: "Let the consumer confirm \(start), then ask again.")
        ], exposure: exposure)
    }
    return .fails(
      .atRisk, "its copy may start up to \(changes.sentence) too late",
      [
        Finding(
          .a11, slot: slot.name,
          "The standby's \(slot.name) starts at \(start); its consumer is known to be at \(least) or after: \(changes.sentence) may not be delivered.",
          facts: facts,
          remedy:
            "\(failover.betterPosition(of: slot).asSentence) settles it, or evidence of the primary made later."
        )
      ], exposure: exposure)
  }
}
