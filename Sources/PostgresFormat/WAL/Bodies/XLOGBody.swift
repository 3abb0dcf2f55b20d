package import ByteReading

/// What a record of the XLOG manager says, where slots or timelines depend on it.
///
/// Follows src/include/catalog/pg_control.h and src/include/access/xlog_internal.h.
package enum XLOGBody: Sendable, Hashable {
  case checkpoint(Checkpoint, isShutdown: Bool)
  case nextOID(OID)
  /// The rest of the segment is unused.
  case segmentSwitch
  /// A base backup ended that began at this redo point.
  case backupEnd(start: LSN)
  case parameterChange(ParameterChange)
  case restorePoint(name: String, time: Timestamp)
  case fullPageWrites(Bool)
  case endOfRecovery(EndOfRecovery)
  /// This record stands where the continuation of the abandoned one should be.
  case overwriteContrecord(abandoned: LSN, time: Timestamp)
  /// 17 and later: begins exactly at the redo point of an online checkpoint.
  case checkpointRedo(walLevel: Int32)
  /// 19: logical decoding was switched on or off while running.
  case logicalDecodingStatus(isEnabled: Bool)
  /// A type that carries nothing of interest.
  case other

  /// Reads what `version` has under the upper half of `info`. Throws ``FormatError`` where the body is too short for
  /// it.
  package init(mainData: RawSpan, info: UInt8, version: ServerVersion) throws(FormatError) {
    var body = BodyCursor(mainData)
    let kind = RecordKind(.xlog, info: info)
    switch kind {
    case .checkpointShutdown, .checkpointOnline:
      self = .checkpoint(
        try Checkpoint(parsing: mainData, version: version), isShutdown: kind == .checkpointShutdown)
    case .nextOID: self = .nextOID(try body.oid("nextOid"))
    case .segmentSwitch: self = .segmentSwitch
    case .backupEnd: self = .backupEnd(start: try body.lsn("startpoint"))
    case .parameterChange: self = .parameterChange(try ParameterChange(mainData: mainData, version: version))
    case .restorePoint:
      let time = try body.time("rp_time")
      let name = try mainData.terminatedBytes(at: 8, width: 64, field: "rp_name")
      self = .restorePoint(name: String(decoding: name, as: UTF8.self), time: time)
    case .fullPageWritesChange: self = .fullPageWrites(try body.integer(UInt8.self, "full_page_writes") != 0)
    case .endOfRecovery: self = .endOfRecovery(try EndOfRecovery(mainData: mainData, version: version))
    case .overwriteContrecord:
      let abandoned = try body.lsn("overwritten_lsn")
      self = .overwriteContrecord(abandoned: abandoned, time: try body.time("overwrite_time"))
    case .checkpointRedo where kind.isWritten(by: version):
      self = .checkpointRedo(walLevel: try body.integer(Int32.self, "wal_level"))
    case .logicalDecodingStatusChange where kind.isWritten(by: version):
      self = .logicalDecodingStatus(isEnabled: try body.integer(UInt8.self, "logical_decoding") != 0)
    default: self = .other
    }
  }
}

/// The settings that a standby must match (`xl_parameter_change`).
package struct ParameterChange: Sendable, Hashable {
  /// `MaxConnections`: the setting max_connections.
  package var maxConnections: Int32
  /// `max_worker_processes`.
  package var maxWorkerProcesses: Int32
  /// 12 and later.
  package var maxWALSenders: Int32?
  /// `max_prepared_xacts`: the setting max_prepared_transactions.
  package var maxPreparedTransactions: Int32
  /// `max_locks_per_xact`: the setting max_locks_per_transaction.
  package var maxLocksPerTransaction: Int32
  /// 0 minimal, 1 replica, 2 logical.
  package var walLevel: Int32
  /// `wal_log_hints`: page images for changes of hint bits too.
  package var walLogHints: Bool
  /// `track_commit_timestamp`: a standby keeps commit times only where this is on.
  package var trackCommitTimestamp: Bool

  /// Throws ``FormatError/Code/tooShort`` where the body ends before the fields of `version`.
  package init(mainData: RawSpan, version: ServerVersion) throws(FormatError) {
    var body = BodyCursor(mainData)
    maxConnections = try body.integer(Int32.self, "MaxConnections")
    maxWorkerProcesses = try body.integer(Int32.self, "max_worker_processes")
    maxWALSenders = version >= .v12 ? try body.integer(Int32.self, "max_wal_senders") : nil
    maxPreparedTransactions = try body.integer(Int32.self, "max_prepared_xacts")
    maxLocksPerTransaction = try body.integer(Int32.self, "max_locks_per_xact")
    walLevel = try body.integer(Int32.self, "wal_level")
    walLogHints = try body.integer(UInt8.self, "wal_log_hints") != 0
    trackCommitTimestamp = try body.integer(UInt8.self, "track_commit_timestamp") != 0
  }
}

/// The first record of a timeline that a promotion began (`xl_end_of_recovery`).
package struct EndOfRecovery: Sendable, Hashable {
  /// `end_time`: when recovery ended.
  package var time: Timestamp
  /// `ThisTimeLineID`: the one that begins.
  package var timeline: TimelineID
  /// `PrevTimeLineID`: the one that it branched off, at the start of this record.
  package var previousTimeline: TimelineID
  /// 17 and later.
  package var walLevel: Int32?

  /// Throws ``FormatError/Code/tooShort`` where the body ends before the fields of `version`.
  package init(mainData: RawSpan, version: ServerVersion) throws(FormatError) {
    var body = BodyCursor(mainData)
    time = try body.time("end_time")
    timeline = TimelineID(try body.u32("ThisTimeLineID"))
    previousTimeline = TimelineID(try body.u32("PrevTimeLineID"))
    walLevel = version >= .v17 ? try body.integer(Int32.self, "wal_level") : nil
  }
}
