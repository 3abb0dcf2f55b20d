package import PostgresFormat

/// A committed transaction as the WAL tells it: what a consumer of logical decoding is sent.
///
/// Subtransactions are part of their top-level transaction; those rolled back are not in it.
package struct LedgerTransaction: Sendable, Hashable {
  /// Of a prepared transaction its own number, not that of COMMIT PREPARED.
  package var xid: TransactionID
  /// Where the commit record begins, which decides whether a slot sends it, and where it ends, which a consumer confirms.
  package var start: LSN
  /// Just past the commit record: a slot with `confirmed_flush_lsn` at or past it does not send the transaction
  /// again.
  package var end: LSN
  /// `xact_time` of the commit record, by the clock of the server that wrote it. Not ascending: clocks are set back.
  package var time: Timestamp
  /// nil: the record does not say, because it was written without logical decoding; rows are not known then.
  package var database: OID?
  /// The replication origin that the commit record names (`RepOriginId`); nil for a transaction that was made on this
  /// server.
  package var originID: UInt16?
  /// Where the transaction was committed on the server that it was replicated from (`origin_lsn`); nil without an
  /// origin.
  package var originLSN: LSN?
  /// Of COMMIT PREPARED (11 and later).
  package var gid: String?
  /// Bytes of its WAL records.
  package var bytes: UInt64 = 0
  /// It wrote new catalog rows or sent invalidations, as DDL does: decoding it needs the catalogs of its time.
  package var changesCatalogs = false
  /// Logical messages that are sent with it.
  package var messages: UInt64 = 0
  /// Tables of the database with rows that logical decoding sends: no TOAST tables, no shared catalogs. Empty without
  /// `database`.
  package var tables: [TableChanges] = []
  /// Rows of further tables, where it changed more than are kept apart.
  package var otherTables = RowCounts()
  /// Nothing of it is missing: it began in the WAL that was read, and all of its records could be followed.
  package var isWhole = true

  /// A commit record alone: no rows, messages or database are known yet.
  package init(xid: TransactionID, start: LSN, end: LSN, time: Timestamp) {
    (self.xid, self.start, self.end, self.time) = (xid, start, end, time)
  }

  /// All rows and TRUNCATEs together, those of copies that a rewrite made included.
  package var rows: RowCounts { tables.reduce(otherTables) { $0 + $1.rows } }
  /// A consumer would be sent something of it, as far as is known.
  package var hasContent: Bool { !rows.isEmpty || messages > 0 || changesCatalogs || !isWhole || database == nil }
}

/// Changed rows, as logical decoding counts them.
package struct RowCounts: Sendable, Hashable {
  /// Of INSERT, COPY, and INSERT … ON CONFLICT once the row stands.
  package var inserts: UInt64 = 0
  /// Row versions that replaced others, HOT or not.
  package var updates: UInt64 = 0
  /// Deleted rows; those of catalog rows are taken out where they can be told apart.
  package var deletes: UInt64 = 0
  /// How often TRUNCATE emptied the table.
  package var truncates: UInt64 = 0
  /// Nothing changed.
  package init() {}

  /// Inserted, updated and deleted rows.
  package var rowCount: UInt64 { inserts &+ updates &+ deletes }
  /// Neither a row nor a TRUNCATE.
  package var isEmpty: Bool { rowCount == 0 && truncates == 0 }

  /// Each kind added up for itself.
  package static func + (a: RowCounts, b: RowCounts) -> RowCounts {
    var sum = a
    sum.inserts &+= b.inserts
    sum.updates &+= b.updates
    sum.deletes &+= b.deletes
    sum.truncates &+= b.truncates
    return sum
  }
}

/// What a transaction did to one table.
package struct TableChanges: Sendable, Hashable {
  /// How the WAL names a table: by its file, in TRUNCATE by its OID.
  package enum Table: Sendable, Hashable {
    case file(RelationLocator)
    case relation(OID)
  }
  /// The file or OID as it stands in the WAL; it takes the catalogs to turn it into a name.
  package var table: Table
  /// All that is sent of the table, `copies` included.
  package var rows = RowCounts()
  /// The transaction made the file, and inserted so many of the rows before it gave the file to its table: if it rewrote the
  /// table, these are copies that no consumer is sent. nil: the file was there before.
  package var copies: UInt64?

  /// A table of which nothing has been changed yet.
  package init(table: Table) { self.table = table }
}

/// A table of a transaction with the names that the catalogs give it.
package struct NamedTable: Sendable, Hashable {
  /// nil where the catalogs do not have the file: it was rewritten or dropped since, or is too new to be on disk.
  package var oid: OID?
  /// `nspname`; nil where the catalogs do not have the table or its schema.
  package var schema: String?
  /// `relname`, as of the catalogs on disk, which may be later than the transaction; nil where they do not have the
  /// table.
  package var name: String?
  /// nil where only TRUNCATE named it.
  package var file: RelationLocator?
  /// What consumers are sent of it: without the copies of a rewrite, where the catalogs show that it was one.
  package var rows: RowCounts

  /// A table with the names found for it, all of them nil where none were.
  package init(oid: OID?, schema: String?, name: String?, file: RelationLocator?, rows: RowCounts) {
    (self.oid, self.schema, self.name, self.file, self.rows) = (oid, schema, name, file, rows)
  }
}
