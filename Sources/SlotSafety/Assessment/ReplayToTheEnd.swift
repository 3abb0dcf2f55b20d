import Evidence
import PostgresFormat

/// Invariant: the standby replays all the WAL that it has before it takes over.
///
/// `S` is the end of the standby's WAL only where nothing ends its recovery earlier, or keeps it from ending. Follows
/// `recoveryStopsBefore`, `CheckRecoveryConsistency` and `validateRecoveryParameters` in
/// src/backend/access/transam/xlogrecovery.c.
enum ReplayToTheEnd {
  /// What stands against it. Nothing does once the standby was promoted, or where the operator has said where its WAL ends
  /// (`--promote-at`).
  static func judge(_ failover: FailoverCase) -> [Judgement] {
    guard !failover.isPromoted, failover.answers.promoteAt == nil else { return [] }
    return [
      target(failover), timeline(failover), baseBackup(failover.standby), parameters(failover), origins(failover),
      paused(failover),
    ].compactMap { $0 }
  }

  /// A36: with a recovery target (12 and later: in the configuration; before: in recovery.conf) recovery ends there, also
  /// of a standby, and what lies behind is on no timeline any more.
  private static func target(_ failover: FailoverCase) -> Judgement? {
    guard
      let name = RecoveryParameter.targets.first(where: { failover.standbySettings[$0]?.text.isEmpty == false })
    else { return nil }
    return .fails(
      .atRisk, "\(name) may end the standby's recovery before the end of its WAL",
      [
        Finding(
          .a36, .error, "\(name) is set on the standby: promoted, it may lack WAL that it has in its folder.",
          facts: [failover.fact(of: name, in: failover.standbySettings, node: "standby")],
          remedy: "Remove the target and restart the standby, or ask for the position where it ends (--promote-at).")
      ])
  }

  /// A36: with `T` the newest timeline that its WAL goes on to: recovery goes there with `latest`, which is the default
  /// from 12 on, or where `T` is the one that is set, or with `current` (before 12 the default) the control file's.
  private static func timeline(_ failover: FailoverCase) -> Judgement? {
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
      [
        Finding(
          .a36, .error,
          "The standby's WAL goes on to timeline \(newest), and \(name) = '\(text)' keeps its recovery from going there.",
          facts: [failover.fact(of: name, in: failover.standbySettings, node: "standby")],
          remedy: "Set \(name) = 'latest' on the standby and restart it.")
      ])
  }

  /// A36: where WAL that is still to be replayed tells of a setting that was raised on the primary, and the standby's own
  /// is lower, a hot standby pauses there, and its server ends when it is promoted. What was replayed is in the control
  /// file, which a start is judged by.
  private static func parameters(_ failover: FailoverCase) -> Judgement? {
    let settings = failover.standbySettings
    // A server is asked for no WAL: what the primary has now, it has written there.
    if failover.standby.server != nil, let primary = failover.primary.control?.value,
      let unmet = RecoveryDemand.unmet(primary.demands, by: settings)
    {
      let name = unmet.demand.name
      return .fails(
        .atRisk, "\(name) on the standby is lower than the primary's",
        [
          Finding(
            .a36, .error,
            "\(name) is \(unmet.demand.least) on the primary and \(unmet.own) on the standby: replay pauses where the WAL says so, and a promotion ends the server.",
            facts: [failover.fact(of: name, in: settings, node: "standby")],
            remedy: "Raise \(name) on the standby to \(unmet.demand.least) and restart it.")
        ])
    }
    guard let control = failover.standby.control?.value else { return nil }
    let redo = failover.standby.server?.positions.replay ?? control.checkpoint.redo
    for change in failover.standby.stretches.flatMap(\.activity.parameterChanges) {
      guard change.lsn >= redo, change.lsn < failover.standbyEnd,
        let unmet = RecoveryDemand.unmet(change.parameters.demands, by: settings)
      else { continue }
      let name = unmet.demand.name
      return .fails(
        .atRisk, "\(name) on the standby is lower than WAL that it has still to replay demands",
        [
          Finding(
            .a36, .error,
            "At \(change.lsn) the primary's \(name) became \(unmet.demand.least), and the standby's is \(unmet.own): replay pauses there, and a promotion ends the server.",
            facts: [
              failover.fact(of: name, in: settings, node: "standby"),
              Fact(
                "\(name) \(unmet.demand.least) at \(change.lsn)", path: failover.standby.wal.path ?? "pg_wal",
                node: "standby"),
            ],
            remedy: "Raise \(name) on the standby to \(unmet.demand.least) and restart it.")
        ])
    }
    return nil
  }

  /// A36: somebody has paused replay. A promotion ends that, and what was received is replayed first.
  private static func paused(_ failover: FailoverCase) -> Judgement? {
    guard failover.standby.server?.positions.replayIsPaused == true else { return nil }
    return .holds(
      findings: [
        Finding(
          .a36, .warning, "Replay is paused on the standby; synchronization and restartpoints wait for it.",
          facts: [Fact("replay paused", path: "pg_is_wal_replay_paused()", node: "standby")],
          remedy: "Let it go on (pg_wal_replay_resume), unless it is paused on purpose.")
      ])
  }

  /// A36: replay of a commit that names a replication origin takes up room for its progress, and ends the server where all
  /// is taken. Those that were known at the last restartpoint have theirs.
  private static func origins(_ failover: FailoverCase) -> Judgement? {
    let name = failover.version >= .v18 ? "max_active_replication_origins" : "max_replication_slots"
    guard let control = failover.standby.control?.value, failover.standby.server == nil,
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
        [
          Finding(
            .a36, .error,
            "The commit at \(commit.start) is of replication origin \(origin), the \(known.count)th in use, and \(name) is \(limit) on the standby: its server ends there.",
            facts: [
              failover.fact(of: name, in: failover.standbySettings, node: "standby"),
              Fact("origin \(origin) at \(commit.start)", path: failover.standby.wal.path ?? "pg_wal", node: "standby"),
            ],
            remedy: "Raise \(name) on the standby to the primary's and restart it.")
        ])
    }
    return nil
  }

  /// A03: recovery from a base backup does not end before the backup's own end has been replayed.
  private static func baseBackup(_ standby: Evidence) -> Judgement? {
    let fact: Fact
    if standby.startFiles.backupLabelPresent {
      fact = Fact("present", path: "backup_label", node: "standby")
    } else if let control = standby.control, control.value.isBackupUnfinished {
      fact = Fact("backup from \(control.value.backupStartPoint) not ended", path: control.path, node: "standby")
    } else {
      return nil
    }
    return .fails(
      .atRisk, "the standby has not yet replayed its base backup to the end",
      [
        Finding(
          .a03, "The standby was made from a base backup that it has not yet replayed to its end.", facts: [fact],
          remedy: "Let it start and replay until it accepts connections, then ask again.")
      ])
  }
}
