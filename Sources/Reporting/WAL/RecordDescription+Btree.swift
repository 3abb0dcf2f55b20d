import ByteReading
import PostgresFormat

/// Follows src/backend/access/rmgrdesc/nbtdesc.c.
extension RecordDescription {
  func describeBtree(
    _ record: WALRecord, _ body: RawSpan, _ fragments: RecordFragments, _ out: inout ByteWriter
  ) throws(FormatError) {
    let names = wording.namesFields
    let kind = BtreeRecord(record.header, hasPostings: wording.describesPrepare)
    switch kind {
    case .insert: labeled(names ? "off: " : "off ", try body.u16(at: 0, field: "offnum"), &out)
    case .split:
      labeled(names ? "level: " : "level ", try body.u32(at: 0, field: "level"), &out)
      let right = try body.u16(at: 4, field: "firstrightoff")
      guard wording.describesPrepare else { return labeled(", firstright ", right, &out) }
      labeled(names ? ", firstrightoff: " : ", firstrightoff ", right, &out)
      labeled(names ? ", newitemoff: " : ", newitemoff ", try body.u16(at: 6, field: "newitemoff"), &out)
      labeled(names ? ", postingoff: " : ", postingoff ", try body.u16(at: 8, field: "postingoff"), &out)
    case .deduplicate: labeled(names ? "nintervals: " : "nintervals ", try body.u16(at: 0, field: "nintervals"), &out)
    case .vacuum, .delete:
      let data = fragments.data(ofBlock: 0, in: record.bytes, layout: layout)
      try describeDeletion(kind == .vacuum, body, data, &out)
    case .halfDead:
      labeled(names ? "topparent: " : "topparent ", try body.u32(at: 16, field: "topparent"), &out)
      labeled(names ? ", leaf: " : "; leaf ", try body.u32(at: 4, field: "leafblk"), &out)
      labeled(names ? ", left: " : "; left ", try body.u32(at: 8, field: "leftblk"), &out)
      labeled(names ? ", right: " : "; right ", try body.u32(at: 12, field: "rightblk"), &out)
    case .unlink: try describeUnlink(body, &out)
    case .newRoot: labeled(names ? "level: " : "lev ", try body.u32(at: 4, field: "level"), &out)
    case .reuse:
      out.text(names ? "rel: " : "rel ")
      out.relation(try RelationLocator(in: body, at: 0))
      let label: StaticString = names ? ", snapshotConflictHorizon: " : "; latestRemovedXid "
      if wording.hasFullXIDs {
        fullXID(label, try body.u64(at: 16, field: "snapshotConflictHorizon"), &out)
      } else {
        labeled(label, try body.u32(at: 16, field: "latestRemovedXid"), &out)
      }
      if wording.tellsCatalogs { letter(", isCatalogRel: ", try body.u8(at: 24, field: "isCatalogRel") != 0, &out) }
    case .metaCleanUp:
      guard let data = fragments.data(ofBlock: 0, in: record.bytes, layout: layout) else { return }
      if wording.hasFullXIDs {
        labeled(
          names ? "last_cleanup_num_delpages: " : "last_cleanup_num_delpages ",
          try data.u32(at: 20, field: "last_cleanup_num_delpages"), &out)
      } else {
        let place = wording.hasVersionedMetapages ? 20 : 16
        labeled("oldest_btpo_xact ", try data.u32(at: place, field: "oldest_btpo_xact"), &out)
        out.text("; last_cleanup_num_heap_tuples: ")
        out.fixed(Double(bitPattern: try data.u64(at: 24, field: "last_cleanup_num_heap_tuples")))
      }
    case nil: break
    }
  }

  private func describeDeletion(
    _ isVacuum: Bool, _ body: RawSpan, _ data: RawSpan?, _ out: inout ByteWriter
  ) throws(FormatError) {
    let names = wording.namesFields
    if !wording.describesPrepare {
      if isVacuum { return labeled("lastBlockVacuumed ", try body.u32(at: 0, field: "lastBlockVacuumed"), &out) }
      // Up to 11 the record begins with the relation of the heap.
      let place = wording.hasVersionedMetapages ? 4 : 12
      out.decimal(Int(try body.i32(at: place, field: "nitems")))
      out.text(" items")
      if wording.hasVersionedMetapages {
        labeled(", latest removed xid ", try body.u32(at: 0, field: "latestRemovedXid"), &out)
      }
      return
    }
    var place = 0
    if !isVacuum {
      labeled(
        names ? "snapshotConflictHorizon: " : "latestRemovedXid ", try body.u32(at: 0, field: "latestRemovedXid"), &out)
      out.text(names ? ", " : "; ")
      place = 4
      if !wording.hasFullXIDs { return labeled("ndeleted ", try body.u32(at: 4, field: "ndeleted"), &out) }
    }
    let deleted = Int(try body.u16(at: place, field: "ndeleted"))
    let updated = Int(try body.u16(at: place + 2, field: "nupdated"))
    signed(names ? "ndeleted: " : "ndeleted ", deleted, &out)
    signed(names ? ", nupdated: " : "; nupdated ", updated, &out)
    guard names else { return }
    if !isVacuum && wording.tellsCatalogs {
      letter(", isCatalogRel: ", try body.u8(at: 8, field: "isCatalogRel") != 0, &out)
    }
    if let data { try describeTuples(deleted, updated, data, &out) }
  }

  /// The tuples that are deleted, and those of which some row pointers are (16 and later).
  private func describeTuples(
    _ deleted: Int, _ updated: Int, _ data: RawSpan, _ out: inout ByteWriter
  ) throws(FormatError) {
    var place = 0
    try offsets(", deleted:", deleted, in: data, at: &place, &out)
    var update = place + 2 * updated
    out.text(", updated: [")
    for index in 0..<updated {
      if index > 0 { out.text(", ") }
      let count = Int(try data.u16(at: update, field: "ndeletedtids"))
      labeled("{ off: ", try data.u16(at: place + 2 * index, field: "updated"), &out)
      signed(", nptids: ", count, &out)
      update += 2
      try offsets(", ptids:", count, in: data, at: &update, &out)
      out.text(" }")
    }
    out.text("]")
  }

  private func describeUnlink(_ body: RawSpan, _ out: inout ByteWriter) throws(FormatError) {
    let names = wording.namesFields
    labeled(names ? "left: " : "left ", try body.u32(at: 0, field: "leftsib"), &out)
    labeled(names ? ", right: " : "; right ", try body.u32(at: 4, field: "rightsib"), &out)
    guard wording.hasFullXIDs else {
      labeled("; btpo_xact ", try body.u32(at: 20, field: "btpo_xact"), &out)
      labeled("; leafleft ", try body.u32(at: 8, field: "leafleftsib"), &out)
      labeled("; leafright ", try body.u32(at: 12, field: "leafrightsib"), &out)
      return labeled("; topparent ", try body.u32(at: 16, field: "topparent"), &out)
    }
    labeled(names ? ", level: " : "; level ", try body.u32(at: 8, field: "level"), &out)
    fullXID(names ? ", safexid: " : "; safexid ", try body.u64(at: 16, field: "safexid"), &out)
    labeled(names ? ", leafleft: " : "; leafleft ", try body.u32(at: 24, field: "leafleftsib"), &out)
    labeled(names ? ", leafright: " : "; leafright ", try body.u32(at: 28, field: "leafrightsib"), &out)
    labeled(names ? ", leaftopparent: " : "; leaftopparent ", try body.u32(at: 32, field: "leaftopparent"), &out)
  }
}
