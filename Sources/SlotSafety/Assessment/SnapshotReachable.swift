import Evidence
import PostgresFormat

/// Invariant: decoding that begins at the copy's restart_lsn is consistent when it reaches confirmed_flush
/// (``DecodingStart``).
///
/// Otherwise transactions that commit between the two are left out without a word. A server's own slots satisfy this; a
/// lost or damaged file under pg_logical/snapshots, or an edited state file, breaks it.
enum SnapshotReachable {
  static let unit = RuleUnit(
    .wal, .slot([.present, .alone], check),
    rules: Rule(
      .a12Snapshot, .error,
      "Decoding that begins at the restart_lsn of the standby's slot is consistent when it reaches its confirmed_flush: the snapshot that it needs is there.",
      "Advance the slot, or make it anew."))

  /// Looks through the standby's own WAL.
  private static func check(_ c: SlotCase) -> Outcome? {
    // A server made its slot so, and only its files could have been damaged since.
    guard let copy = c.copy, c.failover.standby.filesAreKnown else { return nil }
    func late(_ message: String) -> Outcome {
      c.fails(
        .atRisk, "its slot on the standby may begin to decode too late", .a12Snapshot, message,
        [c.onStandby.restart, Fact("no snapshot of that position", path: "pg_logical/snapshots", node: "standby")])
    }
    switch DecodingStart.find(copy, c.failover.standbySnapshots, c.failover.standbyWAL) {
    case .inTime: return nil
    case .damaged(let path), .unknown(damaged: let path?):
      return c.fails(
        .unknown, "a snapshot that the standby's slot may need is damaged", .a12Snapshot,
        "Decoding \(copy.name) may need \(path), which cannot be read.",
        [Fact(c.failover.standbyProblems.damage(of: path), path: path, node: "standby")],
        "Compare the file with the primary's of the same name, or make the slot on the standby anew.")
    case .late(let until):
      let end = until.map { "before \($0)" } ?? "in the WAL that is here"
      return late(
        "Decoding \(copy.name) from \(copy.restartLSN) is not consistent \(end), and it must be at \(copy.confirmedFlush)."
      )
    case .inPart, .unknown:
      return late(
        "Nothing shows that decoding \(copy.name) from \(copy.restartLSN) is consistent when it reaches \(copy.confirmedFlush)."
      )
    }
  }
}
