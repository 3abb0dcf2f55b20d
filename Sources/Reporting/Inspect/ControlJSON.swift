package import PostgresFormat

extension InspectJSON {
  /// The control file with the names of pg_control_system(), _checkpoint(), _recovery() and _init(), in the values that
  /// the server gives them as JSON (xids and oids as text). Before 10 the server's names end in `_location`; the newer
  /// names are used for every version.
  package static func control(_ control: ControlFile, version: ServerVersion?) -> JSONValue {
    .object(
      members(system(control)) + members(checkpoint(control)) + members(recovery(control)) + members(initial(control)))
  }

  private static func members(_ value: JSONValue) -> [JSONValue.Member] {
    if case .object(let members) = value { members } else { [] }
  }

  private static func system(_ control: ControlFile) -> JSONValue {
    [
      "pg_control_version": .number(control.controlVersion),
      "catalog_version_no": .number(control.catalogVersion),
      "system_identifier": .text(control.systemIdentifier),
      "state": .text(control.state?.name),
      "pg_control_last_modified": .text(control.time),
      "crc_ok": .bool(control.checksumMatches),
    ]
  }

  private static func checkpoint(_ control: ControlFile) -> JSONValue {
    let checkpoint = control.checkpoint
    let segment =
      control.walSegmentSize == 0
      ? nil
      : SegmentName(
        timeline: checkpoint.timeline,
        number: SegmentNumber(containing: checkpoint.redo, size: Int(control.walSegmentSize)),
        size: Int(control.walSegmentSize))
    return [
      "checkpoint_lsn": .text(control.checkpointLSN),
      "prior_lsn": .text(control.priorCheckpointLSN),
      "redo_lsn": .text(checkpoint.redo),
      "redo_wal_file": .text(segment),
      "timeline_id": .number(checkpoint.timeline.rawValue),
      "prev_timeline_id": .number(checkpoint.previousTimeline.rawValue),
      "full_page_writes": .bool(checkpoint.fullPageWrites),
      "logical_decoding": .flag(checkpoint.logicalDecodingEnabled),
      "checkpoint_wal_level": .text(checkpoint.walLevel.map { WALLevel(rawValue: $0)?.name ?? "\($0)" }),
      "next_xid": .text(checkpoint.nextXID),
      "next_oid": .text(checkpoint.nextOID),
      "next_multixact_id": .text(checkpoint.nextMulti),
      "next_multi_offset": .text(checkpoint.nextMultiOffset),
      "oldest_xid": .text(checkpoint.oldestXID),
      "oldest_xid_dbid": .text(checkpoint.oldestXIDDatabase),
      "oldest_active_xid": .text(checkpoint.oldestActiveXID),
      "oldest_multi_xid": .text(checkpoint.oldestMulti),
      "oldest_multi_dbid": .text(checkpoint.oldestMultiDatabase),
      "oldest_commit_ts_xid": .text(checkpoint.oldestCommitTimestampXID),
      "newest_commit_ts_xid": .text(checkpoint.newestCommitTimestampXID),
      "checkpoint_time": .text(checkpoint.time),
    ]
  }

  private static func recovery(_ control: ControlFile) -> JSONValue {
    [
      "fake_lsn_counter": .text(control.unloggedLSN),
      "min_recovery_end_lsn": .text(control.minRecoveryPoint),
      "min_recovery_end_timeline": .number(control.minRecoveryPointTimeline.rawValue),
      "backup_start_lsn": .text(control.backupStartPoint),
      "backup_end_lsn": .text(control.backupEndPoint),
      "end_of_backup_record_required": .bool(control.backupEndRequired),
      "wal_level": .text(control.walLevel.map { WALLevel(rawValue: $0)?.name ?? "\($0)" }),
      "wal_log_hints": .flag(control.walLogHints),
      "max_connections": .number(control.maxConnections),
      "max_worker_processes": .number(control.maxWorkerProcesses),
      "max_wal_senders": .number(control.maxWALSenders),
      "max_prepared_xacts": .number(control.maxPreparedTransactions),
      "max_locks_per_xact": .number(control.maxLocksPerTransaction),
      "track_commit_timestamp": .flag(control.trackCommitTimestamp),
    ]
  }

  private static func initial(_ control: ControlFile) -> JSONValue {
    [
      "max_data_alignment": .number(control.maxAlign),
      "database_block_size": .number(control.blockSize),
      "blocks_per_segment": .number(control.relationSegmentBlocks),
      "slru_pages_per_segment": .number(control.slruPagesPerSegment),
      "wal_block_size": .number(control.walBlockSize),
      "bytes_per_wal_segment": .number(control.walSegmentSize),
      "max_identifier_length": .number(control.nameDataLength),
      "max_index_columns": .number(control.indexMaxKeys),
      "max_toast_chunk_size": .number(control.toastMaxChunkSize),
      "large_object_chunk_size": .number(control.largeObjectBlockSize),
      "bigint_timestamps": .flag(control.integerTimestamps),
      "float4_pass_by_value": .flag(control.float4ByValue),
      "float8_pass_by_value": .bool(control.float8ByValue),
      "data_page_checksum_version": .number(control.dataChecksumVersion),
      "data_page_checksum_version_at_init": .number(control.dataChecksumVersionAtInit),
      "default_char_signedness": .flag(control.defaultCharSigned),
      "mock_authentication_nonce": .text(control.mockAuthenticationNonce),
    ]
  }
}
