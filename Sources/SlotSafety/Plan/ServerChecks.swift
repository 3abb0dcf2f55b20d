import PostgresFormat

/// The checks by which a script knows the server that it talks to. The version comes first: the later ones call functions
/// that not every version has.
extension PlannedServer {
  /// The node that evidence describes, still a standby: it has replayed at least what its files held.
  static func standby(
    _ version: ServerVersion, system: UInt64, timeline: TimelineID, replayed position: LSN
  ) -> PlannedServer {
    let replayed = ServerVocabulary(version).replayedLSN
    return PlannedServer(
      node: .standby, version: version, systemIdentifier: system, timeline: timeline,
      checks: identity(version, system: system) + [
        PlanCheck("a standby (in recovery)", "pg_is_in_recovery()", found: "'a server that is not in recovery'"),
        PlanCheck(
          "timeline \(timeline)",
          "\(replayedTimeline) = \(timeline)", found: "'timeline ' || \(replayedTimeline)",
          hint: "Make the plan again from this server's present files.", patience: 5),
        PlanCheck(
          "WAL replayed to \(position), as far as its files reached", "\(replayed) >= '\(position)'::pg_lsn",
          found: replayed, hint: "It replays too little: an older copy, or recovery is paused.", patience: 60),
      ])
  }

  /// The primary that evidence describes, still one.
  static func primary(_ version: ServerVersion, system: UInt64, timeline: TimelineID) -> PlannedServer {
    PlannedServer(
      node: .primary, version: version, systemIdentifier: system, timeline: timeline,
      checks: identity(version, system: system) + [
        isPrimary,
        PlanCheck(
          "timeline \(timeline)", "\(writtenTimeline(version)) = \(timeline)", found: writtenTimeline(version)),
      ])
  }

  /// The standby that evidence describes, after its promotion: on a later timeline than then.
  static func newPrimary(
    _ version: ServerVersion, system: UInt64, after timeline: TimelineID
  ) -> PlannedServer {
    PlannedServer(
      node: .newPrimary, version: version, systemIdentifier: system, timeline: timeline,
      checks: identity(version, system: system) + [
        isPrimary,
        PlanCheck(
          "a server promoted from timeline \(timeline) (its own timeline is later)",
          "\(writtenTimeline(version)) > \(timeline)", found: "'timeline ' || \(writtenTimeline(version))"),
      ])
  }

  /// The newer of the timelines that are being received (not every role may see it) and that were last noted.
  private static let replayedTimeline =
    "greatest((select min_recovery_end_timeline from pg_control_recovery()),"
    + " (select received_tli from pg_stat_wal_receiver))"

  private static func identity(_ version: ServerVersion, system: UInt64) -> [PlanCheck] {
    [
      PlanCheck(
        "PostgreSQL \(version)", "current_setting('server_version_num')::int / 100 = \(version.rawValue)",
        found: "'PostgreSQL ' || current_setting('server_version')"),
      PlanCheck(
        "system identifier \(system)", "(select system_identifier::text from pg_control_system()) = '\(system)'",
        found: "(select system_identifier::text from pg_control_system())"),
    ]
  }

  private static let isPrimary = PlanCheck(
    "a primary (not in recovery)", "not pg_is_in_recovery()", found: "'a standby, in recovery'")

  /// The timeline in the name of the segment that is being written: the control file's own lags behind a promotion.
  private static func writtenTimeline(_ version: ServerVersion) -> String {
    let words = ServerVocabulary(version)
    return "('x' || substr(\(words.walFileName)(\(words.flushedLSN)), 1, 8))::bit(32)::bigint"
  }
}
