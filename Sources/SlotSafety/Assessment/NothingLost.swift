import Evidence
import PostgresFormat

/// Invariant: the slot on the new primary begins at or before the consumer's position.
///
/// A slot delivers a transaction exactly when its commit record begins at or after the slot's confirmed_flush. With `c`
/// that of the standby's slot and `P` the consumer's position: no commit of the database begins in `[P, c)`. A slot that
/// synchronization made of this very slot satisfies it by construction: its position was copied from the primary's
/// memory, which the consumer had confirmed. Any other slot satisfies it where `c` is at or before the lower bound of `P`,
/// or where the WAL between them, all of it read, holds no commit for the database. On a standby that runs, a slot made
/// by hand can have been moved in memory past what its file says, up to the standby's end `S`: its `c` counts as `S`.
///
/// What lies between the two is never lost for certain: which tables are published no file tells, and a subscription's
/// position stays where the last of its own changes was.
enum NothingLost {
  static let unit = RuleUnit(
    .lost,
    .slot([.present, .carriedOver, .alone]) { c in
      guard let outcome = check(c) else { return nil }
      return AfterPromotion.movedOn(c, unless: outcome) ?? outcome
    },
    rules: Rule(
      .a11, .error, "The standby's slot starts at or before its consumer's position, so that nothing is skipped.",
      "Let the consumer confirm past the start of the standby's slot, or give its own position (--subscriber)."),
    Rule(.a11Waiting, .warning, "The consumer of a running primary has passed the start of the standby's slot."),
    Rule(
      .l08, from: .v16, .info, "A slot made by hand that starts after its consumer's last known position.",
      "Let the consumer pass the slot's start before promoting."),
    Rule(
      .l20, from: .v16, .error,
      "Somebody reads from the slot on the standby: it is ahead of what the primary's consumer can have confirmed.",
      "Make another slot for that reader, and this one anew."),
    Rule(
      .n2, .error, "After promotion: transactions that the consumer lacks lie before the start of its slot.",
      "Resynchronize the consumer's tables; do not enable it before."))

  static func check(_ c: SlotCase) -> Outcome? {
    guard let copy = c.copy else { return nil }
    let isContradicted = c.consumer.isExact && c.consumer.atMost.map { $0 < copy.confirmedFlush } ?? false
    let byClocks = SameSlot.byClocks(copy, of: c.slot, in: c.failover).map { [$0] } ?? []
    guard isContradicted || !SameSlot.isTaken(copy, from: c.slot, in: c.failover) else {
      return byClocks.isEmpty ? nil : Outcome(premises: byClocks)
    }
    let (failover, name) = (c.failover, c.slot.name)
    let isAlone = c.situation == .alone
    guard let least = c.consumerAtLeast.nonZero else {
      return c.fails(
        .atRisk, "nothing shows how far its consumer is", .a11,
        "Where the consumer of \(name) is, is open without the primary's files.", [c.onStandby.confirmedFlush],
        "Give the consumer's own position (--subscriber), or an older evidence file of the primary.")
    }
    let mayHaveMoved =
      !failover.standby.positionsAreLive && failover.standby.isRunning != false
      && (copy.synced != true || failover.isPromoted)
    let start = mayHaveMoved ? max(copy.confirmedFlush, failover.standbyEnd) : copy.confirmedFlush
    let row = row(c, copy)
    let isSubscribed =
      c.consumer.isExact && !failover.progress(of: c.slot).isEmpty && failover.stored(of: c.slot).isEmpty
    let changes =
      start <= least
      ? nil
      : isSubscribed
        ? failover.subscribed(c.slot, from: least, to: start, isExact: true)
        : c.changes(from: least, to: start, isExact: c.consumer.isExact)
    guard let changes, !changes.isEmpty else { return row == .l08 || row == .l20 ? .note(ahead(c, copy)) : nil }
    let facts = (isAlone ? [] : [c.onPrimary.confirmedFlush]) + [c.onStandby.confirmedFlush]
    func fails(
      _ verdict: Verdict, _ headline: String, _ rule: RuleID, _ message: String, _ facts: [Fact], _ remedy: String
    )
      -> Outcome
    {
      let finding = c.finding(rule, message, facts, remedy)
      return .fails(
        verdict, headline, finding.situated(row, remedy: row == .l08 ? remedy : nil),
        exposure: Exposure(missed: changes))
    }
    if c.consumer.isExact && changes.isComplete {
      return fails(
        .atRisk, "its slot on the standby starts \(changes.sentence) after its consumer's position", .a11,
        "The standby's \(name) starts at \(start), after its consumer's position \(least): \(changes.sentence) would not be delivered, as far as they are published.",
        facts,
        failover.primaryIsGone
          ? "Resynchronize its tables after the promotion."
          : "Drop the slot on the standby and make it anew from an older position, or resynchronize the tables.")
    }
    if mayHaveMoved, copy.confirmedFlush <= least {
      return fails(
        .atRisk, "its slot may have been moved in the running standby's memory", .a11,
        "The standby's \(name) was not after its consumer's position when it was written, but a server that runs may have moved it since, past \(changes.sentence).",
        facts + [Fact("a server runs on these files", path: "postmaster.pid", node: "standby")],
        "Give the running standby's connection string instead of its directory, or stop it cleanly.")
    }
    let message =
      "The standby's \(name) starts at \(start); its consumer is known to be at \(least) or after: \(changes.sentence) may not be delivered."
    if failover.primaryRuns {
      return fails(
        .waiting, "waits for its consumer to pass \(start)", .a11Waiting, message, facts,
        "Let the consumer confirm \(start), then ask again.")
    }
    var outcome = fails(
      .atRisk, "its slot on the standby may start up to \(changes.sentence) too late", .a11, message, facts,
      "\(failover.betterPosition(of: c.slot).asSentence) settles it, or evidence of the primary made later\(byClocks.isEmpty ? "" : "; or, if the clocks of both machines agree, --assume \(Premise.clocksAgree.rawValue)")."
    )
    outcome.premises = byClocks
    return outcome
  }

  /// The row of the decision table that a slot is in which starts after what is known of its consumer.
  private static func row(_ c: SlotCase, _ copy: SlotState) -> RuleID? {
    if c.situation == .carriedOver { return .n2 }
    guard c.situation == .present, copy.synced != true, copy.confirmedFlush > c.slot.confirmedFlush,
      c.failover.version.has(.logicalSlotsOnStandby)
    else { return nil }
    return SlotView.isExact(in: c.failover.primary) ? .l20 : .l08
  }

  /// Nothing was committed in between.
  private static func ahead(_ c: SlotCase, _ copy: SlotState) -> Finding {
    c.finding(
      .l08,
      "The standby's \(c.slot.name) starts \(ByteCount.text(copy.confirmedFlush.bytes(since: c.slot.confirmedFlush))) after the consumer's recorded position.",
      [c.onStandby.confirmedFlush, c.onPrimary.confirmedFlush],
      c.failover.primaryRuns
        ? nil : "\(c.failover.betterPosition(of: c.slot).asSentence) settles it; else resynchronize its tables.")
  }
}
