import PostgresFormat

/// Every question that a server is asked. Follows src/backend/catalog/system_views.sql and src/include/catalog/pg_proc.dat
/// of each version.
extension ServerQuery {
  /// Who is asked, and what the role may see. Roles of the family of pg_monitor are there from 10 on.
  static let server = ServerQuery(
    name: "the session", subject: "server", source: "pg_roles",
    columns: [
      .column("in_recovery", "pg_catalog.pg_is_in_recovery()"),
      .column("version", "pg_catalog.current_setting('server_version')"),
      .column("database", "pg_catalog.current_database()"),
      .time("started_at", "pg_catalog.pg_postmaster_start_time()"),
      .time("asked_at", "pg_catalog.clock_timestamp()"), .column("rolname"), .column("rolsuper"),
      .column("sees_settings", "rolsuper", to: .v9_6),
      .column("sees_settings", "pg_catalog.pg_has_role('pg_read_all_settings', 'usage')", from: .v10),
      .column("sees_statistics", "rolsuper", to: .v9_6),
      .column("sees_statistics", "pg_catalog.pg_has_role('pg_read_all_stats', 'usage')", from: .v10),
    ], rest: "where rolname = current_user")

  // MARK: The control file

  static let controlSystem = ServerQuery(
    name: "pg_control_system()", subject: "control_file", source: "pg_control_system()",
    columns: [
      .column("pg_control_version"), .column("catalog_version_no"), .column("system_identifier"),
      .time("pg_control_last_modified"),
    ])

  static let controlCheckpoint = ServerQuery(
    name: "pg_control_checkpoint()", subject: "control_file", source: "pg_control_checkpoint()",
    columns: ServerQuery.Column.position("checkpoint_lsn", before: "checkpoint_location")
      + ServerQuery.Column.position("redo_lsn", before: "redo_location") + [
        .column("prior_lsn", "prior_location", to: .v9_6), .column("prior_lsn", from: .v10, to: .v10),
        .column("timeline_id"), .column("prev_timeline_id"), .column("full_page_writes"),
        .column("logical_decoding", from: .v19), .column("next_xid"), .column("next_oid"),
        .column("next_multixact_id"), .column("next_multi_offset"), .column("oldest_xid"), .column("oldest_xid_dbid"),
        .column("oldest_active_xid"), .column("oldest_multi_xid"), .column("oldest_multi_dbid"),
        .column("oldest_commit_ts_xid"), .column("newest_commit_ts_xid"), .time("checkpoint_time"),
      ])

  static let controlRecovery = ServerQuery(
    name: "pg_control_recovery()", subject: "control_file", source: "pg_control_recovery()",
    columns: ServerQuery.Column.position("min_recovery_end_lsn", before: "min_recovery_end_location")
      + ServerQuery.Column.position("backup_start_lsn", before: "backup_start_location")
      + ServerQuery.Column.position("backup_end_lsn", before: "backup_end_location") + [
        .column("min_recovery_end_timeline"), .column("end_of_backup_record_required"),
      ])

  static let controlInit = ServerQuery(
    name: "pg_control_init()", subject: "control_file", source: "pg_control_init()",
    columns: [
      .column("max_data_alignment"), .column("database_block_size"), .column("blocks_per_segment"),
      .column("wal_block_size"), .column("bytes_per_wal_segment"), .column("max_identifier_length"),
      .column("max_index_columns"), .column("max_toast_chunk_size"), .column("large_object_chunk_size"),
      .column("bigint_timestamps", to: .v9_6), .column("float4_pass_by_value", to: .v12),
      .column("float8_pass_by_value"), .column("data_page_checksum_version"),
      .column("default_char_signedness", from: .v18),
    ])

  // MARK: Slots and WAL

  static let slots = ServerQuery(
    name: "pg_replication_slots", subject: "slot_folder", source: "pg_replication_slots",
    columns: [
      .column("slot_name"), .column("plugin"), .column("slot_type"), .column("datoid"), .column("active"),
      .column("active_pid"), .column("xmin"), .column("catalog_xmin"), .column("restart_lsn"),
      .column("confirmed_flush_lsn"), .column("temporary", from: .v10), .column("wal_status", from: .v13),
      .column("safe_wal_size", from: .v13), .column("two_phase", from: .v14), .column("conflicting", from: .v16),
      .time("inactive_since", from: .v17), .column("invalidation_reason", from: .v17),
      .column("failover", from: .v17), .column("synced", from: .v17), .column("two_phase_at", from: .v18),
      .column("slotsync_skip_reason", from: .v19),
    ], rest: "order by slot_name")

  /// A standby's replay position, before the slots are read: what was replayed up to here has left them valid.
  static let replay = ServerQuery(
    name: "pg_last_wal_replay_lsn()", subject: "wal", source: "",
    columns: [
      .column("replay", "pg_catalog.pg_last_xlog_replay_location()", to: .v9_6),
      .column("replay", "pg_catalog.pg_last_wal_replay_lsn()", from: .v10),
    ])

  /// The other positions, after the slots: no slot stands past them. Functions of the wrong role raise errors.
  static let positions = ServerQuery(
    name: "pg_current_wal_flush_lsn()", subject: "wal", source: "",
    columns: [
      .column("in_recovery", "pg_catalog.pg_is_in_recovery()"),
      .column("insert", primaryOnly("pg_current_xlog_insert_location()"), to: .v9_6),
      .column("insert", primaryOnly("pg_current_wal_insert_lsn()"), from: .v10),
      .column("flush", primaryOnly("pg_current_xlog_flush_location()"), to: .v9_6),
      .column("flush", primaryOnly("pg_current_wal_flush_lsn()"), from: .v10),
      .column("segment", primaryOnly("pg_xlogfile_name(pg_catalog.pg_current_xlog_flush_location())"), to: .v9_6),
      .column("segment", primaryOnly("pg_walfile_name(pg_catalog.pg_current_wal_flush_lsn())"), from: .v10),
      .column("receive", standbyOnly("pg_last_xlog_receive_location()"), to: .v9_6),
      .column("receive", standbyOnly("pg_last_wal_receive_lsn()"), from: .v10),
      .column("replayed", standbyOnly("pg_last_xlog_replay_location()"), to: .v9_6),
      .column("replayed", standbyOnly("pg_last_wal_replay_lsn()"), from: .v10),
      .column("paused", standbyOnly("pg_is_xlog_replay_paused()"), to: .v9_6),
      .column("paused", standbyOnly("pg_is_wal_replay_paused()"), from: .v10),
      .time("last_commit", standbyOnly("pg_last_xact_replay_timestamp()")),
    ])

  private static func primaryOnly(_ call: String) -> String {
    "case when not pg_catalog.pg_is_in_recovery() then pg_catalog.\(call) end"
  }
  private static func standbyOnly(_ call: String) -> String {
    "case when pg_catalog.pg_is_in_recovery() then pg_catalog.\(call) end"
  }

  static let walFiles = ServerQuery(
    name: "pg_ls_waldir()", subject: "wal_folder", source: "pg_ls_waldir()", first: .v10,
    columns: [.column("name"), .column("size")])

  // MARK: Settings

  /// `current_setting` writes values with their units, as files do. A session reads the files anew only between statements, so
  /// that the time of the last reload goes with the values.
  static let settings = ServerQuery(
    name: "pg_settings", subject: "configuration", source: "pg_settings",
    columns: [
      .column("name"), .column("value", "pg_catalog.current_setting(name)"), .column("source"),
      .column("sourcefile"), .column("sourceline"), .time("loaded_at", "pg_catalog.pg_conf_load_time()"),
    ], rest: "order by name")

  // MARK: Names

  static let databases = ServerQuery(
    name: "pg_database", subject: "catalog", source: "pg_database",
    columns: [
      .column("oid"), .column("datname"), .column("dattablespace"), .column("datistemplate"), .column("datallowconn"),
      .column("datconnlimit"),
    ], rest: "order by oid")

  /// Without the connection string, which only superusers see. Before 14 they alone see `oid` too.
  static let subscriptions = ServerQuery(
    name: "pg_subscription", subject: "catalog", source: "pg_subscription", first: .v10,
    columns: [
      .column("oid"), .column("subdbid"), .column("subname"), .column("subowner"), .column("subenabled"),
      .column("subslotname"), .column("subpublications", "pg_catalog.array_to_json(subpublications)"),
      .column("subtwophasestate", from: .v15), .column("subskiplsn", from: .v15), .column("subfailover", from: .v17),
    ], rest: "order by oid")

  /// Of the database that is connected to, as every database has its own.
  static let subscribedTables = ServerQuery(
    name: "pg_subscription_rel", subject: "catalog", source: "pg_subscription_rel s", first: .v10,
    columns: [
      .column("datoid", "d.oid"),
      .column("srsubid"), .column("srrelid"), .column("srsubstate"), .column("srsublsn"), .column("nspname"),
      .column("relname"),
    ],
    rest: """
      left join pg_catalog.pg_database d on d.datname = pg_catalog.current_database()
      left join pg_catalog.pg_class c on c.oid = s.srrelid left join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      order by srsubid, srrelid
      """)

  static let origins = ServerQuery(
    name: "pg_replication_origin", subject: "catalog", source: "pg_replication_origin",
    columns: [.column("roident"), .column("roname")], rest: "order by roident")

  /// How far each origin is, and whether that is safe on disk: a subscriber commits asynchronously.
  static let originProgress = ServerQuery(
    name: "pg_replication_origin_status", subject: "replication_origins",
    source: "pg_show_replication_origin_status() as progress(local_id, external_id, remote_lsn, local_lsn)",
    columns: [.column("local_id"), .column("remote_lsn"), .column("local_lsn")])

  // MARK: Activity

  static let receiver = ServerQuery(
    name: "pg_stat_wal_receiver", subject: "statistics", source: "pg_stat_wal_receiver",
    columns: [
      .column("pid"), .column("status"), .column("received_tli"), .column("flushed", "received_lsn", to: .v12),
      .column("flushed", "flushed_lsn", from: .v13), .column("latest_end_lsn"), .time("last_msg_receipt_time"),
      .column("slot_name"), .column("sender_host", from: .v11), .column("conninfo"),
    ])

  static let senders = ServerQuery(
    name: "pg_stat_replication", subject: "statistics", source: "pg_stat_replication",
    columns: [
      .column("pid"), .column("usename"), .column("application_name"), .column("client_addr"), .column("state"),
      .column("sync_state"), .time("reply_time", from: .v12),
    ] + ServerQuery.Column.position("sent_lsn", before: "sent_location")
      + ServerQuery.Column.position("write_lsn", before: "write_location")
      + ServerQuery.Column.position("flush_lsn", before: "flush_location")
      + ServerQuery.Column.position("replay_lsn", before: "replay_location"), rest: "order by pid")

  /// The worker of a standby that synchronizes slots.
  static let slotSync = ServerQuery(
    name: "pg_stat_activity", subject: "statistics", source: "pg_stat_activity", first: .v17,
    columns: [.column("pid"), .time("backend_start"), .column("wait_event")],
    rest: "where backend_type = 'slotsync worker'")

  static let preparedTransactions = ServerQuery(
    name: "pg_prepared_xacts", subject: "prepared_transaction", source: "pg_prepared_xacts p",
    columns: [
      .column("transaction"), .column("gid"), .time("prepared"), .column("datoid", "d.oid"),
      .column("owner", "r.oid"),
    ],
    rest: """
      left join pg_catalog.pg_database d on d.datname = p.database
      left join pg_catalog.pg_roles r on r.rolname = p.owner order by p.prepared limit 10000
      """)

  /// Transactions of other sessions that write, or hold a snapshot for more than a minute. No query texts.
  static let transactions = ServerQuery(
    name: "pg_stat_activity", subject: "statistics", source: "pg_stat_activity",
    columns: [
      .column("pid"), .column("datname"), .column("usename"), .column("application_name"), .column("state"),
      .time("xact_start"), .column("backend_xid"), .column("backend_xmin"),
    ],
    rest: """
      where pid <> pg_catalog.pg_backend_pid() and xact_start is not null and (backend_xid is not null
      or backend_xmin is not null and xact_start < pg_catalog.clock_timestamp() - interval '1 minute')
      order by xact_start limit 50
      """)

  /// Files beside the server's own plugins, where only superusers may look.
  static let libraries = ServerQuery(
    name: "pg_config()", subject: "libraries", source: "pg_config() c, pg_catalog.pg_ls_dir(c.setting) as file",
    columns: [.column("file")], rest: "where c.name = 'PKGLIBDIR' and file like '%.so' order by 1")
}
