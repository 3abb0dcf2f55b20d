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
  /// All records of the stretch, of every resource manager.
  package var recordCount: UInt64 = 0
  /// The sum of `xl_tot_len`: without page headers and the padding to 8 bytes.
  package var recordBytes: UInt64 = 0
  /// The transaction number after the newest one that a record names, as recovery counts on; nil where none was seen.
  package var nextXID: TransactionID?
  /// Commits by database, ascending; last those without one (written below wal_level logical).
  package var databases: [DatabaseActivity] = []
  /// XLOG_RUNNING_XACTS records, ascending by position.
  package var runningTransactions: [RunningTransactionsEvent] = []
  /// The older part of `runningTransactions` has gaps.
  package var runningTransactionsThinned = false
  /// 16 and later: removed catalog rows, which invalidate logical slots on standbys. Before, no record marks them.
  package var catalogCleanups: [CatalogCleanup] = []
  /// Where a timeline begins, ascending by position: END_OF_RECOVERY records, and shutdown checkpoints that begin one.
  package var timelineChanges: [TimelineChange] = []
  /// Online and shutdown checkpoint records, ascending by position.
  package var checkpoints: [CheckpointEvent] = []
  /// XLOG_PARAMETER_CHANGE records: a start with other values of the settings that a standby must match.
  package var parameterChanges: [ParameterChangeEvent] = []
  /// 19: logical decoding switched on or off while the server ran.
  package var logicalDecodingChanges: [LogicalDecodingChange] = []
  /// CREATE and DROP DATABASE, in the order of their records, of which one command may write several.
  package var databaseChanges: [DatabaseChange] = []
  /// Prepared in this stretch and neither committed nor rolled back in it.
  package var openPreparedTransactions: [OpenPreparedTransaction] = []
  /// Wrote in this stretch and did not end in it: running, or cut off by a crash.
  package var openTransactions: [OpenTransaction] = []
  /// All of them; `openTransactions` lists only so many, those that began first.
  package var openTransactionCount = 0
  /// Some lists of checkpoints, timeline or other changes had to leave out their oldest entries.
  package var eventsOmitted = false
  /// Every listed commit has all the relations that it changed, from the first record of the stretch on.
  package var relationsComplete = true

  /// A stretch without records.
  package init() {}
}

/// The commits of one database.
package struct DatabaseActivity: Sendable, Hashable, Codable {
  /// nil: commits that do not say; 0: of a process without a database.
  package var database: OID?
  /// All commits, listed or summed up.
  package var commitCount: UInt64 = 0
  /// Ascending by position; the newest ones where there are too many to list.
  package var commits: [CommitEvent] = []
  /// Sums of the older commits that are not listed, ascending by position.
  package var earlier: [CommitBucket] = []
  /// All non-transactional logical messages (`pg_logical_emit_message`), whether `messages` has their positions or not.
  package var messageCount: UInt64 = 0
  /// Where non-transactional logical messages begin; the newest ones.
  package var messages: [LSN] = []

  /// A database in which nothing has happened yet.
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
  /// `xact_time` of the commit record, by the clock of the server that wrote it.
  package var time: Timestamp
  /// The replication origin that the record names (`RepOriginId`); nil for a transaction that was made on this server.
  package var originID: UInt16?
  /// `origin_lsn`: where it was committed on the server that it was replicated from; nil without an origin.
  package var originLSN: LSN?
  /// By COMMIT PREPARED.
  package var isTwoPhase: Bool
  /// The name given to PREPARE TRANSACTION, from the PREPARE record in this stretch or (11 and later) from COMMIT
  /// PREPARED. nil otherwise.
  package var gid: String?
  /// Where PREPARE began, if it is in this stretch.
  package var preparedAt: LSN?
  /// It wrote new catalog rows or sent invalidations in this stretch: decoding it needs the catalogs of its time.
  package var changesCatalogs: Bool
  /// WAL that the transaction wrote in this stretch, in bytes.
  package var bytes: UInt64
  /// Row changes by file. Empty where the commit names no database: without logical decoding the records do not tell
  /// rows.
  package var relations: [RelationChanges]
  /// OIDs of tables emptied by TRUNCATE.
  package var truncated: [OID]
  /// `relations` has everything that the transaction did in this stretch.
  package var relationsComplete: Bool

  /// What a commit record always has; the rest is what its transaction did, as far as it was followed.
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

  /// Inserted, updated and deleted rows of all relations, the chunks of TOAST tables included; TRUNCATE counts none.
  package var rowCount: UInt64 { relations.reduce(0) { $0 &+ $1.inserts &+ $1.updates &+ $1.deletes } }
}

/// Rows of one table that a transaction changed, as logical decoding counts them.
package struct RelationChanges: Sendable, Hashable, Codable {
  /// The file, not the table's OID: a rewrite gives the table a new one.
  package var relation: RelationLocator
  /// Rows of INSERT and COPY, and of INSERT … ON CONFLICT once they stand.
  package var inserts: UInt64 = 0
  /// Row versions that replaced others, HOT or not.
  package var updates: UInt64 = 0
  /// Deleted rows. Files with numbers below 16384 (`FirstNormalObjectId`) are left out: those are of catalogs.
  package var deletes: UInt64 = 0
  /// 14 and later: it holds out-of-line values of another table.
  package var isToast = false
  /// A relation of which nothing has been changed yet.
  package init(relation: RelationLocator) { self.relation = relation }
}

/// Commits between two positions, summed up.
package struct CommitBucket: Sendable, Hashable, Codable {
  /// Where the first commit record begins, and where the last one begins.
  package var first: LSN
  /// Equal to `first` in a bucket of one commit.
  package var last: LSN
  /// Commit records from `first` to `last`, both included.
  package var commits: UInt64
  /// Rows that they changed, counted as in ``CommitEvent/rowCount``.
  package var rows: UInt64
  /// Bytes of WAL that they wrote, the commit records included.
  package var bytes: UInt64
  /// Both positions are starts of commit records.
  package init(first: LSN, last: LSN, commits: UInt64, rows: UInt64, bytes: UInt64) {
    (self.first, self.last, self.commits, self.rows, self.bytes) = (first, last, commits, rows, bytes)
  }
}

/// A running-transactions record: the only places where a logical slot becomes consistent or advances.
package struct RunningTransactionsEvent: Sendable, Hashable, Codable {
  /// Where the record begins: a serialised snapshot made here has this position for its name.
  package var lsn: LSN
  /// Just past the record. A slot that becomes consistent here may have this for its first `confirmed_flush_lsn`.
  package var end: LSN
  /// `nextXid`: transactions from this number on began later.
  package var nextXID: TransactionID
  /// `oldestRunningXid`: all before it had ended. Equal to `nextXID` where none ran.
  package var oldestRunningXID: TransactionID
  /// `xcnt`: top-level transactions, prepared ones included, subtransactions not.
  package var runningCount: Int
  /// A record's place and the numbers in it.
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
  /// Equal to `first` for a single record.
  package var last: LSN
  /// The newest of their horizons: logical slots of the database with `catalog_xmin` at or before it are in conflict.
  package var horizon: TransactionID
  /// Records that the entry stands for.
  package var count: UInt64
  /// `horizon` is the `snapshotConflictHorizon` of one record, or the newest of several.
  package init(database: OID, first: LSN, last: LSN, horizon: TransactionID, count: UInt64) {
    (self.database, self.first, self.last, self.horizon, self.count) = (database, first, last, horizon, count)
  }
}

/// The first record of a new timeline.
package struct TimelineChange: Sendable, Hashable, Codable {
  /// Which record tells of the new timeline.
  package enum Kind: String, Sendable, Hashable, Codable {
    case endOfRecovery = "end_of_recovery"
    /// A shutdown checkpoint that begins a timeline.
    case checkpoint
  }
  /// Where that record begins: at or after the switch point in the history file.
  package var lsn: LSN
  /// A promotion writes END_OF_RECOVERY; where it writes a checkpoint in its place, that is a shutdown one.
  package var kind: Kind
  /// `ThisTimeLineID`: the one that begins here.
  package var timeline: TimelineID
  /// `PrevTimeLineID`: its parent.
  package var previousTimeline: TimelineID
  /// `end_time` of END_OF_RECOVERY, or the time of the checkpoint, in whole seconds then.
  package var time: Timestamp
  /// The record that begins a timeline, and both timelines.
  package init(lsn: LSN, kind: Kind, timeline: TimelineID, previousTimeline: TimelineID, time: Timestamp) {
    (self.lsn, self.kind, self.timeline) = (lsn, kind, timeline)
    (self.previousTimeline, self.time) = (previousTimeline, time)
  }
}

/// A checkpoint record (XLOG_CHECKPOINT_ONLINE or XLOG_CHECKPOINT_SHUTDOWN), where a standby may make a restartpoint.
package struct CheckpointEvent: Sendable, Hashable, Codable {
  /// Where the record begins; of a shutdown checkpoint this is its `redo` too.
  package var lsn: LSN
  /// Where replay begins for whoever starts from it: at or before the record.
  package var redo: LSN
  /// Nothing but prepared transactions was open: they ended with the server, in a crash, or in a promotion.
  package var isShutdown: Bool
  /// `ThisTimeLineID`, on which the server went on to write.
  package var timeline: TimelineID
  /// When it began, in whole seconds, by the clock of the server that wrote it.
  package var time: Timestamp
  /// The number that the next transaction gets, with its epoch.
  package var nextXID: FullTransactionID
  /// 17 and later: 0 minimal, 1 replica, 2 logical.
  package var walLevel: Int32?
  /// 19.
  package var logicalDecodingEnabled: Bool?
  /// The fields of the record that matter to slots and timelines.
  package init(
    lsn: LSN, redo: LSN, isShutdown: Bool, timeline: TimelineID, time: Timestamp, nextXID: FullTransactionID,
    walLevel: Int32?, logicalDecodingEnabled: Bool?
  ) {
    (self.lsn, self.redo, self.isShutdown, self.timeline) = (lsn, redo, isShutdown, timeline)
    (self.time, self.nextXID, self.walLevel) = (time, nextXID, walLevel)
    self.logicalDecodingEnabled = logicalDecodingEnabled
  }
}

/// An XLOG_PARAMETER_CHANGE record. A `wal_level` below logical in it invalidates the logical slots of standbys
/// (16 to 18; 19 goes by status records).
package struct ParameterChangeEvent: Sendable, Hashable, Codable {
  /// Where the record begins.
  package var lsn: LSN
  /// The values from there on; not what they were before.
  package var parameters: ParameterChange
  /// A record's start and its values.
  package init(lsn: LSN, parameters: ParameterChange) { (self.lsn, self.parameters) = (lsn, parameters) }
}

/// 19: an XLOG_LOGICAL_DECODING_STATUS_CHANGE record. Off, it invalidates the logical slots of standbys.
package struct LogicalDecodingChange: Sendable, Hashable, Codable {
  /// Where the record begins; it holds from there on.
  package var lsn: LSN
  /// Whether the WAL behind it carries what logical decoding needs.
  package var isEnabled: Bool
  /// A record's start and the new status.
  package init(lsn: LSN, isEnabled: Bool) { (self.lsn, self.isEnabled) = (lsn, isEnabled) }
}

/// A database made or dropped. Dropping one on a primary drops its logical slots on standbys when they replay it.
package struct DatabaseChange: Sendable, Hashable, Codable {
  /// Where the record begins.
  package var lsn: LSN
  /// `db_id`, the OID; the record does not carry the name.
  package var database: OID
  /// Before 13 DROP writes one record for each tablespace, so the same database may be dropped several times.
  package var operation: DatabaseBody.Operation
  /// One record of resource manager Database.
  package init(lsn: LSN, database: OID, operation: DatabaseBody.Operation) {
    (self.lsn, self.database, self.operation) = (lsn, database, operation)
  }
}

/// A transaction prepared in the stretch and still open at its end: it holds back `catalog_xmin` and slot creation.
package struct OpenPreparedTransaction: Sendable, Hashable, Codable {
  /// The transaction's own number, which COMMIT PREPARED names.
  package var xid: TransactionID
  /// The name given to PREPARE TRANSACTION, as in `pg_prepared_xacts.gid`.
  package var gid: String
  /// The database in which it was prepared; only there can it be ended.
  package var database: OID
  /// Where the PREPARE record begins and ends.
  package var start: LSN
  /// Just past the PREPARE record: what a consumer confirms that is sent it at PREPARE.
  package var end: LSN
  /// `prepared_at`, by the clock of the server that wrote it.
  package var time: Timestamp
  /// WAL that it wrote in this stretch up to PREPARE, subtransactions included.
  package var bytes: UInt64
  /// Row changes by file, as for a commit. Not to be relied on below `wal_level` logical, where few records tell rows.
  package var relations: [RelationChanges]
  /// What the PREPARE record says, and what the transaction did before it in the stretch.
  package init(
    xid: TransactionID, gid: String, database: OID, start: LSN, end: LSN, time: Timestamp, bytes: UInt64,
    relations: [RelationChanges]
  ) {
    (self.xid, self.gid, self.database, self.start) = (xid, gid, database, start)
    (self.end, self.time, self.bytes, self.relations) = (end, time, bytes, relations)
  }
}

/// A transaction that wrote in the stretch without an end in it. Only later WAL tells whether it will commit.
package struct OpenTransaction: Sendable, Hashable, Codable {
  /// As in the records: a subtransaction counts by itself.
  package var xid: TransactionID
  /// Where its first record in this stretch begins.
  package var first: LSN
  /// WAL that it wrote in this stretch.
  package var bytes: UInt64
  /// A transaction by its first record here.
  package init(xid: TransactionID, first: LSN, bytes: UInt64) {
    (self.xid, self.first, self.bytes) = (xid, first, bytes)
  }
}
