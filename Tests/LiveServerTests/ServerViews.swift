import PostgresFormat

@testable import LiveServer

/// What the servers of each major have of the views, catalogs and functions that are asked, by PostgreSQL's documentation and
/// sources of that major. The live test below holds it against every server that can be run here.
enum ServerViews {
  /// A column of a view, a catalog or a function that returns rows.
  struct Column: Hashable {
    var relation: String
    var name: String
    var versions: ClosedRange<ServerVersion>
  }

  /// Majors that have a function, a view or a catalog at all; those not named here have it all.
  static let versions: [String: ClosedRange<ServerVersion>] = [
    "pg_subscription": .v10 ... .newest, "pg_subscription_rel": .v10 ... .newest, "pg_ls_waldir": .v10 ... .newest,
    "pg_last_xlog_replay_location": .only9_6, "pg_last_wal_replay_lsn": .v10 ... .newest,
    "pg_last_xlog_receive_location": .only9_6, "pg_last_wal_receive_lsn": .v10 ... .newest,
    "pg_current_xlog_insert_location": .only9_6, "pg_current_wal_insert_lsn": .v10 ... .newest,
    "pg_current_xlog_flush_location": .only9_6, "pg_current_wal_flush_lsn": .v10 ... .newest,
    "pg_is_xlog_replay_paused": .only9_6, "pg_is_wal_replay_paused": .v10 ... .newest,
    "pg_xlogfile_name": .only9_6, "pg_walfile_name": .v10 ... .newest,
  ]

  /// Functions that return one value, of all majors.
  static let functions: Set<String> = [
    "pg_is_in_recovery", "current_setting", "current_database", "pg_postmaster_start_time", "pg_conf_load_time",
    "pg_has_role", "pg_last_xact_replay_timestamp", "array_to_json", "pg_backend_pid", "clock_timestamp", "date_part",
    "pg_ls_dir",
  ]

  static let columns: Set<Column> = {
    var all: Set<Column> = []
    func add(_ relation: String, _ names: String, _ versions: ClosedRange<ServerVersion> = .oldest ... .newest) {
      for name in names.split(whereSeparator: \.isWhitespace) {
        let range = versions.clamped(to: ServerViews.versions[relation] ?? .oldest ... .newest)
        all.insert(Column(relation: relation, name: String(name), versions: range))
      }
    }
    add("pg_roles", "rolname rolsuper oid")
    add("pg_control_system", "pg_control_version catalog_version_no system_identifier pg_control_last_modified")
    add(
      "pg_control_checkpoint",
      """
      timeline_id prev_timeline_id full_page_writes next_xid next_oid next_multixact_id next_multi_offset oldest_xid
      oldest_xid_dbid oldest_active_xid oldest_multi_xid oldest_multi_dbid oldest_commit_ts_xid newest_commit_ts_xid
      checkpoint_time
      """)
    add("pg_control_checkpoint", "checkpoint_location redo_location prior_location", .only9_6)
    add("pg_control_checkpoint", "checkpoint_lsn redo_lsn", .v10 ... .newest)
    add("pg_control_checkpoint", "prior_lsn", .v10 ... .v10)
    add("pg_control_checkpoint", "logical_decoding", .v19 ... .newest)
    add("pg_control_recovery", "min_recovery_end_timeline end_of_backup_record_required")
    add(
      "pg_control_recovery", "min_recovery_end_location backup_start_location backup_end_location", .only9_6)
    add("pg_control_recovery", "min_recovery_end_lsn backup_start_lsn backup_end_lsn", .v10 ... .newest)
    add(
      "pg_control_init",
      """
      max_data_alignment database_block_size blocks_per_segment wal_block_size bytes_per_wal_segment
      max_identifier_length max_index_columns max_toast_chunk_size large_object_chunk_size float8_pass_by_value
      data_page_checksum_version
      """)
    add("pg_control_init", "bigint_timestamps", .only9_6)
    add("pg_control_init", "float4_pass_by_value", .oldest ... .v12)
    add("pg_control_init", "default_char_signedness", .v18 ... .newest)
    add(
      "pg_replication_slots",
      """
      slot_name plugin slot_type datoid active active_pid xmin catalog_xmin restart_lsn confirmed_flush_lsn
      """)
    add("pg_replication_slots", "temporary", .v10 ... .newest)
    add("pg_replication_slots", "wal_status safe_wal_size", .v13 ... .newest)
    add("pg_replication_slots", "two_phase", .v14 ... .newest)
    add("pg_replication_slots", "conflicting", .v16 ... .newest)
    add("pg_replication_slots", "inactive_since invalidation_reason failover synced", .v17 ... .newest)
    add("pg_replication_slots", "two_phase_at", .v18 ... .newest)
    add("pg_replication_slots", "slotsync_skip_reason", .v19 ... .newest)
    add("pg_ls_waldir", "name size")
    add("pg_settings", "name source sourcefile sourceline")
    add("pg_database", "oid datname dattablespace datistemplate datallowconn datconnlimit")
    add("pg_subscription", "oid subdbid subname subowner subenabled subslotname subpublications")
    add("pg_subscription", "subtwophasestate", .v15 ... .newest)
    add("pg_subscription", "subskiplsn", .v15 ... .newest)
    add("pg_subscription", "subfailover", .v17 ... .newest)
    add("pg_subscription_rel", "srsubid srrelid srsubstate srsublsn")
    add("pg_class", "oid relname relnamespace")
    add("pg_namespace", "oid nspname")
    add("pg_replication_origin", "roident roname")
    add("pg_show_replication_origin_status", "local_id external_id remote_lsn local_lsn")
    add(
      "pg_stat_wal_receiver",
      "pid status received_tli latest_end_lsn last_msg_receipt_time slot_name conninfo")
    add("pg_stat_wal_receiver", "received_lsn", .oldest ... .v12)
    add("pg_stat_wal_receiver", "flushed_lsn", .v13 ... .newest)
    add("pg_stat_wal_receiver", "sender_host", .v11 ... .newest)
    add("pg_stat_replication", "pid usename application_name client_addr state sync_state")
    add("pg_stat_replication", "sent_location write_location flush_location replay_location", .only9_6)
    add("pg_stat_replication", "sent_lsn write_lsn flush_lsn replay_lsn", .v10 ... .newest)
    add("pg_stat_replication", "reply_time", .v12 ... .newest)
    add("pg_prepared_xacts", "transaction gid prepared owner database")
    add(
      "pg_stat_activity",
      "pid datname usename application_name state xact_start backend_xid backend_xmin backend_start wait_event")
    add("pg_stat_activity", "backend_type", .v10 ... .newest)
    add("pg_config", "name setting")
    return all
  }()

  static let relations = Set(columns.map(\.relation))

  static func exists(_ name: String, in version: ServerVersion) -> Bool {
    versions[name]?.contains(version) ?? (functions.contains(name) || relations.contains(name))
  }
}

extension ClosedRange<ServerVersion> {
  fileprivate static var only9_6: Self { .v9_6 ... .v9_6 }
}
