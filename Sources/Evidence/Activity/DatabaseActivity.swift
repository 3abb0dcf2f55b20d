package import PostgresFormat

/// The commits of one database.
package struct DatabaseActivity: Sendable, Hashable {
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
package struct CommitEvent: Sendable, Hashable {
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
  /// It wrote rows of pg_publication, pg_publication_rel or pg_publication_namespace in this stretch, or of a catalog in a file of
  /// another number than initdb gave it, which may be one of them. nil where it did not, and in evidence that was made before
  /// it was asked.
  package var changesPublications: Bool?
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
package struct RelationChanges: Sendable, Hashable {
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
package struct CommitBucket: Sendable, Hashable {
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
