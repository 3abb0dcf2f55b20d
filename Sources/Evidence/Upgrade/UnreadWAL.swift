package import PostgresFormat

/// What of the WAL a logical slot has not confirmed, as pg_upgrade asks for it: the first record that would have to be processed.
package struct UnreadWAL: Sendable, Hashable {
  /// A record that decoding in fast-forward mode would have to process (`processing_required`,
  /// src/backend/replication/logical/decode.c).
  package struct Record: Sendable, Hashable {
    /// The kinds. The raw values stand in documents.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
      case commit, abort
      case commitPrepared = "commit_prepared", abortPrepared = "abort_prepared"
      /// A logical message that is not part of a transaction.
      case message
    }
    /// Where it begins.
    package var lsn: LSN
    /// What it is.
    package var kind: Kind
    /// The database that it says; nil where it says none, and counts for the slots of all.
    package var database: OID?
    /// The transaction; 0 where it names none.
    package var xid: TransactionID
    /// A record by its parts.
    package init(lsn: LSN, kind: Kind, database: OID?, xid: TransactionID) {
      (self.lsn, self.kind, self.database, self.xid) = (lsn, kind, database, xid)
    }
  }

  /// The slot.
  package var slotName: String
  /// The first such record from the slot's confirmed_flush_lsn on; nil where there is none in what was read.
  package var first: Record?
  /// All WAL from there to its end was read.
  package var isComplete: Bool

  /// Of one slot.
  package init(slotName: String, first: Record? = nil, isComplete: Bool = false) {
    (self.slotName, self.first, self.isComplete) = (slotName, first, isComplete)
  }
}
