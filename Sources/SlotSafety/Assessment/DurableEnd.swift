import Evidence
import PostgresFormat

/// Where the primary did not make its WAL durable (`fsync = off`) and was not stopped cleanly.
///
/// `P <= W` rests on a walsender's sending only what was flushed. With fsync off "flushed" means handed to the operating
/// system: that outlives the server's crash, so a killed server's files still bound its consumers, but not the machine's
/// crash, after which the WAL may end before what was sent, at a record's boundary, like any other end. The files do not
/// tell the one crash from the other. What could is judged elsewhere: a checkpoint, slot or snapshot past the end, or a
/// standby with more WAL, makes the end doubtful. The rest is the operator's knowledge, so this is a warning that leaves
/// the verdict alone.
enum DurableEnd {
  static let unit = RuleUnit(
    .note, .notes { [ofPrimary($0), ofStandby($0)].compactMap { $0 } },
    rules: Rule(
      .a13FSync, .warning,
      "fsync is on at both nodes; else the end of their WAL shows what they sent or confirmed after a crash of the server, not of the machine.",
      "If the machine went down, compare each consumer's own position (--subscriber) with the standby's WAL before promoting."
    ))

  /// What a standby with fsync off has confirmed outlives its server's crash, and not its machine's: consumers that the standby
  /// slots barrier let go on may then be ahead of it.
  private static func ofStandby(_ failover: Failover) -> Finding? {
    guard !failover.isPromoted, failover.holdsConsumersBack, failover.standbySettings.bool("fsync") == false else {
      return nil
    }
    return Finding(
      .a13FSync,
      "The standby runs with fsync off: what it confirmed may be gone if its machine or operating system crashed.",
      facts: [failover.fact(of: "fsync")],
      remedy: "If its machine went down, compare each consumer's own position (--subscriber) before promoting.")
  }

  private static func ofPrimary(_ failover: Failover) -> Finding? {
    guard failover.primaryEnd != nil, failover.primary.control?.value.state != .shutDown,
      failover.primarySettings.bool("fsync") == false,
      failover.primary.slots.contains(where: { $0.state?.isLogical == true })
    else { return nil }
    return Finding(
      .a13FSync,
      "The primary ran with fsync off: what its files show holds if its server crashed, and not if its machine or operating system did.",
      facts: [failover.fact(of: "fsync", in: failover.primarySettings, node: "primary")])
  }
}
