import Evidence
import PostgresFormat

// What happened in WAL that was read.

extension WALStretch: DocumentObject {
  static var blank: Self { WALStretch(from: .none, to: .none, activity: WALActivity()) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("from", &from)
    try members.required("to", &to)
    try members.required("activity", &activity)
  }
}

extension WALActivity: DocumentObject {
  static var blank: Self { WALActivity() }

  mutating func exchange(_ members: inout Members) throws {
    try members.optional("from", &from)
    try members.optional("to", &to)
    try members.required("record_count", &recordCount)
    try members.required("record_bytes", &recordBytes)
    try members.optional("next_xid", &nextXID)
    try members.required("databases", &databases)
    try members.required("running_transactions", &runningTransactions)
    try members.required("running_transactions_thinned", &runningTransactionsThinned)
    try members.required("catalog_cleanups", &catalogCleanups)
    try members.required("timeline_changes", &timelineChanges)
    try members.required("checkpoints", &checkpoints)
    try members.optional("oid_counters", &oidCounters)
    try members.required("parameter_changes", &parameterChanges)
    try members.required("logical_decoding_changes", &logicalDecodingChanges)
    try members.required("database_changes", &databaseChanges)
    try members.optional("tablespaces_made", &tablespacesMade)
    try members.optional("origins_set", &originsSet)
    try members.required("open_prepared_transactions", &openPreparedTransactions)
    try members.optional("prepared_rollbacks", &preparedRollbacks)
    try members.optional("prepared_rollbacks_from", &preparedRollbacksFrom)
    try members.required("open_transactions", &openTransactions)
    try members.required("open_transaction_count", &openTransactionCount)
    try members.required("events_omitted", &eventsOmitted)
    try members.required("relations_complete", &relationsComplete)
  }
}

extension DatabaseActivity: DocumentObject {
  static var blank: Self { DatabaseActivity(database: nil) }

  mutating func exchange(_ members: inout Members) throws {
    try members.optional("database", &database)
    try members.required("commit_count", &commitCount)
    try members.required("commits", &commits)
    try members.required("earlier", &earlier)
    try members.required("message_count", &messageCount)
    try members.required("messages", &messages)
  }
}

extension CommitEvent: DocumentObject {
  static var blank: Self { CommitEvent(xid: .none, start: .none, end: .none, time: .blank) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("xid", &xid)
    try members.required("start", &start)
    try members.required("end", &end)
    try members.required("time", &time)
    try members.optional("origin_id", &originID)
    try members.optional("origin_lsn", &originLSN)
    try members.required("is_two_phase", &isTwoPhase)
    try members.optional("gid", &gid)
    try members.optional("prepared_at", &preparedAt)
    try members.required("changes_catalogs", &changesCatalogs)
    try members.optional("changes_publications", &changesPublications)
    try members.required("bytes", &bytes)
    try members.required("relations", &relations)
    try members.required("truncated", &truncated)
    try members.required("relations_complete", &relationsComplete)
  }
}

extension CommitBucket: DocumentObject {
  static var blank: Self { CommitBucket(first: .none, last: .none, commits: 0, rows: 0, bytes: 0) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("first", &first)
    try members.required("last", &last)
    try members.required("commits", &commits)
    try members.required("rows", &rows)
    try members.required("bytes", &bytes)
  }
}

extension RelationChanges: DocumentObject {
  static var blank: Self { RelationChanges(relation: .blank) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("relation", &relation)
    try members.required("inserts", &inserts)
    try members.required("updates", &updates)
    try members.required("deletes", &deletes)
    try members.required("is_toast", &isToast)
  }
}

extension RelationLocator: DocumentObject {
  static var blank: Self { RelationLocator(tablespace: .none, database: .none, number: 0) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("tablespace", &tablespace)
    try members.required("database", &database)
    try members.required("number", &number)
  }
}

extension RunningTransactionsEvent: DocumentObject {
  static var blank: Self {
    RunningTransactionsEvent(
      lsn: .none, end: .none, nextXID: .none, oldestRunningXID: .none, runningCount: 0)
  }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("lsn", &lsn)
    try members.required("end", &end)
    try members.required("next_xid", &nextXID)
    try members.required("oldest_running_xid", &oldestRunningXID)
    try members.required("running_count", &runningCount)
  }
}

extension CatalogCleanup: DocumentObject {
  static var blank: Self { CatalogCleanup(database: .none, first: .none, last: .none, horizon: .none, count: 0) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("database", &database)
    try members.required("first", &first)
    try members.required("last", &last)
    try members.required("horizon", &horizon)
    try members.required("count", &count)
  }
}

extension TimelineChange: DocumentObject {
  static var blank: Self {
    TimelineChange(
      lsn: .none, kind: .checkpoint, timeline: .blank, previousTimeline: .blank, time: .blank)
  }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("lsn", &lsn)
    try members.required("kind", &kind)
    try members.required("timeline", &timeline)
    try members.required("previous_timeline", &previousTimeline)
    try members.required("time", &time)
  }
}

extension CheckpointEvent: DocumentObject {
  static var blank: Self {
    CheckpointEvent(
      lsn: .none, redo: .none, isShutdown: false, timeline: .blank, time: .blank, nextXID: .blank, walLevel: nil,
      logicalDecodingEnabled: nil)
  }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("lsn", &lsn)
    try members.required("redo", &redo)
    try members.required("is_shutdown", &isShutdown)
    try members.required("timeline", &timeline)
    try members.required("time", &time)
    try members.required("next_xid", &nextXID)
    try members.optional("wal_level", &walLevel)
    try members.optional("logical_decoding_enabled", &logicalDecodingEnabled)
  }
}

extension OIDCounterEvent: DocumentObject {
  static var blank: Self { OIDCounterEvent(lsn: .none, nextOID: .none) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("lsn", &lsn)
    try members.required("next_oid", &nextOID)
  }
}

extension ParameterChangeEvent: DocumentObject {
  static var blank: Self { ParameterChangeEvent(lsn: .none, parameters: .blank) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("lsn", &lsn)
    try members.required("parameters", &parameters)
  }
}

extension ParameterChange: DocumentObject {
  static var blank: Self { ParameterChange() }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("max_connections", &maxConnections)
    try members.required("max_worker_processes", &maxWorkerProcesses)
    try members.optional("max_wal_senders", &maxWALSenders)
    try members.required("max_prepared_transactions", &maxPreparedTransactions)
    try members.required("max_locks_per_transaction", &maxLocksPerTransaction)
    try members.required("wal_level", &walLevel)
    try members.required("wal_log_hints", &walLogHints)
    try members.required("track_commit_timestamp", &trackCommitTimestamp)
  }
}

extension LogicalDecodingChange: DocumentObject {
  static var blank: Self { LogicalDecodingChange(lsn: .none, isEnabled: false) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("lsn", &lsn)
    try members.required("is_enabled", &isEnabled)
  }
}

extension DatabaseChange: DocumentObject {
  static var blank: Self { DatabaseChange(lsn: .none, database: .none, operation: .create) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("lsn", &lsn)
    try members.required("database", &database)
    try members.required("operation", &operation)
  }
}

extension TablespaceMade: DocumentObject {
  static var blank: Self { TablespaceMade(lsn: .none, tablespace: .none, path: "") }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("lsn", &lsn)
    try members.required("tablespace", &tablespace)
    try members.required("path", &path)
  }
}

extension OpenPreparedTransaction: DocumentObject {
  static var blank: Self {
    OpenPreparedTransaction(
      xid: .none, gid: "", database: .none, start: .none, end: .none, time: .blank, bytes: 0, relations: [])
  }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("xid", &xid)
    try members.required("gid", &gid)
    try members.required("database", &database)
    try members.required("start", &start)
    try members.required("end", &end)
    try members.required("time", &time)
    try members.required("bytes", &bytes)
    try members.required("relations", &relations)
  }
}

extension PreparedRollback: DocumentObject {
  static var blank: Self { PreparedRollback(xid: .none, database: nil, lsn: .none) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("xid", &xid)
    try members.optional("database", &database)
    try members.required("lsn", &lsn)
    try members.optional("prepared_at", &preparedAt)
  }
}

extension OpenTransaction: DocumentObject {
  static var blank: Self { OpenTransaction(xid: .none, first: .none, bytes: 0) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("xid", &xid)
    try members.required("first", &first)
    try members.required("bytes", &bytes)
  }
}
