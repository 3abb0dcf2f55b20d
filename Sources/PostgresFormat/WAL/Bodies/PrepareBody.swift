package import ByteReading

/// The state of a transaction at PREPARE TRANSACTION (`xl_xact_prepare`): the head of the record, which the file in
/// `pg_twophase` repeats. Follows src/include/access/xact.h and src/backend/access/transam/twophase.c.
package struct PrepareBody: Sendable, Hashable {
  /// The top-level transaction (`xid`), the same as in the record's header.
  package var xid: TransactionID
  /// `database`: the only one in which it can be committed or rolled back later.
  package var database: OID
  /// `prepared_at`: when PREPARE TRANSACTION was given.
  package var preparedAt: Timestamp
  /// `owner`: the role that prepared it.
  package var owner: OID
  /// The name given to PREPARE TRANSACTION (`gid`), less than 200 bytes, without its NUL.
  package var gid: String
  /// Its subtransactions that were not rolled back (`nsubxacts`).
  package var subtransactions: [TransactionID]
  /// `ninvalmsgs`: not 0 means that it changed catalogs.
  package var invalidationCount: Int
  /// 11 and later; 0 where the transaction has no origin.
  package var originLSN: LSN?
  /// `origin_timestamp` (11 and later): when its origin prepared it; 2000-01-01, stored as 0, where it has no origin.
  package var originTime: Timestamp?

  /// Throws ``FormatError``: `badMagic` for the magic of another version, `badLength` where `total_len` is not that of
  /// the body and a checksum, `tooShort` where the body ends early.
  package init(mainData: RawSpan, version: ServerVersion) throws(FormatError) {
    var body = BodyCursor(mainData)
    let magic = try body.u32("magic")
    let expected = PreparedTransaction.magic(of: version)
    guard magic == expected else {
      throw FormatError(.badMagic, at: 0, field: "magic", expected: hex32(expected), found: hex32(magic))
    }
    // It counts the checksum that only the file has.
    let totalLength = try body.u32("total_len")
    guard Int(totalLength) == mainData.byteCount + 4 else {
      throw FormatError(
        .badLength, at: 4, field: "total_len", expected: "\(mainData.byteCount + 4)", found: "\(totalLength)")
    }
    xid = try body.xid("xid")
    database = try body.oid("database")
    preparedAt = try body.time("prepared_at")
    owner = try body.oid("owner")
    let subtransactionCount = try body.integer(Int32.self, "nsubxacts")
    try body.skip(8, "ncommitrels, nabortrels")
    if version >= .v15 { try body.skip(8, "ncommitstats, nabortstats") }
    let invalidations = try body.integer(Int32.self, "ninvalmsgs")
    invalidationCount = try body.checked(
      invalidations, of: InvalidationMessage.byteCount, at: body.offset, "ninvalmsgs")
    try body.skip(2, "initfileinval")
    let gidLength = Int(try body.integer(UInt16.self, "gidlen"))
    guard (1...PreparedTransaction.gidSizeLimit).contains(gidLength) else {
      throw FormatError(
        .badLength, at: body.offset - 2, field: "gidlen", expected: "1 to \(PreparedTransaction.gidSizeLimit)",
        found: "\(gidLength)")
    }
    if version >= .v11 {
      originLSN = try body.lsn("origin_lsn")
      originTime = try body.time("origin_timestamp")
    }
    body.align()
    let gidOffset = body.offset
    gid = String(
      decoding: try mainData.terminatedBytes(at: gidOffset, width: gidLength, field: "gid"), as: UTF8.self)
    try body.skip(gidLength, "gid")
    body.align()
    let count = try body.checked(subtransactionCount, of: 4, at: 28, "nsubxacts")
    subtransactions = try body.xids(count, "subxacts")
  }
}
