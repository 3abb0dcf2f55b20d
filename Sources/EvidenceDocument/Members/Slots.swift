import Evidence
import PostgresFormat

// `pg_replslot`, or `pg_replication_slots`.

extension SlotEvidence: DocumentObject {
  static var blank: Self { SlotEvidence(directory: "", path: "", state: nil) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("directory", &directory)
    try members.required("path", &path)
    try members.optional("state", &state)
    try members.optional("modified_at", &modifiedAt)
    try members.required("spill_file_count", &spillFileCount)
    try members.required("spill_bytes", &spillBytes)
    try members.required("has_temporary_state", &hasTemporaryState)
    try members.required("temporary_state_is_directory", &temporaryStateIsDirectory)
    try members.optional("activity", &activity)
  }
}

extension SlotState: DocumentObject {
  static var blank: Self { SlotState(name: "") }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("name", &name)
    try members.required("database", &database)
    try members.required("persistency", &persistency)
    try members.required("xmin", &xmin)
    try members.required("catalog_xmin", &catalogXmin)
    try members.required("restart_lsn", &restartLSN)
    try members.optional("invalidated_at", &invalidatedAt)
    try members.optional("invalidation", &invalidation)
    try members.required("confirmed_flush", &confirmedFlush)
    try members.optional("two_phase_at", &twoPhaseAt)
    try members.optional("two_phase", &twoPhase)
    try members.required("plugin", &plugin)
    try members.optional("synced", &synced)
    try members.optional("failover", &failover)
    try members.required("file_version", &fileVersion)
    try members.required("file_length", &fileLength)
    try members.required("written_by", &writtenBy)
  }
}

extension SlotActivity: DocumentObject {
  static var blank: Self { SlotActivity() }

  mutating func exchange(_ members: inout Members) throws {
    try members.optional("is_active", &isActive)
    try members.optional("active_pid", &activePID)
    try members.optional("wal_status", &walStatus)
    try members.optional("safe_wal_size", &safeWALSize)
    try members.optional("is_conflicting", &isConflicting)
    try members.optional("inactive_since", &inactiveSince)
    try members.optional("sync_skip_reason", &syncSkipReason)
  }
}

extension SlotLeftover: DocumentObject {
  static var blank: Self { SlotLeftover(path: "", kind: .other) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("path", &path)
    try members.required("kind", &kind)
  }
}
