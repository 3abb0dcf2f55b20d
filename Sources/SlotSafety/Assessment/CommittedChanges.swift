import Evidence
package import PostgresFormat

/// What a range of WAL holds for the consumers of one database.
package struct CommittedChanges: Sendable, Hashable {
  /// From here (inclusive) …
  package var from: LSN
  /// … to here (exclusive): the starts of commit records lie between.
  package var to: LSN
  /// Commit, commit prepared and, for two-phase slots, prepare records that begin in the range. Where `isComplete` is
  /// false, at least so many.
  package var transactions: UInt64
  /// Non-transactional logical messages that begin in the range.
  package var messages: UInt64
  /// False where part of the range could not be read or counted: it is open, never empty.
  package var isComplete: Bool
  /// Rows by relation, as far as the WAL tells them.
  package var rows: [RelationRows] = []
  /// OIDs of tables emptied by TRUNCATE.
  package var truncated: [OID] = []
  /// `rows` and `truncated` name every table that was changed.
  package var tablesAreComplete = true

  /// Without rows: those are added as the WAL tells them.
  package init(from: LSN, to: LSN, transactions: UInt64, messages: UInt64, isComplete: Bool) {
    (self.from, self.to, self.transactions) = (from, to, transactions)
    (self.messages, self.isComplete) = (messages, isComplete)
  }

  /// With those of the range that follows, on a later timeline.
  package func joined(with later: CommittedChanges) -> CommittedChanges {
    var result = self
    result.to = max(to, later.to)
    result.transactions &+= later.transactions
    result.messages &+= later.messages
    result.isComplete = isComplete && later.isComplete
    result.tablesAreComplete = tablesAreComplete && later.tablesAreComplete
    result.truncated = Set(truncated + later.truncated).sorted()
    for row in later.rows {
      if let index = result.rows.firstIndex(where: { $0.relation == row.relation }) {
        result.rows[index].inserts &+= row.inserts
        result.rows[index].updates &+= row.updates
        result.rows[index].deletes &+= row.deletes
      } else {
        result.rows.append(row)
      }
    }
    return result
  }

  /// The size of the range.
  package var bytes: UInt64 { to.bytes(since: from) }
  /// Proven to hold nothing for a consumer.
  package var isEmpty: Bool { to <= from || (isComplete && transactions == 0 && messages == 0) }

  /// `3 transactions (1.2 kB)`, or what is open.
  package var sentence: String {
    guard isComplete else {
      return "an unknown number of transactions (\(ByteCount.text(bytes)) of WAL that cannot all be read)"
    }
    var parts: [String] = []
    if transactions > 0 || messages == 0 { parts.append("\(transactions) transaction\(transactions == 1 ? "" : "s")") }
    if messages > 0 { parts.append("\(messages) message\(messages == 1 ? "" : "s")") }
    return parts.joined(separator: " and ") + " (\(ByteCount.text(bytes)))"
  }
}

/// Changed rows of one relation in a range.
package struct RelationRows: Sendable, Hashable {
  /// The relation's file when the WAL was written, its number as in `RelFileLocator`.
  package var relation: RelationLocator
  /// Rows of INSERT and COPY.
  package var inserts: UInt64
  /// Old and new version count as one row.
  package var updates: UInt64
  /// Rows of DELETE; TRUNCATE is told apart.
  package var deletes: UInt64
}
