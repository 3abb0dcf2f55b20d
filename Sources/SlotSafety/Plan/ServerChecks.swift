import Evidence
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

  /// A subscriber, which is a cluster of its own.
  static func subscriber(_ evidence: Evidence, member: Int) -> PlannedServer? {
    guard let version = evidence.version, let control = evidence.control?.value else { return nil }
    return PlannedServer(
      node: .subscriber, member: member, version: version, systemIdentifier: control.systemIdentifier,
      timeline: control.checkpoint.timeline, checks: identity(version, system: control.systemIdentifier) + [isPrimary])
  }

  /// Another standby, which is to follow the new primary.
  static func follower(_ evidence: Evidence, member: Int) -> PlannedServer? {
    guard let version = evidence.version, let control = evidence.control?.value else { return nil }
    return PlannedServer(
      node: .follower, member: member, version: version, systemIdentifier: control.systemIdentifier,
      timeline: control.checkpoint.timeline,
      checks: identity(version, system: control.systemIdentifier) + [
        PlanCheck("a standby (in recovery)", "pg_is_in_recovery()", found: "'a server that is not in recovery'")
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

extension NodePair {
  /// The servers that the plan's steps run on, the one that takes over first.
  func servers(of plan: Plan, audit: Audit) -> [PlannedServer] {
    var servers: [PlannedServer] = []
    for part in Plan.order where plan.steps.contains(where: { $0.node == part }) {
      switch part {
      case .standby:
        var server = PlannedServer.standby(
          version, system: systemIdentifier, timeline: timeline, replayed: standbyPosition)
        server.facts = [Self.withPrimary] + PlannedServer.pluginFacts(plan.slots)
        servers.append(server)
      case .primary:
        var server = PlannedServer.primary(version, system: systemIdentifier, timeline: timeline)
        if plan.approach == .failoverSlots {
          server.facts = [ServerFact(name: Self.unfinished, expression: ServerFact.untold)]
        }
        servers.append(server)
      case .newPrimary:
        var server = PlannedServer.newPrimary(version, system: systemIdentifier, after: timeline)
        var fork = forkFact
        fork.isShown = true
        server.facts = [fork] + PlannedServer.pluginFacts(plan.slots)
        servers.append(server)
      case .subscriber: servers += members(of: plan, part, audit.subscribers, PlannedServer.subscriber)
      case .follower: servers += members(of: plan, part, Array(audit.standbys.dropFirst()), PlannedServer.follower)
      }
    }
    return servers
  }

  private func members(
    of plan: Plan, _ node: PlanNode, _ all: [Evidence], _ make: (Evidence, Int) -> PlannedServer?
  ) -> [PlannedServer] {
    let wanted = Set(plan.steps.filter { $0.node == node }.map(\.part.member))
    return all.enumerated().filter { wanted.contains($0.offset) }.compactMap { make($0.element, $0.offset) }
  }
}

extension Plan {
  fileprivate static let order: [PlanNode] = [.standby, .primary, .newPrimary, .subscriber, .follower]
}
