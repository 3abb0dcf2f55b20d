import Evidence
package import PostgresFormat

/// Invariant: decoding that begins at the copy's restart_lsn is consistent when it reaches confirmed_flush
/// (``DecodingStart``).
///
/// Otherwise transactions that commit between the two are left out without a word. A server's own slots satisfy this; a
/// lost or damaged file under pg_logical/snapshots, or an edited state file, breaks it.
package enum SnapshotReachable {
  /// Looks through the standby's own WAL.
  package static func judge(_ copy: SlotState, in failover: FailoverCase) -> Judgement {
    // A server made its slot so, and only its files could have been damaged since.
    if failover.standby.server != nil { return .holds() }
    let restart = failover.onStandby(copy).restart(copy)
    switch DecodingStart.find(copy, failover.standbySnapshots, failover.standbyWAL) {
    case .inTime: return .holds()
    case .damaged(let path), .unknown(damaged: let path?):
      return .fails(
        .unknown, "a snapshot that its copy may need is damaged",
        [
          Finding(
            .a12, slot: copy.name, "Decoding \(copy.name) may need \(path), which cannot be read.",
            facts: [Fact(failover.standbyProblems.damage(of: path), path: path, node: "standby")],
            remedy: "Compare the file with the primary's of the same name, or make the copy anew.")
        ])
    case .late(let until):
      let end = until.map { "before \($0)" } ?? "in the WAL that is here"
      return late(
        copy,
        "Decoding \(copy.name) from \(copy.restartLSN) is not consistent \(end), and it must be at \(copy.confirmedFlush).",
        restart)
    case .inPart, .unknown:
      return late(
        copy,
        "Nothing shows that decoding \(copy.name) from \(copy.restartLSN) is consistent when it reaches \(copy.confirmedFlush).",
        restart)
    }
  }

  private static func late(_ copy: SlotState, _ message: String, _ restart: Fact) -> Judgement {
    .fails(
      .atRisk, "its copy may begin to decode too late",
      [
        Finding(
          .a12, slot: copy.name, message,
          facts: [restart, Fact("no snapshot of that position", path: "pg_logical/snapshots", node: "standby")],
          remedy: "Advance the copy, or make it anew.")
      ])
  }
}
