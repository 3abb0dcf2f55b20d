import Evidence
import PostgresFormat

// What a start reads, and what lies in the folders by size.

extension StartRecord: DocumentObject {
  static var blank: Self { StartRecord(lsn: .none) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("lsn", &lsn)
    try members.optional("stop", &stop)
    try members.required("is_checkpoint", &isCheckpoint)
    try members.required("is_redo_mark", &isRedoMark)
  }
}

extension ReplayEvidence: DocumentObject {
  static var blank: Self { ReplayEvidence(from: .none) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("from", &from)
    try members.required("ended_backups", &endedBackups)
    try members.required("restore_points", &restorePoints)
    try members.required("parameter_changes", &parameterChanges)
    try members.required("most_prepared", &mostPrepared)
    try members.required("prepared", &prepared)
    try members.optional("running", &running)
    try members.optional("next_xid", &nextXID)
  }
}

extension PreparedInWAL: DocumentObject {
  static var blank: Self { PreparedInWAL(xid: .none, gid: "") }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("xid", &xid)
    try members.required("gid", &gid)
  }
}

extension RunningNow: DocumentObject {
  static var blank: Self { RunningNow(lsn: .none, oldestRunningXID: .none, count: 0, xids: []) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("lsn", &lsn)
    try members.required("oldest_running_xid", &oldestRunningXID)
    try members.required("count", &count)
    try members.required("xids", &xids)
  }
}

extension TransactionTrace: DocumentObject {
  static var blank: Self { TransactionTrace(xid: .none) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("xid", &xid)
    try members.optional("first", &first)
    try members.optional("relation", &relation)
    try members.optional("relation_name", &relationName)
    try members.optional("after", &after)
  }
}

extension WALFolderContents: DocumentObject {
  static var blank: Self { WALFolderContents() }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("live_bytes", &liveBytes)
    try members.required("spare_bytes", &spareBytes)
    try members.required("partial_bytes", &partialBytes)
    try members.required("foreign_bytes", &foreignBytes)
    try members.required("history_bytes", &historyBytes)
    try members.required("status_bytes", &statusBytes)
    try members.required("summary_bytes", &summaryBytes)
    try members.required("stray_bytes", &strayBytes)
    try members.required("stray_count", &strayCount)
    try members.required("strays", &strays)
    try members.required("irregular", &irregular)
    try members.required("is_incomplete", &isIncomplete)
  }
}

extension WALFolderContents.Stray: DocumentObject {
  static var blank: Self { WALFolderContents.Stray(path: "", bytes: 0, kind: .stays) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("path", &path)
    try members.required("bytes", &bytes)
    try members.required("kind", &kind)
  }
}

extension WALFolderContents.Stray.Kind: DocumentValue {}

extension WALFolderContents.IrregularSegment: DocumentObject {
  static var blank: Self { WALFolderContents.IrregularSegment(timeline: .blank, number: .blank, bytes: 0) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("timeline", &timeline)
    try members.required("number", &number)
    try members.required("bytes", &bytes)
  }
}

extension ArchiveQueue: DocumentObject {
  static var blank: Self { ArchiveQueue() }

  mutating func exchange(_ members: inout Members) throws {
    try members.optional("first", &first)
    try members.optional("since", &since)
    try members.optional("orphan", &orphan)
    try members.required("orphan_count", &orphanCount)
  }
}

extension PublicationEvidence: DocumentObject {
  static var blank: Self { PublicationEvidence(database: .none, name: "", insertedBy: nil) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("database", &database)
    try members.required("name", &name)
    try members.optional("inserted_by", &insertedBy)
    try members.optional("since", &since)
  }
}

extension LogicalFiles: DocumentObject {
  static var blank: Self { LogicalFiles() }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("snapshot_count", &snapshotCount)
    try members.required("snapshot_bytes", &snapshotBytes)
    try members.required("mapping_count", &mappingCount)
    try members.required("mapping_bytes", &mappingBytes)
  }
}
