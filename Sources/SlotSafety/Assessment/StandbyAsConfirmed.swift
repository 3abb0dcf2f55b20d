import Evidence
import PostgresFormat

/// Invariant: the standby's files have what this standby confirmed.
///
/// The standby's slot on the primary is where the standby said last that its WAL is safe. With `S` the end of the standby's WAL and `q` the
/// slot's restart_lsn: `q <= S`. Otherwise these files are not the standby as it is now (an older copy, evidence from before it was built
/// anew), or another node streamed through its slot, or the slot was moved or made by hand, or the disk lost what it had. The same goes
/// for a primary that runs: it is asked before its standbys, so what it shows as confirmed they have by then. Such a slot may be that
/// of a standby in between, whose own slot has the same name: a clean stop waits for that one. Only of two nodes that were both captured
/// earlier either may be the older one.
enum StandbyAsConfirmed {
  static let unit = RuleUnit(
    .nodes, .everySlot(check),
    rules: Rule(
      .a13Confirmed, .error, "The standby's files have all that this standby confirmed to the primary.",
      "Give the standby as it is now."))

  private static func check(_ failover: Failover) -> Outcome? {
    let mayBeOlder = failover.primary.isRunning != false && !failover.primaryIsPresent && !failover.standbyIsPresent
    guard !failover.isPromoted, !mayBeOlder,
      let physical = failover.physicalSlot, physical.invalidation == nil, let end = failover.standby.wal.end?.lsn,
      physical.restartLSN > end, failover.standbyConnection.map(failover.leadsToPrimary) ?? true
    else { return nil }
    let size = ByteCount.text(physical.restartLSN.bytes(since: end))
    return .fails(
      .atRisk, "the standby has less than it confirmed to the primary",
      Finding(
        .a13Confirmed,
        "The primary's slot \(physical.name) is at \(physical.restartLSN), \(size) past the end of this standby's WAL: these are older files of the standby, or another node streamed through its slot, or that was moved or made by hand.",
        facts: [failover.onPrimary(physical).restart, failover.standbyEndFact],
        remedy:
          "Give the standby as it is now. If it is, look where its primary_conninfo leads, and let it receive WAL up to \(physical.restartLSN), then ask again."
      ))
  }
}
