import Evidence
package import PostgresFormat

/// Invariant: the standby can read everything from the copy's restart_lsn on.
///
/// With `r` the copy's restart_lsn and `S` the end of the standby's WAL: every segment from the one with `r` to the one
/// with `S` lies in the standby's own WAL folder, under the name of the timeline that a decoding server opens, and every
/// record between them can be read. Decoding fetches nothing from an archive.
package enum WALPresent {
  /// From the copy's `restart_lsn` on.
  package static func judge(_ copy: SlotState, in failover: FailoverCase) -> Judgement {
    let restartFact = failover.onStandby(copy).restart(copy)
    guard let restart = copy.restartLSN.nonZero else {
      return .fails(
        .atRisk, "its copy reserves no WAL",
        [
          Finding(
            .a12, slot: copy.name, "The standby's \(copy.name) has no restart_lsn; it cannot be used.",
            facts: [restartFact], remedy: "Drop it and make it anew.")
        ])
    }
    guard let available = failover.availableOnStandby else {
      return .fails(
        .unknown, "what WAL the standby has is unknown",
        [Finding(.a04, slot: copy.name, "The standby's WAL could not be examined for \(copy.name).")])
    }
    let missing = available.missing(from: restart)
    if !missing.isEmpty {
      let count = missing.reduce(0) { $0 &+ $1.count }
      let size = failover.standby.wal.segmentSize ?? 16 << 20
      return .fails(
        .atRisk, "WAL that its copy needs is not on the standby",
        [
          Finding(
            .a12, slot: copy.name,
            "The standby's \(copy.name) needs WAL from \(restart) on, and \(count) segment\(count == 1 ? " is" : "s are") not there.",
            facts: [restartFact]
              + missing.prefix(3).map {
                Fact(
                  "missing",
                  path: (failover.standby.wal.path ?? "pg_wal") + "/"
                    + SegmentName(timeline: $0.timeline, number: $0.first, size: size).text, node: "standby")
              })
        ])
    }
    if let activity = failover.copy(of: copy.name)?.activity {
      return heldByServer(copy, activity, restartFact, failover)
    }
    guard failover.standbyWAL.covers(from: restart, to: failover.standbyEnd) else {
      return .fails(
        .unknown, "WAL that its copy needs cannot all be read",
        [
          Finding(
            .a12, slot: copy.name,
            "The standby's \(copy.name) needs WAL from \(restart) to \(failover.standbyEnd), and not all of it could be read.",
            facts: [restartFact],
            remedy: "Compare these segments with an archive or with the primary's.")
        ])
    }
    return .holds()
  }

  /// A running standby says itself whether it keeps what the slot needs, and the segments are there by their names. What
  /// is in them was not read; it cannot be more damaged than the standby's own tables may be.
  private static func heldByServer(
    _ copy: SlotState, _ activity: SlotActivity, _ restart: Fact, _ failover: FailoverCase
  ) -> Judgement {
    let status = activity.walStatus
    // Before 13 a slot always keeps its WAL.
    guard status == "reserved" || status == "extended" || failover.version < firstWithStatus else {
      return .fails(
        .atRisk, "the standby does not keep all WAL that its copy needs",
        [
          Finding(
            .a12, slot: copy.name, "The standby's server does not guarantee the WAL that \(copy.name) needs.",
            facts: [restart, failover.onStandby(copy).fact("wal_status \(status ?? "null")")],
            remedy: "Let the copy catch up before the next checkpoint, or make it anew.")
        ])
    }
    return .holds(
      findings: [
        Finding(
          .a12, .info, slot: copy.name,
          "The standby's server says that it keeps the WAL of \(copy.name), and its segments are there; they were not read.",
          facts: [restart, failover.onStandby(copy).fact("wal_status \(status ?? "null")")],
          remedy: "To have every record read, give the standby's data directory.")
      ])
  }

  private static let firstWithStatus = ServerVersion.v13
}
