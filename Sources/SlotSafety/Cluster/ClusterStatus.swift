package import Evidence
package import PostgresFormat

/// A whole cluster at one moment: its nodes, its slots with the verdicts for both events, and what is wrong.
package struct ClusterStatus: Sendable {
  /// One node, as it is asked about.
  package struct Member: Sendable {
    /// For tables and messages.
    package var name: String
    /// As it may be shown.
    package var source: String
    /// nil where no source of it could be read.
    package var evidence: Evidence?
    /// Why the first of its sources could not be read; nil where it could.
    package var failure: String?
    /// The evidence was gathered earlier, not now.
    package var isCaptured: Bool
    /// A name, a source, and what it said.
    package init(name: String, source: String, evidence: Evidence?, failure: String?, isCaptured: Bool) {
      (self.name, self.source, self.evidence) = (name, source, evidence)
      (self.failure, self.isCaptured) = (failure, isCaptured)
    }
  }

  /// One row of the table of nodes.
  package struct Node: Sendable, Hashable {
    /// As the operator calls it.
    package var name: String
    /// nil where it could not be read.
    package var role: ClusterRoles.Role?
    /// nil where it could not be read.
    package var summary: NodeSummary?
    /// As it may be shown.
    package var source: String
    /// Whom it streams from or would: a node of this cluster; nil where that is not known.
    package var upstream: String?
    /// Up to where its own WAL is safe on its disk.
    package var position: LSN?
    /// Up to where a standby has replayed; nil for others.
    package var replayed: LSN?
    /// Bytes of the primary's WAL that it has not received; nil for all but standbys.
    package var lagBytes: UInt64?
    /// Bytes of the primary's WAL that it has not replayed.
    package var replayLagBytes: UInt64?
    /// Since when the last commit that it has replayed is over, in microseconds; 0 where it has replayed all.
    package var lagMicroseconds: Int64?
    /// Why it could not be read, or what is known of it is old; nil else.
    package var trouble: String?
  }

  /// One row of the table of slots: the primary's.
  package struct Slot: Sendable, Hashable {
    /// In the state file; the folder's where that is unreadable.
    package var name: String
    /// Whether it has a database.
    package var isLogical: Bool
    /// nil for a physical slot.
    package var plugin: String?
    /// nil for a physical slot, and where it is not known.
    package var database: String?
    /// nil where only a server would know.
    package var isActive: Bool?
    /// `wal_status`; nil where only a server would know.
    package var walStatus: String?
    /// Bytes of the primary's WAL that its consumer has not confirmed, by what the primary noted.
    package var lagBytes: UInt64?
    /// Bytes of the primary's WAL from its restart_lsn on.
    package var retainedBytes: UInt64?
    /// Standbys with a synchronized slot of this name.
    package var synchronizedOn: [String]
    /// nil where no standby was judged.
    package var assessment: SlotAssessment?
  }

  /// Something wrong, or worth knowing.
  package struct Alert: Sendable, Hashable {
    /// How much it matters.
    package var severity: Finding.Severity
    /// nil for the cluster as a whole.
    package var node: String?
    /// nil for what no rule found.
    package var rule: String?
    /// nil for a node's own.
    package var slotName: String?
    /// A sentence.
    package var message: String
    /// What to do.
    package var remedy: String?
    /// As it is told.
    package init(
      severity: Finding.Severity, node: String?, rule: String?, slotName: String?, message: String, remedy: String?
    ) {
      (self.severity, self.node, self.rule, self.slotName) = (severity, node, rule, slotName)
      (self.message, self.remedy) = (message, remedy)
    }
  }

  /// nil where nodes were named and no cluster.
  package var name: String?
  /// The primary, former ones, standbys, the rest.
  package private(set) var nodes: [Node] = []
  /// The worst first.
  package private(set) var slots: [Slot] = []
  /// The most severe first.
  package private(set) var alerts: [Alert] = []
  /// That of the best candidate; nil where there is no primary or no standby.
  package private(set) var best: Assessment?
  /// The name of the best candidate.
  package private(set) var candidate: String?
  /// Of the cluster: the best candidate's, and unknown where a node could not be read.
  package private(set) var verdict: Verdict = .unknown
  /// Why there is no best candidate: a clause. nil where there is one.
  package private(set) var missingAnswer: String?

  /// `roles` are those of the members that could be read, in their order; `assessments` those of the standbys, the best
  /// first; `afterwards` is that of the present primary, where it was promoted from a former one that is among the nodes. `others` are
  /// sources beside the nodes that could not be read.
  package init(
    name: String?, members: [Member], roles: ClusterRoles, assessments: [Assessment], afterwards: Assessment?,
    others: [Alert] = []
  ) {
    self.name = name
    let read = members.filter { $0.evidence != nil }
    let primary = roles.primary.flatMap { $0 < read.count ? read[$0] : nil }
    best = assessments.first
    candidate = best.flatMap { best in read.first { $0.evidence?.origin.source == best.standby.source }?.name }
    nodes = Self.nodes(members, roles, primary: primary)
    slots = primary.map { Self.slots($0, read, roles, best) } ?? []
    alerts = others + Self.alerts(members, roles, nodes, afterwards)
    if let best { alerts += Self.alerts(best) }
    for (index, member) in read.enumerated() where index < roles.roles.count {
      alerts += Self.alerts(member, roles.roles[index])
    }
    var seen: Set<Alert> = []
    alerts = alerts.filter { seen.insert($0).inserted }
    // Stable: what was found first counts more among as severe ones.
    alerts = Finding.Severity.allCases.reversed().flatMap { severity in alerts.filter { $0.severity == severity } }
    settle(hasPrimary: primary != nil, roles, isWhole: members.count == read.count && others.isEmpty)
  }

  private mutating func settle(hasPrimary: Bool, _ roles: ClusterRoles, isWhole: Bool) {
    verdict = best?.verdict ?? .unknown
    missingAnswer = Self.missingAnswer(hasPrimary: hasPrimary, roles, hasBest: best != nil)
    // Two of them take writes.
    if alerts.contains(where: { $0.rule == Self.runsBesides }) { verdict = max(verdict, .atRisk) }
    if !isWhole || best == nil { verdict = .unknown }
  }

  private static func missingAnswer(hasPrimary: Bool, _ roles: ClusterRoles, hasBest: Bool) -> String? {
    if roles.rivals.count > 1 { return "\(roles.rivals.count) nodes are primaries, and none was promoted from another" }
    if !hasPrimary { return "none of the nodes that could be read is the primary" }
    return hasBest ? nil : "no standby that could be read follows the primary"
  }

  /// The stable word for a former primary that still runs.
  package static let runsBesides = "former-primary-runs"
}
