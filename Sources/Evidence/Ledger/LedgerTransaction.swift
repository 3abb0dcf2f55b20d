package import PostgresFormat

/// A committed transaction as the WAL tells it: what a consumer of logical decoding is sent.
///
/// Subtransactions are part of their top-level transaction; those rolled back are not in it.
package struct LedgerTransaction: Sendable, Hashable {
  /// Of a prepared transaction its own number, not that of COMMIT PREPARED.
  package var xid: TransactionID
  /// Where the commit record begins, which decides whether a slot sends it, and where it ends, which a consumer confirms.
  package var start: LSN
  package var end: LSN
  package var time: Timestamp
  /// nil: the record does not say, because it was written without logical decoding; rows are not known then.
  package var database: OID?
  package var originID: UInt16?
  package var originLSN: LSN?
  /// Of COMMIT PREPARED (11 and later).
  package var gid: String?
  /// Bytes of its WAL records.
  package var bytes: UInt64 = 0
  package var changesCatalogs = false
  /// Logical messages that are sent with it.
  package var messages: UInt64 = 0
  package var tables: [TableChanges] = []
  /// Rows of further tables, where it changed more than are kept apart.
  package var otherTables = RowCounts()
  /// Nothing of it is missing: it began in the WAL that was read, and all of its records could be followed.
  package var isWhole = true

  package init(xid: TransactionID, start: LSN, end: LSN, time: Timestamp) {
    (self.xid, self.start, self.end, self.time) = (xid, start, end, time)
  }

  package var rows: RowCounts { tables.reduce(otherTables) { $0 + $1.rows } }
  /// A consumer would be sent something of it, as far as is known.
  package var hasContent: Bool { !rows.isEmpty || messages > 0 || changesCatalogs || !isWhole || database == nil }
}

/// Changed rows, as logical decoding counts them.
package struct RowCounts: Sendable, Hashable {
  package var inserts: UInt64 = 0
  package var updates: UInt64 = 0
  package var deletes: UInt64 = 0
  /// How often TRUNCATE emptied the table.
  package var truncates: UInt64 = 0
  package init() {}

  /// Inserted, updated and deleted rows.
  package var rowCount: UInt64 { inserts &+ updates &+ deletes }
  package var isEmpty: Bool { rowCount == 0 && truncates == 0 }

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
  package var table: Table
  package var rows = RowCounts()
  /// The transaction made the file, and inserted so many of the rows before it gave the file to its table: if it rewrote the
  /// table, these are copies that no consumer is sent. nil: the file was there before.
  package var copies: UInt64?

  package init(table: Table) { self.table = table }
}

/// A table of a transaction with the names that the catalogs give it.
package struct NamedTable: Sendable, Hashable {
  /// nil where the catalogs do not have the file: it was rewritten or dropped since, or is too new to be on disk.
  package var oid: OID?
  package var schema: String?
  package var name: String?
  /// nil where only TRUNCATE named it.
  package var file: RelationLocator?
  package var rows: RowCounts

  package init(oid: OID?, schema: String?, name: String?, file: RelationLocator?, rows: RowCounts) {
    (self.oid, self.schema, self.name, self.file, self.rows) = (oid, schema, name, file, rows)
  }
}
