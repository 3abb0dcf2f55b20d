import Evidence
package import PostgresFormat

/// Invariant: the standby's slot is the primary's, not another of that name.
///
/// Its database and plugin are the same, and so is two_phase: a consumer that relies on PREPARE being sent gets commits
/// only from a slot without it.
package enum SameSlot {
  /// Whether synchronisation took the copy from this slot, and not from an earlier one of the same name.
  ///
  /// A slot never goes back, and its restart_lsn counts for others only when it is on disk. So a copy that is ahead of the
  /// slot's final state was taken from another one, dropped since; the slot itself was copied from one further back. The same goes
  /// for one that is ahead of what a running primary shows, which is asked after its standbys (``Evidence/take(later:copies:)``).
  static func isTaken(_ copy: SlotState, from slot: SlotState, in failover: FailoverCase) -> Bool {
    // After the promotion it is a slot like any other, which anybody may have moved.
    guard copy.synced == true, slot.failover == true, !failover.isPromoted else { return false }
    // A slot that was looked at while its server ran went on afterwards.
    guard failover.cleanStop == nil else { return true }
    if failover.primary.server != nil { return copy.confirmedFlush <= slot.confirmedFlush }
    guard failover.primaryEnd != nil else { return true }
    if SlotView.isExact(in: failover.primary), copy.confirmedFlush > slot.confirmedFlush { return false }
    return !slot.restartLSN.isValid || copy.restartLSN <= slot.restartLSN
  }

  /// A finding for each attribute that differs.
  package static func judge(_ copy: SlotState, of slot: SlotState, in failover: FailoverCase) -> Judgement {
    var differences: [(String, Fact, Fact)] = []
    let (there, here) = (failover.onPrimary(slot), failover.onStandby(copy))
    if copy.database != slot.database {
      differences.append(("database", there.database(slot), here.database(copy)))
    }
    if copy.plugin != slot.plugin {
      differences.append(("plugin", there.fact("plugin \(slot.plugin)"), here.fact("plugin \(copy.plugin)")))
    }
    if (copy.twoPhase ?? false) != (slot.twoPhase ?? false) {
      differences.append(
        (
          "two_phase", there.fact("two_phase \(slot.twoPhase ?? false)"),
          here.fact("two_phase \(copy.twoPhase ?? false)")
        ))
    }
    guard !differences.isEmpty else { return .holds() }
    let what = differences.map(\.0).joined(separator: ", ")
    return .fails(
      .atRisk, "the standby's slot of that name is another one (\(what))",
      [
        Finding(
          .a08, slot: slot.name, "The standby's \(slot.name) differs from the primary's: \(what).",
          facts: differences.flatMap { [$0.1, $0.2] },
          remedy: failover.withoutPrimary ?? "Drop it on the standby and make the copy anew.")
      ])
  }
}

/// Invariant: positions only move forward, and not past what there is.
///
/// A copy's confirmed_flush lies at or before the end of the standby's WAL, and at or before the end of the primary's
/// where that bounds anything; its restart_lsn at or before its confirmed_flush. Anything else was not written by a
/// server that has this WAL.
package enum ForwardOnly {
  /// Unknown where a position does not fit.
  package static func judge(_ copy: SlotState, in failover: FailoverCase) -> Judgement {
    let facts = failover.onStandby(copy)
    func fails(
      _ message: String, _ more: [Fact], reason: String = "its copy's positions do not fit this standby's WAL"
    ) -> Judgement {
      .fails(
        .unknown, reason,
        [
          Finding(
            .a04, slot: copy.name, message, facts: more,
            remedy: "Look at the slot on the running standby, or make the copy anew.")
        ])
    }
    guard copy.confirmedFlush.isValid else {
      return fails("The standby's \(copy.name) has no confirmed position.", [facts.confirmedFlush(copy)])
    }
    let end = min(failover.standbyEnd, failover.primaryEnd ?? failover.standbyEnd)
    if copy.confirmedFlush > failover.standbyEnd, let found = failover.standby.wal.end?.lsn,
      copy.confirmedFlush <= found
    {
      return fails(
        "The standby's \(copy.name) has moved on to \(copy.confirmedFlush); where it stood when the standby's WAL ended at \(failover.standbyEnd) is open.",
        [facts.confirmedFlush(copy)], reason: "its copy has moved past the position that was asked about")
    }
    guard copy.confirmedFlush <= end else {
      return fails(
        "The standby's \(copy.name) starts at \(copy.confirmedFlush), past the end of its WAL (\(end)).",
        [
          facts.confirmedFlush(copy),
          Fact("WAL ends at \(end)", path: failover.standby.wal.path ?? "pg_wal", node: "standby"),
        ])
    }
    guard copy.restartLSN <= copy.confirmedFlush else {
      return fails(
        "The standby's \(copy.name) would read again from behind its own position.",
        [facts.restart(copy), facts.confirmedFlush(copy)])
    }
    return .holds()
  }
}
