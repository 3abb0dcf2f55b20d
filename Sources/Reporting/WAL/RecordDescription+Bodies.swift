import ByteReading
import PostgresFormat

extension RecordDescription {
  // MARK: Heap

  func describeHeap(_ body: RawSpan, _ kind: RecordKind, _ out: inout ByteWriter) throws(FormatError) {
    switch kind {
    case .heapInsert:
      labeled("off: ", UInt64(try body.u16(at: 0, field: "offnum")), &out)
      out.text(", flags: 0x")
      out.hex(UInt64(try body.u8(at: 2, field: "flags")), width: 2)
    case .heapDelete:
      labeled("xmax: ", UInt64(try body.u32(at: 0, field: "xmax")), &out)
      labeled(", off: ", UInt64(try body.u16(at: 4, field: "offnum")), &out)
      out.text(", flags: 0x")
      out.hex(UInt64(try body.u8(at: 7, field: "flags")), width: 2)
    case .heapUpdate, .heapHotUpdate:
      labeled("old_xmax: ", UInt64(try body.u32(at: 0, field: "old_xmax")), &out)
      labeled(", old_off: ", UInt64(try body.u16(at: 4, field: "old_offnum")), &out)
      out.text(", flags: 0x")
      out.hex(UInt64(try body.u8(at: 7, field: "flags")), width: 2)
      labeled(", new_xmax: ", UInt64(try body.u32(at: 8, field: "new_xmax")), &out)
      labeled(", new_off: ", UInt64(try body.u16(at: 12, field: "new_offnum")), &out)
    case .heapConfirm: labeled("off: ", UInt64(try body.u16(at: 0, field: "offnum")), &out)
    default: break
    }
  }

  func describe(_ truncate: HeapTruncate, _ out: inout ByteWriter) {
    labeled("database: ", UInt64(truncate.database.rawValue), &out)
    if truncate.cascades { out.text(", cascade") }
    if truncate.restartsSequences { out.text(", restart sequences") }
    labeled(", nrelids: ", UInt64(truncate.relations.count), &out)
    out.text(", relids:")
    for relation in truncate.relations.prefix(Self.listLimit) {
      out.byte(UInt8(ascii: " "))
      out.decimal(relation.rawValue)
    }
    more(truncate.relations.count, &out)
  }

  func describe(_ horizon: ConflictHorizon, hasBlocks: Bool, _ out: inout ByteWriter) {
    if !hasBlocks {
      out.text("rel: ")
      out.relation(horizon.relation)
      out.text(", ")
    }
    labeled("snapshotConflictHorizon: ", UInt64(horizon.xid.rawValue), &out)
    if let isCatalog = horizon.isCatalog { flag(", isCatalogRel: ", isCatalog, &out) }
  }

  // MARK: XLOG

  func describe(_ body: XLOGBody, _ out: inout ByteWriter) {
    switch body {
    case .checkpoint(let checkpoint, let isShutdown): describe(checkpoint, isShutdown: isShutdown, &out)
    case .nextOID(let oid): out.decimal(oid.rawValue)
    case .backupEnd(let start): out.lsn(start)
    case .parameterChange(let change): describe(change, &out)
    case .restorePoint(let name, let time):
      out.quoted(name, insideJSON: insideJSON)
      out.text(" at ")
      out.time(time)
    case .fullPageWrites(let isOn): out.text(isOn ? "true" : "false")
    case .endOfRecovery(let end):
      labeled("tli ", UInt64(end.timeline.rawValue), &out)
      labeled("; prev tli ", UInt64(end.previousTimeline.rawValue), &out)
      out.text("; time ")
      out.time(end.time)
      if let level = end.walLevel { walLevel("; wal_level ", level, &out) }
    case .overwriteContrecord(let abandoned, let time):
      out.text("lsn ")
      out.lsn(abandoned)
      out.text("; time ")
      out.time(time)
    case .checkpointRedo(let level): walLevel("wal_level ", level, &out)
    case .logicalDecodingStatus(let isEnabled): out.text(isEnabled ? "true" : "false")
    case .segmentSwitch, .other: break
    }
  }

  func walLevel(_ label: StaticString, _ number: Int32, _ out: inout ByteWriter) {
    out.text(label)
    if let level = WALLevel(rawValue: number) { out.string(level.name) } else { out.decimal(Int(number)) }
  }

  func describe(_ checkpoint: Checkpoint, isShutdown: Bool, _ out: inout ByteWriter) {
    out.text("redo ")
    out.lsn(checkpoint.redo)
    labeled("; tli ", UInt64(checkpoint.timeline.rawValue), &out)
    labeled("; prev tli ", UInt64(checkpoint.previousTimeline.rawValue), &out)
    flag("; fpw ", checkpoint.fullPageWrites, &out)
    if let level = checkpoint.walLevel { walLevel("; wal_level ", level, &out) }
    if let isEnabled = checkpoint.logicalDecodingEnabled { flag("; logical decoding ", isEnabled, &out) }
    labeled("; xid ", UInt64(checkpoint.nextXID.epoch), &out)
    labeled(":", UInt64(checkpoint.nextXID.xid.rawValue), &out)
    labeled("; oid ", UInt64(checkpoint.nextOID.rawValue), &out)
    labeled("; multi ", UInt64(checkpoint.nextMulti), &out)
    labeled("; offset ", checkpoint.nextMultiOffset, &out)
    labeled("; oldest xid ", UInt64(checkpoint.oldestXID.rawValue), &out)
    labeled(" in DB ", UInt64(checkpoint.oldestXIDDatabase.rawValue), &out)
    labeled("; oldest multi ", UInt64(checkpoint.oldestMulti), &out)
    labeled(" in DB ", UInt64(checkpoint.oldestMultiDatabase.rawValue), &out)
    labeled("; oldest/newest commit timestamp xid: ", UInt64(checkpoint.oldestCommitTimestampXID.rawValue), &out)
    labeled("/", UInt64(checkpoint.newestCommitTimestampXID.rawValue), &out)
    labeled("; oldest running xid ", UInt64(checkpoint.oldestActiveXID.rawValue), &out)
    out.text(isShutdown ? "; shutdown" : "; online")
  }

  func describe(_ change: ParameterChange, _ out: inout ByteWriter) {
    func setting(_ label: StaticString, _ value: Int32?, _ out: inout ByteWriter) {
      guard let value else { return }
      out.text(label)
      out.decimal(Int(value))
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
}
