package import PostgresFormat

/// A number that is known exactly, or only between bounds.
package struct CountBounds: Sendable, Hashable {
  /// So many for certain.
  package var atLeast: UInt64
  /// No more than so many; greater than `atLeast` where summed-up commits reach over the edge of a range.
  package var atMost: UInt64
  /// Both bounds are one number.
  package var isExact: Bool { atLeast == atMost }
  /// The same number twice for what is counted exactly; `atLeast` is not to exceed `atMost`.
  package init(atLeast: UInt64, atMost: UInt64) { (self.atLeast, self.atMost) = (atLeast, atMost) }
}

extension WALActivity {
  /// Commits and messages of one database; nil where the stretch has neither. Asked for nil: commits that do not name
  /// theirs.
  package func activity(of database: OID?) -> DatabaseActivity? { databases.first { $0.database == database } }

  /// How many commits of a database have records that begin at or after `from` and before `to`: what a slot that has
  /// confirmed `from` would still send. The positions must lie in this stretch.
  package func commitCount(of database: OID?, from: LSN, to: LSN) -> CountBounds {
    guard let activity = activity(of: database) else { return CountBounds(atLeast: 0, atMost: 0) }
    let listed = UInt64(activity.commits(from: from, to: to).count)
    var bounds = CountBounds(atLeast: listed, atMost: listed)
    for bucket in activity.earlier where bucket.first < to && bucket.last >= from {
      bounds.atMost &+= bucket.commits
      if bucket.first >= from && bucket.last < to { bounds.atLeast &+= bucket.commits }
    }
    return bounds
  }

  /// Where a slot would be consistent that begins to read at `lsn`, and by which record it knows: nil where this stretch
  /// has none of the running-transactions records that it takes.
  ///
  /// At once at a record without running transactions; otherwise after all that ran at the first record, and then all
  /// that ran at a second one, have ended. Follows `SnapBuildFindSnapshot` in src/backend/replication/logical/snapbuild.c.
  package func consistentPoint(from lsn: LSN) -> LSN? {
    /// Transactions from here on are new to the phase that is waited for.
    var next: TransactionID?
    var phasesLeft = 2
    for event in runningTransactions[runningTransactions.partitionPoint { $0.lsn >= lsn }...] {
      if event.oldestRunningXID == event.nextXID { return event.end }
      guard let waitingFor = next else {
        next = event.nextXID
        continue
      }
      guard !event.oldestRunningXID.precedes(waitingFor) else { continue }
      phasesLeft -= 1
      if phasesLeft == 0 { return event.end }
      next = event.nextXID
    }
    return nil
  }

  /// The clean-ups that a logical slot of a database would conflict with when the records from `from` on are replayed.
  ///
  /// A summed-up entry that reaches into the range counts: it may have the conflict there.
  package func conflicts(database: OID, catalogXmin: TransactionID, from: LSN) -> [CatalogCleanup] {
    catalogCleanups.filter { cleanup in
      cleanup.last >= from && (cleanup.database == database || !cleanup.database.isValid)
        && !cleanup.horizon.precedes(catalogXmin)
    }
  }
}

extension DatabaseActivity {
  /// The listed commits whose records begin at or after `from` and before `to`.
  package func commits(from: LSN, to: LSN) -> ArraySlice<CommitEvent> {
    let first = commits.partitionPoint { $0.start >= from }
    let last = commits.partitionPoint { $0.start >= to }
    return commits[first..<max(first, last)]
  }
}
