package import PostgresFormat

/// What happened in a stretch of WAL, as far as slots, timelines and consumers are concerned.
///
/// Bounded, whatever the length of the WAL: lists that would grow too long give up detail for their older part and say
/// so, while sums over any range of positions stay decidable as bounds.
package struct WALActivity: Sendable, Hashable, Codable {
  /// Where the first record begins; nil where there was none.
  package var from: LSN?
  /// After the last record.
  package var to: LSN?
  package var recordCount: UInt64 = 0
  package var recordBytes: UInt64 = 0
  /// The transaction number after the newest one that a record names, as recovery counts on; nil where none was seen.
  package var nextXID: TransactionID?
  /// Commits by database, ascending; last those without one (written below wal_level logical).
  package var databases: [DatabaseActivity] = []
  package var runningTransactions: [RunningTransactionsEvent] = []
  /// The older part of `runningTransactions` has gaps.
  package var runningTransactionsThinned = false
  /// 16 and later: removed catalog rows, which invalidate logical slots on standbys. Before, no record marks them.
  package var catalogCleanups: [CatalogCleanup] = []
  package var timelineChanges: [TimelineChange] = []
  package var checkpoints: [CheckpointEvent] = []
  package var parameterChanges: [ParameterChangeEvent] = []
  /// 19: logical decoding switched on or off while the server ran.
  package var logicalDecodingChanges: [LogicalDecodingChange] = []
  package var databaseChanges: [DatabaseChange] = []
  /// Prepared in this stretch and neither committed nor rolled back in it.
  package var openPreparedTransactions: [OpenPreparedTransaction] = []
  /// Wrote in this stretch and did not end in it: running, or cut off by a crash.
  package var openTransactions: [OpenTransaction] = []
  package var openTransactionCount = 0
  /// Some lists of checkpoints, timeline or other changes had to leave out their oldest entries.
  package var eventsOmitted = false
  /// Every listed commit has all the relations that it changed, from the first record of the stretch on.
  package var relationsComplete = true

  package init() {}
}

/// The commits of one database.
package struct DatabaseActivity: Sendable, Hashable, Codable {
  /// nil: commits that do not say; 0: of a process without a database.
  package var database: OID?
  package var commitCount: UInt64 = 0
  /// Ascending by position; the newest ones where there are too many to list.
  package var commits: [CommitEvent] = []
  /// Sums of the older commits that are not listed, ascending by position.
  package var earlier: [CommitBucket] = []
  package var messageCount: UInt64 = 0
  /// Where non-transactional logical messages begin; the newest ones.
  package var messages: [LSN] = []

  package init(database: OID?) { self.database = database }
}

/// One committed transaction.
package struct CommitEvent: Sendable, Hashable, Codable {
  /// The top-level transaction; of a prepared one its own number, not that of COMMIT PREPARED. 0: it had none.
  package var xid: TransactionID
  /// Where the commit record begins: decides whether a slot has sent it (sent before `confirmed_flush_lsn`).
  package var start: LSN
  /// Where the commit record ends: what a consumer confirms.
  package var end: LSN
  package var time: Timestamp
  package var originID: UInt16?
  package var originLSN: LSN?
  /// By COMMIT PREPARED.
  package var isTwoPhase: Bool
  package var gid: String?
  /// Where PREPARE began, if it is in this stretch.
  package var preparedAt: LSN?
  package var changesCatalogs: Bool
  /// WAL that the transaction wrote in this stretch, in bytes.
  package var bytes: UInt64
  package var relations: [RelationChanges]
  /// OIDs of tables emptied by TRUNCATE.
  package var truncated: [OID]
  /// `relations` has everything that the transaction did in this stretch.
  package var relationsComplete: Bool

  package init(
    xid: TransactionID, start: LSN, end: LSN, time: Timestamp, originID: UInt16? = nil, originLSN: LSN? = nil,
    isTwoPhase: Bool = false, gid: String? = nil, preparedAt: LSN? = nil, changesCatalogs: Bool = false,
    bytes: UInt64 = 0, relations: [RelationChanges] = [], truncated: [OID] = [], relationsComplete: Bool = true
  ) {
    (self.xid, self.start, self.end, self.time) = (xid, start, end, time)
    (self.originID, self.originLSN, self.isTwoPhase, self.gid) = (originID, originLSN, isTwoPhase, gid)
    (self.preparedAt, self.changesCatalogs, self.bytes) = (preparedAt, changesCatalogs, bytes)
    (self.relations, self.truncated, self.relationsComplete) = (relations, truncated, relationsComplete)
  }

  package var rowCount: UInt64 { relations.reduce(0) { $0 &+ $1.inserts &+ $1.updates &+ $1.deletes } }
}

/// Rows of one table that a transaction changed, as logical decoding counts them.
package struct RelationChanges: Sendable, Hashable, Codable {
  package var relation: RelationLocator
  package var inserts: UInt64 = 0
  package var updates: UInt64 = 0
  package var deletes: UInt64 = 0
  /// 14 and later: it holds out-of-line values of another table.
  package var isToast = false
  package init(relation: RelationLocator) { self.relation = relation }
}

/// Commits between two positions, summed up.
package struct CommitBucket: Sendable, Hashable, Codable {
  /// Where the first commit record begins, and where the last one begins.
  package var first: LSN
  package var last: LSN
  package var commits: UInt64
  package var rows: UInt64
  package var bytes: UInt64
  package init(first: LSN, last: LSN, commits: UInt64, rows: UInt64, bytes: UInt64) {
    (self.first, self.last, self.commits, self.rows, self.bytes) = (first, last, commits, rows, bytes)
  }
}

/// A running-transactions record: the only places where a logical slot becomes consistent or advances.
package struct RunningTransactionsEvent: Sendable, Hashable, Codable {
  package var lsn: LSN
  package var end: LSN
  package var nextXID: TransactionID
  package var oldestRunningXID: TransactionID
  package var runningCount: Int
  package init(
    lsn: LSN, end: LSN, nextXID: TransactionID, oldestRunningXID: TransactionID, runningCount: Int
  ) {
    (self.lsn, self.end, self.nextXID) = (lsn, end, nextXID)
    (self.oldestRunningXID, self.runningCount) = (oldestRunningXID, runningCount)
  }
}

/// Clean-ups of catalogs in one database, several of them where there are too many to list.
package struct CatalogCleanup: Sendable, Hashable, Codable {
  /// 0: catalogs that all databases share.
  package var database: OID
  /// Where the first and the last of the records begin.
  package var first: LSN
  package var last: LSN
  /// The newest of their horizons: logical slots of the database with `catalog_xmin` at or before it are in conflict.
  package var horizon: TransactionID
  package var count: UInt64
  package init(database: OID, first: LSN, last: LSN, horizon: TransactionID, count: UInt64) {
    (self.database, self.first, self.last, self.horizon, self.count) = (database, first, last, horizon, count)
  }
}

/// The first record of a new timeline.
package struct TimelineChange: Sendable, Hashable, Codable {
  package enum Kind: String, Sendable, Hashable, Codable {
    case endOfRecovery = "end_of_recovery"
    /// A shutdown checkpoint that begins a timeline.
    case checkpoint
  }
  package var lsn: LSN
  package var kind: Kind
  package var timeline: TimelineID
  package var previousTimeline: TimelineID
  package var time: Timestamp
  package init(lsn: LSN, kind: Kind, timeline: TimelineID, previousTimeline: TimelineID, time: Timestamp) {
    (self.lsn, self.kind, self.timeline) = (lsn, kind, timeline)
    (self.previousTimeline, self.time) = (previousTimeline, time)
  }
}

package struct CheckpointEvent: Sendable, Hashable, Codable {
  package var lsn: LSN
  package var redo: LSN
  package var isShutdown: Bool
  package var timeline: TimelineID
  package var time: Timestamp
  package var nextXID: FullTransactionID
  /// 17 and later: 0 minimal, 1 replica, 2 logical.
  package var walLevel: Int32?
  /// 19.
  package var logicalDecodingEnabled: Bool?
  package init(
    lsn: LSN, redo: LSN, isShutdown: Bool, timeline: TimelineID, time: Timestamp, nextXID: FullTransactionID,
    walLevel: Int32?, logicalDecodingEnabled: Bool?
  ) {
    (self.lsn, self.redo, self.isShutdown, self.timeline) = (lsn, redo, isShutdown, timeline)
    (self.time, self.nextXID, self.walLevel) = (time, nextXID, walLevel)
    self.logicalDecodingEnabled = logicalDecodingEnabled
  }
}

package struct ParameterChangeEvent: Sendable, Hashable, Codable {
  package var lsn: LSN
  package var parameters: ParameterChange
  package init(lsn: LSN, parameters: ParameterChange) { (self.lsn, self.parameters) = (lsn, parameters) }
}

package struct LogicalDecodingChange: Sendable, Hashable, Codable {
  package var lsn: LSN
  package var isEnabled: Bool
  package init(lsn: LSN, isEnabled: Bool) { (self.lsn, self.isEnabled) = (lsn, isEnabled) }
}

package struct DatabaseChange: Sendable, Hashable, Codable {
  package var lsn: LSN
  package var database: OID
  package var operation: DatabaseBody.Operation
  package init(lsn: LSN, database: OID, operation: DatabaseBody.Operation) {
    (self.lsn, self.database, self.operation) = (lsn, database, operation)
  }
}

package struct OpenPreparedTransaction: Sendable, Hashable, Codable {
  package var xid: TransactionID
  package var gid: String
  package var database: OID
  /// Where the PREPARE record begins and ends.
  package var start: LSN
  package var end: LSN
  package var time: Timestamp
  package var bytes: UInt64
  package var relations: [RelationChanges]
  package init(
    xid: TransactionID, gid: String, database: OID, start: LSN, end: LSN, time: Timestamp, bytes: UInt64,
    relations: [RelationChanges]
  ) {
    (self.xid, self.gid, self.database, self.start) = (xid, gid, database, start)
    (self.end, self.time, self.bytes, self.relations) = (end, time, bytes, relations)
  }
}

package struct OpenTransaction: Sendable, Hashable, Codable {
  /// As in the records: a subtransaction counts by itself.
  package var xid: TransactionID
  /// Where its first record in this stretch begins.
  package var first: LSN
  package var bytes: UInt64
  package init(xid: TransactionID, first: LSN, bytes: UInt64) {
    (self.xid, self.first, self.bytes) = (xid, first, bytes)
  }
}
