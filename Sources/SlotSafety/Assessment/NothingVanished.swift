import Evidence
package import PostgresFormat

/// Invariant: no consumer holds a change that the new primary lacks.
///
/// With `S` the end of the standby's WAL and `P` the consumer's position: no commit of the slot's database begins in
/// `[S, P)` on the old timeline. `P` is on no file of the publisher, but it lies between the slot's confirmed_flush on
/// disk and the end of the primary's WAL, `W`, because a walsender sends only what was flushed. So it holds if `W <= S`;
/// or if the primary held the consumer back until this standby had flushed; or if the consumer's own evidence says so.
///
/// Without a commit in `[S, W)` nothing vanishes, and still `P` may be past `S`: a walsender tells its client how far it
/// has read, and a client that stores that asks for no commit that the new primary makes before it. A subscription does
/// not, because its origin stands at the end of the last commit that it applied.
///
/// In a switchover `S` becomes `W` before the promotion: then all rests on ``ReceivesAll``.
package enum NothingVanished {
  /// The exposure says what the consumer may hold in excess.
  package static func judge(_ slot: SlotState, consumer: Position, in failover: FailoverCase) -> Judgement {
    let end = failover.standbyEnd
    if let most = consumer.atMost, most <= end {
      return .holds("the standby has all of the primary's WAL that its consumer can have")
    }

    if failover.event == .switchover { return ReceivesAll.judge(slot.name, in: failover) }
    let confirmedBeyond = slot.confirmedFlush > end
    let heldBack = slot.failover == true ? HeldBack(slot.database, in: failover) : nil
    if !confirmedBeyond, let heldBack, heldBack.objection == nil {
      return .holds(
        "synchronized_standby_slots held its consumer back", findings: heldBack.given.map { [$0] } ?? [])
    }
    // What decides comes last: the first thing to do is taken from there.
    let objections = heldBack?.objections(in: failover) ?? []
    let open = heldBack?.open.map { [$0] } ?? []
    let standbyFact = Fact("WAL ends at \(end)", path: failover.standby.wal.path ?? "pg_wal", node: "standby")
    let slotFact = failover.onPrimary(slot).confirmedFlush(slot)

    guard let most = consumer.atMost else {
      let runs = failover.primaryRuns
      return .fails(
        .atRisk,
        failover.waitsForPremise
          ? "ready only if the primary was not started again after its clean stop"
          : runs ? "the primary still runs; its consumer may go past this standby" : "how far its consumer got is open",
        objections + [
          Finding(
            .a13, confirmedBeyond ? .error : .warning, slot: slot.name,
            "How far the consumer of \(slot.name) has got is open: \(failover.primaryEndDoubt ?? "nothing bounds it").",
            facts: [standbyFact, slotFact],
            remedy: failover.waitsForPremise
              ? "If the primary is down, and was not started again, ask again with --assume \(Premise.primaryDown.rawValue)."
              : runs
                ? failover.receiveAll
                : "Give the primary's current directory, or \(failover.betterPosition(of: slot)).")
        ] + open)
    }
    let changes = failover.changes.changes(
      in: slot.database, from: end, to: most, twoPhase: slot.twoPhase ?? false,
      isExact: consumer.isExact)
    if changes.isEmpty {
      let isSubscription = !failover.progress(of: slot).isEmpty
      guard isSubscription else { return positionOpen(slot, to: most, [slotFact, standbyFact], failover) }
      return .holds(
        "the primary committed nothing for it that the standby lacks",
        findings: [
          Finding(
            .a13, .info, slot: slot.name,
            "The primary has \(ByteCount.text(changes.bytes)) of WAL past this standby's end, without a commit for the database of \(slot.name).",
            facts: [
              standbyFact,
              Fact(
                "no commit begins in \(end) to \(most)", path: failover.primary.wal.path ?? "pg_wal", node: "primary"),
            ])
        ])
    }
    let proven = confirmedBeyond && changes.isComplete
    let primaryFact = Fact("WAL ends at \(most)", path: failover.primary.wal.path ?? "pg_wal", node: "primary")
    var findings = objections
    findings.append(
      Finding(
        .a13, slot: slot.name,
        "The consumer of \(slot.name) may hold \(changes.sentence) that this standby never received.",
        facts: [slotFact, primaryFact, standbyFact],
        remedy:
          "\(failover.receive(to: most)), then ask again; or give \(failover.betterPosition(of: slot))."))
    findings += open
    if confirmedBeyond {
      findings.append(
        Finding(
          .l19, slot: slot.name,
          "The consumer of \(slot.name) has confirmed \(slot.confirmedFlush), past this standby's end of WAL at \(end).",
          facts: [slotFact, standbyFact],
          remedy: "\(failover.receive(to: most)); never promote before \(slot.confirmedFlush)."))
    }
    return .fails(
      .atRisk,
      proven
        ? "its consumer confirmed a position that this standby never received"
        : "its consumer may be up to \(changes.sentence) ahead of this standby",
      findings, exposure: Exposure(vanished: changes))
  }
  /// What the primary has past the standby's end is nothing to lose, but may be where the consumer asks to go on.
  private static func positionOpen(
    _ slot: SlotState, to most: LSN, _ facts: [Fact], _ failover: FailoverCase
  ) -> Judgement {
    let end = failover.standbyEnd
    let size = ByteCount.text(most.bytes(since: end))
    return .fails(
      .atRisk, "its consumer may ask from up to \(size) past this standby's end, and skip what is written there",
      [
        Finding(
          .a13, slot: slot.name,
          "The primary has \(size) of WAL past this standby's end, without a commit for the database of \(slot.name). A consumer that stores the positions it is told, not only those of commits, would skip what the new primary commits before \(most).",
          facts: facts + [
            Fact(
              "no commit begins in \(end) to \(most)", path: failover.primary.wal.path ?? "pg_wal", node: "primary")
          ],
          remedy:
            "\(failover.receive(to: most)), or give \(failover.betterPosition(of: slot)). Else, after promotion and before any write: SELECT pg_switch_wal() until pg_current_wal_lsn() is past \(most)."
        )
      ])
  }
}
