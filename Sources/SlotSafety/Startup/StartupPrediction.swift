package import Evidence
import PostgresFormat

/// Whether the server would start on a data directory, and what it would say if not.
///
/// The checks run in the server's own order, and the first that stops it gives the message, in the server's words for
/// that version. Only what the files prove counts: a check whose outcome depends on something else (the minor version,
/// an archive, a configuration file that is not here) leaves the answer open, and so does whatever is not looked at: the
/// libraries that are loaded at the start, values of a kind that is not known here, what a directory that lacks folders does.
/// The port, memory and the like are the machine's, of which nothing is said. A directory that lacks `base/1`, or many folders, is
/// an excerpt that was taken for reading: of what it lacks nothing is concluded, and its start is open at best.
///
/// A running server is judged for its next start: what its files would stop is told; else the answer is open, because
/// the files still change and postmaster.pid stops a second server.
package struct StartupPrediction: Sendable, Hashable {
  /// nil where the files leave it open; `message` then says what it depends on.
  package var wouldStart: Bool?
  /// `FATAL: …` or `PANIC: …` as the server's log has it; nil where it would start.
  package var message: String?
  /// Lines that the server prints before or below it: the refused line of a file, the values compared.
  package var details: [String]
  /// The file that it is about, where there is one, and the line in it.
  package var path: String?
  /// From 1.
  package var line: Int?
  /// What helps against it; nil where nothing that holds in general is known.
  package var remedy: String?

  /// nil for `wouldStart` needs a message: what it depends on.
  package init(
    wouldStart: Bool?, message: String? = nil, details: [String] = [], path: String? = nil, line: Int? = nil
  ) {
    (self.wouldStart, self.message, self.details) = (wouldStart, message, details)
    (self.path, self.line) = (path, line)
  }

  /// Reads nothing: all of it is in the evidence, and in what is known of the server's libraries.
  package static func predict(_ evidence: Evidence, libraries: InstalledLibraries? = nil) -> StartupPrediction {
    guard evidence.filesAreKnown else {
      return StartupPrediction(wouldStart: nil, message: "a server's answers do not tell how it would start")
    }
    if let obstacle = StartupObstacle.find(evidence, asWhole: !evidence.isExcerpt, libraries: libraries) {
      return StartupPrediction(wouldStart: obstacle.isCertain ? false : nil, obstacle)
    }
    guard evidence.isRunning != true else {
      return StartupPrediction(
        wouldStart: nil, StartupObstacle(.fatal, "lock file \"postmaster.pid\" already exists", path: "postmaster.pid"))
    }
    guard evidence.control != nil, evidence.version != nil, evidence.wal.path != nil else {
      return StartupPrediction(wouldStart: nil, message: "the version, the control file or the WAL could not be read")
    }
    if let problem = evidence.unlistedFolders.first ?? evidence.unread.first ?? evidence.unreadByStart {
      return StartupPrediction(wouldStart: nil, message: "\(problem.path) could not be read", path: problem.path)
    }
    if let missing = evidence.leftOutOfExcerpt {
      return StartupPrediction(
        wouldStart: nil,
        message: "this is an excerpt of a data directory (\(missing) is missing); nothing in it prevents a start",
        path: missing)
    }
    let open = ServerStart(evidence, libraries: libraries).notLookedAt
    guard open.isEmpty else {
      return StartupPrediction(
        wouldStart: nil,
        message: "nothing that was looked at prevents a start; not looked at: \(open.joined(separator: ", "))")
    }
    return StartupPrediction(wouldStart: true)
  }

  /// What would stop a start if the permissions of the directory were others; nil where nothing would for certain.
  static func besidesPermissions(_ evidence: Evidence) -> StartupPrediction? {
    let obstacle = StartupObstacle.find(evidence, asWhole: !evidence.isExcerpt, inPlace: false)
    return obstacle.flatMap { $0.isCertain ? StartupPrediction(wouldStart: false, $0) : nil }
  }

  private init(wouldStart: Bool?, _ obstacle: StartupObstacle) {
    self.init(
      wouldStart: wouldStart, message: obstacle.message, details: obstacle.details, path: obstacle.path,
      line: obstacle.line)
    remedy = obstacle.remedy
  }
}

/// One thing that stops a start, or may.
struct StartupObstacle {
  enum Severity: String {
    case fatal = "FATAL"
    case panic = "PANIC"
    /// Before the log is there: the program prints it under its own name.
    case program = "postgres"
  }

  var message: String
  var details: [String]
  var path: String?
  var line: Int?
  /// False where it depends on what the files do not tell, which the message names.
  var isCertain: Bool
  /// What helps in this very case; nil: what helps against all of its kind.
  var remedy: String?

  /// What the server would stop at; without that, the first thing that may stop it. What a directory may lack because it was
  /// copied or pruned for reading counts only where it is taken as a whole.
  /// Permissions count only where the directory itself is to be started (`inPlace`): those of a copy were made by the copying.
  static func find(
    _ evidence: Evidence, asWhole: Bool = false, inPlace: Bool = true, libraries: InstalledLibraries? = nil
  ) -> StartupObstacle? {
    let start = ServerStart(evidence, libraries: libraries)
    var open: StartupObstacle?
    for check in ServerStart.checks where check.isAsked(asWhole: asWhole, inPlace: inPlace) {
      guard var obstacle = check.find(start) else { continue }
      obstacle.remedy = obstacle.remedy ?? start.remedy(check.subject, obstacle)
      if obstacle.isCertain { return obstacle }
      open = open ?? obstacle
    }
    return open
  }

  init(
    _ severity: Severity, _ text: String, details: [String] = [], path: String? = nil, line: Int? = nil,
    onlyIf condition: String? = nil, remedy: String? = nil
  ) {
    self.remedy = remedy
    message = "\(severity.rawValue): \(text)" + (condition.map { " (only \($0))" } ?? "")
    (self.details, self.path, self.line, isCertain) = (details, path, line, condition == nil)
  }
}

/// What the checks look at.
struct ServerStart {
  let evidence: Evidence
  let settings: EffectiveSettings
  let version: ServerVersion
  /// Whether the settings are those of the server: all of its configuration files were there and could be read.
  let settingsAreKnown: Bool
  /// nil where nobody looked for them.
  let libraries: InstalledLibraries?

  init(_ evidence: Evidence, libraries: InstalledLibraries? = nil) {
    (self.evidence, self.libraries) = (evidence, libraries)
    version = evidence.version ?? evidence.control?.value.layout ?? .newest
    settings = EffectiveSettings(evidence.settings, version: version)
    settingsAreKnown = evidence.settings.mainFile != nil && !evidence.hasProblem(with: "configuration")
  }

  /// What a check is about; what helps goes by it.
  enum Subject: Sendable, Hashable {
    case configuration, permissions, controlFile, lockFile, folder, authentication, wal, recovery, timeline, backup,
      slot
    case prepared, parameters, target, library, other
  }

  struct Check: Sendable {
    let subject: Subject
    let find: @Sendable (ServerStart) -> StartupObstacle?
    /// It asks whether the directory is whole and as its server left it.
    var isOfWhole: Bool { [.permissions, .folder, .authentication].contains(subject) }

    init(_ subject: Subject, _ find: @escaping @Sendable (ServerStart) -> StartupObstacle?) {
      (self.subject, self.find) = (subject, find)
    }

    func isAsked(asWhole: Bool, inPlace: Bool) -> Bool {
      (asWhole || !isOfWhole) && (inPlace || subject != .permissions)
    }
  }

  /// In the order of src/backend/postmaster/postmaster.c and src/backend/access/transam/xlog.c.
  static let checks: [Check] = [
    Check(.configuration) { $0.configurationFiles() }, Check(.configuration) { $0.settingValues() },
    Check(.configuration) { $0.recoveryTargets() }, Check(.permissions) { $0.permissions() },
    Check(.other) { $0.versionFile() }, Check(.controlFile) { $0.controlFileIsThere() },
    Check(.configuration) { $0.settingsTogether() }, Check(.lockFile) { $0.lockFile() },
    Check(.controlFile) { $0.controlFile() }, Check(.library) { $0.missingLibrary() },
    Check(.folder) { $0.folder("pg_notify") }, Check(.authentication) { $0.authentication() },
    Check(.wal) { $0.walFolder() },
    Check(.recovery) { $0.recoveryParameters() }, Check(.timeline) { $0.timelineHistory() },
    Check(.backup) { $0.backupLabel() }, Check(.wal) { $0.checkpointRecord() }, Check(.wal) { $0.redoRecord() },
    Check(.timeline) { $0.requestedTimeline() }, Check(.slot) { $0.slots() }, Check(.other) { $0.origins() },
    Check(.folder) { $0.folder("pg_twophase") }, Check(.prepared) { $0.preparedTransactions() },
    Check(.parameters) { $0.standbyParameters() }, Check(.folder) { $0.unloggedTables() },
    Check(.folder) { $0.tablespaceLinks() }, Check(.prepared) { $0.preparedInWAL() },
    Check(.parameters) { $0.parametersInWAL() },
    Check(.wal) { $0.consistency() }, Check(.target) { $0.recoveryTarget() }, Check(.backup) { $0.endOfBackup() },
    Check(.folder) { $0.commitLogs() },
    Check(.folder) { $0.foldersOfCheckpoint() }, Check(.folder) { $0.commitTimes() },
  ]

  /// `standby.signal`, or `standby_mode` before 12.
  var isStandby: Bool {
    version.has(.recoverySignals) ? evidence.startFiles.standbySignal : settings.bool("standby_mode") == true
  }

  /// `ArchiveRecoveryRequested`: recovery goes on past the end of local WAL, and WAL may come from elsewhere.
  var isArchiveRecovery: Bool {
    version.has(.recoverySignals)
      ? evidence.startFiles.standbySignal || evidence.startFiles.recoverySignal : evidence.startFiles.recoveryConf
  }

  /// A setting's name in a message: in quotes from 17.
  func setting(_ name: String) -> String { version >= .v17 ? "\"\(name)\"" : name }

  /// A position in a message: from 19 the low half has eight digits.
  func position(_ lsn: LSN) -> String {
    if version >= .v19 { return lsn.description }
    let low = String(UInt32(truncatingIfNeeded: lsn.rawValue), radix: 16, uppercase: true)
    return String(lsn.rawValue >> 32, radix: 16, uppercase: true) + "/" + low
  }

  /// A path of the data directory as the server writes it in messages about configuration files.
  func serverPath(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    var directory = evidence.origin.source
    while directory.count > 1, directory.hasSuffix("/") { directory.removeLast() }
    return directory + "/" + path
  }

  func problem(_ subject: String, path: String? = nil) -> Problem? {
    evidence.problems.first { $0.subject == subject && (path == nil || $0.path == path) }
  }

  /// The number that a format error shows, decimal or `0x…`.
  static func number(_ text: String?) -> UInt64? {
    guard let word = text?.split(separator: " ").first else { return nil }
    return word.hasPrefix("0x") ? UInt64(word.dropFirst(2), radix: 16) : UInt64(word)
  }
}
