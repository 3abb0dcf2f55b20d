extension ControlFile {
  /// The control file as a server shows it: `value` gives the text of a column of pg_control_system(),
  /// pg_control_checkpoint(), pg_control_recovery() and pg_control_init(), under 10's names and with times in
  /// microseconds since 1970. nil where one of them is missing or no such value.
  ///
  /// The state is not among them; the caller knows whether the server is in recovery. What no function shows is nil.
  /// Follows src/backend/utils/misc/pg_controldata.c.
  package init?(shown value: (String) -> String?, inRecovery: Bool, version: ServerVersion) {
    func number<Number: FixedWidthInteger>(_ name: String, as type: Number.Type = Number.self) -> Number? {
      value(name).flatMap { Number($0) }
    }
    func lsn(_ name: String) -> LSN? { value(name).flatMap { LSN($0) } }
    func xid(_ name: String) -> TransactionID? { number(name).map { TransactionID($0) } }
    func oid(_ name: String) -> OID? { number(name).map { OID($0) } }
    func flag(_ name: String) -> Bool? { value(name).flatMap { $0 == "t" ? true : $0 == "f" ? false : nil } }
    func time(_ name: String) -> Timestamp? { number(name).map { Timestamp(unixMicroseconds: $0) } }

    guard let redo = lsn("redo_lsn"), let timeline = number("timeline_id", as: UInt32.self),
      let previous = number("prev_timeline_id", as: UInt32.self), let pageWrites = flag("full_page_writes"),
      let nextXID = value("next_xid").flatMap({ FullTransactionID(shown: $0) }), let nextOID = oid("next_oid"),
      let nextMulti = number("next_multixact_id", as: UInt32.self),
      let nextOffset = number("next_multi_offset", as: UInt64.self), let oldestXID = xid("oldest_xid"),
      let oldestXIDDatabase = oid("oldest_xid_dbid"), let oldestMulti = number("oldest_multi_xid", as: UInt32.self),
      let oldestMultiDatabase = oid("oldest_multi_dbid"), let checkpointTime = time("checkpoint_time"),
      let oldestCommitTimestamp = xid("oldest_commit_ts_xid"), let newestCommitTimestamp = xid("newest_commit_ts_xid"),
      let oldestActive = xid("oldest_active_xid")
    else { return nil }
    guard let system = value("system_identifier").flatMap({ Int64($0) }),
      let controlVersion = number("pg_control_version", as: UInt32.self),
      let catalogVersion = number("catalog_version_no", as: UInt32.self),
      let modified = time("pg_control_last_modified"),
      let checkpointLSN = lsn("checkpoint_lsn"), let minRecovery = lsn("min_recovery_end_lsn"),
      let minRecoveryTimeline = number("min_recovery_end_timeline", as: UInt32.self),
      let backupStart = lsn("backup_start_lsn"), let backupEnd = lsn("backup_end_lsn"),
      let backupEndRequired = flag("end_of_backup_record_required")
    else { return nil }
    guard let maxAlign = number("max_data_alignment", as: UInt32.self),
      let blockSize = number("database_block_size", as: UInt32.self),
      let segmentBlocks = number("blocks_per_segment", as: UInt32.self),
      let walBlockSize = number("wal_block_size", as: UInt32.self),
      let walSegmentSize = number("bytes_per_wal_segment", as: UInt32.self),
      let nameLength = number("max_identifier_length", as: UInt32.self),
      let indexKeys = number("max_index_columns", as: UInt32.self),
      let toastChunk = number("max_toast_chunk_size", as: UInt32.self),
      let objectChunk = number("large_object_chunk_size", as: UInt32.self),
      let float8ByValue = flag("float8_pass_by_value"),
      let checksums = number("data_page_checksum_version", as: UInt32.self)
    else { return nil }
    let state: ClusterState = inRecovery ? .inArchiveRecovery : .inProduction
    self.init(
      systemIdentifier: UInt64(bitPattern: system), controlVersion: controlVersion, catalogVersion: catalogVersion,
      state: state, stateNumber: state.rawValue, time: modified, checkpointLSN: checkpointLSN,
      priorCheckpointLSN: lsn("prior_lsn"),
      checkpoint: Checkpoint(
        redo: redo, timeline: TimelineID(timeline), previousTimeline: TimelineID(previous), fullPageWrites: pageWrites,
        walLevel: nil, logicalDecodingEnabled: flag("logical_decoding"), nextXID: nextXID, nextOID: nextOID,
        nextMulti: nextMulti, nextMultiOffset: nextOffset, oldestXID: oldestXID, oldestXIDDatabase: oldestXIDDatabase,
        oldestMulti: oldestMulti, oldestMultiDatabase: oldestMultiDatabase, time: checkpointTime,
        oldestCommitTimestampXID: oldestCommitTimestamp, newestCommitTimestampXID: newestCommitTimestamp,
        oldestActiveXID: oldestActive),
      unloggedLSN: nil, minRecoveryPoint: minRecovery, minRecoveryPointTimeline: TimelineID(minRecoveryTimeline),
      backupStartPoint: backupStart, backupEndPoint: backupEnd, backupEndRequired: backupEndRequired, walLevel: nil,
      walLogHints: nil, maxConnections: nil, maxWorkerProcesses: nil, maxWALSenders: nil, maxPreparedTransactions: nil,
      maxLocksPerTransaction: nil, trackCommitTimestamp: nil, maxAlign: maxAlign, floatFormatMatches: true,
      blockSize: blockSize, relationSegmentBlocks: segmentBlocks, slruPagesPerSegment: nil, walBlockSize: walBlockSize,
      walSegmentSize: walSegmentSize, nameDataLength: nameLength, indexMaxKeys: indexKeys,
      toastMaxChunkSize: toastChunk, largeObjectBlockSize: objectChunk, integerTimestamps: flag("bigint_timestamps"),
      float4ByValue: flag("float4_pass_by_value"), float8ByValue: float8ByValue, dataChecksumVersion: checksums,
      dataChecksumVersionAtInit: nil, defaultCharSigned: flag("default_char_signedness"), mockAuthenticationNonce: nil,
      checksumError: nil, layout: version)
  }
}

extension FullTransactionID {
  /// `epoch:xid`.
  fileprivate init?(shown text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let epoch = UInt32(parts[0]), let xid = UInt32(parts[1]) else { return nil }
    self.init(epoch: epoch, xid: xid)
  }
}
