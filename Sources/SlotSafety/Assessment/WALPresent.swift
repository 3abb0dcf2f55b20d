import Evidence
import PostgresFormat

/// Invariant: the standby can read everything from the copy's restart_lsn on.
///
/// With `r` the copy's restart_lsn and `S` the end of the standby's WAL: every segment from the one with `r` to the one
/// with `S` lies in the standby's own WAL folder, under the name of the timeline that a decoding server opens, and every
/// record between them can be read. Decoding fetches nothing from an archive.
enum WALPresent {
  static let unit = RuleUnit(
    .wal, .slot(.withCopy, check),
    rules: Rule(
      .a12, .error,
      "All WAL from the slot's restart_lsn to the end is on the standby, on the right timelines, and can be read.",
      "Copy the missing segments from an archive into the standby's WAL folder."),
    Rule(
      .a12Server, .info, "What a running standby says that it keeps for a slot was read, too.",
      "To have every record read, give the standby's data directory."),
    Rule(
      .a04WAL, .error, "The standby's WAL can be looked at.",
      "Make the file readable, or give another copy or an evidence file of it."))

  private static func check(_ c: SlotCase) -> Outcome? {
    guard let copy = c.copy else { return nil }
    let (failover, restartFact) = (c.failover, c.onStandby.restart)
    guard let restart = copy.restartLSN.nonZero else {
      return c.fails(
        .atRisk, "its slot on the standby reserves no WAL", .a12,
        "The standby's \(copy.name) has no restart_lsn; it cannot be used.",
        [restartFact], "Drop it and make it anew.")
    }
    guard let available = failover.availableOnStandby else {
      return c.fails(
        .unknown, "what WAL the standby has is unknown", .a04WAL,
        "The standby's WAL could not be examined for \(copy.name).", [])
    }
    let missing = available.missing(from: restart)
    if !missing.isEmpty {
      let count = missing.reduce(0) { $0 &+ $1.count }
      let size = failover.standby.wal.segmentSize ?? 16 << 20
      let files = missing.prefix(3).map { SegmentName(timeline: $0.timeline, number: $0.first, size: size).text }
      return c.fails(
        .atRisk, "WAL that its slot on the standby needs is not there", .a12,
        "The standby's \(copy.name) needs WAL from \(restart) on, and \(count) segment\(count == 1 ? " is" : "s are") not there.",
        [restartFact]
          + files.map { Fact("missing", path: "\(failover.standby.wal.path ?? "pg_wal")/\($0)", node: "standby") })
    }
    if let activity = failover.copy(of: copy.name)?.activity {
      return heldByServer(c, activity, restartFact)
    }
    guard !failover.standbyWAL.covers(from: restart, to: failover.standbyEnd) else { return nil }
    return c.fails(
      .unknown, "WAL that its slot on the standby needs cannot all be read", .a12,
      "The standby's \(copy.name) needs WAL from \(restart) to \(failover.standbyEnd), and not all of it could be read.",
      [restartFact], "Compare these segments with an archive or with the primary's.")
  }

  /// A running standby says itself whether it keeps what the slot needs, and the segments are there by their names. What
  /// is in them was not read; it cannot be more damaged than the standby's own tables may be.
  private static func heldByServer(_ c: SlotCase, _ activity: SlotActivity, _ restart: Fact) -> Outcome {
    let status = activity.walStatus
    let facts = [restart, c.onStandby.fact("wal_status \(status ?? "null")")]
    // Before 13 a slot always keeps its WAL.
    guard status == "reserved" || status == "extended" || !c.failover.version.has(.slotInvalidation) else {
      return c.fails(
        .atRisk, "the standby does not keep all WAL that its slot needs", .a12,
        "The standby's server does not guarantee the WAL that \(c.slot.name) needs.", facts,
        "Let the slot catch up before the next checkpoint, or make it anew.")
    }
    return .note(
      c.finding(
        .a12Server,
        "The standby's server says that it keeps the WAL of \(c.slot.name), and its segments are there; they were not read.",
        facts))
  }
}
