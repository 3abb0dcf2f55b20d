import Evidence
import PostgresFormat

// The configuration, and the files that decide what a start does.

extension SettingsEvidence: DocumentObject {
  static var blank: Self { SettingsEvidence() }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("assignments", &assignments)
    try members.required("recovery", &recovery)
    try members.required("has_recovery_conf", &hasRecoveryConf)
    try members.optional("main_file", &mainFile)
    try members.required("syntax_errors", &syntaxErrors)
    try members.optional("files", &files)
    try members.optional("hidden", &hidden)
    try members.optional("absent", &absent)
  }
}

extension SettingAssignment: DocumentObject {
  static var blank: Self { SettingAssignment(name: "", value: "", path: "", line: 0) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("name", &name)
    try members.required("value", &value)
    try members.required("path", &path)
    try members.required("line", &line)
    try members.required("origin", &origin)
  }
}

extension SettingsFile: DocumentObject {
  static var blank: Self { SettingsFile(path: "", modifiedAt: nil) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("path", &path)
    try members.optional("modified_at", &modifiedAt)
  }
}

extension SettingSyntaxError: DocumentObject {
  static var blank: Self { SettingSyntaxError(path: "", line: 0, message: "") }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("path", &path)
    try members.required("line", &line)
    try members.required("message", &message)
  }
}

extension StartFiles: DocumentObject {
  static var blank: Self { StartFiles() }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("standby_signal", &standbySignal)
    try members.required("recovery_signal", &recoverySignal)
    try members.required("recovery_conf", &recoveryConf)
    try members.required("recovery_done", &recoveryDone)
    try members.optional("backup_label", &backupLabel)
    try members.required("backup_label_present", &backupLabelPresent)
    try members.optional("backup_manifest", &backupManifest)
    try members.required("backup_label_old", &backupLabelOld)
    try members.required("tablespace_map", &tablespaceMap)
    try members.optional("postmaster_pid", &postmasterPID)
    try members.required("postmaster_pid_present", &postmasterPIDPresent)
    try members.optional("postmaster_alive", &postmasterAlive)
    try members.optional("postmaster_options", &postmasterOptions)
    try members.optional("permissions", &permissions)
    try members.optional("missing", &missing)
    try members.optional("plain_authentication", &plainAuthentication)
  }
}

extension BackupLabel: DocumentObject {
  static var blank: Self { BackupLabel() }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("start_lsn", &startLSN)
    try members.required("start_segment", &startSegment)
    try members.required("start_timeline", &startTimeline)
    try members.required("checkpoint_lsn", &checkpointLSN)
    try members.optional("method", &method)
    try members.optional("from", &from)
    try members.optional("start_time", &startTime)
    try members.optional("label", &label)
    try members.optional("incremental_from_lsn", &incrementalFromLSN)
    try members.optional("incremental_from_timeline", &incrementalFromTimeline)
    try members.optional("stop_lsn", &stopLSN)
    try members.optional("stop_time", &stopTime)
    try members.optional("stop_timeline", &stopTimeline)
  }
}

extension BackupManifestEvidence: DocumentObject {
  static var blank: Self {
    BackupManifestEvidence(BackupManifest(), checkedCount: 0, differenceCount: 0, differences: [])
  }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("version", &version)
    try members.optional("system_identifier", &systemIdentifier)
    try members.required("file_count", &fileCount)
    try members.required("total_bytes", &totalBytes)
    try members.required("incremental_count", &incrementalCount)
    try members.required("wal_ranges", &walRanges)
    try members.optional("checksum_matches", &checksumMatches)
    try members.required("checked_count", &checkedCount)
    try members.required("difference_count", &differenceCount)
    try members.required("differences", &differences)
  }
}

extension BackupManifest.WALRange: DocumentObject {
  static var blank: Self { BackupManifest.WALRange(timeline: TimelineID(0), start: .none, end: .none) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("timeline", &timeline)
    try members.required("start", &start)
    try members.required("end", &end)
  }
}

extension TablespaceMapEntry: DocumentObject {
  static var blank: Self { TablespaceMapEntry(oid: .none, path: "") }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("oid", &oid)
    try members.required("path", &path)
  }
}

extension PostmasterPID: DocumentObject {
  static var blank: Self { PostmasterPID() }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("pid", &pid)
    try members.optional("data_directory", &dataDirectory)
    try members.optional("start_time", &startTime)
    try members.optional("port", &port)
    try members.optional("socket_directory", &socketDirectory)
    try members.optional("listen_address", &listenAddress)
    try members.optional("status", &status)
  }
}

extension PostmasterOptions: DocumentObject {
  static var blank: Self { PostmasterOptions(program: "", arguments: []) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("program", &program)
    try members.required("arguments", &arguments)
  }
}
