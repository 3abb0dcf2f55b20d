import ByteReading
import PostgresFormat

/// Follows xactdesc.c and standbydesc.c in src/backend/access/rmgrdesc.
extension RecordDescription {
  // MARK: Transactions

  func describeTransaction(
    _ body: RawSpan, _ info: UInt8, _ fragments: RecordFragments, _ out: inout ByteWriter
  ) throws(FormatError) {
    switch RecordKind(.transaction, info: info) {
    case .xactPrepare:
      if wording.describesPrepare { try describePrepare(body, origin: fragments.originID, &out) }
    case .xactAssignment:
      let assignment = try SubtransactionAssignment(mainData: body)
      labeled("xtop ", assignment.topLevelXID.rawValue, &out)
      out.text(": subxacts:")
      list(assignment.subtransactions, &out)
    case .xactInvalidations:
      try invalidations(
        body, at: 4, count: try body.i32(at: 0, field: "nmsgs"), cacheFile: false, database: 0, tablespace: 0, &out)
    default:
      guard let end = try TransactionEnd(mainData: body, info: info, version: layout.version) else { return }
      try describe(end, body, origin: fragments.originID, &out)
    }
  }

  private func describe(
    _ end: TransactionEnd, _ body: RawSpan, origin: UInt16?, _ out: inout ByteWriter
  ) throws(FormatError) {
    if let xid = end.preparedXID, xid.rawValue != 0 {
      out.decimal(xid.rawValue)
      out.text(": ")
    }
    out.serverTime(end.time)
    relations("; rels:", end.droppedRelations, &out)
    subtransactions(end.subtransactions, &out)
    let statistics = PrepareParts.List(count: end.droppedStatisticsCount, offset: end.droppedStatisticsOffset)
    guard end.kind.isCommit else {
      if wording.describesSPGiST { tell(origin, end.originLSN, end.originTime, &out) }
      return try droppedStatistics("; dropped stats:", statistics, body, &out)
    }
    try droppedStatistics("; dropped stats:", statistics, body, &out)
    try invalidations(
      body, at: end.invalidationOffset, count: Int32(clamping: end.invalidationCount),
      cacheFile: end.invalidatesRelationCacheFile, database: end.database?.rawValue ?? 0,
      tablespace: end.tablespace?.rawValue ?? 0, &out)
    if wording.describesSPGiST && end.wantsApplyFeedback { out.text("; apply_feedback") }
    if end.forcesSync { out.text("; sync") }
    tell(origin, end.originLSN, end.originTime, &out)
  }

  private func tell(_ origin: UInt16?, _ position: LSN?, _ time: Timestamp?, _ out: inout ByteWriter) {
    guard let position, let time else { return }
    labeled("; origin: node ", origin ?? 0, &out)
    lsn(", lsn ", position, &out)
    out.text(", at ")
    out.serverTime(time)
  }

  private func describePrepare(_ body: RawSpan, origin: UInt16?, _ out: inout ByteWriter) throws(FormatError) {
    let prepare = try PrepareBody(mainData: body, version: layout.version)
    let parts = try PrepareParts(mainData: body, version: layout.version)
    out.text("gid ")
    name(prepare.gid, &out)
    out.text(": ")
    out.serverTime(prepare.preparedAt)
    try relations("; rels(commit):", parts.commitRelations, body, &out)
    try relations("; rels(abort):", parts.abortRelations, body, &out)
    try droppedStatistics("; commit dropped stats:", parts.commitStatistics, body, &out)
    try droppedStatistics("; abort dropped stats:", parts.abortStatistics, body, &out)
    subtransactions(prepare.subtransactions, &out)
    try invalidations(
      body, at: parts.invalidations.offset, count: Int32(clamping: parts.invalidations.count),
      cacheFile: parts.invalidatesRelationCacheFile, database: prepare.database.rawValue, tablespace: 0, &out)
    if let origin, origin != 0, wording.describesSPGiST { tell(origin, prepare.originLSN, prepare.originTime, &out) }
  }

  private func subtransactions(_ xids: [TransactionID], _ out: inout ByteWriter) {
    guard !xids.isEmpty else { return }
    out.text("; subxacts:")
    list(xids, &out)
  }

  /// Each with a blank in front.
  func list(_ values: [TransactionID], _ out: inout ByteWriter) {
    let start = out.count
    for value in values {
      if isCut(start, values.count, &out) { return }
      out.byte(UInt8(ascii: " "))
      out.decimal(value.rawValue)
    }
  }

  private func relations(_ label: StaticString, _ relations: [RelationLocator], _ out: inout ByteWriter) {
    guard !relations.isEmpty else { return }
    let start = out.count
    out.text(label)
    for relation in relations {
      if isCut(start, relations.count, &out) { return }
      out.text(" ")
      path(relation, fork: 0, &out)
    }
  }

  private func relations(
    _ label: StaticString, _ list: PrepareParts.List, _ body: RawSpan, _ out: inout ByteWriter
  ) throws(FormatError) {
    guard list.count > 0 else { return }
    let start = out.count
    out.text(label)
    for index in 0..<list.count {
      if isCut(start, list.count, &out) { return }
      out.text(" ")
      path(try RelationLocator(in: body, at: list.offset + index * RelationLocator.byteCount), fork: 0, &out)
    }
  }

  /// Kind, database and object of each.
  private func droppedStatistics(
    _ label: StaticString, _ list: PrepareParts.List, _ body: RawSpan, _ out: inout ByteWriter
  ) throws(FormatError) {
    guard list.count > 0 else { return }
    let size = TransactionEnd.droppedStatisticsItemSize(layout.version)
    let start = out.count
    out.text(label)
    for index in 0..<list.count {
      if isCut(start, list.count, &out) { return }
      let item = list.offset + size * index
      signed(" ", Int(try body.i32(at: item, field: "kind")), &out)
      labeled("/", try body.u32(at: item + 4, field: "dboid"), &out)
      var object = UInt64(try body.u32(at: item + 8, field: "objoid"))
      if wording.hasInplaceMessages { object |= UInt64(try body.u32(at: item + 12, field: "objid_hi")) << 32 }
      labeled("/", object, &out)
    }
  }

  // MARK: Standby

  func describeStandby(_ body: RawSpan, _ kind: RecordKind, _ out: inout ByteWriter) throws(FormatError) {
    switch kind {
    case .standbyLock:
      let (locks, start) = (try StandbyLocks(mainData: body).locks, out.count)
      for lock in locks {
        if isCut(start, locks.count, &out) { return }
        labeled("xid ", lock.xid.rawValue, &out)
        labeled(" db ", lock.database.rawValue, &out)
        labeled(" rel ", lock.relation.rawValue, &out)
        out.text(" ")
      }
    case .runningXacts:
      let running = try RunningTransactions(mainData: body)
      labeled("nextXid ", running.nextXID.rawValue, &out)
      labeled(" latestCompletedXid ", running.latestCompletedXID.rawValue, &out)
      labeled(" oldestRunningXid ", running.oldestRunningXID.rawValue, &out)
      if !running.running.isEmpty {
        labeled("; ", UInt64(running.running.count), &out)
        out.text(" xacts:")
        list(running.running, &out)
      }
      if running.subtransactionsOverflowed {
        out.text(wording.namesFields ? "; subxid overflowed" : "; subxid ovf")
      }
      if wording.namesFields && !running.runningSubtransactions.isEmpty {
        labeled("; ", UInt64(running.runningSubtransactions.count), &out)
        out.text(" subxacts:")
        list(running.runningSubtransactions, &out)
      }
    case .standbyInvalidations:
      try invalidations(
        body, at: 16, count: try body.i32(at: 12, field: "nmsgs"),
        cacheFile: try body.u8(at: 8, field: "relcacheInitFileInval") != 0,
        database: try body.u32(at: 0, field: "dbId"), tablespace: try body.u32(at: 4, field: "tsId"), &out)
    default: break
    }
  }

  /// Messages of 16 bytes (src/include/storage/sinval.h); nothing where there is none.
  func invalidations(
    _ body: RawSpan, at offset: Int, count: Int32, cacheFile: Bool, database: UInt32, tablespace: UInt32,
    _ out: inout ByteWriter
  ) throws(FormatError) {
    guard count > 0 else { return }
    let start = out.count
    if cacheFile {
      labeled("; relcache init file inval dbid ", database, &out)
      labeled(" tsid ", tablespace, &out)
    }
    out.text("; inval msgs:")
    for index in 0..<Int(count) {
      if isCut(start, Int(count), &out) { return }
      let message = offset + InvalidationMessage.byteCount * index
      try body.require(InvalidationMessage.byteCount, at: message, field: "msgs")
      let id = Int8(bitPattern: try body.u8(at: message, field: "id"))
      switch id {
      case 0...: signed(" catcache ", Int(id), &out)
      case -1: labeled(" catalog ", try body.u32(at: message + 8, field: "catId"), &out)
      case -2: labeled(" relcache ", try body.u32(at: message + 8, field: "relId"), &out)
      case -3: out.text(" smgr")
      case -4: labeled(" relmap db ", try body.u32(at: message + 4, field: "dbId"), &out)
      case -5: labeled(" snapshot ", try body.u32(at: message + 8, field: "relId"), &out)
      case -6 where wording.hasInplaceMessages:
        labeled(" relsync ", try body.u32(at: message + 8, field: "relid"), &out)
      default: signed(" unrecognized id ", Int(id), &out)
      }
    }
  }
}
