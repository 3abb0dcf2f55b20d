package import PostgresFormat

/// A running-transactions record: the only places where a logical slot becomes consistent or advances.
package struct RunningTransactionsEvent: Sendable, Hashable {
  /// Where the record begins: a serialized snapshot made here has this position for its name.
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
package struct CatalogCleanup: Sendable, Hashable {
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
package struct TimelineChange: Sendable, Hashable {
  /// Which record tells of the new timeline.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
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
package struct CheckpointEvent: Sendable, Hashable {
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

/// What a record says of the counter of OIDs (`nextOid`).
///
/// A server reserves OIDs in batches, by an XLOG_NEXTOID record, before it gives them out. An online checkpoint tells the end
/// of the batch. A clean stop gives the rest of the batch back: its checkpoint tells what was given out. A start after a crash
/// does not know that, and its checkpoint tells the end of the batch. Follows `GetNewObjectId` in
/// src/backend/access/transam/varsup.c and `CreateCheckPoint` in xlog.c, the same from 9.6 to 19.
package struct OIDCounterEvent: Sendable, Hashable {
  /// Where the record begins.
  package var lsn: LSN
  /// The next one to be given out if recovery ended after this record.
  package var nextOID: OID
  /// A record's start and the counter in it.
  package init(lsn: LSN, nextOID: OID) { (self.lsn, self.nextOID) = (lsn, nextOID) }

  /// OIDs in a batch (`VAR_OID_PREFETCH`).
  package static let batch: UInt32 = 8192
}

/// An XLOG_PARAMETER_CHANGE record. A `wal_level` below logical in it invalidates the logical slots of standbys
/// (16 to 18; 19 goes by status records).
package struct ParameterChangeEvent: Sendable, Hashable {
  /// Where the record begins.
  package var lsn: LSN
  /// The values from there on; not what they were before.
  package var parameters: ParameterChange
  /// A record's start and its values.
  package init(lsn: LSN, parameters: ParameterChange) { (self.lsn, self.parameters) = (lsn, parameters) }
}

/// 19: an XLOG_LOGICAL_DECODING_STATUS_CHANGE record. Off, it invalidates the logical slots of standbys.
package struct LogicalDecodingChange: Sendable, Hashable {
  /// Where the record begins; it holds from there on.
  package var lsn: LSN
  /// Whether the WAL after it carries what logical decoding needs.
  package var isEnabled: Bool
  /// A record's start and the new status.
  package init(lsn: LSN, isEnabled: Bool) { (self.lsn, self.isEnabled) = (lsn, isEnabled) }
}

/// A tablespace made: whoever replays it needs its folder, or ends.
package struct TablespaceMade: Sendable, Hashable {
  /// Where the record begins.
  package var lsn: LSN
  /// Its OID, after which the link in pg_tblspc is called.
  package var tablespace: OID
  /// Its folder.
  package var path: String
  /// A record's start, and what it says.
  package init(lsn: LSN, tablespace: OID, path: String) {
    (self.lsn, self.tablespace, self.path) = (lsn, tablespace, path)
  }
}

/// A database made or dropped. Dropping one on a primary drops its logical slots on standbys when they replay it.
package struct DatabaseChange: Sendable, Hashable {
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

/// A transaction prepared in the stretch and still open at its end: it pins rows and delays slot creation.
package struct OpenPreparedTransaction: Sendable, Hashable {
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

/// A prepared transaction that was rolled back. A consumer that was sent it at PREPARE keeps it open until it is told.
package struct PreparedRollback: Sendable, Hashable {
  /// The transaction's own number.
  package var xid: TransactionID
  /// The database in which it was prepared; nil where the record does not say: before 11, and below wal_level logical.
  package var database: OID?
  /// Where the record of ROLLBACK PREPARED begins.
  package var lsn: LSN
  /// Where PREPARE began, if it is in this stretch.
  package var preparedAt: LSN?
  /// A record's place, and that of the PREPARE before it.
  package init(xid: TransactionID, database: OID?, lsn: LSN, preparedAt: LSN? = nil) {
    (self.xid, self.database, self.lsn, self.preparedAt) = (xid, database, lsn, preparedAt)
  }
}

/// A transaction that wrote in the stretch without an end in it. Only later WAL tells whether it will commit.
package struct OpenTransaction: Sendable, Hashable {
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
