package import ByteReading

/// The transactions that ran at one moment (`xl_running_xacts`). The positions of a logical slot advance only here.
///
/// Follows src/include/storage/standbydefs.h.
package struct RunningTransactions: Sendable, Hashable {
  package var nextXID: TransactionID
  package var oldestRunningXID: TransactionID
  package var latestCompletedXID: TransactionID
  /// The list of subtransactions is not complete.
  package var subtransactionsOverflowed: Bool
  /// Top-level transactions, prepared ones included.
  package var running: [TransactionID]
  package var runningSubtransactions: [TransactionID]

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
  package struct Lock: Sendable, Hashable {
    package var xid: TransactionID
    package var database: OID
    package var relation: OID
  }
  package var locks: [Lock]

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
  package var tablespace: OID?
  package var invalidatesRelationCacheFile = false
  package var messageCount: Int

  package init(standby mainData: RawSpan) throws(FormatError) {
    var body = BodyCursor(mainData)
    database = try body.oid("dbId")
    tablespace = try body.oid("tsId")
    invalidatesRelationCacheFile = try body.integer(UInt8.self, "relcacheInitFileInval") != 0
    try body.skip(3, "padding")
    messageCount = try body.count(of: InvalidationMessage.byteCount, "nmsgs")
  }

  package init(transaction mainData: RawSpan) throws(FormatError) {
    var body = BodyCursor(mainData)
    messageCount = try body.count(of: InvalidationMessage.byteCount, "nmsgs")
  }
}
