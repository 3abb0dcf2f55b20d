package import PostgresFormat

/// A record that a start reads by itself, before it replays anything: the checkpoint's, and the one at its redo position.
///
/// Follows `ReadCheckpointRecord` in src/backend/access/transam/xlogrecovery.c.
package struct StartRecord: Sendable, Hashable {
  /// Where it begins.
  package var lsn: LSN
  /// Why it cannot be read; nil where it is whole and valid.
  package var stop: WALStop?
  /// A checkpoint record of the length that this version writes.
  package var isCheckpoint = false
  /// 17 and later: the mark that an online checkpoint leaves at its redo position (XLOG_CHECKPOINT_REDO).
  package var isRedoMark = false
  /// A position of which nothing is known yet.
  package init(lsn: LSN) { self.lsn = lsn }
}

/// What lies between the redo position and the end of WAL, as far as the outcome of a start depends on it.
package struct ReplayEvidence: Sendable, Hashable {
  /// Where the walk began: the redo position of the control file.
  package var from: LSN
  /// The redo positions of base backups whose end was met, the newest ``listLimit`` of them.
  package var endedBackups: [LSN] = []
  /// Names of restore points, the newest ``listLimit`` of them.
  package var restorePoints: [String] = []
  /// XLOG_PARAMETER_CHANGE records, the newest ``listLimit`` of them.
  package var parameterChanges: [ParameterChangeEvent] = []
  /// Prepared transactions that were open at a time, at most; those of before not counted.
  package var mostPrepared = 0
  /// Those of them that were open at the end, the oldest ``listLimit`` of them.
  package var prepared: [PreparedInWAL] = []
  /// The last record of running transactions.
  package var running: RunningNow?
  /// The number after the newest one that a record has; nil where none has one.
  package var nextXID: TransactionID?
  /// Entries of a list.
  package static let listLimit = 64

  /// Nothing was met yet.
  package init(from: LSN) { self.from = from }
}

/// A transaction that was prepared after the redo position, and not ended.
package struct PreparedInWAL: Sendable, Hashable {
  /// Its own number.
  package var xid: TransactionID
  /// The name given to PREPARE TRANSACTION.
  package var gid: String
  /// A number and a name.
  package init(xid: TransactionID, gid: String) { (self.xid, self.gid) = (xid, gid) }
}

/// The transactions that ran at the last record of running transactions.
package struct RunningNow: Sendable, Hashable {
  /// Where that record begins.
  package var lsn: LSN
  /// `oldestRunningXid`: no older one ran.
  package var oldestRunningXID: TransactionID
  /// `xcnt`: top-level transactions, prepared ones included.
  package var count: Int
  /// Their numbers, ascending; the ``listLimit`` oldest.
  package var xids: [TransactionID]
  /// Numbers that are kept.
  package static let listLimit = 256

  /// A record's place, and what it says.
  package init(lsn: LSN, oldestRunningXID: TransactionID, count: Int, xids: [TransactionID]) {
    (self.lsn, self.oldestRunningXID, self.count, self.xids) = (lsn, oldestRunningXID, count, xids)
  }
}

/// The first trace in the WAL of a transaction that runs, or is prepared.
package struct TransactionTrace: Sendable, Hashable {
  /// Its own number.
  package var xid: TransactionID
  /// Where its first record begins; nil where none was found in what was read.
  package var first: LSN?
  /// The first table, index or sequence that it changed, by its file.
  package var relation: RelationLocator?
  /// The table's name, where its database's catalogs have it.
  package var relationName: String?
  /// When the last transaction before it ended: it began after that. nil where no such record was read.
  package var after: Timestamp?
  /// A transaction of which nothing was found yet.
  package init(xid: TransactionID) { self.xid = xid }
}
