import ByteReading
import PostgresFormat

extension RecordDescription {
  // MARK: Transactions

  func describeTransaction(
    _ body: RawSpan, _ info: UInt8, _ fragments: RecordFragments, _ out: inout ByteWriter
  ) throws(FormatError) {
    switch RecordKind(.transaction, info: info) {
    case .xactPrepare:
      let prepare = try PrepareBody(mainData: body, version: layout.version)
      out.text("gid ")
      out.quoted(prepare.gid, insideJSON: insideJSON)
      out.text(": ")
      out.time(prepare.preparedAt)
      labeled("; database ", UInt64(prepare.database.rawValue), &out)
      list("; subxacts:", prepare.subtransactions, &out)
    case .xactAssignment:
      let assignment = try SubtransactionAssignment(mainData: body)
      labeled("xtop ", UInt64(assignment.topLevelXID.rawValue), &out)
      list(": subxacts:", assignment.subtransactions, &out)
    case .xactInvalidations:
      labeled("inval msgs: ", UInt64(try InvalidationsBody(transaction: body).messageCount), &out)
    default:
      guard let end = try TransactionEnd(mainData: body, info: info, version: layout.version) else { return }
      describe(end, origin: fragments.originID, &out)
    }
  }

  func describe(_ end: TransactionEnd, origin: UInt16?, _ out: inout ByteWriter) {
    if let xid = end.preparedXID { labeled("xid ", UInt64(xid.rawValue), &out) }
    if let gid = end.gid {
      out.text(", gid ")
      out.quoted(gid, insideJSON: insideJSON)
    }
    if end.preparedXID != nil { out.text(": ") }
    out.time(end.time)
    if let database = end.database { labeled("; database ", UInt64(database.rawValue), &out) }
    list("; subxacts:", end.subtransactions, &out)
    if !end.droppedRelations.isEmpty {
      out.text("; rels:")
      for relation in end.droppedRelations.prefix(Self.listLimit) {
        out.byte(UInt8(ascii: " "))
        out.relation(relation)
      }
      more(end.droppedRelations.count, &out)
    }
    if end.droppedStatisticsCount > 0 { labeled("; dropped stats: ", UInt64(end.droppedStatisticsCount), &out) }
    if end.invalidationCount > 0 { labeled("; inval msgs: ", UInt64(end.invalidationCount), &out) }
    if end.invalidatesRelationCacheFile { out.text("; relcache init file inval") }
    if end.forcesSync { out.text("; sync") }
    if let lsn = end.originLSN {
      labeled("; origin: node ", UInt64(origin ?? 0), &out)
      out.text(", lsn ")
      out.lsn(lsn)
      if let time = end.originTime {
        out.text(", at ")
        out.time(time)
      }
    }
  }

  func describeStandby(_ body: RawSpan, _ kind: RecordKind, _ out: inout ByteWriter) throws(FormatError) {
    switch kind {
    case .standbyLock:
      let locks = try StandbyLocks(mainData: body).locks
      for (index, lock) in locks.prefix(Self.listLimit).enumerated() {
        if index > 0 { out.text("; ") }
        labeled("xid ", UInt64(lock.xid.rawValue), &out)
        labeled(" db ", UInt64(lock.database.rawValue), &out)
        labeled(" rel ", UInt64(lock.relation.rawValue), &out)
      }
      more(locks.count, &out)
    case .runningXacts:
      let running = try RunningTransactions(mainData: body)
      labeled("nextXid ", UInt64(running.nextXID.rawValue), &out)
      labeled(" latestCompletedXid ", UInt64(running.latestCompletedXID.rawValue), &out)
      labeled(" oldestRunningXid ", UInt64(running.oldestRunningXID.rawValue), &out)
      if !running.running.isEmpty {
        labeled("; ", UInt64(running.running.count), &out)
        list(" xacts:", running.running, &out)
      }
      if running.subtransactionsOverflowed { out.text("; subxid overflowed") }
      if !running.runningSubtransactions.isEmpty {
        labeled("; ", UInt64(running.runningSubtransactions.count), &out)
        list(" subxacts:", running.runningSubtransactions, &out)
      }
    case .standbyInvalidations:
      let invalidations = try InvalidationsBody(standby: body)
      if let database = invalidations.database { labeled("database ", UInt64(database.rawValue), &out) }
      labeled("; inval msgs: ", UInt64(invalidations.messageCount), &out)
      if invalidations.invalidatesRelationCacheFile { out.text("; relcache init file inval") }
    default: break
    }
  }

  // MARK: Others

  func describe(_ body: StorageBody, _ out: inout ByteWriter) {
    switch body {
    case .create(let relation, let fork):
      out.text("rel ")
      out.relation(relation)
      labeled("; fork ", UInt64(fork), &out)
    case .truncate(let relation, let blockCount, _):
      out.text("rel ")
      out.relation(relation)
      labeled(" to blocks ", UInt64(blockCount), &out)
    case .other: break
    }
  }

  func describe(_ change: DatabaseBody, _ out: inout ByteWriter) {
    labeled("database ", UInt64(change.database.rawValue), &out)
    if let template = change.template { labeled("; copied from ", UInt64(template.rawValue), &out) }
    out.text("; tablespaces:")
    for tablespace in change.tablespaces.prefix(Self.listLimit) {
      out.byte(UInt8(ascii: " "))
      out.decimal(tablespace.rawValue)
    }
    more(change.tablespaces.count, &out)
  }

  func describe(_ update: RelationMapUpdate, _ out: inout ByteWriter) {
    labeled("database ", UInt64(update.database.rawValue), &out)
    labeled(" tablespace ", UInt64(update.tablespace.rawValue), &out)
    labeled(" size ", UInt64(update.length), &out)
  }

  func describe(_ body: ReplicationOriginBody, _ out: inout ByteWriter) {
    switch body {
    case .set(let originID, let remoteLSN, let isForced):
      labeled("set ", UInt64(originID), &out)
      out.text("; lsn ")
      out.lsn(remoteLSN)
      out.text(isForced ? "; force: 1" : "; force: 0")
    case .drop(let originID): labeled("drop ", UInt64(originID), &out)
    case .other: break
    }
  }

  func describe(_ message: LogicalMessageBody, _ out: inout ByteWriter) {
    out.text(message.isTransactional ? "transactional, prefix " : "non-transactional, prefix ")
    out.quoted(message.prefix, insideJSON: insideJSON)
    labeled("; payload ", message.messageLength, &out)
    labeled(" bytes; database ", UInt64(message.database.rawValue), &out)
  }
}
