import ByteReading
import Evidence
import PostgresFormat

extension EvidenceReader {
  /// The files in the directory's root that decide what the next start does.
  func readStartFiles(into evidence: inout Evidence) {
    /// `otherwise` is what holds where the system does not say.
    func exists(_ name: String, otherwise: Bool) -> Bool { (try? storage.exists(directory + "/" + name)) ?? otherwise }
    evidence.startFiles.standbySignal = signal("standby.signal", into: &evidence)
    evidence.startFiles.recoverySignal = signal("recovery.signal", into: &evidence)
    evidence.startFiles.recoveryConf = signal("recovery.conf", into: &evidence)
    evidence.startFiles.recoveryDone = exists("recovery.done", otherwise: false)
    evidence.startFiles.backupLabelOld = exists("backup_label.old", otherwise: false)
    evidence.startFiles.backupLabelPresent = exists("backup_label", otherwise: true)
    evidence.startFiles.postmasterPIDPresent = exists("postmaster.pid", otherwise: true)

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
    evidence.startFiles.postmasterAlive = lock.flatMap {
      // Whose archive has the file of a server, that one may run where it was made.
      storage.mayHaveServers ? PostmasterProcess.isAlive($0.value, on: directory) : nil
    }
    evidence.startFiles.postmasterOptions =
      decoded(
        "postmaster.opts", limit: PostmasterOptions.fileSizeLimit, subject: "postmaster_opts", into: &evidence
      ) { (bytes) throws(FormatError) in try PostmasterOptions(parsing: bytes) }?.value
    readWholeness(into: &evidence)
  }

  /// Where the system does not say, that is a problem by which the node's role is open.
  private func signal(_ name: String, into evidence: inout Evidence) -> Bool {
    do throws(FileError) { return try storage.exists(directory + "/" + name) } catch {
      evidence.problems.append(Problem(error, subject: Problem.startFile, path: name))
      return false
    }
  }

  /// What says whether this is a whole data directory, in the state in which a server takes it.
  private func readWholeness(into evidence: inout Evidence) {
    // Those of an archive's folder are for whoever unpacks it to choose.
    evidence.startFiles.permissions = storage.mayHaveServers ? (try? storage.status(directory))?.permissions : nil
    let missing = Self.neededAtStart.filter(isMissing)
    evidence.startFiles.missing =
      missing + missingPages(into: &evidence).filter { !missing.contains($0.folder) }.map { $0.path }
    for folder in Self.neededAtStart where !Self.files.contains(folder) {
      guard let kind = try? storage.status(directory + "/" + folder).kind, kind != .directory else { continue }
      let error = FileError(path: folder, reason: .notDirectory(kind))
      evidence.problems.append(Problem(error, subject: Problem.startFolder, path: folder))
    }
    let authentication = try? storage.wholeFile(
      directory + "/pg_hba.conf", limit: HostBasedAuthentication.fileSizeLimit)
    evidence.startFiles.plainAuthentication = authentication.map {
      HostBasedAuthentication.isPlain(String(decoding: $0, as: UTF8.self))
    }
  }

  /// A link that leads nowhere is as good as nothing; those of an archive lead to what is not in it.
  private func isMissing(_ name: String) -> Bool {
    let path = directory + "/" + name
    return storage.mayHaveServers ? (try? storage.exists(path)) == false : storage.isGone(path)
  }

  /// The files of the pages that are written to next, where they are not there or end before.
  private func missingPages(into evidence: inout Evidence) -> [StatusPage] {
    guard let version = evidence.version, let checkpoint = evidence.control?.value.checkpoint else { return [] }
    var missing: [StatusPage] = []
    for page in checkpoint.pagesWrittenNext(version) {
      do throws(FileError) {
        let status = try storage.status(directory + "/" + page.path)
        if status.kind != .regular || status.size < page.end { missing.append(page) }
      } catch {
        if isMissing(page.path) { missing.append(page) }
        if !error.isMissing {
          evidence.problems.append(Problem(error, subject: Problem.startFolder, path: page.path))
        }
      }
    }
    return missing
  }

  /// Of those below, what is no folder.
  private static let files: Set<String> = ["global/pg_filenode.map", "pg_hba.conf"]

  /// What initdb makes and a start goes without only in some cases, or never. pg_replslot, the WAL and the control file are asked for
  /// by themselves.
  private static let neededAtStart = [
    "base", "base/1", "global/pg_filenode.map", "pg_commit_ts", "pg_dynshmem", "pg_hba.conf", "pg_logical",
    "pg_logical/mappings", "pg_logical/snapshots",
    "pg_multixact/members", "pg_multixact/offsets", "pg_notify", "pg_stat", "pg_stat_tmp", "pg_subtrans", "pg_tblspc",
    "pg_twophase", "pg_xact",
  ]
}
