import Evidence
package import PostgresFormat

/// Invariant: decoding that begins at the copy's restart_lsn is consistent when it reaches confirmed_flush.
///
/// With `r` the copy's restart_lsn and `c` its confirmed_flush: either the snapshot that was written out at `r` can be
/// read, or the running-transactions records from `r` on lead to a consistent point at or before `c`. A slot that has
/// moved has a snapshot at `r`; one that was just made has only the records. A snapshot that was written out between the
/// two does not replace them: decoding takes it up there, keeps no change from before it, and leaves out part of a
/// transaction that was open then and commits after `c`. Where the records lead to that point no such transaction is left.
/// Otherwise transactions that commit between `c` and the point where decoding becomes consistent are left out without
/// a word. A server's own slots satisfy this; a lost or damaged file under pg_logical/snapshots, or an edited state file,
/// breaks it.
package enum SnapshotReachable {
  /// Looks through the standby's own WAL.
  package static func judge(_ copy: SlotState, in failover: FailoverCase) -> Judgement {
    // A server made its slot so, and only its files could have been damaged since.
    if failover.standby.server != nil { return .holds() }
    let (restart, start) = (copy.restartLSN, copy.confirmedFlush)
    if let (damaged, lsn) = failover.unreadSnapshot, lsn.map({ $0 >= restart }) ?? true {
      return .fails(
        .unknown, "a snapshot that its copy may need is damaged",
        [
          Finding(
            .a12, slot: copy.name, "Decoding \(copy.name) may need \(damaged), which cannot be read.",
            facts: [Fact(failover.standbyProblems.damage(of: damaged), path: damaged, node: "standby")],
            remedy: "Compare the file with the primary's of the same name, or make the copy anew.")
        ])
    }
    if failover.standbySnapshots.contains(restart) { return .holds() }
    if let point = failover.standbyWAL.consistentPoint(from: restart), point <= start { return .holds() }
    return .fails(
      .atRisk, "its copy may begin to decode too late",
      [
        Finding(
          .a12, slot: copy.name,
          "Nothing shows that decoding \(copy.name) from \(restart) is consistent when it reaches \(start).",
          facts: [
            failover.onStandby(copy).restart(copy),
            Fact("no snapshot of that position", path: "pg_logical/snapshots", node: "standby"),
          ], remedy: "Advance the copy, or make it anew.")
      ])
  }
}

extension Evidence {
  /// Files in pg_logical/snapshots that cannot be read, with the positions in their names; the folder itself has none.
  var unreadSnapshots: [(path: String, lsn: LSN?)] {
    problems.filter { $0.subject == "snapshot" }.map { problem in
      (problem.path, problem.path.split(separator: "/").last.flatMap { SnapshotFileName(String($0))?.lsn })
    }
  }
}

extension Evidence {
  /// The one that could be needed by most: of no position, or of the newest.
  var newestUnreadSnapshot: (path: String, lsn: LSN?)? {
    unreadSnapshots.max { ($0.lsn?.rawValue ?? .max) < ($1.lsn?.rawValue ?? .max) }
  }
}

extension WALKnowledge {
  /// Where decoding from `lsn` would be consistent by what the WAL says; nil where it does not, or was not read.
  fileprivate func consistentPoint(from lsn: LSN) -> LSN? {
    guard let stretch = stretches.first(where: { $0.from <= lsn && $0.to > lsn }),
      !stretch.activity.runningTransactionsThinned
    else { return nil }
    return stretch.activity.consistentPoint(from: lsn)
  }
}
