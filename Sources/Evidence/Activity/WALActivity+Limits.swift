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
    while catalogCleanups.count > max(limits.catalogCleanups, catalogCleanups.databaseCount) {
      catalogCleanups = catalogCleanups.pairedByDatabase
    }
    trimEvents(limits)
  }

  mutating func trimEvents(_ limits: WALActivityCollector.Limits) {
    let limit = max(limits.events, 1)
    let omitted = [
      timelineChanges.keepLast(limit), checkpoints.keepLast(limit), parameterChanges.keepLast(limit),
      logicalDecodingChanges.keepLast(limit), databaseChanges.keepLast(limit),
    ]
    if omitted.contains(true) { eventsOmitted = true }
  }
}

extension Array {
  /// Removes the first elements beyond `limit`; whether there were any.
  fileprivate mutating func keepLast(_ limit: Int) -> Bool {
    guard count > limit else { return false }
    removeFirst(count - limit)
    return true
  }
}

extension [CatalogCleanup] {
  fileprivate var databaseCount: Int { Set(map(\.database)).count }

  /// Half as many: neighbours of one database become one with the newer horizon.
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
