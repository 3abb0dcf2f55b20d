import ByteReading
import Evidence
import PostgresFormat

/// Start-up checks of configuration files, settings and the directory's version.
extension ServerStart {
  private static let autoFile = "postgresql.auto.conf"

  private func containsErrors(_ path: String, _ details: [String], line: Int?, place: String) -> StartupObstacle {
    StartupObstacle(.fatal, "configuration file \"\(path)\" contains errors", details: details, path: place, line: line)
  }

  /// A main file that is missing, and lines that the grammar refuses.
  func configurationFiles() -> StartupObstacle? {
    guard let main = evidence.settings.mainFile else {
      guard let path = problem("configuration")?.path else { return nil }
      return StartupObstacle(
        .program,
        "could not access the server configuration file \"\(serverPath(path))\": No such file or directory", path: path,
        onlyIf: "if the server is not given another config_file")
    }
    let errors = evidence.settings.syntaxErrors.filter { $0.path != "recovery.conf" }
    guard let first = errors.first else { return unreadFile() }
    let lines = errors.prefix(5).map(\.message)
    let inMain = errors.first { $0.path != Self.autoFile }
    let file = inMain == nil ? Self.autoFile : serverPath(main)
    return containsErrors(file, lines, line: (inMain ?? first).line, place: (inMain ?? first).path)
  }

  /// What this user may not read, the server's may.
  private func unreadFile() -> StartupObstacle? {
    guard let problem = problem("configuration"), case .file(_, let message) = problem.cause else { return nil }
    return StartupObstacle(
      .fatal, "could not open configuration file \"\(serverPath(problem.path))\": \(message)", path: problem.path,
      onlyIf: "if the server's user may not read it either")
  }

  /// The last value of each setting, which must be one of its type, and settings that this version does not have.
  func settingValues() -> StartupObstacle? {
    for assignment in evidence.settings.assignments where assignment.origin == .commandLine {
      guard let refusal = refusal(of: assignment) else { continue }
      return StartupObstacle(.fatal, refusal, path: assignment.path)
    }
    let inFiles = evidence.settings.assignments.filter { $0.origin == .file }
    let last = Dictionary(inFiles.indices.map { (inFiles[$0].name, $0) }, uniquingKeysWith: { $1 })
    for index in inFiles.indices where last[inFiles[index].name] == index {
      let assignment = inFiles[index]
      let path = serverPath(assignment.path)
      if SettingSyntax.isOfOtherMajors(assignment.name, than: version) {
        let words =
          "unrecognized configuration parameter \"\(assignment.name)\" in file \"\(path)\" line \(assignment.line)"
        return containsErrors(path, [words], line: assignment.line, place: assignment.path)
      }
      if let refusal = refusal(of: assignment) {
        return containsErrors(path, [refusal], line: assignment.line, place: assignment.path)
      }
    }
    return nil
  }

  private func refusal(of assignment: SettingAssignment) -> String? {
    guard
      case .refused(let words) = SettingSyntax.answer(
        name: assignment.name, value: assignment.value, version: version)
    else { return nil }
    return words
  }

  /// 12 and later: at most one recovery target.
  func recoveryTargets() -> StartupObstacle? {
    guard version.has(.recoverySignals) else { return nil }
    let targets = RecoveryParameter.targets.compactMap { settings[$0] }
    let set = targets.filter { !$0.text.isEmpty }
    guard set.count > 1 || set.first.map(isEmptiedAfter) == true else { return nil }
    return StartupObstacle(
      .fatal, "multiple recovery targets specified", path: set.last?.assignment?.path, line: set.last?.assignment?.line)
  }

  /// An empty target that is read after one that is set counts beside it.
  private func isEmptiedAfter(_ target: EffectiveSettings.Setting) -> Bool {
    let names = evidence.settings.assignments.map(\.name)
    guard let place = names.lastIndex(of: target.name) else { return false }
    return names[(place + 1)...].contains { $0 != target.name && RecoveryParameter.targets.contains($0) }
  }

  func versionFile() -> StartupObstacle? {
    let directory = serverPath("").dropLast()
    let isDamaged = evidence.versionFile.map { ServerVersion(name: $0.value) == nil } ?? true
    guard isDamaged, let problem = problem("version_file") else { return nil }
    if case .file(errno: 0, _) = problem.cause { return nil }
    let detail =
      evidence.versionFile == nil
      ? "File \"\(directory)/PG_VERSION\" is missing."
      : "File \"\(directory)/PG_VERSION\" does not contain valid data."
    return StartupObstacle(
      .fatal, "\"\(directory)\" is not a valid data directory", details: [detail], path: "PG_VERSION")
  }

  /// Settings that exclude each other.
  func settingsTogether() -> StartupObstacle? {
    guard settingsAreKnown else { return nil }
    if let all = settings.integer("max_connections"), let own = settings.integer("superuser_reserved_connections"),
      version >= .v12
    {
      let other = version >= .v16 ? settings.integer("reserved_connections") ?? 0 : 0
      if own + other >= all {
        let plus = version >= .v16 ? " plus \(setting("reserved_connections")) (\(other))" : ""
        return StartupObstacle(
          .program,
          "\(setting("superuser_reserved_connections")) (\(own))\(plus) must be less than \(setting("max_connections")) (\(all))"
        )
      }
      // `InitializeMaxBackends`; the launcher and a worker of autovacuum come on top.
      let others = ["max_worker_processes", "max_wal_senders"].compactMap { settings.integer($0) }.reduce(2, +)
      if all + others > 262_143 {
        return StartupObstacle(
          .fatal, version >= .v17 ? "too many server processes configured" : "too many backends configured")
      }
    }
    guard settings.walLevel == .minimal else { return nil }
    if let mode = settings.text("archive_mode"), mode != "off" {
      return StartupObstacle(.fatal, "WAL archival cannot be enabled when \(setting("wal_level")) is \"minimal\"")
    }
    if let senders = settings.integer("max_wal_senders"), senders > 0 {
      let words =
        version >= .v17
        ? "WAL streaming (\"max_wal_senders\" > 0) requires \"wal_level\" to be \"replica\" or \"logical\""
        : "WAL streaming (max_wal_senders > 0) requires wal_level \"replica\" or \"logical\""
      return StartupObstacle(.fatal, words)
    }
    if settings.bool("summarize_wal") == true {
      return StartupObstacle(.fatal, "WAL cannot be summarized when \"wal_level\" is \"minimal\"")
    }
    return nil
  }

  /// A postmaster.pid that the server cannot make sense of. One of a running server is no obstacle to the next start.
  func lockFile() -> StartupObstacle? {
    guard evidence.startFiles.postmasterPIDPresent, evidence.startFiles.postmasterPID == nil,
      let problem = problem("postmaster_pid"), case .format(let error) = problem.cause
    else { return nil }
    // Where the file is empty there is no line at all.
    guard error.found != "the end of the file", error.code != .tooShort else {
      return StartupObstacle(.fatal, "lock file \"postmaster.pid\" is empty", path: "postmaster.pid")
    }
    return StartupObstacle(.fatal, "bogus data in lock file \"postmaster.pid\"", path: "postmaster.pid")
  }
}
