import ByteReading
import Evidence
import PostgresFormat

extension EvidenceReader {
  /// PG_VERSION and the control file; a disagreement between them is a problem, and PG_VERSION wins.
  func readIdentity(into evidence: inout Evidence, versionFromFile: ServerVersion?) {
    if let (bytes, modifiedAt) = bytes(
      "PG_VERSION", limit: VersionFile.fileSizeLimit, subject: "version_file", required: true, into: &evidence)
    {
      let text = SecretRedaction.excerpt(bytes.prefix { $0 != UInt8(ascii: "\n") }, limit: VersionFile.fileSizeLimit)
      evidence.versionFile = Located(text, path: "PG_VERSION", modifiedAt: modifiedAt)
      if versionFromFile == nil {
        let error = FormatError(
          .badSyntax, at: 0, field: "major version", expected: "9.6 or 10 to 19", found: "\"\(text.prefix(20))\"")
        evidence.problems.append(Problem(error, subject: "version_file", path: "PG_VERSION"))
      }
    }
    evidence.version = versionFromFile
    readControlFile(into: &evidence)
    guard let control = evidence.control?.value else { return }
    if evidence.version == nil, control.checksumMatches { evidence.version = control.layout }
  }

  private func readControlFile(into evidence: inout Evidence) {
    let version = evidence.version
    // A running server rewrites the file in one call; a reader can, rarely, see half of the old one: look again.
    for attempt in 1...3 {
      let problemsBefore = evidence.problems.count
      let control = decoded(
        "global/pg_control", limit: ControlFile.fileSizeLimit, subject: "control_file", required: true, into: &evidence
      ) { (bytes) throws(FormatError) in try ControlFile(parsing: bytes, version: version) }
      evidence.control = control
      if let control, control.value.checksumMatches { return }
      if attempt < 3 { evidence.problems.removeLast(evidence.problems.count - problemsBefore) }
    }
    if let control = evidence.control, let error = control.value.checksumError {
      evidence.problems.append(Problem(error, subject: "control_file", path: control.path))
    }
  }

  /// Timeline histories in the WAL folder, the newest of them, until they have more entries than are kept.
  func readTimelines(into evidence: inout Evidence, entryLimit: Int = Evidence.historyEntryLimit) {
    let folder = evidence.walFolder
    var timelines: [TimelineID] = []
    do throws(FileError) {
      try unsafe storage.forEachName(in: directory + "/" + folder, limit: FolderScan.defaultLimit) { name, _ in
        guard case .history(let timeline, suffix: "") = unsafe ArchiveEntryName(name) else { return }
        timelines.append(timeline)
      }
    } catch {
      evidence.problems.append(Problem(error, subject: "wal", path: folder))
      return
    }
    timelines.sort()
    var entryCount = 0
    for timeline in timelines.suffix(Evidence.timelineLimit).reversed() {
      let name = timeline.hex + ".history"
      guard entryCount <= entryLimit else {
        let message = "histories from \(name) back were not read: there are too many entries"
        evidence.problems.append(
          Problem(subject: "timeline_history", path: folder, cause: .other(code: "too_many", message: message)))
        break
      }
      let history = decoded(
        folder + "/" + name, limit: TimelineHistory.fileSizeLimit, subject: "timeline_history", required: true,
        into: &evidence
      ) { (bytes) throws(FormatError) in try TimelineHistory(parsing: bytes, timeline: timeline) }
      guard let history else { continue }
      evidence.timelines.append(history)
      entryCount += history.value.ancestors.count + 1
    }
    evidence.timelines.reverse()
  }
}

extension Evidence {
  /// The folder of the write-ahead log: by the version, which settles its name.
  var walFolder: String { version?.walDirectoryName ?? "pg_wal" }
}
