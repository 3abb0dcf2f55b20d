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
      checks: identity(version, system: system, isStandby: true) + [
        PlanCheck(
          "WAL replayed to \(position) on timeline \(timeline)",
          "\(replayed) >= \(position) and \(replayedTimeline) = \(timeline)", found: replayed,
          patience: 60)
      ])
  }

  /// The primary that evidence describes, still one.
  static func primary(_ version: ServerVersion, system: UInt64, timeline: TimelineID) -> PlannedServer {
    PlannedServer(
      node: .primary, version: version, systemIdentifier: system, timeline: timeline,
      checks: identity(version, system: system, isStandby: false) + [
        PlanCheck(
          "timeline \(timeline)", "\(writtenTimeline(version)) = '\(hex: timeline)'", found: writtenTimeline(version))
      ])
  }

  /// The standby that evidence describes, after its promotion: on a later timeline than then.
  static func newPrimary(
    _ version: ServerVersion, system: UInt64, after timeline: TimelineID
  ) -> PlannedServer {
    PlannedServer(
      node: .newPrimary, version: version, systemIdentifier: system, timeline: timeline,
      checks: identity(version, system: system, isStandby: false) + [
        PlanCheck(
          "a server promoted from timeline \(timeline)",
          "\(writtenTimeline(version)) > '\(hex: timeline)'", found: writtenTimeline(version))
      ])
  }

  /// A subscriber, which is a cluster of its own.
  static func subscriber(_ evidence: Evidence, member: Int) -> PlannedServer? {
    other(evidence, .subscriber, member, isStandby: false)
  }

  /// Another standby, which is to follow the new primary.
  static func follower(_ evidence: Evidence, member: Int) -> PlannedServer? {
    other(evidence, .follower, member, isStandby: true)
  }

  private static func other(
    _ evidence: Evidence, _ node: PlanNode, _ member: Int, isStandby: Bool
  ) -> PlannedServer? {
    guard let version = evidence.version, let control = evidence.control?.value else { return nil }
    return PlannedServer(
      node: node, member: member, version: version, systemIdentifier: control.systemIdentifier,
      timeline: control.checkpoint.timeline,
      checks: identity(version, system: control.systemIdentifier, isStandby: isStandby))
  }

  /// The newer of the timelines that are being received (not every role may see it) and that were last noted.
  private static let replayedTimeline: SQL =
    "greatest((pg_control_recovery()).min_recovery_end_timeline, (select received_tli from pg_stat_wal_receiver))"

  private static func identity(_ version: ServerVersion, system: UInt64, isStandby: Bool) -> [PlanCheck] {
    [
      isStandby
        ? PlanCheck("a standby (in recovery)", "pg_is_in_recovery()", found: "'in recovery f'")
        : PlanCheck("a primary (not in recovery)", "not pg_is_in_recovery()", found: "'in recovery t'"),
      PlanCheck(
        "PostgreSQL \(version)", "current_setting('server_version_num') like '\(version.numberPrefix)%'",
        found: "current_setting('server_version')"),
      PlanCheck(
        "system identifier \(system)", isSystem(system), found: "(pg_control_system()).system_identifier"),
    ]
  }

  /// The timeline in the name of the segment that is being written, as eight hexadecimal digits: the control file's own lags
  /// after a promotion.
  private static func writtenTimeline(_ version: ServerVersion) -> SQL {
    let words = ServerVocabulary(version)
    return "left(\(words.walFileName)(\(words.flushedLSN)), 8)"
  }
}

extension NodePair {
  /// The servers that the plan's steps run on, the one that takes over first.
  func servers(of plan: Plan, audit: Audit) -> [PlannedServer] {
    var servers: [PlannedServer] = []
    for part in Plan.order where plan.steps.contains(where: { $0.node == part }) {
      switch part {
      case .standby:
        servers.append(
          .standby(version, system: systemIdentifier, timeline: timeline, replayed: standbyPosition))
      case .primary:
        servers.append(.primary(version, system: systemIdentifier, timeline: timeline))
      case .newPrimary:
        var server = PlannedServer.newPrimary(version, system: systemIdentifier, after: timeline)
        server.facts = [forkFact]
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
