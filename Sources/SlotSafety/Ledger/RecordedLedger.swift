package import Evidence
package import PostgresFormat

/// The transactions that evidence lists, for a node of which nothing else is left.
package enum RecordedLedger {
  /// Those whose commit records begin in the range, in order, and the parts of it of which the evidence does not list them all.
  package static func transactions(
    _ stretches: [WALStretch], from: LSN, to: LSN
  ) -> (transactions: [LedgerTransaction], unread: [Range<LSN>]) {
    var transactions: [LedgerTransaction] = []
    var unread: [Range<LSN>] = []
    var position = from
    for part in WALKnowledge(stretches).pieces(from: from, to: to).parts {
      if part.from > position { unread.append(position..<part.from) }
      position = part.to
      for database in part.stretch.activity.databases {
        // Older commits are summed up: when and in which table is not known.
        for bucket in database.earlier where bucket.first < part.to && bucket.last >= part.from {
          unread.append(.from(max(bucket.first, part.from), to: min(bucket.last.advanced(by: 1), part.to)))
        }
        transactions += database.commits(from: part.from, to: part.to).map {
          LedgerTransaction($0, database: database.database)
        }
      }
    }
    if position < to { unread.append(position..<to) }
    return (transactions.sorted { $0.start < $1.start }, unread)
  }
}

extension LedgerTransaction {
  fileprivate init(_ commit: CommitEvent, database: OID?) {
    self.init(xid: commit.xid, start: commit.start, end: commit.end, time: commit.time)
    self.database = database
    (originID, originLSN, gid) = (commit.originID, commit.originLSN, commit.gid)
    (bytes, changesCatalogs, isWhole) = (commit.bytes, commit.changesCatalogs, commit.relationsComplete)
    for relation in commit.relations where !relation.isToast {
      var changes = TableChanges(table: .file(relation.relation))
      (changes.rows.inserts, changes.rows.updates, changes.rows.deletes) =
        (relation.inserts, relation.updates, relation.deletes)
      tables.append(changes)
    }
    for oid in commit.truncated {
      var changes = TableChanges(table: .relation(oid))
      changes.rows.truncates = 1
      tables.append(changes)
    }
  }
}
