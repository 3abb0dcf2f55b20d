import ByteReading
import PostgresFormat

/// Follows src/backend/access/rmgrdesc/gindesc.c.
extension RecordDescription {
  func describeGin(
    _ record: WALRecord, _ body: RawSpan, _ fragments: RecordFragments, _ out: inout ByteWriter
  ) throws(FormatError) {
    switch RecordKind(record.header) {
    case .ginInsert: try describeGinInsert(record, body, fragments, &out)
    case .ginSplit:
      let flags = try body.u16(at: 24, field: "flags")
      letter("isrootsplit: ", flags & 0x04 != 0, &out)
      letter(" isdata: ", flags & 0x01 != 0, &out)
      letter(" isleaf: ", flags & 0x02 != 0, &out)
    case .ginVacuumDataLeafPage:
      guard !describesImage(record, fragments, &out) else { return }
      try segments(fragments.data(ofBlock: 0, in: record.bytes, layout: layout), &out)
    case .ginDeleteListPage: signed("ndeleted: ", Int(try body.i32(at: 56, field: "ndeleted")), &out)
    case .ginUpdateMetaPage where wording.padsLSNs:
      signed("ntuples: ", Int(try body.i32(at: 80, field: "ntuples")), &out)
      block(" prevTail: ", try body.u32(at: 72, field: "prevTail"), &out)
      block(" newRightlink: ", try body.u32(at: 76, field: "newRightlink"), &out)
    case .ginInsertListPage where wording.padsLSNs:
      signed("ntuples: ", Int(try body.i32(at: 4, field: "ntuples")), &out)
      block(" rightlink: ", try body.u32(at: 0, field: "rightlink"), &out)
    default: break
    }
  }

  /// Nothing for `InvalidBlockNumber`.
  private func block(_ label: StaticString, _ number: UInt32, _ out: inout ByteWriter) {
    if number != .max { labeled(label, number, &out) }
  }

  /// Whether block 0 has an image, in place of which nothing else is told of it. Up to 18 the line says so.
  private func describesImage(
    _ record: WALRecord, _ fragments: RecordFragments, _ out: inout ByteWriter
  ) -> Bool {
    guard let block = fragments.block(id: 0, in: record.bytes, layout: layout), block.hasImage else { return false }
    if !wording.padsLSNs {
      out.text(block.imageApplies ? " (full page image)" : " (full page image, for WAL verification)")
    }
    return true
  }

  private func describeGinInsert(
    _ record: WALRecord, _ body: RawSpan, _ fragments: RecordFragments, _ out: inout ByteWriter
  ) throws(FormatError) {
    let flags = try body.u16(at: 0, field: "flags")
    let (isData, isLeaf) = (flags & 0x01 != 0, flags & 0x02 != 0)
    letter("isdata: ", isData, &out)
    letter(" isleaf: ", isLeaf, &out)
    if !isLeaf {
      labeled(" children: ", try blockID(body, at: 2), &out)
      labeled("/", try blockID(body, at: 6), &out)
    }
    guard !describesImage(record, fragments, &out) else { return }
    let data = fragments.data(ofBlock: 0, in: record.bytes, layout: layout)
    if isData && isLeaf { return try segments(data, &out) }
    guard let data else { throw Self.lacksBlock }
    if isData {
      labeled(" pitem: ", try blockID(data, at: 2), &out)
      labeled("-", try blockID(data, at: 6), &out)
      labeled("/", try data.u16(at: 10, field: "newitem"), &out)
    } else {
      letter(" isdelete: ", try data.u8(at: 2, field: "isDelete") != 0, &out)
    }
  }

  private static var lacksBlock: FormatError {
    FormatError(.badValue, at: RecordHeader.size, field: "data of block 0", found: "none")
  }

  /// `BlockIdData`: two halves, the upper one first.
  private func blockID(_ bytes: RawSpan, at offset: Int) throws(FormatError) -> UInt32 {
    UInt32(try bytes.u16(at: offset, field: "bi_hi")) << 16 | UInt32(try bytes.u16(at: offset + 2, field: "bi_lo"))
  }

  /// What is done to the segments of a leaf of a posting tree (`ginxlogRecompressDataLeaf`).
  private func segments(_ data: RawSpan?, _ out: inout ByteWriter) throws(FormatError) {
    guard let data else { throw Self.lacksBlock }
    let count = Int(try data.u16(at: 0, field: "nactions"))
    signed(" ", count, &out)
    out.text(" segments:")
    var place = 2
    for _ in 0..<count {
      let segment = try data.u8(at: place, field: "segno")
      let action = try data.u8(at: place + 1, field: "type")
      place += 2
      labeled(" ", UInt32(segment), &out)
      switch action {
      case 1: out.text(" (delete)")
      case 2, 3:
        out.text(action == 2 ? " (insert)" : " (replace)")
        // A posting list: its first item of six bytes, its length, and as many bytes, rounded up to an even number.
        place += 8 + (Int(try data.u16(at: place + 6, field: "nbytes")) + 1) & ~1
      case 4:
        let items = Int(try data.u16(at: place, field: "nitems"))
        signed(" (add ", items, &out)
        out.text(" items)")
        place += 2 + 6 * items
      default:
        labeled(" unknown action ", UInt32(action), &out)
        return out.text(" ???")
      }
    }
  }
}
