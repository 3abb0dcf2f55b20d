import ByteReading
import PostgresFormat

/// Follows hashdesc.c, gistdesc.c, spgdesc.c and brindesc.c in src/backend/access/rmgrdesc.
extension RecordDescription {
  // MARK: Hash

  func describeHash(_ body: RawSpan, _ kind: RecordKind, _ out: inout ByteWriter) throws(FormatError) {
    switch kind {
    case .hashInitMetaPage:
      out.text("num_tuples ")
      out.general(Double(bitPattern: try body.u64(at: 0, field: "num_tuples")))
      if wording.padsLSNs { labeled(", procid ", try body.u32(at: 8, field: "procid"), &out) }
      labeled(", fillfactor ", try body.u16(at: 12, field: "ffactor"), &out)
    case .hashInitBitmapPage: labeled("bmsize ", try body.u16(at: 0, field: "bmsize"), &out)
    case .hashInsert: labeled("off ", try body.u16(at: 0, field: "offnum"), &out)
    case .hashAddOverflowPage:
      labeled("bmsize ", try body.u16(at: 0, field: "bmsize"), &out)
      letter(", bmpage_found ", try body.u8(at: 2, field: "bmpage_found") != 0, &out)
    case .hashSplitAllocatePage:
      let flags = try body.u8(at: 8, field: "flags")
      labeled("new_bucket ", try body.u32(at: 0, field: "new_bucket"), &out)
      if wording.padsLSNs {
        labeled(", old_bucket_flag ", try body.u16(at: 4, field: "old_bucket_flag"), &out)
        labeled(", new_bucket_flag ", try body.u16(at: 6, field: "new_bucket_flag"), &out)
      }
      letter(", meta_page_masks_updated ", flags & 0x01 != 0, &out)
      letter(", issplitpoint_changed ", flags & 0x02 != 0, &out)
    case .hashSplitComplete:
      labeled("old_bucket_flag ", try body.u16(at: 0, field: "old_bucket_flag"), &out)
      labeled(", new_bucket_flag ", try body.u16(at: 2, field: "new_bucket_flag"), &out)
    case .hashMovePageContents:
      labeled("ntups ", try body.u16(at: 0, field: "ntups"), &out)
      letter(", is_primary ", try body.u8(at: 2, field: "is_prim_bucket_same_wrt") != 0, &out)
    case .hashSqueezePage:
      labeled("prevblkno ", try body.u32(at: 0, field: "prevblkno"), &out)
      labeled(", nextblkno ", try body.u32(at: 4, field: "nextblkno"), &out)
      labeled(", ntups ", try body.u16(at: 8, field: "ntups"), &out)
      letter(", is_primary ", try body.u8(at: 10, field: "is_prim_bucket_same_wrt") != 0, &out)
      if wording.padsLSNs { letter(", is_previous ", try body.u8(at: 11, field: "is_prev_bucket_same_wrt") != 0, &out) }
    case .hashDelete:
      letter("clear_dead_marking ", try body.u8(at: 0, field: "clear_dead_marking") != 0, &out)
      letter(", is_primary ", try body.u8(at: 1, field: "is_primary_bucket_page") != 0, &out)
    case .hashUpdateMetaPage:
      out.text("ntuples ")
      out.general(Double(bitPattern: try body.u64(at: 0, field: "ntuples")))
    case .hashVacuumOnePage: try describeHashVacuum(body, &out)
    default: break
    }
  }

  private func describeHashVacuum(_ body: RawSpan, _ out: inout ByteWriter) throws(FormatError) {
    // Up to 11 the record begins with the relation of the heap, and has no horizon.
    guard wording.tellsHeapFlags else { return signed("ntuples ", Int(try body.i32(at: 12, field: "ntuples")), &out) }
    let xid = try body.u32(at: 0, field: "snapshotConflictHorizon")
    guard wording.namesFields else {
      signed("ntuples ", Int(try body.i32(at: 4, field: "ntuples")), &out)
      return labeled(wording.describesSPGiST ? ", latestRemovedXid " : ", latest removed xid ", xid, &out)
    }
    labeled("ntuples ", try body.u16(at: 4, field: "ntuples"), &out)
    labeled(", snapshotConflictHorizon ", xid, &out)
    if wording.tellsCatalogs { letter(", isCatalogRel ", try body.u8(at: 6, field: "isCatalogRel") != 0, &out) }
  }

  // MARK: GiST

  func describeGist(_ body: RawSpan, _ kind: RecordKind, _ out: inout ByteWriter) throws(FormatError) {
    let names = wording.namesFields
    switch kind {
    case .gistPageReuse:
      out.text("rel ")
      out.relation(try RelationLocator(in: body, at: 0))
      labeled("; blk ", try body.u32(at: 12, field: "block"), &out)
      let label: StaticString = names ? "; snapshotConflictHorizon " : "; latestRemovedXid "
      if wording.describesPrepare {
        fullXID(label, try body.u64(at: 16, field: "snapshotConflictHorizon"), &out)
      } else {
        labeled(label, try body.u32(at: 16, field: "latestRemovedXid"), &out)
      }
      if wording.tellsCatalogs { letter(", isCatalogRel ", try body.u8(at: 24, field: "isCatalogRel") != 0, &out) }
    case .gistDelete where wording.tellsHeapFlags:
      let xid = try body.u32(at: 0, field: "snapshotConflictHorizon")
      labeled(names ? "delete: snapshotConflictHorizon " : "delete: latestRemovedXid ", xid, &out)
      labeled(", nitems: ", try body.u16(at: 4, field: "ntodelete"), &out)
      if wording.tellsCatalogs { letter(", isCatalogRel ", try body.u8(at: 6, field: "isCatalogRel") != 0, &out) }
    case .gistPageSplit:
      labeled("page_split: splits to ", try body.u16(at: 18, field: "npage"), &out)
      out.text(" pages")
    case .gistPageDelete:
      if wording.describesPrepare {
        fullXID("deleteXid ", try body.u64(at: 0, field: "deleteXid"), &out)
        labeled("; downlink ", try body.u16(at: 8, field: "downlinkOffset"), &out)
      } else {
        labeled("deleteXid ", try body.u32(at: 0, field: "deleteXid"), &out)
        labeled("; downlink ", try body.u16(at: 4, field: "downlinkOffset"), &out)
      }
    default: break
    }
  }

  // MARK: BRIN

  func describeBrin(_ body: RawSpan, _ info: UInt8, _ out: inout ByteWriter) throws(FormatError) {
    // The topmost bit says that the page is initialized.
    switch RecordKind(.brin, info: info & ~0x80) {
    case .brinCreateIndex:
      labeled("v", try body.u16(at: 4, field: "version"), &out)
      labeled(" pagesPerRange ", try body.u32(at: 0, field: "pagesPerRange"), &out)
    case .brinInsert:
      labeled("heapBlk ", try body.u32(at: 0, field: "heapBlk"), &out)
      labeled(" pagesPerRange ", try body.u32(at: 4, field: "pagesPerRange"), &out)
      labeled(" offnum ", try body.u16(at: 8, field: "offnum"), &out)
    case .brinUpdate:
      labeled("heapBlk ", try body.u32(at: 4, field: "heapBlk"), &out)
      labeled(" pagesPerRange ", try body.u32(at: 8, field: "pagesPerRange"), &out)
      labeled(" old offnum ", try body.u16(at: 0, field: "oldOffnum"), &out)
      labeled(", new offnum ", try body.u16(at: 12, field: "offnum"), &out)
    case .brinSamePageUpdate: labeled("offnum ", try body.u16(at: 0, field: "offnum"), &out)
    case .brinRevmapExtend: labeled("targetBlk ", try body.u32(at: 0, field: "targetBlk"), &out)
    case .brinDesummarize:
      labeled("pagesPerRange ", try body.u32(at: 0, field: "pagesPerRange"), &out)
      labeled(", heapBlk ", try body.u32(at: 4, field: "heapBlk"), &out)
      labeled(", page offset ", try body.u16(at: 8, field: "regOffset"), &out)
    default: break
    }
  }
}
