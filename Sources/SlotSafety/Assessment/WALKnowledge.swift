package import Evidence
package import PostgresFormat

/// All WAL of one history that was read, whichever node or archive it came from.
package struct WALKnowledge: CommittedChangesSource {
  /// Sorted by their beginning.
  package private(set) var stretches: [WALStretch]

  /// `until`: nothing from there on counts, because it is not part of the history that is asked about.
  package init(_ stretches: [WALStretch], until limit: LSN? = nil) {
    self.stretches = stretches.compactMap { stretch in
      var cut = stretch
      if let limit { cut.to = min(stretch.to, limit) }
      return cut.from < cut.to ? cut : nil
    }
    .sorted { ($0.from, $0.to) < ($1.from, $1.to) }
  }

  /// Adds what another source knows of the same history.
  package func merged(with other: WALKnowledge) -> WALKnowledge { WALKnowledge(stretches + other.stretches) }

  /// Whether every record that begins in `from ..< to` was read.
  package func covers(from: LSN, to: LSN) -> Bool { pieces(from: from, to: to).isComplete }

  /// The parts of the range that were read, each with the stretch that tells of it.
  package func pieces(from: LSN, to: LSN) -> (parts: [(stretch: WALStretch, from: LSN, to: LSN)], isComplete: Bool) {
    var parts: [(stretch: WALStretch, from: LSN, to: LSN)] = []
    var position = from
    var isComplete = true
    while position < to {
      let here = stretches.filter { $0.from <= position && $0.to > position }.max { $0.to < $1.to }
      if let here {
        let end = min(here.to, to)
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

  package func changes(in database: OID, from: LSN, to: LSN, twoPhase: Bool) -> CommittedChanges {
    let (parts, isComplete) = pieces(from: from, to: to)
    var result = CommittedChanges(from: from, to: max(from, to), transactions: 0, messages: 0, isComplete: isComplete)
    var rows: [RelationLocator: RelationRows] = [:]
    var truncated: Set<OID> = []
    for part in parts {
      let activity = part.stretch.activity
      if activity.hasUnreadableRecords { result.isComplete = false }
      for one in activity.databases where one.concerns(database) {
        let count = activity.commitCount(of: one.database, from: part.from, to: part.to)
        result.transactions &+= count.atLeast
        if !count.isExact { result.isComplete = false }
        let messages = one.messages.count { $0 >= part.from && $0 < part.to }
        result.messages &+= UInt64(messages)
        let unlisted = one.messageCount > UInt64(one.messages.count)
        if unlisted, (one.messages.first ?? part.to) > part.from { result.isComplete = false }
        let commits = one.commits(from: part.from, to: part.to)
        if count.atLeast > UInt64(commits.count) { result.tablesAreComplete = false }
        for commit in commits {
          if !commit.relationsComplete { result.tablesAreComplete = false }
          truncated.formUnion(commit.truncated)
          for change in commit.relations where !change.isToast {
            rows[change.relation, default: change.none].add(change)
          }
        }
        // A two-phase slot sends what was prepared in the range, wherever it was committed.
        if twoPhase {
          let prepared = one.commits.count { commit in
            guard let at = commit.preparedAt else { return false }
            return at >= part.from && at < part.to && !(commit.start >= from && commit.start < to)
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
      }
    }
    result.rows = rows.values.sorted {
      ($0.relation.database, $0.relation.number) < ($1.relation.database, $1.relation.number)
    }
    result.truncated = truncated.sorted()
    if !result.isComplete { result.tablesAreComplete = false }
    return result
  }
}

extension DatabaseActivity {
  /// Decoding leaves out only what is marked with another database.
  fileprivate func concerns(_ wanted: OID) -> Bool { database == nil || database == wanted || database == OID.none }
}

extension WALActivity {
  /// Some records could not be taken apart, or too much was open at a time to follow it all.
  fileprivate var hasUnreadableRecords: Bool { !relationsComplete }
}

extension RelationChanges {
  fileprivate var none: RelationRows { RelationRows(relation: relation, inserts: 0, updates: 0, deletes: 0) }
}

extension RelationRows {
  fileprivate mutating func add(_ change: RelationChanges) {
    inserts &+= change.inserts
    updates &+= change.updates
    deletes &+= change.deletes
  }
}
