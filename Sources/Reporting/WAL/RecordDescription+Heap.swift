import ByteReading
import PostgresFormat

/// Follows src/backend/access/rmgrdesc/heapdesc.c.
extension RecordDescription {
  func describeHeap(_ body: RawSpan, _ kind: RecordKind, _ out: inout ByteWriter) throws(FormatError) {
    switch kind {
    case .heapInsert:
      offset(try body.u16(at: 0, field: "offnum"), &out)
      try heapFlags(body, at: 2, &out)
    case .heapDelete:
      let xmax = try body.u32(at: 0, field: "xmax")
      try lockedRow(xmax, nil, body, &out)
    case .heapUpdate, .heapHotUpdate: try describeUpdate(body, &out)
    case .heapTruncate: describe(try HeapTruncate(mainData: body), &out)
    case .heapConfirm: offset(try body.u16(at: 0, field: "offnum"), &out)
    case .heapLock: try lockedRow(try body.u32(at: 0, field: "xmax"), "xid", body, &out)
    case .heapInplace:
      offset(try body.u16(at: 0, field: "offnum"), &out)
      guard wording.hasInplaceMessages else { return }
      try invalidations(
        body, at: 20, count: try body.i32(at: 16, field: "nmsgs"),
        cacheFile: try body.u8(at: 12, field: "relcacheInitFileInval") != 0,
        database: try body.u32(at: 4, field: "dbId"), tablespace: try body.u32(at: 8, field: "tsId"), &out)
    default: break
    }
  }

  @inline(__always)
  private func offset(_ number: UInt16, _ out: inout ByteWriter) {
    labeled(wording.namesFields ? "off: " : "off ", number, &out)
  }

  @inline(__always)
  private func heapFlags(_ body: RawSpan, at offset: Int, _ out: inout ByteWriter) throws(FormatError) {
    guard wording.tellsHeapFlags else { return }
    flags(wording.namesFields ? ", flags: 0x" : " flags 0x", try body.u8(at: offset, field: "flags"), &out)
  }

  /// DELETE, LOCK and LOCK_UPDATED, which have the same fields: xmax, offset, bits and flags. `label` is what the first was
  /// called before 16, nil where it was not told.
  private func lockedRow(
    _ xmax: UInt32, _ label: StaticString?, _ body: RawSpan, _ out: inout ByteWriter
  ) throws(FormatError) {
    let number = try body.u16(at: 4, field: "offnum")
    let bits = try body.u8(at: 6, field: "infobits_set")
    if wording.namesFields {
      labeled("xmax: ", xmax, &out)
      labeled(", off: ", number, &out)
      out.text(", infobits: [")
      infoBits(bits, &out)
      out.text("]")
      return try heapFlags(body, at: 7, &out)
    }
    labeled("off ", number, &out)
    if let label {
      out.text(": ")
      out.text(label)
      labeled(" ", xmax, &out)
      out.text(": flags ")
      let value = try body.u8(at: 7, field: "flags")
      if wording.tellsHeapFlags { flags("0x", value, &out) } else { out.decimal(UInt32(value)) }
    } else {
      try heapFlags(body, at: 7, &out)
    }
    out.text(" ")
    infoBits(bits, &out)
  }

  private func describeUpdate(_ body: RawSpan, _ out: inout ByteWriter) throws(FormatError) {
    let oldXmax = try body.u32(at: 0, field: "old_xmax")
    let oldOffset = try body.u16(at: 4, field: "old_offnum")
    let bits = try body.u8(at: 6, field: "old_infobits_set")
    let newXmax = try body.u32(at: 8, field: "new_xmax")
    let newOffset = try body.u16(at: 12, field: "new_offnum")
    if wording.namesFields {
      labeled("old_xmax: ", oldXmax, &out)
      labeled(", old_off: ", oldOffset, &out)
      out.text(", old_infobits: [")
      infoBits(bits, &out)
      out.text("]")
      try heapFlags(body, at: 7, &out)
      labeled(", new_xmax: ", newXmax, &out)
      labeled(", new_off: ", newOffset, &out)
    } else {
      labeled("off ", oldOffset, &out)
      labeled(" xmax ", oldXmax, &out)
      try heapFlags(body, at: 7, &out)
      out.text(" ")
      infoBits(bits, &out)
      labeled("; new off ", newOffset, &out)
      labeled(" xmax ", newXmax, &out)
    }
  }

  /// Names with a comma between them; before 16 each with a blank after it.
  private func infoBits(_ bits: UInt8, _ out: inout ByteWriter) {
    var isFirst = true
    func bit(_ mask: UInt8, _ name: StaticString, _ out: inout ByteWriter) {
      guard bits & mask != 0 else { return }
      if wording.namesFields && !isFirst { out.text(", ") }
      isFirst = false
      out.text(name)
      if !wording.namesFields { out.text(" ") }
    }
    guard bits & 0x1F != 0 else { return }
    bit(0x01, "IS_MULTI", &out)
    bit(0x02, "LOCK_ONLY", &out)
    bit(0x04, "EXCL_LOCK", &out)
    bit(0x08, "KEYSHR_LOCK", &out)
    bit(0x10, "KEYS_UPDATED", &out)
  }

  private func describe(_ truncate: HeapTruncate, _ out: inout ByteWriter) {
    let (names, start) = (wording.namesFields, out.count)
    if names { out.text("flags: [") }
    if truncate.cascades { out.text(names ? "CASCADE" : "cascade ") }
    if names && truncate.cascades && truncate.restartsSequences { out.text(", ") }
    if truncate.restartsSequences { out.text(names ? "RESTART_SEQS" : "restart_seqs ") }
    labeled(names ? "], nrelids: " : "nrelids ", UInt64(truncate.relations.count), &out)
    out.text(names ? ", relids: [" : " relids")
    for (index, relation) in truncate.relations.enumerated() where !isCut(start, truncate.relations.count, &out) {
      if !names || index > 0 { out.text(names ? ", " : " ") }
      out.decimal(relation.rawValue)
    }
    if names { out.text("]") }
  }

  // MARK: Heap2

  func describeHeap2(
    _ record: WALRecord, _ body: RawSpan, _ fragments: RecordFragments, _ out: inout ByteWriter
  ) throws(FormatError) {
    let kind = RecordKind(record.header)
    let data = fragments.data(ofBlock: 0, in: record.bytes, layout: layout)
    switch kind {
    case .heap2MultiInsert:
      let isInitial = record.header.info & 0x80 != 0
      try describeMultiInsert(body, listsOffsets: data != nil && !isInitial, &out)
    case .heap2NewCID: try describeNewCommandID(body, &out)
    case .heap2LockUpdated: try lockedRow(try body.u32(at: 0, field: "xmax"), "xmax", body, &out)
    case .heap2Visible:
      let xid = try body.u32(at: 0, field: "snapshotConflictHorizon")
      let value = try body.u8(at: 4, field: "flags")
      if wording.namesFields {
        labeled("snapshotConflictHorizon: ", xid, &out)
        flags(", flags: 0x", value, &out)
      } else {
        labeled("cutoff xid ", xid, &out)
        if wording.tellsHeapFlags { flags(" flags 0x", value, &out) } else { labeled(" flags ", UInt32(value), &out) }
      }
    case .heap2First, .heap2Second, .heap2Third:
      if wording.tellsCatalogs { return try describePrune(body, data, &out) }
      if wording.namesFields { return try describeCleanUp16(kind, body, data, &out) }
      try describeCleanUp(kind, body, &out)
    default: break
    }
  }

  private func describeMultiInsert(
    _ body: RawSpan, listsOffsets: Bool, _ out: inout ByteWriter
  ) throws(FormatError) {
    let count = Int(try body.u16(at: 2, field: "ntuples"))
    let value = try body.u8(at: 0, field: "flags")
    if !wording.namesFields {
      out.decimal(count)
      out.text(" tuples")
      return try heapFlags(body, at: 0, &out)
    }
    signed("ntuples: ", count, &out)
    flags(", flags: 0x", value, &out)
    // 19: XLH_INSERT_ALL_FROZEN_SET, which sets both bits of the visibility map.
    if wording.padsLSNs && value & 0x20 != 0 { out.text(", vm_flags: 0x03") }
    guard listsOffsets else { return }
    var place = 4
    try offsets(", offsets:", count, in: body, at: &place, &out)
  }

  private func describeNewCommandID(_ body: RawSpan, _ out: inout ByteWriter) throws(FormatError) {
    let block =
      UInt32(try body.u16(at: 28, field: "target_tid")) << 16 | UInt32(try body.u16(at: 30, field: "target_tid"))
    out.text(wording.namesFields ? "rel: " : "rel ")
    out.relation(try RelationLocator(in: body, at: 16))
    labeled(wording.namesFields ? ", tid: " : "; tid ", block, &out)
    labeled("/", try body.u16(at: 32, field: "target_tid"), &out)
    labeled(wording.namesFields ? ", cmin: " : "; cmin: ", try body.u32(at: 4, field: "cmin"), &out)
    labeled(", cmax: ", try body.u32(at: 8, field: "cmax"), &out)
    labeled(", combo: ", try body.u32(at: 12, field: "combocid"), &out)
  }

  // MARK: Clean-ups

  /// Up to 15: CLEAN, FREEZE_PAGE, CLEANUP_INFO; from 14 on PRUNE, VACUUM, FREEZE_PAGE.
  private func describeCleanUp(_ kind: RecordKind, _ body: RawSpan, _ out: inout ByteWriter) throws(FormatError) {
    func freeze(_ out: inout ByteWriter) throws(FormatError) {
      labeled("cutoff xid ", try body.u32(at: 0, field: "cutoff_xid"), &out)
      labeled(" ntuples ", try body.u16(at: 4, field: "ntuples"), &out)
    }
    switch (kind, wording.hasFullXIDs) {
    case (.heap2First, true):
      labeled("latestRemovedXid ", try body.u32(at: 0, field: "latestRemovedXid"), &out)
      labeled(" nredirected ", try body.u16(at: 4, field: "nredirected"), &out)
      labeled(" ndead ", try body.u16(at: 6, field: "ndead"), &out)
    case (.heap2Second, true): labeled("nunused ", try body.u16(at: 0, field: "nunused"), &out)
    case (.heap2Third, true), (.heap2Second, false): try freeze(&out)
    case (.heap2First, false): labeled("remxid ", try body.u32(at: 0, field: "latestRemovedXid"), &out)
    default: labeled("remxid ", try body.u32(at: 12, field: "latestRemovedXid"), &out)
    }
  }

  /// 16: PRUNE, VACUUM, FREEZE_PAGE with their lists.
  private func describeCleanUp16(
    _ kind: RecordKind, _ body: RawSpan, _ data: RawSpan?, _ out: inout ByteWriter
  ) throws(FormatError) {
    var place = 0
    switch kind {
    case .heap2First:
      let redirected = Int(try body.u16(at: 4, field: "nredirected"))
      let dead = Int(try body.u16(at: 6, field: "ndead"))
      labeled("snapshotConflictHorizon: ", try body.u32(at: 0, field: "snapshotConflictHorizon"), &out)
      signed(", nredirected: ", redirected, &out)
      signed(", ndead: ", dead, &out)
      guard let data else { return }
      let unused = (data.byteCount - 4 * redirected - 2 * dead) / 2
      signed(", nunused: ", unused, &out)
      try redirections(redirected, in: data, at: &place, &out)
      try offsets(", dead:", dead, in: data, at: &place, &out)
      try offsets(", unused:", unused, in: data, at: &place, &out)
    case .heap2Second:
      let unused = Int(try body.u16(at: 0, field: "nunused"))
      signed("nunused: ", unused, &out)
      guard let data else { return }
      try offsets(", unused:", unused, in: data, at: &place, &out)
    default:
      let count = Int(try body.u16(at: 4, field: "nplans"))
      labeled("snapshotConflictHorizon: ", try body.u32(at: 0, field: "snapshotConflictHorizon"), &out)
      signed(", nplans: ", count, &out)
      guard let data else { return }
      var end = Self.freezePlanSize * count
      try freezePlans(count, in: data, at: 0, offsets: &end, &out)
    }
  }

  /// 17 and later: PRUNE_ON_ACCESS, PRUNE_VACUUM_SCAN, PRUNE_VACUUM_CLEANUP.
  private func describePrune(_ body: RawSpan, _ data: RawSpan?, _ out: inout ByteWriter) throws(FormatError) {
    // 19 has no reason in front of the flags, which have 16 bits.
    let flags = wording.padsLSNs ? try body.u16(at: 0, field: "flags") : UInt16(try body.u8(at: 1, field: "flags"))
    if flags & 0x08 != 0 {
      labeled("snapshotConflictHorizon: ", try body.u32(at: 2, field: "snapshotConflictHorizon"), &out)
    }
    letter(", isCatalogRel: ", flags & 0x02 != 0, &out)
    if flags & 0x100 != 0 { out.text(flags & 0x200 != 0 ? ", vm_flags: 0x03" : ", vm_flags: 0x01") }
    guard let data else { return }
    var place = 0
    /// Moves over a list with its count in front, and returns both.
    func list(_ mask: UInt16, _ size: Int, _ head: Int) throws(FormatError) -> (count: Int, at: Int) {
      guard flags & mask != 0 else { return (0, place) }
      let count = Int(try data.u16(at: place, field: "ntargets"))
      let at = place + head
      place = at + size * count
      return (count, at)
    }
    let plans = try list(0x10, Self.freezePlanSize, 4)
    var redirected = try list(0x20, 4, 2)
    var dead = try list(0x40, 2, 2)
    var unused = try list(0x80, 2, 2)
    signed(", nplans: ", plans.count, &out)
    signed(", nredirected: ", redirected.count, &out)
    signed(", ndead: ", dead.count, &out)
    signed(", nunused: ", unused.count, &out)
    if plans.count > 0 { try freezePlans(plans.count, in: data, at: plans.at, offsets: &place, &out) }
    if redirected.count > 0 { try redirections(redirected.count, in: data, at: &redirected.at, &out) }
    if dead.count > 0 { try offsets(", dead:", dead.count, in: data, at: &dead.at, &out) }
    if unused.count > 0 { try offsets(", unused:", unused.count, in: data, at: &unused.at, &out) }
  }

  /// Bytes of `xl_heap_freeze_plan` (16) and `xlhp_freeze_plan`.
  private static var freezePlanSize: Int { 12 }

  private func freezePlans(
    _ count: Int, in data: RawSpan, at start: Int, offsets place: inout Int, _ out: inout ByteWriter
  ) throws(FormatError) {
    out.text(", plans: [")
    for index in 0..<count {
      let plan = start + Self.freezePlanSize * index
      let tuples = Int(try data.u16(at: plan + 10, field: "ntuples"))
      if index > 0 { out.text(", ") }
      labeled("{ xmax: ", try data.u32(at: plan, field: "xmax"), &out)
      labeled(", infomask: ", try data.u16(at: plan + 6, field: "t_infomask"), &out)
      labeled(", infomask2: ", try data.u16(at: plan + 4, field: "t_infomask2"), &out)
      signed(", ntuples: ", tuples, &out)
      try offsets(", offsets:", tuples, in: data, at: &place, &out)
      out.text(" }")
    }
    out.text("]")
  }

  private func redirections(
    _ count: Int, in data: RawSpan, at place: inout Int, _ out: inout ByteWriter
  ) throws(FormatError) {
    out.text(", redirected: [")
    for index in 0..<count {
      if index > 0 { out.text(", ") }
      out.decimal(UInt32(try data.u16(at: place, field: "redirected")))
      labeled("->", try data.u16(at: place + 2, field: "redirected"), &out)
      place += 4
    }
    out.text("]")
  }
}
