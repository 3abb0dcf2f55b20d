package import PostgresFormat

/// The control file field by field: for a person as pg_controldata prints it, for a program with the names of
/// pg_control_system(), _checkpoint(), _recovery() and _init(), in the values that the server gives them as JSON (xids
/// and oids as text). Before 10 the server's names end in `_location`; the newer names are used for every version. Times
/// are in UTC, positions padded.
package enum ShowControlFile {
  /// The lines of pg_controldata, in its order; a field that the version lacks is left out.
  package static func fields(_ control: ControlFile) -> [ShowField] {
    all(control).filter { !$0.label.isEmpty && ($0.value != .null || $0.text != nil) }
  }

  /// The fields of all versions: what the version lacks is null, what pg_controldata does not print has no label.
  static func all(_ control: ControlFile) -> [ShowField] {
    system(control) + checkpoint(control) + recovery(control) + initial(control)
  }

  private static func onOff(_ label: String, _ name: String, _ flag: Bool?) -> ShowField {
    ShowField(label, name, .flag(flag), text: flag.map { $0 ? "on" : "off" })
  }

  private static func walLevel(_ label: String, _ name: String, _ number: Int32?) -> ShowField {
    let known = number.flatMap { WALLevel(rawValue: $0)?.name }
    return ShowField(
      label, name, .text(number.map { known ?? "\($0)" }), text: number.map { known ?? "unrecognized \($0)" })
  }

  private static func system(_ control: ControlFile) -> [ShowField] {
    [
      ShowField("pg_control version number", "pg_control_version", .number(control.controlVersion)),
      ShowField("Catalog version number", "catalog_version_no", .number(control.catalogVersion)),
      ShowField("Database system identifier", "system_identifier", .text(control.systemIdentifier)),
      ShowField(
        "Database cluster state", "state", .text(control.state?.name),
        text: control.state?.name ?? "unrecognized status code \(control.stateNumber)"),
      ShowField("pg_control last modified", "pg_control_last_modified", .text(control.time)),
      ShowField("", "crc_ok", .bool(control.checksumMatches)),
    ]
  }

  private static func checkpoint(_ control: ControlFile) -> [ShowField] {
    let checkpoint = control.checkpoint
    let segment = redoSegment(control)
    return [
      ShowField("Latest checkpoint location", "checkpoint_lsn", .text(control.checkpointLSN)),
      ShowField("Prior checkpoint location", "prior_lsn", .text(control.priorCheckpointLSN)),
      ShowField("Latest checkpoint's REDO location", "redo_lsn", .text(checkpoint.redo)),
      ShowField(
        "Latest checkpoint's REDO WAL file", "redo_wal_file", .text(segment), text: segment?.description ?? "none"),
      ShowField("Latest checkpoint's TimeLineID", "timeline_id", .number(checkpoint.timeline.rawValue)),
      ShowField(
        "Latest checkpoint's PrevTimeLineID", "prev_timeline_id", .number(checkpoint.previousTimeline.rawValue)),
      onOff("Latest checkpoint's full_page_writes", "full_page_writes", checkpoint.fullPageWrites),
      onOff("Latest checkpoint's logical decoding", "logical_decoding", checkpoint.logicalDecodingEnabled),
      walLevel("", "checkpoint_wal_level", checkpoint.walLevel),
      ShowField("Latest checkpoint's NextXID", "next_xid", .text(checkpoint.nextXID)),
      ShowField("Latest checkpoint's NextOID", "next_oid", .text(checkpoint.nextOID)),
      ShowField("Latest checkpoint's NextMultiXactId", "next_multixact_id", .text(checkpoint.nextMulti)),
      ShowField("Latest checkpoint's NextMultiOffset", "next_multi_offset", .text(checkpoint.nextMultiOffset)),
      ShowField("Latest checkpoint's oldestXID", "oldest_xid", .text(checkpoint.oldestXID)),
      ShowField("Latest checkpoint's oldestXID's DB", "oldest_xid_dbid", .text(checkpoint.oldestXIDDatabase)),
      ShowField("Latest checkpoint's oldestActiveXID", "oldest_active_xid", .text(checkpoint.oldestActiveXID)),
      ShowField("Latest checkpoint's oldestMultiXid", "oldest_multi_xid", .text(checkpoint.oldestMulti)),
      ShowField("Latest checkpoint's oldestMulti's DB", "oldest_multi_dbid", .text(checkpoint.oldestMultiDatabase)),
      ShowField(
        "Latest checkpoint's oldestCommitTsXid", "oldest_commit_ts_xid", .text(checkpoint.oldestCommitTimestampXID)),
      ShowField(
        "Latest checkpoint's newestCommitTsXid", "newest_commit_ts_xid", .text(checkpoint.newestCommitTimestampXID)),
      ShowField("Time of latest checkpoint", "checkpoint_time", .text(checkpoint.time)),
    ]
  }

  /// nil where the segment size in the file is none.
  private static func redoSegment(_ control: ControlFile) -> SegmentName? {
    guard let size = control.segmentSize else { return nil }
    return SegmentName(
      timeline: control.checkpoint.timeline, number: SegmentNumber(containing: control.checkpoint.redo, size: size),
      size: size)
  }

  private static func recovery(_ control: ControlFile) -> [ShowField] {
    [
      ShowField("Fake LSN counter for unlogged rels", "fake_lsn_counter", .text(control.unloggedLSN)),
      ShowField("Minimum recovery ending location", "min_recovery_end_lsn", .text(control.minRecoveryPoint)),
      ShowField(
        "Min recovery ending loc's timeline", "min_recovery_end_timeline",
        .number(control.minRecoveryPointTimeline.rawValue)),
      ShowField("Backup start location", "backup_start_lsn", .text(control.backupStartPoint)),
      ShowField("Backup end location", "backup_end_lsn", .text(control.backupEndPoint)),
      ShowField("End-of-backup record required", "end_of_backup_record_required", .bool(control.backupEndRequired)),
      walLevel("wal_level setting", "wal_level", control.walLevel),
      onOff("wal_log_hints setting", "wal_log_hints", control.walLogHints),
      ShowField("max_connections setting", "max_connections", .number(control.maxConnections)),
      ShowField("max_worker_processes setting", "max_worker_processes", .number(control.maxWorkerProcesses)),
      ShowField("max_wal_senders setting", "max_wal_senders", .number(control.maxWALSenders)),
      ShowField("max_prepared_xacts setting", "max_prepared_xacts", .number(control.maxPreparedTransactions)),
      ShowField("max_locks_per_xact setting", "max_locks_per_xact", .number(control.maxLocksPerTransaction)),
      onOff("track_commit_timestamp setting", "track_commit_timestamp", control.trackCommitTimestamp),
    ]
  }

  private static func initial(_ control: ControlFile) -> [ShowField] {
    func passing(_ label: String, _ name: String, _ byValue: Bool?) -> ShowField {
      ShowField(label, name, .flag(byValue), text: byValue.map { $0 ? "by value" : "by reference" })
    }
    return [
      ShowField("Maximum data alignment", "max_data_alignment", .number(control.maxAlign)),
      ShowField("Database block size", "database_block_size", .number(control.blockSize)),
      ShowField("Blocks per segment of large relation", "blocks_per_segment", .number(control.relationSegmentBlocks)),
      ShowField("Pages per SLRU segment", "slru_pages_per_segment", .number(control.slruPagesPerSegment)),
      ShowField("WAL block size", "wal_block_size", .number(control.walBlockSize)),
      ShowField("Bytes per WAL segment", "bytes_per_wal_segment", .number(control.walSegmentSize)),
      ShowField("Maximum length of identifiers", "max_identifier_length", .number(control.nameDataLength)),
      ShowField("Maximum columns in an index", "max_index_columns", .number(control.indexMaxKeys)),
      ShowField("Maximum size of a TOAST chunk", "max_toast_chunk_size", .number(control.toastMaxChunkSize)),
      ShowField("Size of a large-object chunk", "large_object_chunk_size", .number(control.largeObjectBlockSize)),
      // From 10 on there is no other storage than integers, and the file no longer says so.
      ShowField(
        "Date/time type storage", "bigint_timestamps", .flag(control.integerTimestamps),
        text: control.integerTimestamps == false ? "floating-point numbers" : "64-bit integers"),
      passing("Float4 argument passing", "float4_pass_by_value", control.float4ByValue),
      passing("Float8 argument passing", "float8_pass_by_value", control.float8ByValue),
      ShowField("Data page checksum version", "data_page_checksum_version", .number(control.dataChecksumVersion)),
      ShowField("", "data_page_checksum_version_at_init", .number(control.dataChecksumVersionAtInit)),
      ShowField(
        "Default char data signedness", "default_char_signedness", .flag(control.defaultCharSigned),
        text: control.defaultCharSigned.map { $0 ? "signed" : "unsigned" }),
      ShowField("Mock authentication nonce", "mock_authentication_nonce", .text(control.mockAuthenticationNonce)),
    ]
  }
}
