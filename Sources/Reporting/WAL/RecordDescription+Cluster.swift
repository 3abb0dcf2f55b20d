import ByteReading
import PostgresFormat

/// What concerns the whole cluster, origins, messages and generic records. Follows xlogdesc.c, replorigindesc.c,
/// logicalmsgdesc.c and genericdesc.c in src/backend/access/rmgrdesc.
extension RecordDescription {
  func describe(_ body: XLOGBody, _ out: inout ByteWriter) {
    switch body {
    case .checkpoint(let checkpoint, let isShutdown): describe(checkpoint, isShutdown: isShutdown, &out)
    case .nextOID(let oid): out.decimal(oid.rawValue)
    case .backupEnd(let start): lsn("", start, &out)
    case .parameterChange(let change): describe(change, &out)
    case .restorePoint(let restorePoint, _): name(restorePoint, &out)
    case .fullPageWrites(let isOn): out.text(isOn ? "true" : "false")
    case .endOfRecovery(let end):
      labeled("tli ", end.timeline.rawValue, &out)
      labeled("; prev tli ", end.previousTimeline.rawValue, &out)
      out.text("; time ")
      out.serverTime(end.time)
      if let level = end.walLevel { walLevel("; wal_level ", level, &out) }
    case .overwriteContrecord(let abandoned, let time):
      lsn("lsn ", abandoned, &out)
      out.text("; time ")
      out.serverTime(time)
    case .checkpointRedo(let level): walLevel("wal_level ", level, &out)
    case .logicalDecodingStatus(let isEnabled): out.text(isEnabled ? "true" : "false")
    case .segmentSwitch, .other: break
    }
  }

  private func walLevel(_ label: StaticString, _ number: Int32, _ out: inout ByteWriter) {
    out.text(label)
    if let level = WALLevel(rawValue: number) { out.string(level.name) } else { out.text("?") }
  }

  private func flag(_ label: StaticString, _ value: Bool, _ out: inout ByteWriter) {
    out.text(label)
    out.text(value ? "true" : "false")
  }

  private func describe(_ checkpoint: Checkpoint, isShutdown: Bool, _ out: inout ByteWriter) {
    lsn("redo ", checkpoint.redo, &out)
    labeled("; tli ", checkpoint.timeline.rawValue, &out)
    labeled("; prev tli ", checkpoint.previousTimeline.rawValue, &out)
    flag("; fpw ", checkpoint.fullPageWrites, &out)
    if let level = checkpoint.walLevel { walLevel("; wal_level ", level, &out) }
    if let isEnabled = checkpoint.logicalDecodingEnabled { flag("; logical decoding ", isEnabled, &out) }
    labeled("; xid ", checkpoint.nextXID.epoch, &out)
    labeled(":", checkpoint.nextXID.xid.rawValue, &out)
    labeled("; oid ", checkpoint.nextOID.rawValue, &out)
    labeled("; multi ", checkpoint.nextMulti, &out)
    labeled("; offset ", checkpoint.nextMultiOffset, &out)
    labeled("; oldest xid ", checkpoint.oldestXID.rawValue, &out)
    labeled(" in DB ", checkpoint.oldestXIDDatabase.rawValue, &out)
    labeled("; oldest multi ", checkpoint.oldestMulti, &out)
    labeled(" in DB ", checkpoint.oldestMultiDatabase.rawValue, &out)
    labeled("; oldest/newest commit timestamp xid: ", checkpoint.oldestCommitTimestampXID.rawValue, &out)
    labeled("/", checkpoint.newestCommitTimestampXID.rawValue, &out)
    labeled("; oldest running xid ", checkpoint.oldestActiveXID.rawValue, &out)
    out.text(isShutdown ? "; shutdown" : "; online")
  }

  private func describe(_ change: ParameterChange, _ out: inout ByteWriter) {
    func setting(_ label: StaticString, _ value: Int32?, _ out: inout ByteWriter) {
      if let value { signed(label, Int(value), &out) }
    }
    setting("max_connections=", change.maxConnections, &out)
    setting(" max_worker_processes=", change.maxWorkerProcesses, &out)
    setting(" max_wal_senders=", change.maxWALSenders, &out)
    setting(" max_prepared_xacts=", change.maxPreparedTransactions, &out)
    setting(" max_locks_per_xact=", change.maxLocksPerTransaction, &out)
    walLevel(" wal_level=", change.walLevel, &out)
    out.text(change.walLogHints ? " wal_log_hints=on" : " wal_log_hints=off")
    out.text(change.trackCommitTimestamp ? " track_commit_timestamp=on" : " track_commit_timestamp=off")
  }

  func describe(_ body: ReplicationOriginBody, _ out: inout ByteWriter) {
    switch body {
    case .set(let originID, let remoteLSN, let isForced):
      labeled("set ", originID, &out)
      lsn("; lsn ", remoteLSN, &out)
      out.text(isForced ? "; force: 1" : "; force: 0")
    case .drop(let originID): labeled("drop ", originID, &out)
    case .other: break
    }
  }

  /// Where the bytes lie that a page's image is patched with.
  func describeGeneric(_ body: RawSpan, _ out: inout ByteWriter) throws(FormatError) {
    let start = out.count
    var place = 0
    while place < body.byteCount {
      if isCut(start, body.byteCount, &out) { return }
      labeled(place > 0 ? "; offset " : "offset ", try body.u16(at: place, field: "offset"), &out)
      let length = try body.u16(at: place + 2, field: "length")
      labeled(", length ", length, &out)
      place += 4 + Int(length)
    }
  }

  /// The payload's bytes from 14 on; before, its length.
  func describeMessage(_ body: RawSpan, length: Int, _ out: inout ByteWriter) throws(FormatError) {
    let message = try LogicalMessageBody(mainData: body, length: length)
    guard wording.hasFullXIDs else {
      out.text(message.isTransactional ? "transactional message size " : "nontransactional message size ")
      out.number(message.messageLength)
      return out.text(" bytes")
    }
    out.text(message.isTransactional ? "transactional, prefix " : "non-transactional, prefix ")
    quote(&out)
    name(message.prefix, &out)
    quote(&out)
    labeled("; payload (", message.messageLength, &out)
    out.text(" bytes): ")
    let first = 24 + Int(try body.u64(at: 8, field: "prefix_size"))
    let (count, start) = (min(Int(message.messageLength), max(0, body.byteCount - first)), out.count)
    for index in 0..<count {
      if isCut(start, Int(message.messageLength), &out) { return }
      if index > 0 { out.text(" ") }
      out.hex(UInt64(try body.u8(at: first + index, field: "message")), width: 2)
    }
  }
}
