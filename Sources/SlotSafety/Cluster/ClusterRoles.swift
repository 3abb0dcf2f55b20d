package import Evidence
package import PostgresFormat

/// Who is who among the nodes of a cluster, by what their files and servers say and by the histories of their timelines: nobody
/// declares it.
package struct ClusterRoles: Sendable, Hashable {
  /// What a node is at this moment.
  package enum Role: Sendable, Hashable {
    case primary
    /// Follows the primary, or could: its history is the primary's.
    case standby
    /// It was the primary; another node was promoted from it here.
    case formerPrimary(fork: LSN)
    /// It belongs to no failover of this cluster: a clause says why.
    case apart(reason: String)
  }

  /// In the order of the nodes.
  package private(set) var roles: [Role]
  /// Which node is the primary; nil where none is, and where several are.
  package private(set) var primary: Int?
  /// Primaries of which none was promoted from another: two servers take writes, or a copy of one is among the nodes.
  package private(set) var rivals: [Int] = []

  /// Standbys, in the order of the nodes.
  package var standbys: [Int] { roles.indices.filter { roles[$0] == .standby } }

  /// Former primaries from which the present one was promoted, in the order of the nodes.
  package var formerPrimaries: [Int] {
    roles.indices.filter { if case .formerPrimary = roles[$0] { true } else { false } }
  }

  /// Their WAL need not have been read.
  package init(_ nodes: [Evidence]) {
    roles = nodes.map { _ in .standby }
    let identifiers = nodes.map { $0.control?.value.systemIdentifier }
    let own = Self.mostFrequent(identifiers)
    var candidates: [Int] = []
    for (index, node) in nodes.enumerated() {
      if let identifier = identifiers[index], identifier != own {
        let expected = own.map { ", expected \($0)" } ?? ""
        roles[index] = .apart(reason: "is of another cluster (system \(identifier)\(expected))")
      } else if node.role == .primary, Identity.noPrimary(node) == nil {
        candidates.append(index)
      } else if node.role != .standby {
        roles[index] = .apart(reason: Self.unsettled(node))
      }
    }
    // One in which a signal file was put after its last stop is the primary until its next start.
    if candidates.isEmpty {
      candidates = nodes.indices.filter { index in
        let state = nodes[index].control?.value.state
        return identifiers[index] == own && !nodes[index].positionsAreLive && state != nil
          && Identity.noPrimary(nodes[index]) == nil
      }
    }
    settle(candidates, nodes)
    guard let primary else { return }
    for index in standbys where index != primary {
      let admission = Failover.establish(FailoverQuestion(primary: nodes[primary], standby: nodes[index]))
      if case .refused(let refusal) = admission { roles[index] = .apart(reason: refusal.message) }
    }
  }

  /// Of several primaries the one that was promoted last.
  private mutating func settle(_ candidates: [Int], _ nodes: [Evidence]) {
    var heads = candidates
    for old in candidates {
      for new in candidates where new != old {
        let question = FailoverQuestion(primary: nodes[old], standby: nodes[new])
        guard case .admitted(let failover) = Failover.establish(question), case .promoted(let fork) = failover.relation
        else { continue }
        heads.removeAll { $0 == old }
        // Promoted several times since: the first fork is where it was left.
        if case .formerPrimary(let first) = roles[old], first <= fork { continue }
        roles[old] = .formerPrimary(fork: fork)
      }
    }
    for head in heads { roles[head] = .primary }
    if heads.count == 1 { primary = heads.first } else { rivals = heads }
  }

  private static func mostFrequent(_ identifiers: [UInt64?]) -> UInt64? {
    var counts: [UInt64: Int] = [:]
    for case let identifier? in identifiers { counts[identifier, default: 0] += 1 }
    let most = counts.values.max()
    return identifiers.lazy.compactMap { $0 }.first { counts[$0] == most }
  }

  private static func unsettled(_ node: Evidence) -> String {
    guard node.control != nil else { return "its control file could not be read" }
    return node.startFiles.backupLabelPresent
      ? "is a base backup" : "is neither primary nor standby: nothing shows that it follows anybody"
  }
}
