import Evidence
import PostgresFormat

/// Whether a directory is whole and as its server left it, and what of it is not looked at.
extension ServerStart {
  /// `checkDataDir` in src/backend/utils/init/miscinit.c: 0700, from 11 on 0750 as well.
  func permissions() -> StartupObstacle? {
    guard let mode = evidence.startFiles.permissions else { return nil }
    let directory = serverPath("").dropLast()
    let allowsGroup = version >= .v11
    guard mode & (allowsGroup ? 0o027 : 0o077) != 0 else { return nil }
    return StartupObstacle(
      .fatal,
      "data directory \"\(directory)\" has " + (allowsGroup ? "invalid permissions" : "group or world access"),
      details: ["Permissions should be u=rwx (0700)" + (allowsGroup ? " or u=rwx,g=rx (0750)." : ".")], path: ".")
  }

  /// A folder that every start opens.
  func folder(_ name: String) -> StartupObstacle? {
    let isOther = problem(Problem.startFolder, path: name) != nil
    guard isMissing(name) || isOther else { return nil }
    let words = isOther ? "Not a directory" : "No such file or directory"
    return StartupObstacle(.fatal, "could not open directory \"\(name)\": \(words)", path: name)
  }

  /// pg_hba.conf in its usual place.
  func authentication() -> StartupObstacle? {
    guard settingsAreKnown, (settings.text("hba_file") ?? "").isEmpty, isMissing("pg_hba.conf") else { return nil }
    let file = version >= .v16 ? serverPath("pg_hba.conf") : "pg_hba.conf"
    return StartupObstacle(.fatal, "could not load \(file)", path: "pg_hba.conf")
  }

  private func isMissing(_ name: String) -> Bool { evidence.startFiles.missing?.contains(name) == true }

  /// WAL is replayed (`InRecovery`).
  var replays: Bool {
    isArchiveRecovery || evidence.startFiles.backupLabelPresent || evidence.control?.value.state != .shutDown
  }

  /// Recovery ends with a checkpoint that must succeed, as after a crash.
  private var endsWithCheckpoint: Bool { replays && !isArchiveRecovery }

  /// Before replay the tables that are not logged are emptied, in every tablespace (`ResetUnloggedRelations`).
  func unloggedTables() -> StartupObstacle? { replays ? folder("pg_tblspc") : nil }

  /// Links followed by a copy: refused once recovery of a backup or a standby is consistent (`CheckTablespaceDirectory`).
  func tablespaceLinks() -> StartupObstacle? {
    guard isArchiveRecovery || evidence.startFiles.backupLabelPresent,
      let path = problem(Problem.tablespaceInPlace)?.path, let name = path.split(separator: "/").last
    else { return nil }
    return StartupObstacle(
      .panic, "unexpected directory entry \"\(name)\" found in pg_tblspc", path: path,
      onlyIf: version < .v15 ? "if this minor release looks for it" : nil,
      remedy: "Move \(path) elsewhere and make a link to it in its place.")
  }

  /// The pages that are written to next are read (`TrimMultiXact`, `TrimCLOG`), but for a page that begins there.
  func commitLogs() -> StartupObstacle? {
    guard !isArchiveRecovery, let checkpoint = evidence.control?.value.checkpoint else { return nil }
    let multis = ["pg_multixact", "pg_multixact/offsets"].first(where: isMissing)
    let multisOnPage: UInt32 = 2048
    if version <= .v18, let multis, checkpoint.nextMulti % multisOnPage != 0 {
      // Before 15 the checkpoint comes first.
      if version < .v15, endsWithCheckpoint {
        return StartupObstacle(.panic, "could not open file \"\(multis)\": No such file or directory", path: multis)
      }
      return StartupObstacle(
        .fatal, "could not access status of transaction \(checkpoint.nextMulti)", path: multis)
    }
    if let file = missingFile(in: "pg_multixact/offsets") {
      return StartupObstacle(
        .fatal, "could not access status of transaction \(checkpoint.nextMulti)", path: file,
        onlyIf: replays ? "if replay does not make its page anew" : nil)
    }
    return commitLog(checkpoint.nextXID.xid)
  }

  private func commitLog(_ next: TransactionID) -> StartupObstacle? {
    // Prepared transactions are asked about first, before 15 before replay begins.
    let prepared = evidence.preparedTransactions.map(\.value.xid)
    let asked = prepared.min { $0.precedes($1) } ?? next
    // Replay makes the page anew, which the checkpoint then cannot write where there is no folder.
    guard !replays || version < .v15 && !prepared.isEmpty,
      let missing = isMissing("pg_xact") ? "pg_xact" : missingFile(in: "pg_xact"), next.rawValue % 32768 != 0
    else { return nil }
    let words =
      version >= .v19
      ? "could not open file \"pg_xact/\(CommitLogPosition(of: asked).segmentName)\": No such file or directory"
      : "could not access status of transaction \(asked)"
    return StartupObstacle(
      .fatal, words,
      details: prepared.count > 1
        ? ["It may name another prepared transaction: they are asked about in no order."] : [], path: missing)
  }

  /// The file in a folder that has the page which is written to next, where it is not there or ends before.
  private func missingFile(in folder: String) -> String? {
    evidence.startFiles.missing?.first { $0.hasPrefix(folder + "/") }
  }

  /// What the checkpoint at the end of recovery opens or writes to.
  func foldersOfCheckpoint() -> StartupObstacle? {
    guard endsWithCheckpoint else { return nil }
    // Before 15 the start itself makes it, before it comes to subtransactions.
    var folders = ["pg_xact", "pg_logical", "pg_logical/snapshots", "pg_logical/mappings"]
    if version >= .v15 { folders.append("pg_subtrans") }
    if version >= .v19 { folders.append("pg_multixact/offsets") }
    if let missing = folders.first(where: isMissing) {
      let words =
        switch missing {
        case _ where version >= .v15: "checkpoint request failed"
        case "pg_xact": "could not access status of transaction"
        case "pg_logical": "could not open directory \"pg_logical/snapshots\": No such file or directory"
        default: "could not open directory \"\(missing)\": No such file or directory"
        }
      return StartupObstacle(.fatal, words, path: missing)
    }
    let synced = ["pg_commit_ts", "pg_multixact/members"]
    guard version >= .v13, let missing = synced.first(where: isMissing) else { return nil }
    return StartupObstacle(.panic, "could not open file \"\(missing)\": No such file or directory", path: missing)
  }

  /// Where commit times are not tracked, what is left of them is removed (`DeactivateCommitTs`).
  func commitTimes() -> StartupObstacle? {
    guard !isArchiveRecovery, settingsAreKnown, settings.bool("track_commit_timestamp") == false else { return nil }
    return folder("pg_commit_ts")
  }

  /// What may stop a start and is not looked at, in a few words each.
  var notLookedAt: [String] {
    var open: [String] = []
    if let mode = evidence.startFiles.permissions, mode & 0o700 != 0o700 {
      open.append("what the server's user may do in its directory (mode 0\(String(mode, radix: 8)))")
    }
    let missing = missingFolders
    if !missing.isEmpty { open.append("what a start needs of the folders that are missing (\(Self.listed(missing)))") }
    // Where it is missing a start says so; else it could not be read.
    let mayBeRead = evidence.startFiles.missing.map { !$0.contains("pg_hba.conf") } ?? false
    if let isPlain = evidence.startFiles.plainAuthentication ?? (mayBeRead ? false : nil), !isPlain {
      open.append("pg_hba.conf")
    }
    if let openLibraries { open.append(openLibraries) }
    let names = unknownValues
    if !names.isEmpty { open.append("the value\(names.count == 1 ? "" : "s") of \(Self.listed(names))") }
    return open
  }

  /// What an initdb makes, no start makes anew and is not here.
  var missingFolders: [String] { evidence.missingFolders }

  /// Settings whose values a start may refuse or not.
  private var unknownValues: [String] {
    let assignments = evidence.settings.assignments
    let last = Dictionary(assignments.indices.map { (assignments[$0].name, $0) }, uniquingKeysWith: { $1 })
    return assignments.indices.filter { last[assignments[$0].name] == $0 }.map { assignments[$0] }.filter {
      $0.name != "shared_preload_libraries"
        && SettingSyntax.answer(name: $0.name, value: $0.value, version: version) == .unknown
    }.map(\.name)
  }

  static func listed(_ names: [String]) -> String {
    names.prefix(6).joined(separator: ", ") + (names.count > 6 ? " and \(names.count - 6) more" : "")
  }
}

extension Evidence {
  /// A directory that was cut down for reading, and says nothing of the start of the server that it was taken from.
  package var isExcerpt: Bool { leftOutOfExcerpt != nil }

  /// What shows that: even an empty cluster has `base/1`, its template1, and damage takes away a few folders at most.
  var leftOutOfExcerpt: String? {
    guard filesAreKnown, let missing = startFiles.missing else { return nil }
    if missing.contains("base") || missing.contains("base/1") { return "base/1" }
    return missing.count > Self.lostByDamage ? missingFolders.first : nil
  }

  /// What an initdb makes, no start makes anew and is not here.
  fileprivate var missingFolders: [String] { startFiles.missing?.filter { !Self.unneeded.contains($0) } ?? [] }

  /// Those that a start makes anew or goes without, and pg_hba.conf, which has its own answer.
  private static let unneeded: Set<String> = ["pg_hba.conf", "pg_dynshmem", "pg_stat", "pg_stat_tmp"]

  /// A folder, and those within it (pg_multixact, pg_logical).
  private static let lostByDamage = 4

  /// What a start reads, beside the slots, the control file and the WAL, and the operating system did not let be read here.
  var unreadByStart: Problem? {
    problems.first {
      if case .format = $0.cause { return false }
      return [
        "replication_origins", "prepared_transaction", "tablespaces", "version_file", "tablespace_map",
        Problem.startFolder,
      ].contains($0.subject)
    }
  }
}
