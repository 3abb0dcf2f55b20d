import ByteReading
import Evidence
import PostgresFormat

extension EvidenceReader {
  /// The files in the directory's root that decide what the next start does.
  func readStartFiles(into evidence: inout Evidence) {
    func exists(_ name: String) -> Bool { (try? FileStatus(path: directory + "/" + name)) != nil }
    evidence.startFiles.standbySignal = exists("standby.signal")
    evidence.startFiles.recoverySignal = exists("recovery.signal")
    evidence.startFiles.recoveryConf = exists("recovery.conf")
    evidence.startFiles.recoveryDone = exists("recovery.done")
    evidence.startFiles.backupLabelOld = exists("backup_label.old")
    evidence.startFiles.backupLabelPresent = exists("backup_label")
    evidence.startFiles.postmasterPIDPresent = exists("postmaster.pid")

    evidence.startFiles.backupLabel = decoded(
      "backup_label", limit: BackupLabel.fileSizeLimit, subject: "backup_label", into: &evidence
    ) { (bytes) throws(FormatError) in try BackupLabel(parsing: bytes) }
    let map = decoded(
      "tablespace_map", limit: TablespaceMapEntry.fileSizeLimit, subject: "tablespace_map", into: &evidence
    ) { (bytes) throws(FormatError) in try TablespaceMapEntry.list(parsing: bytes) }
    evidence.startFiles.tablespaceMap = map?.value ?? []
    let lock = decoded(
      "postmaster.pid", limit: PostmasterPID.fileSizeLimit, subject: "postmaster_pid", into: &evidence
    ) { (bytes) throws(FormatError) in try PostmasterPID(parsing: bytes) }
    evidence.startFiles.postmasterPID = lock?.value
    evidence.startFiles.postmasterAlive = lock.flatMap { PostmasterProcess.isAlive($0.value, on: directory) }
    evidence.startFiles.postmasterOptions =
      decoded(
        "postmaster.opts", limit: PostmasterOptions.fileSizeLimit, subject: "postmaster_opts", into: &evidence
      ) { (bytes) throws(FormatError) in try PostmasterOptions(parsing: bytes) }?.value
  }
}
