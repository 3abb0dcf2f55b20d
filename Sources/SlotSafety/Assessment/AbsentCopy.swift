import Evidence
import PostgresFormat

/// A slot that the standby does not have, or not in a form that survives the promotion.
///
/// A slot made right after the promotion starts at the end of the standby's WAL, `S`, if writes are fenced until it is
/// there. With `P` the consumer's position, nothing is lost then if no commit of the database begins in `[P, S)`.
enum AbsentCopy {
  static let unit = RuleUnit(
    .gap, .slot(.withoutCopy, check), .slot([.aloneInvalidated]) { c in invalid(c).map { .fails(.lost, $0, $1) } },
    rules: Rule(.a08Missing, .error, "The standby has a slot of that name.", "Make it with \"slotscope plan\"."),
    Rule(
      .a09, .error,
      "The standby's slot is persistent; promotion removes a temporary one.",
      "Let the consumer advance and run pg_log_standby_snapshot() on the primary until the standby's slot is persistent."
    ),
    Rule(
      .a10, from: .v13, .error, "The standby's slot is valid.",
      "Drop it and make it anew; a synchronized one is made anew by itself."),
    Rule(
      .a11New, .error, "A slot that is made after the promotion begins at or before its consumer's position.",
      "Resynchronize the slot's tables."),
    Rule(
      .l03, from: .v17, .warning, "The synchronized slot is still temporary; promotion removes it.",
      "Let synchronization finish before promoting."),
    Rule(
      .l04, from: .v17, .warning,
      "A failover slot that the standby lacks, and everything that synchronization needs is set.",
      "Wait for the next synchronization."),
    Rule(
      .l06, from: .v17, .warning, "No slot on the standby, and the primary's does not ask for one (failover = false).",
      "Set failover = true on the slot, or make one on the standby with \"slotscope plan\"."),
    Rule(
      .l09, from: .v16, .warning, "No slot on the standby; one can be made there.",
      "Make it with \"slotscope plan\" before promoting."),
    Rule(
      .l10, until: .v15, .warning, "No slot on the standby, and this version cannot make one there.",
      "Fence writes, promote, and make the slot on the new primary with \"slotscope plan\"."),
    Rule(
      .l12, from: .v13, .warning, "The slot on the standby was invalidated.",
      "Drop it and make it anew; a synchronized one is made anew by itself."))

  /// Never ready: the best is that the slot will be there, or can be made.
  private static func check(_ c: SlotCase) -> Outcome? {
    let failover = c.failover
    let (why, finding) = situation(c)
    func isMade(_ verdict: Verdict, _ how: String) -> Outcome {
      var outcome = Outcome.fails(verdict, why + how, finding)
      outcome.priority = .creation
      return outcome
    }
    if failover.primaryRuns, failover.version.has(.logicalSlotsOnStandby) {
      return failover.synchronizes(c.slot) && c.copy?.synced != false
        ? isMade(.waiting, "; synchronization will make it")
        : isMade(.fixable, failover.replayIsPaused ? "; it can be made once replay goes on" : "; it can be made now")
    }
    let least = c.consumerAtLeast
    let missed = c.changes(from: least, to: failover.standbyEnd)
    // What its consumer holds in excess counts for a new slot, too, and comes first.
    let vanished = NothingVanished.check(c)
    if missed.isEmpty, vanished.isReady {
      return isMade(.fixable, "; nothing is lost if a new one is made before writes")
    }
    let exposure = Exposure(missed: missed.isEmpty ? nil : missed, vanished: vanished.exposure.vanished)
    guard !missed.isEmpty else {
      return .fails(
        .atRisk, "\(why); \(vanished.headline)", vanished.finding, notes: [finding], exposure: exposure)
    }
    let gap = c.finding(
      .a11New,
      "A new slot on the promoted standby would start at \(failover.standbyEnd); the consumer of \(c.slot.name) is known to be at \(least) or after, and may miss \(missed.sentence).",
      [c.onPrimary.confirmedFlush],
      failover.primaryRuns
        ? "Let the consumer catch up and stop writes before promoting."
        : c.consumer.isExact
          ? "Make the slot anew and resynchronize its tables."
          : "\(failover.betterPosition(of: c.slot).asSentence) settles it; else resynchronize its tables.")
    return .fails(
      .atRisk, why + "; up to \(missed.sentence) would be missed", vanished.finding ?? gap,
      notes: vanished.finding == nil ? [finding] : [finding, gap], exposure: exposure)
  }

  /// Why there is no slot on the standby to go on with, as the decision table has it.
  private static func situation(_ c: SlotCase) -> (why: String, finding: Finding) {
    let (failover, name) = (c.failover, c.slot.name)
    switch c.situation {
    case .copyCreating:
      return (
        "its slot on the standby is still being made",
        c.finding(
          .a09, "The standby is still making \(name).", [c.onStandby.persistency],
          failover.withoutPrimary
            ?? "Run pg_log_standby_snapshot() on the primary until it is made; it waits for transactions that are open there."
        )
      )
    case .copyTemporary:
      let finding = c.finding(
        .a09, "The standby's \(name) is not persistent; promotion drops it.", [c.onStandby.persistency],
        failover.withoutPrimary)
      return (
        "its slot on the standby is temporary, and promotion removes it",
        c.copy?.synced == true ? finding.situated(.l03, remedy: finding.remedy) : finding
      )
    default: break
    }
    if let invalid = invalid(c) { return invalid }
    let facts = [c.onPrimary.confirmedFlush, Fact("no slot of that name", path: "pg_replslot", node: "standby")]
    func missing(_ row: RuleID, _ what: String) -> (String, Finding) {
      (
        "no slot on the standby",
        c.finding(.a08Missing, "The standby has no \(name)\(what).", facts).situated(
          row, remedy: failover.version.has(.logicalSlotsOnStandby) ? failover.withoutPrimary : nil)
      )
    }
    if !failover.version.has(.logicalSlotsOnStandby) {
      return missing(.l10, ", and this version cannot make it there")
    }
    if c.slot.failover == true && failover.canSynchronize {
      return missing(.l04, ": synchronization has not made it yet")
    }
    if c.slot.failover == false && failover.standbySettings.bool("sync_replication_slots") == true {
      return missing(.l06, ": it does not ask to be synchronized (failover = false)")
    }
    return missing(.l09, failover.primaryIsGone ? "" : "; it can be made there")
  }

  private static func invalid(_ c: SlotCase) -> (String, Finding)? {
    guard let cause = c.copy?.invalidation?.rawValue else { return nil }
    return (
      "invalidated on the standby (\(cause))",
      c.finding(.a10, "The standby's \(c.slot.name) is invalid: \(cause).", [c.onStandby.invalidation]).situated(
        .l12, remedy: c.situation == .aloneInvalidated ? nil : c.copy.map(c.failover.toMakeAnew))
    )
  }
}
