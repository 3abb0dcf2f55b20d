import Evidence
package import PostgresFormat

/// Invariant: the standby's slot is the primary's, not another of that name.
///
/// Its database and plugin are the same, and so is two_phase: a consumer that relies on PREPARE being sent gets commits
/// only from a slot without it.
package enum SameSlot {
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
          facts: differences.flatMap { [$0.1, $0.2] }, remedy: "Drop it on the standby and make the copy anew.")
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
    func fails(_ message: String, _ more: [Fact]) -> Judgement {
      .fails(
        .unknown, "its copy's positions do not fit this standby's WAL",
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
