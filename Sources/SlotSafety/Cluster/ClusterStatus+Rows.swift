import Evidence
import PostgresFormat

extension ClusterStatus {
  /// Where a node's WAL is safe on its disk.
  private static func end(of node: Evidence) -> LSN? {
    let positions = node.server?.positions
    return positions?.flush ?? positions?.insert ?? node.wal.end?.lsn
  }

  static func nodes(_ members: [Member], _ roles: ClusterRoles, primary: Member?) -> [Node] {
    var rows: [(rank: Int, node: Node)] = []
    var index = -1
    let primaryEnd = primary?.evidence.flatMap(end(of:))
    for member in members {
      var node = Node(name: member.name, source: member.source)
      guard let evidence = member.evidence else {
        node.trouble = member.failure ?? "could not be read"
        rows.append((4, node))
        continue
      }
      index += 1
      let role = index < roles.roles.count ? roles.roles[index] : nil
      (node.role, node.summary) = (role, NodeSummary(evidence))
      node.position = end(of: evidence)
      node.trouble = member.failure
      if role == .standby || evidence.role == .standby { node.replayed = evidence.server?.positions.replay }
      if role == .standby {
        node.upstream = upstream(of: evidence, member.name, among: members)
        if let primaryEnd { lag(of: evidence, to: primaryEnd, primary: primary?.evidence, into: &node) }
      }
      rows.append((rank(role), node))
    }
    return rows.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }.map(\.element.node)
  }

  private static func rank(_ role: ClusterRoles.Role?) -> Int {
    switch role {
    case .primary?: 0
    case .formerPrimary?: 1
    case .standby?: 2
    case .apart?, nil: 3
    }
  }

  private static func lag(of standby: Evidence, to end: LSN, primary: Evidence?, into node: inout Node) {
    node.lagBytes = node.position.map { end.bytes(since: $0) }
    guard let replayed = node.replayed else { return }
    let missing = end.bytes(since: replayed)
    node.replayLagBytes = missing
    guard missing > 0 else {
      node.lagMicroseconds = 0
      return
    }
    // Both times are the standby's server's and the primary's clock: as pg_stat_replication's users compute it.
    if let last = standby.server?.positions.lastReplayedCommit, let now = standby.server?.askedAt {
      node.lagMicroseconds = max(0, now.microseconds(since: last))
    }
  }

  /// The node with the slot that the standby streams through, or that it is connected to.
  private static func upstream(of standby: Evidence, _ name: String, among members: [Member]) -> String? {
    guard let version = standby.version else { return nil }
    let others = members.filter { $0.name != name && $0.evidence != nil }
    let slot = EffectiveSettings(standby.settings, version: version).text("primary_slot_name") ?? ""
    let holders = others.filter { member in
      !slot.isEmpty
        && member.evidence?.slots.contains { $0.state?.name == slot && $0.state?.isLogical == false } == true
    }
    if holders.count == 1 { return holders.first?.name }
    guard let receiver = standby.server?.receiver, let host = receiver.senderHost else { return nil }
    let port = receiver.connectionInfo.flatMap { try? ConnectionString($0) }?["port"]
    let reached = (holders.isEmpty ? others : holders).filter { member in
      guard let evidence = member.evidence, evidence.positionsAreLive, evidence.origin.host == host else {
        return false
      }
      let own = (try? ConnectionString(evidence.origin.source))?["port"]
      return port == nil || own == nil || port == own
    }
    return reached.count == 1 ? reached.first?.name : nil
  }

  static func slots(_ primary: Member, _ read: [Member], _ roles: ClusterRoles, _ best: Assessment?) -> [Slot] {
    guard let evidence = primary.evidence else { return [] }
    let end = end(of: evidence)
    var standbys: [(name: String, synchronized: Set<String>)] = []
    for index in roles.standbys where index < read.count {
      let synchronized = read[index].evidence?.slots.compactMap(\.state).filter { $0.synced == true }.map(\.name) ?? []
      standbys.append((read[index].name, Set(synchronized)))
    }
    let judged = Dictionary(best?.slots.map { ($0.slotName, $0) } ?? []) { first, _ in first }
    let rows = evidence.slots.map { slot in
      let name = slot.state?.name ?? slot.directory
      let isLogical = slot.state?.isLogical ?? true
      let confirmed = isLogical ? slot.state?.confirmedFlush.nonZero : slot.state?.restartLSN.nonZero
      return Slot(
        name: name, isLogical: isLogical, plugin: isLogical ? slot.state?.plugin : nil,
        database: isLogical ? slot.state.flatMap { evidence.databaseName($0.database) } : nil,
        isActive: slot.activity?.isActive, walStatus: slot.activity?.walStatus,
        lagBytes: end.flatMap { end in confirmed.map { end.bytes(since: $0) } },
        retainedBytes: end.flatMap { end in slot.state?.restartLSN.nonZero.map { end.bytes(since: $0) } },
        synchronizedOn: standbys.filter { $0.synchronized.contains(name) }.map(\.name), assessment: judged[name])
    }
    return rows.sorted { a, b in
      let (first, second) = (a.assessment?.verdict ?? .unknown, b.assessment?.verdict ?? .unknown)
      return first != second ? first > second : a.name < b.name
    }
  }
}
