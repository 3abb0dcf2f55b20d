package import ByteReading

extension Checkpoint {
  /// `CheckPoint`, in the control file and in checkpoint records. Follows src/include/catalog/pg_control.h.
  static let structure = CStructure(
    "CheckPoint",
    [
      .field("redo", .u64),
      .field("ThisTimeLineID", .u32),
      .field("PrevTimeLineID", .u32),
      .field("fullPageWrites", .bool),
      .field("wal_level", .u32, since: .v17),
      .field("logicalDecodingEnabled", .bool, since: .v19),
      .field("nextXidEpoch", .u32, until: .v11),
      .field("nextXid", .u32, until: .v11),
      // 12 and 13 call it nextFullXid, later ones nextXid again.
      .field("nextFullXid", .u64, since: .v12),
      .field("nextOid", .u32),
      .field("nextMulti", .u32),
      .field("nextMultiOffset", .u32, until: .v18),
      .field("nextMultiOffset64", .u64, since: .v19),
      .field("oldestXid", .u32),
      .field("oldestXidDB", .u32),
      .field("oldestMulti", .u32),
      .field("oldestMultiDB", .u32),
      .field("time", .u64),
      .field("oldestCommitTsXid", .u32),
      .field("newestCommitTsXid", .u32),
      .field("oldestActiveXid", .u32),
    ])

  static let layouts = structure.layouts

  /// Reads the structure as `version` lays it out, from `offset` of some bytes: the control file, or the main data of a
  /// checkpoint record.
  package init(parsing bytes: RawSpan, at offset: Int = 0, version: ServerVersion) throws(FormatError) {
    guard let layout = Self.layouts[version] else { preconditionFailure("every version has a layout") }
    let reader = StructureReader(bytes, at: offset, layout: layout)
    let nextXID: FullTransactionID
    if let full = try reader.optionalU64("nextFullXid") {
      nextXID = FullTransactionID(rawValue: full)
    } else {
      nextXID = FullTransactionID(
        epoch: try reader.optionalU32("nextXidEpoch") ?? 0, xid: try reader.optionalU32("nextXid") ?? 0)
    }
    let nextMultiOffset: UInt64
    if let wide = try reader.optionalU64("nextMultiOffset64") {
      nextMultiOffset = wide
    } else {
      nextMultiOffset = UInt64(try reader.optionalU32("nextMultiOffset") ?? 0)
    }
    self.init(
      redo: try reader.lsn("redo"),
      timeline: TimelineID(try reader.u32("ThisTimeLineID")),
      previousTimeline: TimelineID(try reader.u32("PrevTimeLineID")),
      fullPageWrites: try reader.bool("fullPageWrites"),
      walLevel: try reader.optionalI32("wal_level"),
      logicalDecodingEnabled: try reader.optionalBool("logicalDecodingEnabled"),
      nextXID: nextXID,
      nextOID: try reader.oid("nextOid"),
      nextMulti: try reader.u32("nextMulti"),
      nextMultiOffset: nextMultiOffset,
      oldestXID: try reader.xid("oldestXid"),
      oldestXIDDatabase: try reader.oid("oldestXidDB"),
      oldestMulti: try reader.u32("oldestMulti"),
      oldestMultiDatabase: try reader.oid("oldestMultiDB"),
      time: Timestamp(unixSeconds: try reader.i64("time")),
      oldestCommitTimestampXID: try reader.xid("oldestCommitTsXid"),
      newestCommitTimestampXID: try reader.xid("newestCommitTsXid"),
      oldestActiveXID: try reader.xid("oldestActiveXid"))
  }
}
