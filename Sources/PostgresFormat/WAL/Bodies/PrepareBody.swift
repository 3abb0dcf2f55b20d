package import ByteReading

/// The state of a transaction at PREPARE TRANSACTION (`xl_xact_prepare`): the head of the record, which the file in
/// `pg_twophase` repeats. Follows src/include/access/xact.h and src/backend/access/transam/twophase.c.
package struct PrepareBody: Sendable, Hashable {
  package var xid: TransactionID
  package var database: OID
  package var preparedAt: Timestamp
  package var owner: OID
  package var gid: String
  package var subtransactions: [TransactionID]
  package var invalidationCount: Int
  /// 11 and later; 0 where the transaction has no origin.
  package var originLSN: LSN?
  package var originTime: Timestamp?

  package init(mainData: RawSpan, version: ServerVersion) throws(FormatError) {
    var body = BodyCursor(mainData)
    let magic = try body.u32("magic")
    guard magic == Self.magic(version) else {
      throw FormatError(.badMagic, at: 0, field: "magic", expected: "\(Self.magic(version))", found: "\(magic)")
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

  /// `TWOPHASE_MAGIC`.
  static func magic(_ version: ServerVersion) -> UInt32 { version >= .v11 ? 0x57F9_4534 : 0x57F9_4533 }
}
