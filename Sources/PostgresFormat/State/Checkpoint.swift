package import ByteReading

extension Checkpoint {
  /// The members of `CheckPoint` that are read.
  enum Fields {
    static let redo = Field<LSN>("redo")
    static let timeline = Field<TimelineID>("ThisTimeLineID")
    static let previousTimeline = Field<TimelineID>("PrevTimeLineID")
    static let fullPageWrites = Field<Bool>("fullPageWrites")
    static let walLevel = VersionedField<Int32>("wal_level", since: .v17)
    static let logicalDecodingEnabled = VersionedField<Bool>("logicalDecodingEnabled", since: .v19)
    static let nextXIDEpoch = VersionedField<UInt32>("nextXidEpoch", until: .v11)
    static let nextXID = VersionedField<UInt32>("nextXid", until: .v11)
    // 12 and 13 call it nextFullXid, later ones nextXid again.
    static let nextFullXID = VersionedField<UInt64>("nextFullXid", since: .v12)
    static let nextOID = Field<OID>("nextOid")
    static let nextMulti = Field<UInt32>("nextMulti")
    static let nextMultiOffset = VersionedField<UInt32>("nextMultiOffset", until: .v18)
    static let nextMultiOffset64 = VersionedField<UInt64>("nextMultiOffset64", since: .v19)
    static let oldestXID = Field<TransactionID>("oldestXid")
    static let oldestXIDDatabase = Field<OID>("oldestXidDB")
    static let oldestMulti = Field<UInt32>("oldestMulti")
    static let oldestMultiDatabase = Field<OID>("oldestMultiDB")
    static let time = Field<Int64>("time")
    static let oldestCommitTimestampXID = Field<TransactionID>("oldestCommitTsXid")
    static let newestCommitTimestampXID = Field<TransactionID>("newestCommitTsXid")
    static let oldestActiveXID = Field<TransactionID>("oldestActiveXid")
  }

  /// `CheckPoint`, in the control file and in checkpoint records. Follows src/include/catalog/pg_control.h.
  static let structure = CStructure(
    "CheckPoint",
    [
      Fields.redo, Fields.timeline, Fields.previousTimeline, Fields.fullPageWrites,
      Fields.walLevel, Fields.logicalDecodingEnabled, Fields.nextXIDEpoch,
      Fields.nextXID, Fields.nextFullXID, Fields.nextOID, Fields.nextMulti,
      Fields.nextMultiOffset, Fields.nextMultiOffset64, Fields.oldestXID,
      Fields.oldestXIDDatabase, Fields.oldestMulti, Fields.oldestMultiDatabase,
      Fields.time, Fields.oldestCommitTimestampXID, Fields.newestCommitTimestampXID,
      Fields.oldestActiveXID,
    ])

  static let layouts = structure.layouts

  /// `sizeof(CheckPoint)`: the main data of a checkpoint record has these bytes and no others.
  package static func byteCount(in version: ServerVersion) -> Int { layouts[version]?.size ?? 0 }

  /// Reads the structure as `version` lays it out, from `offset` of some bytes: the control file, or the main data of a
  /// checkpoint record.
  package init(parsing bytes: RawSpan, at offset: Int = 0, version: ServerVersion) throws(FormatError) {
    guard let layout = Self.layouts[version] else { preconditionFailure("every version has a layout") }
    let reader = StructureReader(bytes, at: offset, layout: layout)
    let nextXID: FullTransactionID
    if let full = try reader[Fields.nextFullXID] {
      nextXID = FullTransactionID(rawValue: full)
    } else {
      nextXID = FullTransactionID(
        epoch: try reader[Fields.nextXIDEpoch] ?? 0, xid: try reader[Fields.nextXID] ?? 0)
    }
    let nextMultiOffset: UInt64
    if let wide = try reader[Fields.nextMultiOffset64] {
      nextMultiOffset = wide
    } else {
      nextMultiOffset = UInt64(try reader[Fields.nextMultiOffset] ?? 0)
    }
    self.init(
      redo: try reader[Fields.redo],
      timeline: try reader[Fields.timeline],
      previousTimeline: try reader[Fields.previousTimeline],
      fullPageWrites: try reader[Fields.fullPageWrites],
      walLevel: try reader[Fields.walLevel],
      logicalDecodingEnabled: try reader[Fields.logicalDecodingEnabled],
      nextXID: nextXID,
      nextOID: try reader[Fields.nextOID],
      nextMulti: try reader[Fields.nextMulti],
      nextMultiOffset: nextMultiOffset,
      oldestXID: try reader[Fields.oldestXID],
      oldestXIDDatabase: try reader[Fields.oldestXIDDatabase],
      oldestMulti: try reader[Fields.oldestMulti],
      oldestMultiDatabase: try reader[Fields.oldestMultiDatabase],
      time: Timestamp(unixSeconds: try reader[Fields.time]),
      oldestCommitTimestampXID: try reader[Fields.oldestCommitTimestampXID],
      newestCommitTimestampXID: try reader[Fields.newestCommitTimestampXID],
      oldestActiveXID: try reader[Fields.oldestActiveXID])
  }
}
