import ByteReading
import Evidence
import PostgresFormat

/// Start-up checks of where recovery would begin and where it would lead.
extension ServerStart {
  func recoveryParameters() -> StartupObstacle? {
    if version.has(.recoverySignals) {
      if evidence.startFiles.recoveryConf {
        return StartupObstacle(
          .fatal, "using recovery command file \"recovery.conf\" is not supported", path: "recovery.conf",
          remedy:
            "Move its settings to postgresql.auto.conf, remove it, and make standby.signal or recovery.signal in its place."
        )
      }
    } else if let error = evidence.settings.syntaxErrors.first(where: { $0.path == "recovery.conf" }) {
      return StartupObstacle(.fatal, error.message, path: error.path, line: error.line)
    }
    guard isArchiveRecovery, !isStandby, settingsAreKnown, settings.text("restore_command") == "" else { return nil }
    if version.has(.recoverySignals) {
      return StartupObstacle(
        .fatal, "must specify \(setting("restore_command")) when standby mode is not enabled", path: "recovery.signal",
        remedy: Self.setRestoreCommand)
    }
    return StartupObstacle(
      .fatal, "recovery command file \"recovery.conf\" must specify restore_command when standby mode is not enabled",
      path: "recovery.conf", remedy: Self.setRestoreCommand)
  }

  private static let setRestoreCommand = "Set restore_command: it fetches the WAL of the recovery from the archive."

  var ownTimeline: TimelineID? { evidence.control?.value.ownTimeline }

  private func historyExists(_ timeline: TimelineID) -> Bool {
    evidence.timelines.contains { $0.value.timeline == timeline } || archived(timeline) != nil
      || problem("timeline_history", path: historyPath(timeline)) != nil
  }

  /// The history of a timeline in an archive from which recovery is given files.
  private func archived(_ timeline: TimelineID) -> Located<TimelineHistory>? {
    guard settings.text("restore_command").map({ !$0.isEmpty }) ?? false else { return nil }
    return evidence.archives.lazy.flatMap(\.histories).first { $0.value.timeline == timeline }
  }

  /// As recovery would find it: an archive's goes first.
  func history(of timeline: TimelineID) -> TimelineHistory {
    (isArchiveRecovery ? archived(timeline)?.value : nil) ?? evidence.history(of: timeline)
  }

  private func historyPath(_ timeline: TimelineID) -> String { "\(version.walDirectoryName)/\(timeline.hex).history" }

  /// The timeline that recovery is to reach (`recoveryTargetTLI`); nil where it cannot be told.
  var targetTimeline: TimelineID? {
    guard let own = ownTimeline else { return nil }
    guard isArchiveRecovery else { return own }
    guard settingsAreKnown else { return nil }
    switch settings.text(RecoveryTargetTimeline.setting).flatMap(RecoveryTargetTimeline.init) {
    case .latest:
      var newest = own
      while newest.rawValue < .max, historyExists(TimelineID(newest.rawValue + 1)) {
        newest = TimelineID(newest.rawValue + 1)
      }
      return newest
    case .current: return own
    case .number(let timeline): return timeline
    case nil: return nil
    }
  }

  func timelineHistory() -> StartupObstacle? {
    guard let target = targetTimeline, target.rawValue > 1 else { return nil }
    if let problem = problem("timeline_history", path: historyPath(target)) {
      let isFolder = if case .other(code: "wrong_kind", _) = problem.cause { true } else { false }
      return StartupObstacle(
        .fatal,
        isFolder
          ? "could not read file \"\(historyPath(target))\": Is a directory" : "syntax error in history file",
        path: historyPath(target),
        remedy: "Put back a good copy of \(historyPath(target)), from an archive or another node.")
    }
    guard isArchiveRecovery, target != ownTimeline, !historyExists(target) else { return nil }
    return StartupObstacle(
      .fatal, "recovery target timeline \(target) does not exist", path: historyPath(target),
      onlyIf: settings.text("restore_command") == "" ? nil : "if restore_command does not bring its history",
      remedy:
        "Bring \(target.hex).history (an archive or a node of that timeline has it), or set recovery_target_timeline to a timeline that is there."
    )
  }

  func backupLabel() -> StartupObstacle? {
    guard evidence.startFiles.backupLabelPresent else { return nil }
    guard let label = evidence.startFiles.backupLabel?.value else {
      guard let problem = problem("backup_label"), case .format(let error) = problem.cause else { return nil }
      if error.field == "START TIMELINE", version < .v11 { return nil }
      return StartupObstacle(
        .fatal, "invalid data in file \"backup_label\"", path: "backup_label",
        remedy: "Put back backup_label from the backup.")
    }
    if version >= .v17, label.isIncremental {
      return StartupObstacle(
        .fatal, "this is an incremental backup, not a data directory",
        details: ["Use pg_combinebackup to reconstruct a valid data directory."], path: "backup_label",
        remedy: "Combine it with the backups that it builds on (pg_combinebackup), and start what comes of it.")
    }
    if isUnreadable(label.checkpointLSN, asCheckpoint: true, timeline: label.startTimeline) {
      let place = version >= .v17 ? " at \(position(label.checkpointLSN))" : ""
      return StartupObstacle(
        .fatal, "could not locate required checkpoint record\(place)", path: "backup_label",
        onlyIf: unlessComes(label.checkpointLSN, timeline: label.startTimeline))
    }
    if label.startLSN < label.checkpointLSN, isUnreadable(label.startLSN, timeline: label.startTimeline) {
      return StartupObstacle(
        .fatal,
        version < .v17
          ? "could not find redo location referenced by checkpoint record"
          : "could not find redo location \(position(label.startLSN)) referenced by checkpoint record at "
            + position(label.checkpointLSN), path: "backup_label",
        onlyIf: unlessComes(label.startLSN, timeline: label.startTimeline))
    }
    if version >= .v15, case .format? = problem("tablespace_map")?.cause {
      return StartupObstacle(
        .fatal, "invalid data in file \"tablespace_map\"", path: "tablespace_map",
        remedy: "Put back tablespace_map from the backup.")
    }
    let state = evidence.control?.value.state
    if label.from == "standby", state != .inArchiveRecovery, state != .shutDownInRecovery, state != nil {
      return StartupObstacle(
        .fatal, "backup_label contains data inconsistent with control file", path: "backup_label",
        remedy: "Take another backup: label and control file of this one do not belong together.")
    }
    return nil
  }

  func requestedTimeline() -> StartupObstacle? {
    guard let control = evidence.control?.value, let target = targetTimeline else { return nil }
    let label = evidence.startFiles.backupLabel?.value
    let checkpoint = label?.checkpointLSN ?? control.checkpointLSN
    let timeline = label?.startTimeline ?? control.checkpoint.timeline
    let history = history(of: target)
    let path = isArchiveRecovery ? archived(target)?.path ?? historyPath(target) : historyPath(target)
    guard history.timeline(of: checkpoint) == timeline else {
      return StartupObstacle(
        .fatal, "requested timeline \(target) is not a child of this server's history", path: path,
        onlyIf: history.contains(timeline) ? nil : unlessWALComes, remedy: remedyForBranch(target, history: path))
    }
    let minimum = control.minRecoveryPoint
    if minimum.isValid, history.timeline(of: LSN(minimum.rawValue - 1)) != control.minRecoveryPointTimeline {
      return StartupObstacle(
        .fatal,
        "requested timeline \(target) does not contain minimum recovery point \(position(minimum)) on timeline "
          + "\(control.minRecoveryPointTimeline)", path: path, remedy: remedyForBranch(target, history: path))
    }
    return nil
  }

  /// What the control file of the primary's WAL demands of a standby.
  func standbyParameters() -> StartupObstacle? {
    guard isArchiveRecovery, settingsAreKnown, let control = evidence.control?.value else { return nil }
    if control.walLevel == WALLevel.minimal.rawValue {
      if version >= .v14 {
        let name = version >= .v17 ? "\"wal_level=minimal\"" : "wal_level=minimal"
        return StartupObstacle(
          .fatal, "WAL was generated with \(name), cannot continue recovering",
          remedy: "Set wal_level to replica at least on the primary, and build the standby anew.")
      }
      if settings.bool("hot_standby") == true {
        return StartupObstacle(
          .fatal,
          "hot standby is not possible because wal_level was not set to \"replica\" or higher on the master server",
          remedy: "Set wal_level to replica at least on the primary, and build the standby anew.")
      }
    }
    guard let unmet = RecoveryDemand.unmet(control.demands, by: settings) else { return nil }
    let (name, own, demanded) = (unmet.demand.name, unmet.own, unmet.demand.least)
    let assignment = settings[name]?.assignment
    if version >= .v14 {
      let detail = "\(name) = \(own) is a lower setting than on the primary server, where its value was \(demanded)."
      return StartupObstacle(
        .fatal, "recovery aborted because of insufficient parameter settings", details: [detail],
        path: assignment?.path, line: assignment?.line)
    }
    return StartupObstacle(
      .fatal,
      "hot standby is not possible because \(name) = \(own) is a lower setting than on the master server "
        + "(its value was \(demanded))", path: assignment?.path, line: assignment?.line)
  }
}
