extension SettingDefinition {
  /// Every setting that slotscope knows. Unknown ones are not wrong for that: the server has hundreds.
  ///
  /// Follows src/backend/utils/misc/guc.c and guc_tables.c. Where versions differ, a setting has several rows.
  package static let all: [SettingDefinition] = [
    // Write-ahead log
    enumeration("wal_level", to: .v9_6, ["minimal", "replica", "logical"], "minimal", hidden: oldWALLevels),
    enumeration("wal_level", from: .v10, ["minimal", "replica", "logical"], "replica", hidden: oldWALLevels),
    bool("wal_log_hints", off, .restart),
    bool("fsync", on, .reload),
    bool("full_page_writes", on, .reload),
    integer("wal_keep_segments", to: .v12, 0...int, "0"),
    integer("wal_keep_size", from: .v13, unit: .megabytes, 0...int, "0"),
    integer("max_slot_wal_keep_size", from: .v13, unit: .megabytes, -1...int, "-1"),
    integer("idle_replication_slot_timeout", from: .v18, unit: .seconds, 0...int, "0"),
    integer("max_wal_size", to: .v9_6, unit: .segments, 2...int, "64"),
    integer("max_wal_size", from: .v10, unit: .megabytes, 2...int, "1024"),
    integer("min_wal_size", to: .v9_6, unit: .segments, 2...int, "5"),
    integer("min_wal_size", from: .v10, unit: .megabytes, 2...int, "80"),
    integer("checkpoint_timeout", unit: .seconds, 30...86_400, "300"),
    bool("wal_recycle", from: .v12, on, .user),
    bool("wal_init_zero", from: .v12, on, .user),
    bool("summarize_wal", from: .v17, off, .reload),
    integer("wal_summary_keep_time", from: .v17, unit: .minutes, 0...35_791_394, "14400"),
    bool("track_commit_timestamp", off, .restart),

    // Slots, senders, origins
    integer("max_replication_slots", to: .v9_6, 0...backends, "0", .restart),
    integer("max_replication_slots", from: .v10, 0...backends, "10", .restart),
    integer("max_repack_replication_slots", from: .v19, 0...backends, "5", .restart),
    integer("max_active_replication_origins", from: .v18, 0...backends, "10", .restart),
    integer("max_wal_senders", to: .v9_6, 0...backends, "0", .restart),
    integer("max_wal_senders", from: .v10, 0...backends, "10", .restart),
    integer("wal_sender_timeout", to: .v11, unit: .milliseconds, 0...int, "60000"),
    integer("wal_sender_timeout", from: .v12, unit: .milliseconds, 0...int, "60000", .user),
    integer("wal_sender_shutdown_timeout", from: .v19, unit: .milliseconds, -1...int, "-1", .user),
    integer("logical_decoding_work_mem", from: .v13, unit: .kilobytes, 64...int, "65536", .user),
    integer("vacuum_defer_cleanup_age", to: .v15, 0...1_000_000, "0"),
    text("synchronized_standby_slots", from: .v17, .reload),
    text("synchronous_standby_names", .reload),
    enumeration(
      "synchronous_commit", ["local", "remote_write", "remote_apply", "on", "off"], "on",
      hidden: ["true": "on", "yes": "on", "1": "on", "false": "off", "no": "off", "0": "off"], .user),

    // Standby
    bool("hot_standby", to: .v9_6, off, .restart),
    bool("hot_standby", from: .v10, on, .restart),
    bool("hot_standby_feedback", off, .reload),
    bool("sync_replication_slots", from: .v17, off, .reload),
    text("primary_conninfo", from: .v12, to: .v12, .restart),
    text("primary_conninfo", from: .v13, .reload),
    text("primary_slot_name", from: .v12, to: .v12, .restart),
    text("primary_slot_name", from: .v13, .reload),
    bool("wal_receiver_create_temp_slot", from: .v13, off, .reload),
    integer("wal_receiver_status_interval", unit: .seconds, 0...2_147_483, "10"),
    integer("wal_receiver_timeout", to: .v18, unit: .milliseconds, 0...int, "60000"),
    integer("wal_receiver_timeout", from: .v19, unit: .milliseconds, 0...int, "60000", .user),
    integer("wal_retrieve_retry_interval", unit: .milliseconds, 1...int, "5000"),
    integer("max_standby_archive_delay", unit: .milliseconds, -1...int, "30000"),
    integer("max_standby_streaming_delay", unit: .milliseconds, -1...int, "30000"),
    integer("recovery_min_apply_delay", from: .v12, unit: .milliseconds, 0...int, "0"),
    text("promote_trigger_file", from: .v12, to: .v15, .reload),

    // Recovery and archive
    text("restore_command", from: .v12, to: .v13, .restart),
    text("restore_command", from: .v14, .reload),
    text("archive_cleanup_command", from: .v12, .reload),
    text("recovery_end_command", from: .v12, .reload),
    text("recovery_target", from: .v12, .restart),
    text("recovery_target_lsn", from: .v12, .restart),
    text("recovery_target_name", from: .v12, .restart),
    text("recovery_target_time", from: .v12, .restart),
    text("recovery_target_xid", from: .v12, .restart),
    text("recovery_target_timeline", from: .v12, .restart, "latest"),
    bool("recovery_target_inclusive", from: .v12, on, .restart),
    enumeration("recovery_target_action", from: .v12, ["pause", "promote", "shutdown"], "pause"),
    enumeration(
      "archive_mode", ["always", "on", "off"], "off",
      hidden: ["true": "on", "yes": "on", "1": "on", "false": "off", "no": "off", "0": "off"]),
    text("archive_command", .reload),
    text("archive_library", from: .v15, .reload),

    // Sizes of shared memory, which a standby's must not fall below its primary's
    integer("max_connections", 1...backends, "100", .restart),
    integer("superuser_reserved_connections", 0...backends, "3", .restart),
    integer("reserved_connections", from: .v16, 0...backends, "0", .restart),
    integer("max_worker_processes", 0...backends, "8", .restart),
    integer("max_prepared_transactions", 0...backends, "0", .restart),
    integer("max_locks_per_transaction", to: .v18, 10...int, "64", .restart),
    integer("max_locks_per_transaction", from: .v19, 10...int, "128", .restart),

    // Subscribers
    integer("max_logical_replication_workers", from: .v10, 0...backends, "4", .restart),
    integer("max_sync_workers_per_subscription", from: .v10, 0...backends, "2"),
    integer("max_parallel_apply_workers_per_subscription", from: .v16, 0...1024, "2"),

    // Connections and identity
    text("cluster_name", .restart),
    integer("port", 1...65_535, "5432", .restart),
    text("listen_addresses", .restart, "localhost"),
    text("shared_preload_libraries", .restart),
  ]

  private static let on = "on"
  private static let off = "off"
  private static let int = Int64(Int32.max)
  /// `MAX_BACKENDS`.
  private static let backends: Int64 = 262_143
  /// Levels that 9.6 merged into `replica` and still reads.
  private static let oldWALLevels = ["archive": "replica", "hot_standby": "replica"]

  private static func bool(
    _ name: String, from first: ServerVersion = .v9_6, to last: ServerVersion? = nil, _ value: String, _ change: Change
  ) -> SettingDefinition {
    SettingDefinition(name: name, first: first, last: last, kind: .bool, defaultValue: value, change: change)
  }

  private static func integer(
    _ name: String, from first: ServerVersion = .v9_6, to last: ServerVersion? = nil, unit: SettingUnit = .none,
    _ range: ClosedRange<Int64>, _ value: String, _ change: Change = .reload
  ) -> SettingDefinition {
    SettingDefinition(
      name: name, first: first, last: last,
      kind: .integer(unit: unit, minimum: range.lowerBound, maximum: range.upperBound), defaultValue: value,
      change: change)
  }

  private static func text(
    _ name: String, from first: ServerVersion = .v9_6, to last: ServerVersion? = nil, _ change: Change,
    _ value: String = ""
  ) -> SettingDefinition {
    SettingDefinition(name: name, first: first, last: last, kind: .text, defaultValue: value, change: change)
  }

  private static func enumeration(
    _ name: String, from first: ServerVersion = .v9_6, to last: ServerVersion? = nil, _ words: [String],
    _ value: String, hidden: [String: String] = [:], _ change: Change = .restart
  ) -> SettingDefinition {
    SettingDefinition(
      name: name, first: first, last: last, kind: .enumeration(words, hidden: hidden), defaultValue: value,
      change: change)
  }
}
