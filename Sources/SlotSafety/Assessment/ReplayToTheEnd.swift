import Evidence
import PostgresFormat

/// Invariant: the standby replays all the WAL that it has before it takes over.
///
/// `S` is the end of the standby's WAL only where nothing ends its recovery earlier, or keeps it from ending. Follows
/// `recoveryStopsBefore`, `CheckRecoveryConsistency` and `validateRecoveryParameters` in
/// src/backend/access/transam/xlogrecovery.c.
enum ReplayToTheEnd {
  /// Whether anything stands against it.
  static func mayEndEarly(_ failover: Failover) -> Bool {
    [
      RecoveryTarget.unit, RecoveryTimeline.unit, BaseBackupReplayed.unit, DemandedParameters.unit,
      DemandedOrigins.unit, DemandedFolders.unit, ReplayPaused.unit,
    ].contains { unit in
      unit.checks.contains { if case .everySlot(let check) = $0 { check(failover) != nil } else { false } }
    }
  }

  /// Nothing stands against it once the standby was promoted, or where the operator has said where its WAL ends
  /// (`--promote-at`).
  fileprivate static func unit(_ rule: Rule, _ check: @escaping @Sendable (Failover) -> Outcome?) -> RuleUnit {
    RuleUnit(
      .nodes, .everySlot { $0.isPromoted || $0.answers.promoteAt != nil ? nil : check($0) }, rules: rule)
  }
}

/// With a recovery target (12 and later: in the configuration; before: in recovery.conf) recovery ends there, also
/// of a standby, and what lies after is on no timeline any more.
enum RecoveryTarget {
  static let unit = ReplayToTheEnd.unit(
    Rule(
      .a36Target, .error, "No recovery target ends the standby's recovery before the end of its WAL.",
      "Remove the target and restart the standby, or ask for the position where it ends (--promote-at).")
  ) { failover in
    guard let name = RecoveryParameter.targets.first(where: { failover.standbySettings[$0]?.text.isEmpty == false })
    else { return nil }
    return .fails(
      .atRisk, "\(name) may end the standby's recovery before the end of its WAL",
      Finding(
        .a36Target, "\(name) is set on the standby: promoted, it may lack WAL that it has in its folder.",
        facts: [failover.fact(of: name)]))
  }
}

/// With `T` the newest timeline that its WAL goes on to: recovery goes there with `latest`, which is the default
/// from 12 on, or where `T` is the one that is set, or with `current` (before 12 the default) the control file's.
enum RecoveryTimeline {
  static let unit = ReplayToTheEnd.unit(
    Rule(
      .a36Timeline, .error, "recovery_target_timeline lets the standby follow its WAL.",
      "Set recovery_target_timeline = 'latest' on the standby and restart it.")
  ) { failover in
    let name = RecoveryTargetTimeline.setting
    guard let newest = failover.standby.currentTimeline, let control = failover.standby.control?.value,
      let text = failover.standbySettings[name]?.text
    else { return nil }
    switch RecoveryTargetTimeline(text) {
    case .latest: return nil
    case .current where control.ownTimeline == newest: return nil
    case .number(newest): return nil
    default: break
    }
    return .fails(
      .atRisk, "\(name) keeps the standby from following its WAL to timeline \(newest)",
      Finding(
        .a36Timeline,
        "The standby's WAL goes on to timeline \(newest), and \(name) = '\(text)' keeps its recovery from going there.",
        facts: [failover.fact(of: name)]))
  }
}

/// Recovery from a base backup does not end before the backup's own end has been replayed.
enum BaseBackupReplayed {
  static let unit = ReplayToTheEnd.unit(
    Rule(
      .a03Backup, .error, "The standby has replayed its base backup to the end.",
      "Let it start and replay until it accepts connections, then ask again.")
  ) { failover in
    let fact: Fact
    if failover.standby.startFiles.backupLabelPresent {
      fact = Fact("present", path: "backup_label", node: "standby")
    } else if let control = failover.standby.control, control.value.isBackupUnfinished {
      fact = Fact("backup from \(control.value.backupStartPoint) not ended", path: control.path, node: "standby")
    } else {
      return nil
    }
    return .fails(
      .atRisk, "the standby has not yet replayed its base backup to the end",
      Finding(
        .a03Backup, "The standby was made from a base backup that it has not yet replayed to its end.", facts: [fact]))
  }
}

/// Where WAL that is still to be replayed tells of a setting that was raised on the primary, and the standby's own
/// is lower, a hot standby pauses there, and its server ends when it is promoted. What was replayed is in the control
/// file, which a start is judged by.
enum DemandedParameters {
  static let unit = ReplayToTheEnd.unit(
    Rule(
      .a36Parameters, .error, "No setting of the standby is lower than the WAL that it has still to replay demands.",
      "Raise the setting on the standby to the primary's and restart it."), check)

  private static func check(_ failover: Failover) -> Outcome? {
    let settings = failover.standbySettings
    func fails(_ name: String, _ least: Int32, _ than: String, _ message: String, _ facts: [Fact]) -> Outcome {
      .fails(
        .atRisk, "\(name) on the standby is lower than \(than)",
        Finding(
          .a36Parameters, message, facts: [failover.fact(of: name)] + facts,
          remedy: "Raise \(name) on the standby to \(least) and restart it."))
    }
    // A server is asked for no WAL: what the primary has now, it has written there.
    if failover.standby.positionsAreLive, let primary = failover.primary.control?.value,
      let unmet = RecoveryDemand.unmet(primary.demands, by: settings)
    {
      let (name, least) = (unmet.demand.name, unmet.demand.least)
      return fails(
        name, least, "the primary's",
        "\(name) is \(least) on the primary and \(unmet.own) on the standby: replay pauses where the WAL says so, and a promotion ends the server.",
        [])
    }
    guard let control = failover.standby.control?.value else { return nil }
    let redo = failover.standby.server?.positions.replay ?? control.checkpoint.redo
    for change in failover.standby.stretches.flatMap(\.activity.parameterChanges) {
      guard change.lsn >= redo, change.lsn < failover.standbyEnd,
        let unmet = RecoveryDemand.unmet(change.parameters.demands, by: settings)
      else { continue }
      let (name, least) = (unmet.demand.name, unmet.demand.least)
      return fails(
        name, least, "WAL that it has still to replay demands",
        "At \(change.lsn) the primary's \(name) became \(least), and the standby's is \(unmet.own): replay pauses there, and a promotion ends the server.",
        [Fact("\(name) \(least) at \(change.lsn)", path: failover.standby.wal.path ?? "pg_wal", node: "standby")])
    }
    return nil
  }
}

/// Replay of a commit that names a replication origin takes up room for its progress, and ends the server where all
/// is taken. Those that were known at the last restartpoint have theirs.
enum DemandedOrigins {
  static let unit = ReplayToTheEnd.unit(
    Rule(
      .a36Origins, .error, "The standby has room for each replication origin in the WAL that it has still to replay.",
      "Raise the setting on the standby to the primary's and restart it."), check)

  private static func check(_ failover: Failover) -> Outcome? {
    let name = failover.version.originLimitName
    guard let control = failover.standby.control?.value, failover.standby.filesAreKnown,
      let limit = failover.standbySettings.integer(name)
    else { return nil }
    let commits = failover.standby.stretches.flatMap { stretch in
      stretch.activity.databases.flatMap { $0.commits(from: control.checkpoint.redo, to: failover.standbyEnd) }
    }
    let replayed = commits.filter { $0.originLSN != nil }.sorted { $0.start < $1.start }
    var known = Set(failover.standby.origins.filter { $0.remoteLSN != nil }.map(\.originID))
    for commit in replayed {
      guard let origin = commit.originID, known.insert(origin).inserted, Int64(known.count) > limit else { continue }
      return .fails(
        .atRisk, "\(name) on the standby is too low for WAL that it has still to replay",
        Finding(
          .a36Origins,
          "The commit at \(commit.start) is of replication origin \(origin), the \(known.count)th in use, and \(name) is \(limit) on the standby: its server ends there.",
          facts: [
            failover.fact(of: name),
            Fact("origin \(origin) at \(commit.start)", path: failover.standby.wal.path ?? "pg_wal", node: "standby"),
          ], remedy: "Raise \(name) on the standby to the primary's and restart it."))
    }
    return nil
  }
}

/// Replay of CREATE TABLESPACE ends the server where the tablespace's folder is not there (src/backend/commands/tablespace.c,
/// `create_tablespace_directories`). One that has its link in pg_tblspc was replayed here.
enum DemandedFolders {
  static let unit = ReplayToTheEnd.unit(
    Rule(
      .a36Folders, .error, "The folder of each tablespace that the standby has still to make is there.",
      "Make the folder on the standby's machine, empty and owned by the server's user, and let the standby replay."),
    check)

  private static func check(_ failover: Failover) -> Outcome? {
    guard let control = failover.standby.control?.value, failover.standby.filesAreKnown else { return nil }
    let known = Set(failover.standby.tablespaceLinks ?? [])
    let next = failover.standby.stretches.flatMap { $0.activity.tablespacesMade ?? [] }.first {
      $0.lsn >= control.checkpoint.redo && $0.lsn < failover.standbyEnd && !known.contains($0.tablespace)
    }
    guard let next else { return nil }
    return .fails(
      .atRisk, "the standby has still to make a tablespace, and ends where its folder is not there",
      Finding(
        .a36Folders,
        "At \(next.lsn) a tablespace was made in \(next.path), and the standby has not replayed it: its server ends there if that folder is not on its machine.",
        facts: [
          Fact(
            "tablespace \(next.tablespace) at \(next.lsn)", path: failover.standby.wal.path ?? "pg_wal", node: "standby"
          )
        ],
        remedy:
          "Make \(next.path) on the standby's machine, empty and owned by the server's user, and let the standby replay."
      ))
  }
}

/// Somebody has paused replay. A promotion ends that, and what was received is replayed first.
enum ReplayPaused {
  static let unit = ReplayToTheEnd.unit(
    Rule(
      .a36Paused, .warning, "Replay is not paused on the standby.",
      "Let it go on (pg_wal_replay_resume), unless it is paused on purpose.")
  ) { failover in
    guard failover.standby.server?.positions.replayIsPaused == true else { return nil }
    return .note(
      Finding(
        .a36Paused, "Replay is paused on the standby; synchronization and restartpoints wait for it.",
        facts: [Fact("replay paused", path: "pg_is_wal_replay_paused()", node: "standby")]))
  }
}
