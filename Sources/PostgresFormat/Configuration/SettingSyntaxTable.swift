extension SettingSyntax {
  /// The settings that ``SettingDefinition/all`` does not have, one a line: name, the majors from 13 on (`16-` from 16, `-17` up to 17,
  /// `-` all), type, and for numbers the bounds and the unit. As pg_settings of 13 to 19 shows them; follows
  /// src/backend/utils/misc/guc_tables.c.
  static let list = """
    allow_alter_system 17- bool
    allow_in_place_tablespaces - bool
    allow_system_table_mods - bool
    application_name - text
    archive_timeout - integer 0 1073741823 s
    array_nulls - bool
    authentication_timeout - integer 1 600 s
    autovacuum - bool
    autovacuum_analyze_scale_factor - real 0 100
    autovacuum_analyze_score_weight 19- real 0 10
    autovacuum_analyze_threshold - integer 0 2147483647
    autovacuum_freeze_max_age - integer 100000 2000000000
    autovacuum_freeze_score_weight 19- real 0 10
    autovacuum_max_parallel_workers 19- integer 0 1024
    autovacuum_max_workers - integer 1 262143
    autovacuum_multixact_freeze_max_age - integer 10000 2000000000
    autovacuum_multixact_freeze_score_weight 19- real 0 10
    autovacuum_naptime - integer 1 2147483 s
    autovacuum_vacuum_cost_delay - real -1 100 ms
    autovacuum_vacuum_cost_limit - integer -1 10000
    autovacuum_vacuum_insert_scale_factor - real 0 100
    autovacuum_vacuum_insert_score_weight 19- real 0 10
    autovacuum_vacuum_insert_threshold - integer -1 2147483647
    autovacuum_vacuum_max_threshold 18- integer -1 2147483647
    autovacuum_vacuum_scale_factor - real 0 100
    autovacuum_vacuum_score_weight 19- real 0 10
    autovacuum_vacuum_threshold - integer 0 2147483647
    autovacuum_work_mem - integer -1 2147483647 kB
    autovacuum_worker_slots 18- integer 1 262143
    backend_flush_after - integer 0 256 8kB
    backslash_quote - words safe_encoding on off
    backtrace_functions - text
    bgwriter_delay - integer 10 10000 ms
    bgwriter_flush_after - integer 0 256 8kB
    bgwriter_lru_maxpages - integer 0 1073741823
    bgwriter_lru_multiplier - real 0 10
    bonjour - bool
    bonjour_name - text
    bytea_output - words escape hex
    check_function_bodies - bool
    checkpoint_completion_target - real 0 1
    checkpoint_flush_after - integer 0 256 8kB
    checkpoint_warning - integer 0 2147483647 s
    client_connection_check_interval 15- integer 0 2147483647 ms
    client_encoding - text
    client_min_messages - words debug5 debug4 debug3 debug2 debug1 log notice warning error
    commit_delay - integer 0 100000
    commit_siblings - integer 0 1000
    commit_timestamp_buffers 17- integer 0 131072 8kB
    composite_type_mismatch 17-17 words error warn disabled
    compute_query_id 15- words auto regress on off
    config_file - text
    constraint_exclusion - words partition on off
    cpu_index_tuple_cost - real 0 1.79769e+308
    cpu_operator_cost - real 0 1.79769e+308
    cpu_tuple_cost - real 0 1.79769e+308
    createrole_self_grant 16- text
    cursor_tuple_fraction - real 0 1
    data_directory - text
    data_sync_retry - bool
    DateStyle - text
    db_user_namespace -16 bool
    deadlock_timeout - integer 1 2147483647 ms
    debug_discard_caches 15- integer 0 0
    debug_io_direct 16- text
    debug_logical_replication_streaming 16- words buffered immediate
    debug_parallel_query 16- words off on regress
    debug_pretty_print - bool
    debug_print_parse - bool
    debug_print_plan - bool
    debug_print_raw_parse 19- bool
    debug_print_rewritten - bool
    default_statistics_target - integer 1 10000
    default_table_access_method - text
    default_tablespace - text
    default_text_search_config - text
    default_toast_compression 15- words pglz lz4
    default_transaction_deferrable - bool
    default_transaction_isolation - words
    default_transaction_read_only - bool
    dynamic_library_path - text
    dynamic_shared_memory_type - words posix sysv mmap
    effective_cache_size - integer 1 2147483647 8kB
    effective_io_concurrency - integer 0 1000
    enable_async_append 15- bool
    enable_bitmapscan - bool
    enable_distinct_reordering 18- bool
    enable_eager_aggregate 19- bool
    enable_gathermerge - bool
    enable_group_by_reordering 17- bool
    enable_hashagg - bool
    enable_hashjoin - bool
    enable_incremental_sort - bool
    enable_indexonlyscan - bool
    enable_indexscan - bool
    enable_material - bool
    enable_memoize 15- bool
    enable_mergejoin - bool
    enable_nestloop - bool
    enable_parallel_append - bool
    enable_parallel_hash - bool
    enable_partition_pruning - bool
    enable_partitionwise_aggregate - bool
    enable_partitionwise_join - bool
    enable_presorted_aggregate 16- bool
    enable_self_join_elimination 18- bool
    enable_seqscan - bool
    enable_sort - bool
    enable_tidscan - bool
    escape_string_warning -18 bool
    event_source - text
    event_triggers 17- bool
    exit_on_error - bool
    extension_control_path 18- text
    extension_destdir -15 text
    extension_destdir 17-17 text
    external_pid_file - text
    extra_float_digits - integer -15 3
    file_copy_method 18- words copy clone
    file_extend_method 16- words posix_fallocate write_zeros
    force_parallel_mode -15 words off on regress
    from_collapse_limit - integer 1 2147483647
    geqo - bool
    geqo_effort - integer 1 10
    geqo_generations - integer 0 2147483647
    geqo_pool_size - integer 0 2147483647
    geqo_seed - real 0 1
    geqo_selection_bias - real 1.5 2
    geqo_threshold - integer 2 2147483647
    gin_fuzzy_search_limit - integer 0 2147483647
    gin_pending_list_limit - integer 64 2147483647 kB
    gss_accept_delegation 16- bool
    hash_mem_multiplier - real 1 1000
    hba_file - text
    hosts_file 19- text
    huge_page_size 15- integer 0 2147483647 kB
    huge_pages - words off on try
    icu_validation_level 16- words disabled debug5 debug4 debug3 debug2 debug1 log notice warning error
    ident_file - text
    idle_in_transaction_session_timeout - integer 0 2147483647 ms
    idle_session_timeout 15- integer 0 2147483647 ms
    ignore_checksum_failure - bool
    ignore_invalid_pages - bool
    ignore_system_indexes - bool
    IntervalStyle - words postgres postgres_verbose sql_standard iso_8601
    io_combine_limit 17-17 integer 1 32 8kB
    io_combine_limit 18- integer 1 128 8kB
    io_max_combine_limit 18- integer 1 128 8kB
    io_max_concurrency 18- integer -1 1024
    io_max_workers 19- integer 1 32
    io_method 18- words sync worker io_uring
    io_min_workers 19- integer 1 32
    io_worker_idle_timeout 19- integer 0 2147483647 ms
    io_worker_launch_interval 19- integer 0 2147483647 ms
    io_workers 18-18 integer 1 32
    jit - bool
    jit_above_cost - real -1 1.79769e+308
    jit_debugging_support - bool
    jit_dump_bitcode - bool
    jit_expressions - bool
    jit_inline_above_cost - real -1 1.79769e+308
    jit_optimize_above_cost - real -1 1.79769e+308
    jit_profiling_support - bool
    jit_provider - text
    jit_tuple_deforming - bool
    join_collapse_limit - integer 1 2147483647
    krb_caseins_users - bool
    krb_server_keyfile - text
    lc_messages - text
    lc_monetary - text
    lc_numeric - text
    lc_time - text
    lo_compat_privileges - bool
    local_preload_libraries - text
    lock_timeout - integer 0 2147483647 ms
    log_autoanalyze_min_duration 19- integer -1 2147483647 ms
    log_autovacuum_min_duration - integer -1 2147483647 ms
    log_checkpoints - bool
    log_connections -17 bool
    log_connections 18- text
    log_destination - text
    log_directory - text
    log_disconnections - bool
    log_duration - bool
    log_error_verbosity - words terse default verbose
    log_executor_stats - bool
    log_file_mode - integer 0 511
    log_filename - text
    log_hostname - bool
    log_line_prefix - text
    log_lock_failures 18- bool
    log_lock_waits - bool
    log_min_duration_sample - integer -1 2147483647 ms
    log_min_duration_statement - integer -1 2147483647 ms
    log_min_error_statement - words debug5 debug4 debug3 debug2 debug1 info notice warning error log fatal panic
    log_min_messages -18 words debug5 debug4 debug3 debug2 debug1 info notice warning error log fatal panic
    log_min_messages 19- text
    log_parameter_max_length - integer -1 1073741823 B
    log_parameter_max_length_on_error - integer -1 1073741823 B
    log_parser_stats - bool
    log_planner_stats - bool
    log_recovery_conflict_waits 15- bool
    log_replication_commands - bool
    log_rotation_age - integer 0 35791394 min
    log_rotation_size -17 integer 0 2097151 kB
    log_rotation_size 18- integer 0 2147483647 kB
    log_startup_progress_interval 15- integer 0 2147483647 ms
    log_statement - words none ddl mod all
    log_statement_sample_rate - real 0 1
    log_statement_stats - bool
    log_temp_files - integer -1 2147483647 kB
    log_timezone - text
    log_transaction_sample_rate - real 0 1
    log_truncate_on_rotation - bool
    logging_collector - bool
    maintenance_io_concurrency - integer 0 1000
    maintenance_work_mem -16 integer 1024 2147483647 kB
    maintenance_work_mem 17- integer 64 2147483647 kB
    max_files_per_process - integer 64 2147483647
    max_notify_queue_pages 17- integer 64 2147483647
    max_parallel_maintenance_workers - integer 0 1024
    max_parallel_workers - integer 0 1024
    max_parallel_workers_per_gather - integer 0 1024
    max_pred_locks_per_page - integer 0 2147483647
    max_pred_locks_per_relation - integer -2147483648 2147483647
    max_pred_locks_per_transaction - integer 10 2147483647
    max_stack_depth - integer 100 2147483647 kB
    md5_password_warnings 18- bool
    min_dynamic_shared_memory 15- integer 0 2147483647 MB
    min_eager_agg_group_size 19- real 0 1.79769e+308
    min_parallel_index_scan_size - integer 0 715827882 8kB
    min_parallel_table_scan_size - integer 0 715827882 8kB
    multixact_member_buffers 17- integer 16 131072 8kB
    multixact_offset_buffers 17- integer 16 131072 8kB
    notify_buffers 17- integer 16 131072 8kB
    oauth_validator_libraries 18- text
    old_snapshot_threshold -16 integer -1 86400 min
    operator_precedence_warning -13 bool
    output_plugin_libraries 17- text
    parallel_leader_participation - bool
    parallel_setup_cost - real 0 1.79769e+308
    parallel_tuple_cost - real 0 1.79769e+308
    password_encryption - words md5 scram-sha-256
    password_expiration_warning_threshold 19- integer 0 2147483647 s
    plan_cache_mode - words auto force_generic_plan force_custom_plan
    post_auth_delay - integer 0 2147 s
    pre_auth_delay - integer 0 60 s
    quote_all_identifiers - bool
    random_page_cost - real 0 1.79769e+308
    recovery_init_sync_method 15- words fsync syncfs
    recovery_prefetch 15- words off on try
    recursive_worktable_factor 15- real 0.001 1000000
    remove_temp_files_after_crash 15- bool
    restart_after_crash - bool
    restrict_nonsystem_relation_kind - text
    row_security - bool
    scram_iterations 16- integer 1 2147483647
    search_path - text
    send_abort_for_crash 16- bool
    send_abort_for_kill 16- bool
    seq_page_cost - real 0 1.79769e+308
    serializable_buffers 17- integer 16 131072 8kB
    session_preload_libraries - text
    session_replication_role - words origin replica local
    shared_buffers - integer 16 1073741823 8kB
    shared_memory_type - words sysv mmap
    ssl - bool
    ssl_ca_file - text
    ssl_cert_file - text
    ssl_ciphers - text
    ssl_crl_dir 15- text
    ssl_crl_file - text
    ssl_dh_params_file - text
    ssl_ecdh_curve -17 text
    ssl_groups 18- text
    ssl_key_file - text
    ssl_max_protocol_version - words
    ssl_min_protocol_version - words TLSv1 TLSv1.1 TLSv1.2 TLSv1.3
    ssl_passphrase_command - text
    ssl_passphrase_command_supports_reload - bool
    ssl_prefer_server_ciphers - bool
    ssl_sni 19- bool
    ssl_tls13_ciphers 18- text
    standard_conforming_strings - bool
    statement_timeout - integer 0 2147483647 ms
    stats_fetch_consistency 15- words none cache snapshot
    stats_temp_directory -13 text
    subtransaction_buffers 17- integer 0 131072 8kB
    synchronize_seqscans - bool
    syslog_facility - words local0 local1 local2 local3 local4 local5 local6 local7
    syslog_ident - text
    syslog_sequence_numbers - bool
    syslog_split_messages - bool
    tcp_keepalives_count - integer 0 2147483647
    tcp_keepalives_idle - integer 0 2147483647 s
    tcp_keepalives_interval - integer 0 2147483647 s
    tcp_user_timeout - integer 0 2147483647 ms
    temp_buffers - integer 100 1073741823 8kB
    temp_file_limit - integer -1 2147483647 kB
    temp_tablespaces - text
    TimeZone - text
    timezone_abbreviations - text
    timing_clock_source 19- words auto system tsc
    trace_connection_negotiation 17- bool
    trace_notify - bool
    trace_recovery_messages -16 words debug5 debug4 debug3 debug2 debug1 log notice warning error
    trace_sort - bool
    track_activities - bool
    track_activity_query_size - integer 100 1048576 B
    track_cost_delay_timing 18- bool
    track_counts - bool
    track_functions - words none pl all
    track_io_timing - bool
    track_wal_io_timing 15- bool
    transaction_buffers 17- integer 0 131072 8kB
    transaction_deferrable - bool
    transaction_isolation - words
    transaction_read_only - bool
    transaction_timeout 17- integer 0 2147483647 ms
    transform_null_equals - bool
    unix_socket_directories - text
    unix_socket_group - text
    unix_socket_permissions - integer 0 511
    update_process_title - bool
    vacuum_buffer_usage_limit 16- integer 0 16777216 kB
    vacuum_cleanup_index_scale_factor -13 real 0 10000000000
    vacuum_cost_delay - real 0 100 ms
    vacuum_cost_limit - integer 1 10000
    vacuum_cost_page_dirty - integer 0 10000
    vacuum_cost_page_hit - integer 0 10000
    vacuum_cost_page_miss - integer 0 10000
    vacuum_failsafe_age 15- integer 0 2100000000
    vacuum_freeze_min_age - integer 0 1000000000
    vacuum_freeze_table_age - integer 0 2000000000
    vacuum_max_eager_freeze_failure_rate 18- real 0 1
    vacuum_multixact_failsafe_age 15- integer 0 2100000000
    vacuum_multixact_freeze_min_age - integer 0 1000000000
    vacuum_multixact_freeze_table_age - integer 0 2000000000
    vacuum_truncate 18- bool
    wal_buffers - integer -1 262143 8kB
    wal_compression -13 bool
    wal_compression 15- words pglz lz4 zstd on off
    wal_consistency_checking - text
    wal_decode_buffer_size 15- integer 65536 1073741823 B
    wal_sender_shutdown_timeout 19- integer -1 2147483647 ms
    wal_skip_threshold - integer 0 2147483647 kB
    wal_sync_method - words fsync fdatasync open_sync open_datasync
    wal_writer_delay - integer 1 10000 ms
    wal_writer_flush_after - integer 0 2147483647 8kB
    work_mem - integer 64 2147483647 kB
    xmlbinary - words base64 hex
    xmloption - words content document
    zero_damaged_pages - bool
    """
}
