package import PostgresFormat

/// The server's settings as its files give them, or as a running one has them in force.
package struct SettingsEvidence: Sendable, Hashable {
  /// Every occurrence in the order in which the server reads them; the last one of a name wins. Passwords removed.
  package var assignments: [SettingAssignment] = []
  /// recovery.conf (before 12), whose names are not settings.
  package var recovery: [SettingAssignment] = []
  /// recovery.conf is there, readable or not. From 12 on the server refuses to start then.
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
  /// When the file that gives a setting was last changed, or, by a server's word, read; nil where it is from no file, or
  /// that is not known.
  package func changeTime(of assignment: SettingAssignment) -> Timestamp? {
    guard assignment.origin == .file else { return nil }
    return files?.first { $0.path == assignment.path }?.modifiedAt
  }

  /// More are not gathered from files and the command line.
  package static let assignmentLimit = 250_000
  /// Bytes of all values together, at the most.
  package static let valueBytesLimit = 10 << 20

  /// Whether there are no more than are ever gathered. Secrets are looked for in each of them, which takes time.
  package var isPossible: Bool {
    let all = [assignments, recovery]
    return all.allSatisfy { $0.count <= Self.assignmentLimit }
      && all.joined().reduce(0) { $0 + $1.value.utf8.count } <= Self.valueBytesLimit
  }

  /// No file read and nothing assigned, which is not the same as defaults: `mainFile` stays nil.
  package init() {}
}

/// A configuration file.
package struct SettingsFile: Sendable, Hashable {
  /// As in the assignments.
  package var path: String
  /// When it was last changed, or, by a server's word, last read; nil where that cannot be asked.
  package var modifiedAt: Timestamp?
  /// A file with its mtime, or with the time of a server's last reload.
  package init(path: String, modifiedAt: Timestamp?) { (self.path, self.modifiedAt) = (path, modifiedAt) }
}

/// One `name = value`.
package struct SettingAssignment: Sendable, Hashable {
  /// What gave the value, which decides what it takes to change it.
  package enum Origin: String, Sendable, Hashable, CaseIterable {
    case file, commandLine = "command_line"
    /// In force in a running server, from no file.
    case server
  }
  /// Lower case.
  package var name: String
  /// Unquoted, as the server would parse it; from a server with its unit, as `current_setting()` writes it. Without
  /// passwords.
  package var value: String
  /// From the data directory, the whole path of a file elsewhere, or the name of what else gave it (`postmaster.opts`,
  /// `pg_settings`).
  package var path: String
  /// From 1; 0 for the command line, and where a server does not tell it.
  package var line: Int
  /// A configuration file, the command line, or a running server whose value no file explains.
  package var origin: Origin
  /// `name` in lower case but for recovery.conf, `value` without passwords: both are kept as they are.
  package init(name: String, value: String, path: String, line: Int, origin: Origin = .file) {
    (self.name, self.value, self.path, self.line, self.origin) = (name, value, path, line, origin)
  }
}

/// A line that does not follow the grammar, or an include that fails.
package struct SettingSyntaxError: Sendable, Hashable {
  /// The configuration file, from the data directory or whole where it lies elsewhere.
  package var path: String
  /// From 1. An include that fails counts at the line of the include, a main file that cannot be read at line 1.
  package var line: Int
  /// What the server logs when it refuses the file.
  package var message: String
  /// An error at a line, in the server's words.
  package init(path: String, line: Int, message: String) {
    (self.path, self.line, self.message) = (path, line, message)
  }
}

/// The files that decide what the next start does.
package struct StartFiles: Sendable, Hashable {
  /// 12 and later: the next start enters standby mode, also where recovery.signal is there too.
  package var standbySignal = false
  /// 12 and later: archive recovery up to a target or the end of WAL, then a new timeline. standby.signal beats it.
  package var recoverySignal = false
  /// Before 12 the next start is an archive recovery, and with `standby_mode` a standby. From 12 on it is refused.
  package var recoveryConf = false
  /// recovery.done, as the end of recovery renamed recovery.conf before 12. The server does not read it.
  package var recoveryDone = false
  /// backup_label: replay begins at its checkpoint, not at that of the control file. nil where it is absent or cannot
  /// be read.
  package var backupLabel: Located<BackupLabel>?
  /// The file is there, readable or not.
  package var backupLabelPresent = false
  /// backup_manifest, while backup_label is there; nil where there is none, or it cannot be read, and in evidence of older releases.
  package var backupManifest: BackupManifestEvidence?
  /// backup_label.old, left by a recovery from a backup or, before 15, by a shutdown during an exclusive one. Not read
  /// again.
  package var backupLabelOld = false
  /// tablespace_map: the links in pg_tblspc that a recovery from backup_label makes anew. Empty where there is no such
  /// file.
  package var tablespaceMap: [TablespaceMapEntry] = []
  /// postmaster.pid, decoded; nil where it is absent or its first line is not a number.
  package var postmasterPID: PostmasterPID?
  /// postmaster.pid is there; whether its process lives on this host (nil: cannot be told).
  package var postmasterPIDPresent = false
  /// Whether the process has this very directory for its working directory. False for a file left by a crash or copied
  /// along.
  package var postmasterAlive: Bool?
  /// postmaster.opts, the command line of the last start without passwords; nil where it is absent or cannot be read.
  package var postmasterOptions: PostmasterOptions?
  /// The directory's own permission bits (`st_mode & 07777`); nil where they cannot be asked, and in evidence of older releases.
  package var permissions: UInt32?
  /// Of what initdb makes and a start may need, the folders and files that are not there. A directory that was pruned for reading
  /// lacks many. nil in evidence of older releases.
  package var missing: [String]?
  /// Whether pg_hba.conf has nothing but lines that every server takes; nil where it is not there or cannot be read.
  package var plainAuthentication: Bool?
  /// None of the files is there.
  package init() {}
}
