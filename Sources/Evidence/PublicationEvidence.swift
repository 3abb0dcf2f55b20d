package import PostgresFormat

/// A publication, and since when it is there. Decoding goes by the catalogs of the time of each change: for changes of before it
/// does not exist.
package struct PublicationEvidence: Sendable, Hashable {
  /// Its database.
  package var database: OID
  /// `pubname`.
  package var name: String
  /// The transaction that made it; nil where that is long ago, or its row was changed since.
  package var insertedBy: TransactionID?
  /// Just past that transaction's commit record; nil where it was not looked for, or is not in the WAL that was read.
  package var since: LSN?
  /// From the catalog.
  package init(database: OID, name: String, insertedBy: TransactionID?, since: LSN? = nil) {
    (self.database, self.name, self.insertedBy, self.since) = (database, name, insertedBy, since)
  }
}
