import ByteReading
import PostgresFormat

/// Databases, tablespaces, relations' files and the logs of transactions. Follows dbasedesc.c, tblspcdesc.c, smgrdesc.c,
/// clogdesc.c, committsdesc.c and mxactdesc.c in src/backend/access/rmgrdesc.
extension RecordDescription {
  /// The file of a relation's fork below the data directory (`relpathperm`).
  func path(_ relation: RelationLocator, fork: UInt32, _ out: inout ByteWriter) {
    switch relation.tablespace.rawValue {
    case 1664: out.text("global/")
    case 1663:
      labeled("base/", relation.database.rawValue, &out)
      out.text("/")
    default:
      labeled("pg_tblspc/", relation.tablespace.rawValue, &out)
      out.text("/")
      out.string(wording.tablespaceFolder)
      labeled("/", relation.database.rawValue, &out)
      out.text("/")
    }
    out.decimal(relation.number)
    guard fork != 0 else { return }
    out.text("_")
    if let fork = Fork(rawValue: UInt8(clamping: fork)) { out.text(fork.name) } else { out.decimal(fork) }
  }

  func describe(_ body: StorageBody, _ out: inout ByteWriter) {
    switch body {
    case .create(let relation, let fork): path(relation, fork: fork, &out)
    case .truncate(let relation, let blockCount, let flags):
      path(relation, fork: 0, &out)
      labeled(" to ", blockCount, &out)
      signed(" blocks flags ", Int(Int32(bitPattern: flags)), &out)
    case .other: break
    }
  }

  func describeDatabase(_ body: RawSpan, _ info: UInt8, _ out: inout ByteWriter) throws(FormatError) {
    guard let change = try DatabaseBody(mainData: body, info: info, version: layout.version) else { return }
    let start = out.count
    switch (change.operation, change.template) {
    case (.create, let template?):
      labeled("copy dir ", try body.u32(at: 12, field: "src_tablespace_id"), &out)
      labeled("/", template.rawValue, &out)
      out.text(" to")
    case (.create, nil): out.text("create dir")
    case (.drop, _): out.text("dir")
    }
    for tablespace in change.tablespaces {
      if isCut(start, change.tablespaces.count, &out) { return }
      labeled(" ", tablespace.rawValue, &out)
      labeled("/", change.database.rawValue, &out)
    }
  }

  func describeTablespace(_ body: RawSpan, _ kind: RecordKind, _ out: inout ByteWriter) throws(FormatError) {
    switch kind {
    case .tablespaceCreate:
      out.decimal(try body.u32(at: 0, field: "ts_id"))
      let path = try body.terminatedBytes(at: 4, width: max(0, body.byteCount - 4), field: "ts_path")
      out.text(" ")
      quote(&out)
      name(String(decoding: path, as: UTF8.self), &out)
      quote(&out)
    case .tablespaceDrop: out.decimal(try body.u32(at: 0, field: "ts_id"))
    default: break
    }
  }

  func describe(_ update: RelationMapUpdate, _ out: inout ByteWriter) {
    labeled("database ", update.database.rawValue, &out)
    labeled(" tablespace ", update.tablespace.rawValue, &out)
    labeled(" size ", UInt64(update.length), &out)
  }

  // MARK: Logs of transactions

  /// The number of a page, and the width of it on disk.
  private func page(_ label: StaticString, _ body: RawSpan, _ out: inout ByteWriter) throws(FormatError) -> Int {
    out.text(label)
    if wording.tellsCatalogs {
      out.decimal(Int(try body.i64(at: 0, field: "pageno")))
      return 8
    }
    out.decimal(Int(try body.i32(at: 0, field: "pageno")))
    return 4
  }

  func describeCommitLog(_ body: RawSpan, _ kind: RecordKind, _ out: inout ByteWriter) throws(FormatError) {
    guard kind == .commitLogZeroPage || kind == .commitLogTruncate else { return }
    let size = try page(wording.namesCommitLogPages ? "page " : "", body, &out)
    guard kind == .commitLogTruncate, wording.namesCommitLogPages else { return }
    labeled("; oldestXact ", try body.u32(at: size, field: "oldestXact"), &out)
  }

  func describeCommitTimestamp(_ body: RawSpan, _ kind: RecordKind, _ out: inout ByteWriter) throws(FormatError) {
    switch kind {
    case .commitTimestampZeroPage: _ = try page("", body, &out)
    case .commitTimestampTruncate:
      let size = try page(wording.namesCommitLogPages ? "pageno " : "", body, &out)
      guard wording.namesCommitLogPages else { return }
      labeled(", oldestXid ", try body.u32(at: size, field: "oldestXid"), &out)
    case .commitTimestampSet where !wording.hasFullXIDs:
      out.text("set ")
      out.serverTime(Timestamp(postgresMicroseconds: try body.i64(at: 0, field: "timestamp")))
      labeled("/", try body.u16(at: 8, field: "nodeid"), &out)
      labeled(" for: ", try body.u32(at: 12, field: "mainxid"), &out)
      let start = out.count
      var place = 16
      while body.byteCount - place >= 4, !isCut(start, (body.byteCount - 16) / 4, &out) {
        labeled(", ", try body.u32(at: place, field: "subxids"), &out)
        place += 4
      }
    default: break
    }
  }

  func describeMultiXact(_ body: RawSpan, _ kind: RecordKind, _ out: inout ByteWriter) throws(FormatError) {
    switch kind {
    case .multiXactZeroOffsetPage, .multiXactZeroMemberPage: _ = try page("", body, &out)
    case .multiXactCreate: try describeMembers(body, &out)
    case .multiXactTruncate:
      if wording.padsLSNs {
        labeled("oldestMulti ", try body.u32(at: 4, field: "oldestMulti"), &out)
        return labeled(", oldestOffset ", try body.u64(at: 8, field: "oldestOffset"), &out)
      }
      labeled("offsets [", try body.u32(at: 4, field: "startTruncOff"), &out)
      labeled(", ", try body.u32(at: 8, field: "endTruncOff"), &out)
      labeled("), members [", try body.u32(at: 12, field: "startTruncMemb"), &out)
      labeled(", ", try body.u32(at: 16, field: "endTruncMemb"), &out)
      out.text(")")
    default: break
    }
  }

  private func describeMembers(_ body: RawSpan, _ out: inout ByteWriter) throws(FormatError) {
    // 19: offsets have 64 bits.
    let place = wording.padsLSNs ? 16 : 8
    let first =
      wording.padsLSNs ? try body.u64(at: 8, field: "moff") : UInt64(try body.u32(at: 4, field: "moff"))
    let (count, start) = (Int(try body.i32(at: place, field: "nmembers")), out.count)
    out.decimal(try body.u32(at: 0, field: "mid"))
    labeled(" offset ", first, &out)
    signed(" nmembers ", count, &out)
    out.text(": ")
    for index in 0..<max(0, count) {
      if isCut(start, count, &out) { return }
      let member = place + 4 + 8 * index
      out.decimal(try body.u32(at: member, field: "xid"))
      switch try body.u32(at: member + 4, field: "status") {
      case 0: out.text(" (keysh) ")
      case 1: out.text(" (sh) ")
      case 2: out.text(" (fornokeyupd) ")
      case 3: out.text(" (forupd) ")
      case 4: out.text(" (nokeyupd) ")
      case 5: out.text(" (upd) ")
      default: out.text(" (unk) ")
      }
    }
  }
}
