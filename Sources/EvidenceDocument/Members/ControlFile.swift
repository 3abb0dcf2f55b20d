import PostgresFormat

// The control file.

extension ControlFile: DocumentObject {
  static var blank: Self { ControlFile() }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("system_identifier", &systemIdentifier)
    try members.required("control_version", &controlVersion)
    try members.required("catalog_version", &catalogVersion)
    try members.optional("state", &state)
    try members.required("state_number", &stateNumber)
    try members.required("time", &time)
    try members.required("checkpoint_lsn", &checkpointLSN)
    try members.optional("prior_checkpoint_lsn", &priorCheckpointLSN)
    try members.required("checkpoint", &checkpoint)
    try members.optional("unlogged_lsn", &unloggedLSN)
    try members.required("min_recovery_point", &minRecoveryPoint)
    try members.required("min_recovery_point_timeline", &minRecoveryPointTimeline)
    try members.required("backup_start_point", &backupStartPoint)
    try members.required("backup_end_point", &backupEndPoint)
    try members.required("backup_end_required", &backupEndRequired)
    try members.optional("wal_level", &walLevel)
    try members.optional("wal_log_hints", &walLogHints)
    try members.optional("max_connections", &maxConnections)
    try members.optional("max_worker_processes", &maxWorkerProcesses)
    try members.optional("max_wal_senders", &maxWALSenders)
    try members.optional("max_prepared_transactions", &maxPreparedTransactions)
    try members.optional("max_locks_per_transaction", &maxLocksPerTransaction)
    try members.optional("track_commit_timestamp", &trackCommitTimestamp)
    try members.required("max_align", &maxAlign)
    try members.required("float_format_matches", &floatFormatMatches)
    try members.required("block_size", &blockSize)
    try members.required("relation_segment_blocks", &relationSegmentBlocks)
    try members.optional("slru_pages_per_segment", &slruPagesPerSegment)
    try members.required("wal_block_size", &walBlockSize)
    try members.required("wal_segment_size", &walSegmentSize)
    try members.required("name_data_length", &nameDataLength)
    try members.required("index_max_keys", &indexMaxKeys)
    try members.required("toast_max_chunk_size", &toastMaxChunkSize)
    try members.required("large_object_block_size", &largeObjectBlockSize)
    try members.optional("integer_timestamps", &integerTimestamps)
    try members.optional("float4_by_value", &float4ByValue)
    try members.required("float8_by_value", &float8ByValue)
    try members.required("data_checksum_version", &dataChecksumVersion)
    try members.optional("data_checksum_version_at_init", &dataChecksumVersionAtInit)
    try members.optional("default_char_signed", &defaultCharSigned)
    try members.optional("mock_authentication_nonce", &mockAuthenticationNonce)
    try members.optional("checksum_error", &checksumError)
    try members.required("layout", &layout)
    try members.optional("database_mode", &databaseMode)
  }
}

extension Checkpoint: DocumentObject {
  static var blank: Self { Checkpoint() }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("redo", &redo)
    try members.required("timeline", &timeline)
    try members.required("previous_timeline", &previousTimeline)
    try members.required("full_page_writes", &fullPageWrites)
    try members.optional("wal_level", &walLevel)
    try members.optional("logical_decoding_enabled", &logicalDecodingEnabled)
    try members.required("next_xid", &nextXID)
    try members.required("next_oid", &nextOID)
    try members.required("next_multi", &nextMulti)
    try members.required("next_multi_offset", &nextMultiOffset)
    try members.required("oldest_xid", &oldestXID)
    try members.required("oldest_xid_database", &oldestXIDDatabase)
    try members.required("oldest_multi", &oldestMulti)
    try members.required("oldest_multi_database", &oldestMultiDatabase)
    try members.required("time", &time)
    try members.required("oldest_commit_timestamp_xid", &oldestCommitTimestampXID)
    try members.required("newest_commit_timestamp_xid", &newestCommitTimestampXID)
    try members.required("oldest_active_xid", &oldestActiveXID)
  }
}
