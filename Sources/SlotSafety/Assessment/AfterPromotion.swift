import Evidence
import PostgresFormat

/// Whether a consumer of the old primary may be enabled on the new one.
///
/// With `S` the switch point, `P` the consumer's position and `c` the confirmed_flush of its slot on the new primary: no
/// commit of the database begins in `[S, P)` on the old timeline (the consumer holds nothing that the new primary lacks);
/// and none begins in `[P, c)`, which for `c > S` is `[P, S)` on the old timeline and `[S, c)` on the new one. Positions
/// on the two timelines cannot be told apart by their numbers, so the first check is possible only early.
///
/// A synchronized slot came over at or before its consumer's position, and goes on with it: its `c` may lie anywhere past `P` as
/// the old primary had it. Anybody else may have moved it as well, and no file tells who did: that is a premise
/// (``Premise/slotMovedByConsumer``).
enum AfterPromotion {
  static let unit = RuleUnit(
    .lost, .slot(.promoted, check),
    rules: Rule(
      .n1, .info,
      "After promotion: nothing was committed between the consumer's position and the start of its slot.",
      "Point the consumer to the new primary."),
    Rule(
      .n4, .error, "After promotion: writes were let in before the consumer's slot was made.",
      "Resynchronize the tables that were written."),
    Rule(
      .n5, .info, "After promotion: the slot was carried over, and the consumer is between its start and the fork.",
      "Point the consumer to the new primary."),
    Rule(
      .n2Moved, from: .v17, .warning,
      "After promotion: nobody but its consumer has moved a synchronized slot that was carried over.",
      "If nobody but its consumer did, ask again with --assume \(Premise.slotMovedByConsumer.rawValue); else resynchronize its tables."
    ))

  private static func check(_ c: SlotCase) -> Outcome? {
    let facts = [c.onPrimary.confirmedFlush]
    switch c.situation {
    case .carriedOver:
      guard NothingLost.check(c)?.isReady ?? true else { return nil }
      return .note(
        c.finding(
          .n5, "\(c.slot.name) was carried over and starts at or before its consumer.",
          [c.onStandby.confirmedFlush] + facts))
    case .startsLater:
      let outcome = gap(c, until: c.copy?.confirmedFlush ?? .none, [c.onStandby.confirmedFlush] + facts)
      return movedOn(c, unless: outcome) ?? outcome
    default:
      // No slot to go on with: a new one would start at the end of the new primary's WAL at the earliest.
      let end = c.failover.standby.wal.end?.lsn ?? c.failover.standbyEnd
      let missing = facts + [Fact("no usable slot", path: "pg_replslot", node: "standby")]
      let outcome = gap(c, until: end, missing)
      guard outcome.isReady else { return outcome }
      return c.fails(
        .fixable, "no slot on the new primary yet, and nothing was committed since", .n1,
        "Nothing was committed between the consumer of \(c.slot.name) and \(end).", missing,
        "Make the slot with \"slotscope plan\" before the next write, then point the consumer to it.")
    }
  }

  /// The file of a server that was not stopped cleanly is where the slot was at least: whoever reads from it moves it in memory.
  private static func mayHaveMoved(_ failover: Failover) -> Bool {
    !failover.standby.positionsAreLive && failover.standby.control?.value.state != .shutDown
  }

  /// Whether a slot is past what is known of its consumer, and may have come there with it.
  private static func mayHaveMovedOn(_ slot: SlotState, _ consumer: Position, in failover: Failover) -> Bool {
    guard failover.isPromoted, slot.failover == true, !consumer.isExact, let copy = failover.copy(of: slot.name)?.state,
      copy.isUsable, copy.synced == true
    else { return false }
    return copy.confirmedFlush > consumer.atLeast ?? slot.confirmedFlush
  }

  /// In place of what would be so if somebody else had moved the slot; nil where it is no such slot.
  static func movedOn(_ c: SlotCase, unless outcome: Outcome) -> Outcome? {
    guard !outcome.isReady, let copy = c.copy, mayHaveMovedOn(c.slot, c.consumer, in: c.failover) else { return nil }
    let facts = [c.onStandby.confirmedFlush, c.onPrimary.confirmedFlush]
    let premise = SlotPremise.asked(
      .slotMovedByConsumer, in: c.failover, "after a promotion anybody may move a synchronized slot")
    guard premise.state == .open else {
      let word = Fact(
        "given: \(Premise.slotMovedByConsumer.sentence)", path: "--assume \(Premise.slotMovedByConsumer.rawValue)")
      var outcome = Outcome.holds(
        "carried over; it has moved on with its consumer",
        notes: [
          c.finding(
            .n5,
            "\(c.slot.name) was carried over, and by the operator's word its consumer alone has moved it to \(copy.confirmedFlush).",
            facts + [word])
        ])
      outcome.premises = [premise]
      return outcome
    }
    var open = c.fails(
      .atRisk, "carried over, and good if its consumer alone has moved it since the promotion", .n2Moved,
      "\(c.slot.name) was carried over and is at \(copy.confirmedFlush) now. If anybody but its consumer read from it or moved it since the promotion, \(outcome.exposure.missed?.sentence ?? "what lies before that") may be missed.",
      facts)
    open.premises = [premise]
    return open
  }

  /// Commits between the consumer and a slot that starts after the fork, on both timelines.
  private static func gap(_ c: SlotCase, until start: LSN, _ facts: [Fact]) -> Outcome {
    let (fork, name) = (c.failover.standbyEnd, c.slot.name)
    let start = mayHaveMoved(c.failover) ? max(start, c.failover.standby.wal.end?.lsn ?? start) : start
    let before = c.changes(from: c.consumerAtLeast, to: fork)
    let after = c.failover.standbyWAL.changes(
      in: c.slot.database, from: fork, to: start, twoPhase: c.slot.twoPhase ?? false)
    if before.isEmpty && after.isEmpty {
      return .note(
        c.finding(.n1, "Nothing was committed between the consumer of \(name) and \(start).", facts))
    }
    let early = c.finding(.n2, "The consumer of \(name) may lack \(before.sentence) from before the fork.", facts)
    // A server's WAL is not read over a connection: what it holds is open, and its files tell.
    let isUnread = !c.failover.standby.walWasRead && !after.isComplete && after.transactions == 0
    let late = c.finding(
      .n4, "\(after.sentence) were written on the new primary before \(start), where \(name) begins.", facts,
      isUnread
        ? "Give the new primary's directory instead of its connection string: its WAL tells whether anything was committed."
        : nil)
    let missed = before.isEmpty ? after : after.isEmpty ? before : before.joined(with: after)
    return .fails(
      .atRisk, "up to \(missed.sentence) would be missed", before.isEmpty ? late : early,
      notes: before.isEmpty || after.isEmpty ? [] : [late], exposure: Exposure(missed: missed))
  }
}
