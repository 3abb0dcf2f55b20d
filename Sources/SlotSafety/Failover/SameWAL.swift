import Evidence
import PostgresFormat

/// Invariant: where the WAL of both nodes was read, it tells the same.
///
/// A timeline has one number on every node that took it for its own. A primary that was set back to an older state without
/// a new timeline, or that crashed and lost what it had sent, has other records at the same positions, and no comparison
/// of positions means anything then. With `S` the end of the standby's WAL: all commits, checkpoints and lists of running
/// transactions before `S` are the same on both.
enum SameWAL {
  /// A02: the two took different ways on one timeline.
  static func finding(_ primary: Evidence, _ standby: Evidence, before end: LSN) -> Finding? {
    guard let lsn = firstDifference(primary.stretches, standby.stretches, before: end) else { return nil }
    return Finding(
      .a02, "The two nodes have different WAL at \(lsn), though both take it for that of one timeline.",
      facts: [
        Fact("WAL at \(lsn)", path: primary.wal.path ?? "pg_wal", node: "primary"),
        Fact("WAL at \(lsn)", path: standby.wal.path ?? "pg_wal", node: "standby"),
      ], remedy: remedy)
  }

  /// What to do about it, whoever found it.
  static let remedy =
    "One of the two was set back to an older state, or lost WAL in a crash: build the standby anew."

  /// Where the first difference lies; nil where there is none.
  static func firstDifference(_ primary: [WALStretch], _ standby: [WALStretch], before end: LSN) -> LSN? {
    for mine in primary {
      for other in standby {
        let (from, to) = (max(mine.from, other.from), min(mine.to, other.to, end))
        guard from < to else { continue }
        if let lsn = difference(mine.activity, other.activity, from, to) { return lsn }
      }
    }
    return nil
  }

  private static func difference(_ mine: WALActivity, _ other: WALActivity, _ from: LSN, _ to: LSN) -> LSN? {
    var found: [LSN] = []
    if !mine.runningTransactionsThinned, !other.runningTransactionsThinned {
      found += first(mine.runningTransactions, other.runningTransactions) {
        $0.lsn >= from && $0.lsn < to
      } at: {
        $0.lsn
      }
    }
    if !mine.eventsOmitted, !other.eventsOmitted {
      found += first(mine.checkpoints, other.checkpoints) {
        $0.lsn >= from && $0.lsn < to
      } at: {
        $0.lsn
      }
    }
    for database in Set(mine.databases.map(\.database) + other.databases.map(\.database)) {
      let (a, b) = (mine.activity(of: database), other.activity(of: database))
      // Older commits may be summed up on either.
      let listed = [a, b].compactMap { $0?.earlier.last?.last.advanced(by: 1) }.max() ?? .none
      found += first((a?.commits ?? []).map(Mark.init), (b?.commits ?? []).map(Mark.init)) {
        $0.start >= max(from, listed) && $0.start < to
      } at: {
        $0.start
      }
    }
    return found.min()
  }

  /// What of a commit does not depend on where reading began.
  private struct Mark: Equatable {
    var xid: TransactionID
    var start: LSN
    var end: LSN
    var time: Timestamp
    init(_ commit: CommitEvent) { (xid, start, end, time) = (commit.xid, commit.start, commit.end, commit.time) }
  }

  private static func first<Event: Equatable>(
    _ mine: [Event], _ other: [Event], where isMeant: (Event) -> Bool, at position: (Event) -> LSN
  ) -> [LSN] {
    let (mine, other) = (mine.filter(isMeant), other.filter(isMeant))
    guard mine != other else { return [] }
    let common = zip(mine, other).prefix { $0 == $1 }.count
    return [[mine.dropFirst(common).first, other.dropFirst(common).first].compactMap { $0.map(position) }.min()]
      .compactMap { $0 }
  }
}
