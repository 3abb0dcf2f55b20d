package import ByteReading

/// A change to rows of one table, as logical decoding sees it. Records of types that change no rows give nil.
///
/// Follows src/include/access/heapam_xlog.h and src/backend/replication/logical/decode.c.
package struct HeapChange: Sendable, Hashable {
  /// What is done to the rows. An update is one change, whether or not it is HOT.
  package enum Operation: Sendable, Hashable {
    case insert
    /// INSERT … ON CONFLICT before it is known whether it stands: counts when `confirm` follows.
    case speculativeInsert
    case confirm
    /// The speculative row is taken back.
    case speculativeAbort
    case update
    case delete
  }
  /// From the operation in `xl_info` and, where that does not settle it, the flags in the body.
  package var operation: Operation
  /// The files of block reference 0, which a rewrite of the table replaces.
  package var relation: RelationLocator
  /// 1, or `ntuples` of a MULTI_INSERT (COPY and the like).
  package var rowCount: Int
  /// The record carries the new row for logical decoding; deletes carry no such mark and say true.
  package var isLogical: Bool
  /// 14 and later: the table holds out-of-line values of another.
  package var isToast: Bool
  /// The record carries the old row or its key. Deletes of catalog rows never do.
  package var hasOldRow = false

  /// From a Heap or Heap2 record. Only its first block reference and the flags in its main data are looked at.
  package init?(_ record: WALRecord, layout: RecordLayout) throws(FormatError) {
    guard record.totals.blockCount > 0 else { return nil }
    (rowCount, isLogical, isToast) = (1, true, false)
    let bytes = record.bytes
    let body = record.mainDataOffset
    switch RecordKind(record.header) {
    case .heapInsert:
      let flags = try bytes.u8(at: body + 2, field: "flags")
      operation = flags & 0x04 != 0 ? .speculativeInsert : .insert
      isLogical = flags & 0x08 != 0
      isToast = flags & 0x10 != 0
    case .heapDelete:
      let flags = try bytes.u8(at: body + 7, field: "flags")
      operation = flags & 0x08 != 0 ? .speculativeAbort : .delete
      hasOldRow = flags & 0x06 != 0
      // 19: XLH_DELETE_NO_LOGICAL. Earlier versions never set the bit.
      isLogical = flags & 0x20 == 0
    case .heapUpdate, .heapHotUpdate:
      operation = .update
      let flags = try bytes.u8(at: body + 7, field: "flags")
      isLogical = flags & 0x10 != 0
      hasOldRow = flags & 0x0C != 0
    case .heapConfirm: operation = .confirm
    case .heap2MultiInsert:
      operation = .insert
      let flags = try bytes.u8(at: body, field: "flags")
      rowCount = Int(try bytes.u16(at: body + 2, field: "ntuples"))
      isLogical = flags & 0x08 != 0
      isToast = flags & 0x10 != 0
    default: return nil
    }
    var offset = RecordHeader.size
    relation = try BlockReference(in: bytes, at: &offset, layout: layout, previous: nil).locator
  }
}

/// Tables emptied by TRUNCATE (`xl_heap_truncate`, 11 and later, under logical decoding).
package struct HeapTruncate: Sendable, Hashable {
  /// `dbId`: the database of all relations listed.
  package var database: OID
  /// `XLH_TRUNCATE_CASCADE`: TRUNCATE … CASCADE.
  package var cascades: Bool
  /// `XLH_TRUNCATE_RESTART_SEQS`: TRUNCATE … RESTART IDENTITY.
  package var restartsSequences: Bool
  /// OIDs, not file numbers.
  package var relations: [OID]

  /// Throws ``FormatError`` where `nrelids` says more than the body holds.
  package init(mainData: RawSpan) throws(FormatError) {
    var body = BodyCursor(mainData)
    database = try body.oid("dbId")
    let count = try body.u32("nrelids")
    let flags = try body.integer(UInt8.self, "flags")
    try body.skip(3, "padding")
    (cascades, restartsSequences) = (flags & 1 != 0, flags & 2 != 0)
    let checked = try body.checked(Int32(clamping: count), of: 4, at: 4, "nrelids")
    relations = []
    relations.reserveCapacity(checked)
    for _ in 0..<checked { relations.append(try body.oid("relids")) }
  }
}

/// The new version of a catalog row within a transaction (`xl_heap_new_cid`): the transaction changes catalogs.
package struct HeapNewCommandID: Sendable, Hashable {
  /// `top_xid`: the transaction whose catalog snapshot needs the command ids, also for a row of a subtransaction.
  package var topLevelXID: TransactionID
  /// `target_locator` (`target_node` before 16): the catalog, or a table with the option user_catalog_table.
  package var relation: RelationLocator

  /// Throws ``FormatError/Code/tooShort``.
  package init(mainData: RawSpan) throws(FormatError) {
    topLevelXID = TransactionID(try mainData.u32(at: 0, field: "top_xid"))
    relation = try RelationLocator(in: mainData, at: 16)
  }
}
