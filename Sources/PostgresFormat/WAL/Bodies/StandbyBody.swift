package import ByteReading

/// The transactions that ran at one moment (`xl_running_xacts`). The positions of a logical slot advance only here.
///
/// Follows src/include/storage/standbydefs.h.
package struct RunningTransactions: Sendable, Hashable {
  /// `nextXid`: transactions from here on had not begun.
  package var nextXID: TransactionID
  /// `oldestRunningXid`: no older one ran. The bound for the `catalog_xmin` of a logical slot.
  package var oldestRunningXID: TransactionID
  /// `latestCompletedXid`: the newest that had ended.
  package var latestCompletedXID: TransactionID
  /// The list of subtransactions is not complete.
  package var subtransactionsOverflowed: Bool
  /// Top-level transactions, prepared ones included.
  package var running: [TransactionID]
  /// Their subtransactions, which the body lists after them; none where `subtransactionsOverflowed`.
  package var runningSubtransactions: [TransactionID]

  /// Throws ``FormatError`` where the counts say more than the body holds.
  package init(mainData: RawSpan) throws(FormatError) {
    var body = BodyCursor(mainData)
    let topCount = try body.integer(Int32.self, "xcnt")
    let subCount = try body.integer(Int32.self, "subxcnt")
    subtransactionsOverflowed = try body.integer(UInt8.self, "subxid_overflow") != 0
    try body.skip(3, "padding")
    nextXID = try body.xid("nextXid")
    oldestRunningXID = try body.xid("oldestRunningXid")
    latestCompletedXID = try body.xid("latestCompletedXid")
    running = try body.xids(try body.checked(topCount, of: 4, at: 0, "xcnt"), "xids")
    runningSubtransactions = try body.xids(try body.checked(subCount, of: 4, at: 4, "subxcnt"), "xids")
  }
}

/// Exclusive locks that a standby takes too (`xl_standby_locks`).
package struct StandbyLocks: Sendable, Hashable {
  /// One lock (`xl_standby_lock`), always ACCESS EXCLUSIVE.
  package struct Lock: Sendable, Hashable {
    /// The transaction that holds it, until its end.
    package var xid: TransactionID
    /// `dbOid`; 0 for a relation that all databases share.
    package var database: OID
    /// `relOid`: the relation's OID, not a file number.
    package var relation: OID
  }
  /// `locks`: those held at the moment of RUNNING_XACTS, or the one just taken.
  package var locks: [Lock]

  /// Throws ``FormatError`` where `nlocks` says more than the body holds.
  package init(mainData: RawSpan) throws(FormatError) {
    var body = BodyCursor(mainData)
    let count = try body.count(of: 12, "nlocks")
    locks = []
    locks.reserveCapacity(count)
    for _ in 0..<count {
      locks.append(
        Lock(xid: try body.xid("xid"), database: try body.oid("dbOid"), relation: try body.oid("relOid")))
    }
  }
}

/// One message that makes the servers forget cached catalog rows (`SharedInvalidationMessage`).
package enum InvalidationMessage {
  /// Bytes on disk, in every version.
  package static let byteCount = 16
}

/// Invalidation messages: those of a transaction that changed catalogs without a commit record (`xl_invalidations` of
/// Standby), or of a running one (Transaction INVALIDATION, 14 and later).
package struct InvalidationsBody: Sendable, Hashable {
  /// nil in the records of running transactions.
  package var database: OID?
  /// `tsId`: the database's default tablespace; nil in the records of running transactions.
  package var tablespace: OID?
  /// `relcacheInitFileInval`: `pg_internal.init` of the database must be removed.
  package var invalidatesRelationCacheFile = false
  /// `nmsgs`: messages of 16 bytes each.
  package var messageCount: Int

  /// From `xl_invalidations` of Standby. Throws ``FormatError`` where `nmsgs` says more than the body holds.
  package init(standby mainData: RawSpan) throws(FormatError) {
    var body = BodyCursor(mainData)
    database = try body.oid("dbId")
    tablespace = try body.oid("tsId")
    invalidatesRelationCacheFile = try body.integer(UInt8.self, "relcacheInitFileInval") != 0
    try body.skip(3, "padding")
    messageCount = try body.count(of: InvalidationMessage.byteCount, "nmsgs")
  }

  /// From `xl_xact_invals` of Transaction. Throws ``FormatError`` where `nmsgs` says more than the body holds.
  package init(transaction mainData: RawSpan) throws(FormatError) {
    var body = BodyCursor(mainData)
    messageCount = try body.count(of: InvalidationMessage.byteCount, "nmsgs")
  }
}
