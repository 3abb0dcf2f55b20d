import ByteReading
import PostgresFormat

/// Follows src/backend/access/rmgrdesc/spgdesc.c.
extension RecordDescription {
  func describeSPGist(_ body: RawSpan, _ kind: RecordKind, _ out: inout ByteWriter) throws(FormatError) {
    let isFull = wording.describesSPGiST
    switch kind {
    case .spgistAddLeaf:
      labeled(isFull ? "off: " : "add leaf to page; off ", try body.u16(at: 2, field: "offnumLeaf"), &out)
      labeled(isFull ? ", headoff: " : "; headoff ", try body.u16(at: 4, field: "offnumHeadLeaf"), &out)
      labeled(isFull ? ", parentoff: " : "; parentoff ", try body.u16(at: 6, field: "offnumParent"), &out)
      if isFull { labeled(", nodeI: ", try body.u16(at: 8, field: "nodeI"), &out) }
      try mark(" (newpage)", body, at: 0, &out)
      try mark(" (nulls)", body, at: 1, &out)
    case .spgistMoveLeafs:
      let count = try body.u16(at: 0, field: "nMoves")
      guard isFull else {
        out.decimal(UInt32(count))
        return out.text(" leafs")
      }
      labeled("nmoves: ", count, &out)
      labeled(", parentoff: ", try body.u16(at: 6, field: "offnumParent"), &out)
      labeled(", nodeI: ", try body.u16(at: 8, field: "nodeI"), &out)
      try mark(" (newpage)", body, at: 2, &out)
      try mark(" (replacedead)", body, at: 3, &out)
      try mark(" (nulls)", body, at: 4, &out)
    case .spgistAddNode:
      labeled(isFull ? "off: " : "off ", try body.u16(at: 0, field: "offnum"), &out)
      guard isFull else { return }
      labeled(", newoff: ", try body.u16(at: 2, field: "offnumNew"), &out)
      signed(", parentBlk: ", Int(Int8(bitPattern: try body.u8(at: 5, field: "parentBlk"))), &out)
      labeled(", parentoff: ", try body.u16(at: 6, field: "offnumParent"), &out)
      labeled(", nodeI: ", try body.u16(at: 8, field: "nodeI"), &out)
      try mark(" (newpage)", body, at: 4, &out)
    case .spgistSplitTuple: try describeSplitTuple(body, &out)
    case .spgistPickSplit: try describePickSplit(body, &out)
    case .spgistVacuumLeaf where isFull:
      labeled("ndead: ", try body.u16(at: 0, field: "nDead"), &out)
      labeled(", nplaceholder: ", try body.u16(at: 2, field: "nPlaceholder"), &out)
      labeled(", nmove: ", try body.u16(at: 4, field: "nMove"), &out)
      labeled(", nchain: ", try body.u16(at: 6, field: "nChain"), &out)
    case .spgistVacuumRoot where isFull: labeled("ndelete: ", try body.u16(at: 0, field: "nDelete"), &out)
    case .spgistVacuumRedirect:
      let xid = try body.u32(at: 4, field: "snapshotConflictHorizon")
      guard isFull else { return labeled("newest XID ", xid, &out) }
      labeled("ntoplaceholder: ", try body.u16(at: 0, field: "nToPlaceholder"), &out)
      labeled(", firstplaceholder: ", try body.u16(at: 2, field: "firstPlaceholder"), &out)
      labeled(wording.namesFields ? ", snapshotConflictHorizon: " : ", newestredirectxid: ", xid, &out)
      if wording.tellsCatalogs { letter(", isCatalogRel: ", try body.u8(at: 8, field: "isCatalogRel") != 0, &out) }
    default: break
    }
  }

  private func describeSplitTuple(_ body: RawSpan, _ out: inout ByteWriter) throws(FormatError) {
    let isFull = wording.describesSPGiST
    labeled(isFull ? "prefixoff: " : "prefix off: ", try body.u16(at: 0, field: "offnumPrefix"), &out)
    labeled(isFull ? ", postfixoff: " : ", postfix off: ", try body.u16(at: 2, field: "offnumPostfix"), &out)
    if isFull {
      try mark(" (newpage)", body, at: 4, &out)
      try mark(" (same)", body, at: 5, &out)
    } else {
      signed(" (same ", Int(try body.u8(at: 5, field: "postfixBlkSame")), &out)
      signed(", new ", Int(try body.u8(at: 4, field: "newPage")), &out)
      out.text(")")
    }
  }

  private func describePickSplit(_ body: RawSpan, _ out: inout ByteWriter) throws(FormatError) {
    let isFull = wording.describesSPGiST
    labeled(isFull ? "ndelete: " : "ndel ", try body.u16(at: 2, field: "nDelete"), &out)
    labeled(isFull ? ", ninsert: " : "; nins ", try body.u16(at: 4, field: "nInsert"), &out)
    if isFull {
      labeled(", inneroff: ", try body.u16(at: 8, field: "offnumInner"), &out)
      labeled(", parentoff: ", try body.u16(at: 14, field: "offnumParent"), &out)
      labeled(", nodeI: ", try body.u16(at: 16, field: "nodeI"), &out)
    }
    try mark(" (innerIsParent)", body, at: 12, &out)
    if isFull { try mark(" (nulls)", body, at: 11, &out) }
    try mark(" (isRootSplit)", body, at: 0, &out)
  }

  private func mark(
    _ words: StaticString, _ body: RawSpan, at offset: Int, _ out: inout ByteWriter
  ) throws(FormatError) {
    if try body.u8(at: offset, field: "flag") != 0 { out.text(words) }
  }
}
