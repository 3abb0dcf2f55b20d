package import PostgresFormat

/// The server's settings as its files give them, or as a running one has them in force.
package struct SettingsEvidence: Sendable, Hashable, Codable {
  /// Every occurrence in the order in which the server reads them; the last one of a name wins. Passwords removed.
  package var assignments: [SettingAssignment] = []
  /// recovery.conf (before 12), whose names are not settings.
  package var recovery: [SettingAssignment] = []
  package var hasRecoveryConf = false
  /// The main configuration file that was read, where one was found.
  package var mainFile: String?
  /// Lines that the server would refuse; it does not start then.
  package var syntaxErrors: [SettingSyntaxError] = []
  /// The configuration files that give settings.
  package var files: [SettingsFile]?
  /// Settings that the server did not show to the role that asked: unknown, not default. nil where all were shown.
  package var hidden: Set<String>?
  /// Settings of the version's table that this server does not have (a minor version brings some). nil for files.
  package var absent: Set<String>?
  package init() {}
}

/// A configuration file.
package struct SettingsFile: Sendable, Hashable, Codable {
  /// As in the assignments.
  package var path: String
  /// When it was last changed, or, by a server's word, last read; nil where that cannot be asked.
  package var modifiedAt: Timestamp?
  package init(path: String, modifiedAt: Timestamp?) { (self.path, self.modifiedAt) = (path, modifiedAt) }
}

/// One `name = value`.
package struct SettingAssignment: Sendable, Hashable, Codable {
  package enum Origin: String, Sendable, Hashable, Codable {
    case file, commandLine = "command_line"
    /// In force in a running server, from no file.
    case server
  }
  /// Lower case.
  package var name: String
  package var value: String
  package var path: String
  /// From 1; 0 for the command line, and where a server does not tell it.
  package var line: Int
  package var origin: Origin
  package init(name: String, value: String, path: String, line: Int, origin: Origin = .file) {
    (self.name, self.value, self.path, self.line, self.origin) = (name, value, path, line, origin)
  }
}

/// A line that does not follow the grammar, or an include that fails.
package struct SettingSyntaxError: Sendable, Hashable, Codable {
  package var path: String
  package var line: Int
  package var message: String
  package init(path: String, line: Int, message: String) {
    (self.path, self.line, self.message) = (path, line, message)
  }
}

/// The files that decide what the next start does.
package struct StartFiles: Sendable, Hashable, Codable {
  package var standbySignal = false
  package var recoverySignal = false
  package var recoveryConf = false
  package var recoveryDone = false
  package var backupLabel: Located<BackupLabel>?
  /// The file is there, readable or not.
  package var backupLabelPresent = false
  package var backupLabelOld = false
  package var tablespaceMap: [TablespaceMapEntry] = []
  package var postmasterPID: PostmasterPID?
  /// postmaster.pid is there; whether its process lives on this host (nil: cannot be told).
  package var postmasterPIDPresent = false
  package var postmasterAlive: Bool?
  package var postmasterOptions: PostmasterOptions?
  package init() {}
}
