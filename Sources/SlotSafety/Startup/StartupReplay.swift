import Evidence
import PostgresFormat

/// Start-up checks of what recovery meets on its way, and of what it must have met at its end.
extension ServerStart {
  /// A backup whose end must be replayed before the directory is consistent: its redo position, and where that is told.
  private var openBackup: (start: LSN, path: String)? {
    if let label = evidence.startFiles.backupLabel?.value, evidence.startFiles.backupLabelPresent {
      return label.method == "streamed" ? (label.startLSN, "backup_label") : nil
    }
    guard replays, let control = evidence.control?.value, control.isBackupUnfinished, control.backupEndRequired else {
      return nil
    }
    return (control.backupStartPoint, "global/pg_control")
  }

  /// The walk from the redo position to the end saw all that a start would replay of the WAL here.
  private var sawAllOfReplay: ReplayEvidence? {
    guard let replay = evidence.wal.replay, let end = evidence.wal.end, end.stop.reason.isOrdinaryEnd,
      end.stop.reason != .limit, end.stop.reason != .notRead
    else { return nil }
    return replay
  }

  /// Without archive recovery a backup must have its own end in the WAL that is here; one of a standby must be replayed up to
  /// where the standby was.
  func endOfBackup() -> StartupObstacle? {
    guard !isStandby, let (start, path) = openBackup else { return nil }
    let message = "WAL ends before end of online backup"
    if evidence.startFiles.backupLabel?.value.from == "standby" {
      guard let minimum = evidence.control?.value.minRecoveryPoint, minimum.isValid, let end = evidence.wal.end?.lsn
      else {
        return StartupObstacle(.fatal, message, path: path, onlyIf: "if the end of the backup is not in the WAL here")
      }
      guard end < minimum else { return nil }
      return StartupObstacle(.fatal, message, path: path, onlyIf: unlessWALComes)
    }
    if evidence.wal.replay?.endedBackups.contains(start) == true { return nil }
    guard let replay = sawAllOfReplay, replay.from <= max(start, evidence.control?.value.checkpoint.redo ?? .none),
      replay.endedBackups.count < ReplayEvidence.listLimit
    else {
      return StartupObstacle(
        .fatal, message, path: path, onlyIf: "if the record of the backup's end is not in the WAL here")
    }
    return StartupObstacle(.fatal, message, path: path, onlyIf: unlessWALComes)
  }

  /// What the data files need lies past the end of the WAL here: archive recovery ends with an error, a standby accepts nobody.
  func consistency() -> StartupObstacle? {
    guard isArchiveRecovery, !evidence.startFiles.backupLabelPresent, let end = evidence.wal.end?.lsn,
      let minimum = evidence.control?.value.minRecoveryPoint, minimum.isValid, end < minimum
    else { return nil }
    let elsewhere = "if WAL up to \(position(minimum)) comes from neither the archive nor the primary"
    guard isStandby else {
      return StartupObstacle(
        .fatal, "WAL ends before consistent recovery point", path: evidence.wal.path, onlyIf: elsewhere)
    }
    guard settings.bool("hot_standby") == true else { return nil }
    let words =
      version >= .v14 ? "the database system is not yet accepting connections" : "the database system is starting up"
    return StartupObstacle(
      .fatal, words, details: version >= .v14 ? ["Consistent recovery state has not been yet reached."] : [],
      path: evidence.wal.path, onlyIf: elsewhere)
  }

  /// 13 and later: archive recovery that ends before its target is an error; before, it ends there. A standby waits for it.
  func recoveryTarget() -> StartupObstacle? {
    guard isArchiveRecovery, version >= .v13, settingsAreKnown,
      let (name, value, setting) = RecoveryParameter.targets.lazy.compactMap({ name in
        settings[name].map { (name, $0.text, $0) }
      }).first(where: { !$0.1.isEmpty })
    else { return nil }
    let isHere: Bool
    switch name {
    case "recovery_target_name": isHere = evidence.wal.replay?.restorePoints.contains(value) == true
    case "recovery_target_lsn":
      isHere = LSN(value).flatMap { target in evidence.wal.end?.lastRecord.map { target <= $0 } } == true
    // The first record after the directory is consistent is where `immediate` stops: there may be none.
    default: isHere = false
    }
    if isHere || isStandby {
      let action = settings.text("recovery_target_action")
      let endsThere = action == "shutdown" || action == "pause" && settings.bool("hot_standby") == false
      // After a crash all WAL that is here comes before archive recovery begins.
      return StartupObstacle(
        .fatal, "requested recovery stop point is before consistent recovery point", path: setting.assignment?.path,
        line: setting.assignment?.line,
        onlyIf: "if \(name) is reached before the directory is consistent"
          + (endsThere ? "; reached later, it ends the server, too" : ""),
        remedy: "Choose a later target, or an older backup.")
    }
    return StartupObstacle(
      .fatal, "recovery ended before configured recovery target was reached", path: setting.assignment?.path,
      line: setting.assignment?.line, onlyIf: "if neither the WAL here nor the archive reaches \(name)")
  }

  /// Each prepared transaction needs a place, also one that recovery meets only.
  func preparedInWAL() -> StartupObstacle? {
    guard settingsAreKnown, let limit = settings.integer("max_prepared_transactions"),
      let most = evidence.wal.replay?.mostPrepared, most > 0
    else { return nil }
    let before = evidence.preparedTransactions.count
    guard Int64(before + most) > limit else { return nil }
    return StartupObstacle(
      .fatal, "maximum number of prepared transactions reached", path: evidence.wal.path,
      onlyIf: Int64(most) > limit
        ? nil : "if more than \(limit) of those that the WAL here prepares are open at a time")
  }

  /// What the primary had set later than the control file says, by the WAL that is replayed.
  func parametersInWAL() -> StartupObstacle? {
    guard isArchiveRecovery, settingsAreKnown, let changes = evidence.wal.replay?.parameterChanges else { return nil }
    for change in changes {
      guard let unmet = RecoveryDemand.unmet(change.parameters.demands, by: settings) else { continue }
      let (name, demanded) = (unmet.demand.name, unmet.demand.least)
      let words =
        version >= .v14
        ? "recovery aborted because of insufficient parameter settings"
        : "hot standby is not possible because \(name) = \(unmet.own) is a lower setting than on the master server (its value was \(demanded))"
      return StartupObstacle(
        .fatal, words,
        details: version >= .v14
          ? ["\(name) = \(unmet.own) is a lower setting than on the primary server, where its value was \(demanded)."]
          : [], path: settings[name]?.assignment?.path, line: settings[name]?.assignment?.line,
        onlyIf: "from the record at \(change.lsn) on, unless the standby accepts connections before and pauses there")
    }
    return nil
  }
}
