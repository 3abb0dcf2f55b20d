package import Evidence
import PostgresFormat

/// Whether the server would start on a data directory, and what it would say if not.
///
/// The checks run in the server's own order, and the first that stops it gives the message, in the server's words for
/// that version. Only what the files prove counts: a check whose outcome depends on something else (the minor version,
/// an archive, a configuration file that is not here) leaves the answer open.
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

  /// nil for `wouldStart` needs a message: what it depends on.
  package init(
    wouldStart: Bool?, message: String? = nil, details: [String] = [], path: String? = nil, line: Int? = nil
  ) {
    (self.wouldStart, self.message, self.details) = (wouldStart, message, details)
    (self.path, self.line) = (path, line)
  }

  /// Reads nothing: all of it is in the evidence.
  package static func predict(_ evidence: Evidence) -> StartupPrediction {
    guard evidence.origin.kind == .dataDirectory else {
      return StartupPrediction(wouldStart: nil, message: "a server's answers do not tell how it would start")
    }
    if let obstacle = StartupObstacle.find(evidence) {
      return StartupPrediction(wouldStart: obstacle.isCertain ? false : nil, obstacle)
    }
    guard evidence.isRunning != true else {
      return StartupPrediction(
        wouldStart: nil, StartupObstacle(.fatal, "lock file \"postmaster.pid\" already exists", path: "postmaster.pid"))
    }
    guard evidence.control != nil, evidence.version != nil, evidence.wal.path != nil else {
      return StartupPrediction(wouldStart: nil, message: "the version, the control file or the WAL could not be read")
    }
    if let problem = evidence.unlistedFolders.first ?? evidence.unread.first {
      return StartupPrediction(wouldStart: nil, message: "\(problem.path) could not be read", path: problem.path)
    }
    return StartupPrediction(wouldStart: true)
  }

  private init(wouldStart: Bool?, _ obstacle: StartupObstacle) {
    self.init(
      wouldStart: wouldStart, message: obstacle.message, details: obstacle.details, path: obstacle.path,
      line: obstacle.line)
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

  /// What the server would stop at; without that, the first thing that may stop it.
  static func find(_ evidence: Evidence) -> StartupObstacle? {
    let start = ServerStart(evidence)
    var open: StartupObstacle?
    for check in ServerStart.checks {
      guard let obstacle = check(start) else { continue }
      if obstacle.isCertain { return obstacle }
      open = open ?? obstacle
    }
    return open
  }

  init(
    _ severity: Severity, _ text: String, details: [String] = [], path: String? = nil, line: Int? = nil,
    onlyIf condition: String? = nil
  ) {
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

  init(_ evidence: Evidence) {
    self.evidence = evidence
    version = evidence.version ?? evidence.control?.value.layout ?? .newest
    settings = EffectiveSettings(evidence.settings, version: version)
    settingsAreKnown = evidence.settings.mainFile != nil && !evidence.hasProblem(with: "configuration")
  }

  /// In the order of src/backend/postmaster/postmaster.c and src/backend/access/transam/xlog.c.
  static let checks: [@Sendable (ServerStart) -> StartupObstacle?] = [
    { $0.configurationFiles() }, { $0.settingValues() }, { $0.recoveryTargets() }, { $0.versionFile() },
    { $0.controlFileIsThere() }, { $0.settingsTogether() }, { $0.lockFile() }, { $0.controlFile() },
    { $0.walFolder() }, { $0.recoveryParameters() }, { $0.timelineHistory() }, { $0.backupLabel() },
    { $0.checkpointRecord() }, { $0.redoRecord() }, { $0.requestedTimeline() }, { $0.slots() }, { $0.origins() },
    { $0.preparedTransactions() }, { $0.standbyParameters() }, { $0.endOfBackup() },
  ]

  /// `standby.signal`, or `standby_mode` before 12.
  var isStandby: Bool {
    version >= Self.signalFiles ? evidence.startFiles.standbySignal : settings.bool("standby_mode") == true
  }

  /// `ArchiveRecoveryRequested`: recovery goes on past the end of local WAL, and WAL may come from elsewhere.
  var isArchiveRecovery: Bool {
    version >= Self.signalFiles
      ? evidence.startFiles.standbySignal || evidence.startFiles.recoverySignal : evidence.startFiles.recoveryConf
  }

  static let signalFiles = ServerVersion.v12

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
