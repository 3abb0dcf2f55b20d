package import Evidence
package import PostgresFormat

/// All WAL of one history that was read, whichever node or archive it came from.
package struct WALKnowledge: Sendable {
  /// Sorted by their beginning.
  package private(set) var stretches: [WALStretch]
  /// For the databases of each stretch, in the same order.
  private let sums: [[CommitSums]]

  /// `until`: nothing from there on counts, because it is not part of the history that is asked about.
  package init(_ stretches: [WALStretch], until limit: LSN? = nil) {
    self.stretches = stretches.compactMap { stretch in
      var cut = stretch
      if let limit { cut.to = min(stretch.to, limit) }
      return cut.from < cut.to ? cut : nil
    }
    .sorted { ($0.from, $0.to) < ($1.from, $1.to) }
    sums = self.stretches.map { $0.activity.databases.map { CommitSums($0.commits) } }
  }

  /// Adds what another source knows of the same history.
  package func merged(with other: WALKnowledge) -> WALKnowledge { WALKnowledge(stretches + other.stretches) }

  /// Whether every record that begins in `from ..< to` was read.
  package func covers(from: LSN, to: LSN) -> Bool { pieces(from: from, to: to).isComplete }

  /// The parts of the range that were read, each with the stretch that tells of it.
  package func pieces(from: LSN, to: LSN) -> (parts: [(stretch: WALStretch, from: LSN, to: LSN)], isComplete: Bool) {
    let (parts, isComplete) = ranges(from: from, to: to)
    return (parts.map { (stretches[$0.index], $0.from, $0.to) }, isComplete)
  }

  private func ranges(from: LSN, to: LSN) -> (parts: [(index: Int, from: LSN, to: LSN)], isComplete: Bool) {
    var parts: [(index: Int, from: LSN, to: LSN)] = []
    var position = from
    var isComplete = true
    while position < to {
      let here = stretches.indices.filter { stretches[$0].from <= position && stretches[$0].to > position }
        .max { stretches[$0].to < stretches[$1].to }
      if let here {
        let end = min(stretches[here].to, to)
        parts.append((here, position, end))
        position = end
      } else {
        isComplete = false
        guard let next = stretches.first(where: { $0.from > position && $0.from < to }) else { break }
        position = next.from
      }
    }
    return (parts, isComplete)
  }

  /// The changes of `database` whose commit record begins in `from ..< to`; incomplete where a part of the range was not
  /// read. A range of no length is complete and empty. `isExact`: the consumer is at one end of the range, not
  /// somewhere within it.
  package func changes(
    in database: OID, from: LSN, to: LSN, twoPhase: Bool, isExact: Bool = false
  ) -> CommittedChanges {
    let (parts, isComplete) = ranges(from: from, to: to)
    var result = CommittedChanges(from: from, to: max(from, to), transactions: 0, messages: 0, isComplete: isComplete)
    var tables = ChangedTables()
    for part in parts {
      let activity = stretches[part.index].activity
      if activity.hasUnreadableRecords { result.isComplete = false }
      for (one, sums) in zip(activity.databases, sums[part.index]) where one.concerns(database) {
        let count = activity.commitCount(of: one.database, from: part.from, to: part.to)
        result.transactions &+= count.atLeast
        if !count.isExact { result.isComplete = false }
        let messages = one.messages.count { $0 >= part.from && $0 < part.to }
        result.messages &+= UInt64(messages)
        let unlisted = one.messageCount > UInt64(one.messages.count)
        if unlisted, (one.messages.first ?? part.to) > part.from { result.isComplete = false }
        let commits = one.commits(from: part.from, to: part.to)
        if count.atLeast > UInt64(commits.count) { result.tablesAreComplete = false }
        sums.add(commits, to: &tables)
        // A two-phase slot sends what was prepared in the range, wherever it was committed.
        if twoPhase {
          let prepared = sums.prepared.count {
            $0.at >= part.from && $0.at < part.to && !($0.committed >= from && $0.committed < to)
          }
          result.transactions &+= UInt64(prepared)
          if prepared > 0 { result.tablesAreComplete = false }
        }
      }
      if twoPhase {
        let open = activity.openPreparedTransactions.count {
          $0.database == database && $0.start >= part.from && $0.start < part.to
        }
        result.transactions &+= UInt64(open)
        if open > 0 { result.tablesAreComplete = false }
        let rollbacks = activity.rollbacks(of: database, from: part.from, to: part.to, within: from..<to, isExact)
        result.transactions &+= UInt64(rollbacks.count)
        if !rollbacks.isComplete { result.isComplete = false }
      }
    }
    result.rows = tables.rows.values.sorted {
      ($0.relation.database, $0.relation.number) < ($1.relation.database, $1.relation.number)
    }
    result.truncated = tables.truncated.sorted()
    if !result.isComplete || !tables.isComplete { result.tablesAreComplete = false }
    return result
  }
}

extension WALKnowledge {
  /// What the transactions of a database, or of none, wrote that committed in a range, in bytes; nil where part of it was not
  /// read, or some commits are summed up across its edge.
  func bytes(of database: OID, from: LSN, to: LSN) -> UInt64? {
    let (parts, isComplete) = ranges(from: from, to: to)
    guard isComplete else { return nil }
    var sum: UInt64 = 0
    for (index, from, to) in parts {
      for (one, sums) in zip(stretches[index].activity.databases, sums[index]) where one.concerns(database) {
        for bucket in one.earlier where bucket.first < to && bucket.last >= from {
          guard bucket.first >= from, bucket.last < to else { return nil }
          sum &+= bucket.bytes
        }
        sum &+= sums.bytes(of: one.commits(from: from, to: to))
      }
    }
    return sum
  }

  /// Whether the last record of a transaction of the database ends here. Only listed commits are known to.
  func hasCommit(in database: OID, endingAt lsn: LSN) -> Bool {
    stretches.contains { stretch in
      stretch.from < lsn && lsn <= stretch.to
        && stretch.activity.databases.contains { one in
          guard one.concerns(database) else { return false }
          return one.commits(from: stretch.from, to: lsn).last?.end == lsn
        }
    }
  }
}

extension DatabaseActivity {
  /// Decoding leaves out only what is marked with another database.
  func concerns(_ wanted: OID) -> Bool { database == nil || database == wanted || database == OID.none }
}

extension WALActivity {
  /// Prepared transactions that a part of a range begins to tell of, or tells the end of, and that were rolled back. One
  /// whose PREPARE and end both lie in the range is none for a consumer that is not between the two.
  fileprivate func rollbacks(
    of database: OID, from: LSN, to: LSN, within range: Range<LSN>, _ isExact: Bool
  ) -> (count: Int, isComplete: Bool) {
    guard let preparedRollbacks else { return (0, false) }
    let isComplete = preparedRollbacksFrom.map { $0 <= from } ?? true
    let count = preparedRollbacks.count { rollback in
      guard rollback.database == nil || rollback.database == database else { return false }
      let endsInRange = range.contains(rollback.lsn)
      let beginsInRange = rollback.preparedAt.map(range.contains) ?? false
      if endsInRange { return rollback.lsn >= from && rollback.lsn < to && !(beginsInRange && isExact) }
      return beginsInRange && rollback.preparedAt.map { $0 >= from && $0 < to } == true
    }
    return (count, isComplete)
  }

  /// Some records could not be taken apart, or too much was open at a time to follow it all.
  fileprivate var hasUnreadableRecords: Bool { !relationsComplete }
}
