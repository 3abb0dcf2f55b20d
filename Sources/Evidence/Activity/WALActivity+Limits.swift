import PostgresFormat

extension WALActivity {
  /// Shortens lists that have grown beyond their limits, always at the cost of the older part.
  mutating func trim(_ limits: WALActivityCollector.Limits) {
    while runningTransactions.count > max(limits.runningTransactions, 4) {
      // Every second event of the older half goes: what is left lets slots become consistent later, never earlier.
      let half = runningTransactions.count / 2
      runningTransactions =
        stride(from: 0, to: half, by: 2).map { runningTransactions[$0] } + runningTransactions[half...]
      runningTransactionsThinned = true
    }
    while catalogCleanups.count > max(limits.catalogCleanups, 2) {
      if catalogCleanups.databaseCount > catalogCleanups.count / 2 { catalogCleanups.shareOlderHalf() }
      catalogCleanups = catalogCleanups.pairedByDatabase
    }
    trimRollbacks(limits)
    trimEvents(limits)
  }

  /// `slack`: as for other events.
  mutating func trimRollbacks(_ limits: WALActivityCollector.Limits, slack: Int = 0) {
    guard var listed = preparedRollbacks, listed.keepLast(max(limits.preparedRollbacks, 1), slack) else { return }
    preparedRollbacksFrom = listed.first?.lsn
    preparedRollbacks = listed
  }

  /// Appends those of a later stretch.
  mutating func append(rollbacks later: Self) {
    preparedRollbacksFrom = later.preparedRollbacksFrom ?? preparedRollbacksFrom
    preparedRollbacks = (preparedRollbacks ?? []) + (later.preparedRollbacks ?? [])
  }

  /// Origins that were set by hand, each once, as they come first: by however many walks the WAL was read.
  mutating func noteSet(_ origins: [UInt16]) {
    var listed = originsSet ?? []
    for origin in origins where !listed.contains(origin) { listed.append(origin) }
    originsSet = listed
  }

  /// Adds what an earlier stretch knows of a transaction that was rolled back in this one.
  mutating func completeRollback(at start: LSN, with prepared: ActivityWork.Prepared) {
    guard let index = preparedRollbacks?.partitionPoint({ $0.lsn >= start }),
      var rollback = preparedRollbacks?.dropFirst(index).first, rollback.lsn == start, rollback.preparedAt == nil
    else { return }
    rollback.preparedAt = prepared.start
    rollback.database = rollback.database ?? prepared.database
    preparedRollbacks?[index] = rollback
  }

  /// `slack`: so many more of a kind may stay, so that the lists are not moved for every event.
  mutating func trimEvents(_ limits: WALActivityCollector.Limits, slack: Int = 0) {
    let limit = max(limits.events, 1)
    let omitted = [
      timelineChanges.keepLast(limit, slack), checkpoints.keepLast(limit, slack),
      parameterChanges.keepLast(limit, slack), logicalDecodingChanges.keepLast(limit, slack),
      databaseChanges.keepLast(limit, slack),
    ]
    oidCounters?.keepLast(limit, slack)
    if tablespacesMade?.keepLast(limit, slack) == true { eventsOmitted = true }
    if omitted.contains(true) { eventsOmitted = true }
  }
}

extension Array {
  /// Removes the first elements beyond `limit`, if there are more than `slack` of them; whether there were.
  @discardableResult
  mutating func keepLast(_ limit: Int, _ slack: Int = 0) -> Bool {
    guard count > limit + slack else { return false }
    removeFirst(count - limit)
    return true
  }
}

extension [CatalogCleanup] {
  fileprivate var databaseCount: Int { Set(map(\.database)).count }

  /// The older ones count for all databases from now on: there are too many databases to tell them apart.
  fileprivate mutating func shareOlderHalf() {
    for index in indices.prefix(count / 2) { self[index].database = .none }
  }

  /// About half as many: neighbors of one database become one with the newer horizon.
  fileprivate var pairedByDatabase: [CatalogCleanup] {
    var result: [CatalogCleanup] = []
    var open: [OID: Int] = [:]
    for cleanup in self {
      guard let index = open.removeValue(forKey: cleanup.database) else {
        open[cleanup.database] = result.count
        result.append(cleanup)
        continue
      }
      result[index].last = cleanup.last
      result[index].count &+= cleanup.count
      if result[index].horizon.precedes(cleanup.horizon) { result[index].horizon = cleanup.horizon }
    }
    return result
  }
}
