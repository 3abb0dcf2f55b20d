import Evidence
import PostgresFormat

/// Invariant: no consumer holds a change that the new primary lacks.
///
/// With `S` the end of the standby's WAL and `P` the consumer's position: no commit of the slot's database begins in
/// `[S, P)` on the old timeline. `P` is on no file of the publisher, but it lies between the slot's confirmed_flush on
/// disk and the end of the primary's WAL, `W`, because a walsender sends only what was flushed. So it holds if `W <= S`;
/// or if the primary held the consumer back until this standby had flushed; or if the consumer's own evidence says so.
///
/// Without a commit in `[S, W)` nothing is missing on the new primary, and still `P` may be past `S`: a walsender tells its client how far it
/// has read, and a client that stores that asks for no commit that the new primary makes before it. A subscription does
/// not, because its origin is at the end of the last commit that it applied.
///
/// In a switchover `S` becomes `W` before the promotion: then all rests on ``ReceivesAll``.
enum NothingVanished {
  static let unit = RuleUnit(
    .received,
    .slot(
      Set<Situation>.withoutCopy.union(Set<Situation>.promoted).union([.copyUnreadable, .present, .ownNode, .alone])
    ) { c in
      var outcome = check(c)
      outcome.premises = SlotPremise.all(
        of: c.slot, consumer: c.consumer, isReady: outcome.isReady, in: c.failover)
      return outcome
    },
    rules: Rule(
      .a13, .error, "The standby has received everything that a consumer may have received.",
      "Let the standby receive the rest of the primary's WAL, then ask again."),
    Rule(.a13Open, .warning, "How far the slot's consumer can have got is bounded."),
    Rule(
      .a13Position, .error,
      "The consumer asks for no position past the standby's end, where the primary committed nothing that the standby lacks."
    ),
    Rule(
      .a13Nothing, .info, "What the standby lacks of the primary's WAL has no commit for a subscription.",
      "Nothing to do."),
    Rule(
      .l02, from: .v17, .error, "A synchronized slot, but its consumer may be ahead of the standby.",
      "Set synchronized_standby_slots, or stop the primary cleanly and let the standby receive the rest."),
    Rule(
      .l19, .error, "The consumer has confirmed a position that the standby never received.",
      "Let the standby receive WAL up to that position; never promote before."),
    Rule(
      .n3, .error,
      "After promotion: the consumer may be past the fork, with data that the new primary lacks; it would also skip new transactions.",
      "Do not enable the consumer; resynchronize its tables."), and: ReceivesAll.rules + HeldBack.rules)

  /// The exposure says what the consumer may hold in excess.
  static func check(_ c: SlotCase) -> Outcome {
    let (failover, slot, end) = (c.failover, c.slot, c.failover.standbyEnd)
    if let most = c.consumer.atMost, most <= end {
      return .holds("the standby has all of the primary's WAL that its consumer can have")
    }
    let isSynced = c.situation == .present && c.copy?.synced == true
    if failover.event == .switchover {
      var outcome = ReceivesAll.judge(slot.name, in: failover)
      if isSynced { outcome.finding = outcome.finding.map { $0.situated(.l02, remedy: $0.remedy) } }
      return outcome
    }
    let confirmedBeyond = slot.confirmedFlush > end
    let heldBack = slot.failover == true ? failover.heldBack[slot.database] : nil
    if !confirmedBeyond, let heldBack, heldBack.objection == nil {
      return .holds(
        "synchronized_standby_slots kept its consumer waiting for this standby", notes: heldBack.grounds(in: failover))
    }
    let (standbyFact, slotFact) = (failover.standbyEndFact, c.onPrimary.confirmedFlush)
    let notes = heldBack?.findings(in: failover) ?? []
    func situated(_ finding: Finding, receive: String? = nil) -> Finding {
      if failover.isPromoted { return finding.situated(.n3) }
      if confirmedBeyond { return finding.situated(.l19, remedy: receive ?? finding.remedy) }
      guard isSynced else { return finding }
      // Of a primary that runs the barrier is the nearest remedy.
      guard failover.primaryRuns, failover.event == .crash else {
        return finding.situated(.l02, remedy: finding.remedy)
      }
      return finding.situated(.l02, remedy: notes.first?.remedy)
    }

    guard let most = c.consumer.atMost else {
      let finding = c.finding(
        confirmedBeyond ? .a13 : .a13Open,
        "How far the consumer of \(slot.name) has got is open: \(failover.primaryEndDoubt ?? "nothing bounds it").",
        [standbyFact, slotFact],
        failover.waitsForPremise
          ? "If the primary is down, and was not started again, ask again with --assume \(Premise.primaryDown.rawValue)."
          : failover.primaryRuns
            ? failover.receiveAll : "Give the primary's current directory, or \(failover.betterPosition(of: slot)).")
      return .fails(
        .atRisk,
        failover.waitsForPremise
          ? failover.primaryIsPresent && failover.primary.isRunning == nil
            ? "ready only if no server runs on the primary's files"
            : failover.cleanStop == nil
              ? "ready only if the primary was not started again after this evidence"
              : "ready only if the primary was not started again after its clean stop"
          : failover.primaryRuns
            ? "the primary still runs; its consumer may go past this standby" : "how far its consumer got is open",
        situated(finding), notes: notes)
    }
    let changes = c.changes(from: end, to: most, isExact: c.consumer.isExact)
    let noCommit = Fact(
      "no commit begins in \(end) to \(most)", path: failover.primary.wal.path ?? "pg_wal", node: "primary")
    if changes.isEmpty {
      guard !failover.progress(of: slot).isEmpty else {
        return positionOpen(c, to: most, [slotFact, standbyFact, noCommit], situated)
      }
      return .holds(
        "the primary committed nothing for it that the standby lacks",
        notes: [
          c.finding(
            .a13Nothing,
            "The primary has \(ByteCount.text(changes.bytes)) of WAL past this standby's end, without a commit for the database of \(slot.name).",
            [standbyFact, noCommit])
        ])
    }
    let primaryFact = Fact("WAL ends at \(most)", path: failover.primary.wal.path ?? "pg_wal", node: "primary")
    let finding = c.finding(
      .a13,
      confirmedBeyond
        ? "The consumer of \(slot.name) has confirmed \(slot.confirmedFlush), past this standby's end of WAL at \(end), and may hold \(changes.sentence) that this standby never received."
        : "The consumer of \(slot.name) may hold \(changes.sentence) that this standby never received.",
      [slotFact, primaryFact, standbyFact],
      "\(failover.receive(to: most)), then ask again; or give \(failover.betterPosition(of: slot)).")
    return .fails(
      .atRisk,
      confirmedBeyond && changes.isComplete
        ? "its consumer confirmed a position that this standby never received"
        : "its consumer may be up to \(changes.sentence) ahead of this standby",
      situated(finding, receive: "\(failover.receive(to: most)); never promote before \(slot.confirmedFlush)."),
      notes: notes, exposure: Exposure(vanished: changes))
  }

  /// What the primary has past the standby's end is nothing to lose, but may be where the consumer asks to go on.
  private static func positionOpen(
    _ c: SlotCase, to most: LSN, _ facts: [Fact], _ situated: (Finding, String?) -> Finding
  ) -> Outcome {
    let size = ByteCount.text(most.bytes(since: c.failover.standbyEnd))
    let finding = c.finding(
      .a13Position,
      "The primary has \(size) of WAL past this standby's end, without a commit for the database of \(c.slot.name). A consumer that stores the positions it is told, not only those of commits, would skip what the new primary commits before \(most).",
      facts,
      "\(c.failover.receive(to: most)), or give \(c.failover.betterPosition(of: c.slot)). Else, after promotion and before any write: SELECT pg_switch_wal() until pg_current_wal_lsn() is past \(most)."
    )
    return .fails(
      .atRisk, "its consumer may ask from up to \(size) past this standby's end, and skip what is written there",
      situated(finding, nil))
  }
}
