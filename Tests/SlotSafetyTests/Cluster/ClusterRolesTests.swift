import Evidence
import PostgresFormat
import Testing

@testable import SlotSafety

/// Who is who: by what nodes say, in whatever order they are named.
@Suite struct ClusterRolesTests {
  private let pair = SamplePair()

  @Test func thePrimaryAndItsStandbyAreFoundInAnyOrder() {
    let roles = ClusterRoles([pair.standby, pair.primary])
    #expect(roles.roles == [.standby, .primary] && roles.primary == 1 && roles.standbys == [0])
    #expect(ClusterRoles([pair.primary, pair.standby]).roles == [.primary, .standby])
    #expect(ClusterRoles([pair.standby]).primary == nil && ClusterRoles([]).roles.isEmpty)
  }

  /// The standby of the pair, promoted at the end of its WAL.
  private func promoted() -> Evidence {
    var node = pair.standby
    node.origin.source = "/promoted"
    node.startFiles.standbySignal = false
    node.control?.value.state = .shutDown
    node.control?.value.checkpoint.timeline = TimelineID(2)
    node.control?.value.minRecoveryPoint = .none
    node.control?.value.minRecoveryPointTimeline = TimelineID(0)
    let history = TimelineHistory(
      timeline: TimelineID(2),
      ancestors: [
        TimelineHistory.Entry(timeline: TimelineID(1), switchPoint: SamplePair.end, reason: "no recovery target")
      ])
    node.timelines = [Located(history, path: "pg_wal/00000002.history")]
    return node
  }

  @Test func aPromotedNodeIsThePrimary() {
    let roles = ClusterRoles([pair.primary, promoted()])
    #expect(roles.roles == [.formerPrimary(fork: SamplePair.end), .primary], "\(roles)")
    #expect(roles.primary == 1 && roles.formerPrimaries == [0] && roles.rivals.isEmpty)
  }

  @Test func twoPrimariesOfWhichNoneWasPromotedLeaveItOpen() {
    var other = pair.primary
    other.origin.source = "/other"
    let roles = ClusterRoles([pair.primary, other, pair.standby])
    #expect(roles.primary == nil && roles.rivals == [0, 1])
  }

  @Test func aStrangerIsApart() {
    var stranger = pair.standby
    stranger.control?.value.systemIdentifier = 42
    let roles = ClusterRoles([stranger, pair.primary, pair.standby])
    guard case .apart(let reason) = roles.roles[0] else { Issue.record("\(roles)"); return }
    #expect(reason.contains("another cluster (system 42") && roles.primary == 1 && roles.standbys == [2])
  }

  // MARK: status

  private func status(_ nodes: [(String, Evidence?)]) -> ClusterStatus {
    let members = nodes.map { name, evidence in
      ClusterStatus.Member(
        name: name, source: "/\(name)", evidence: evidence, failure: evidence == nil ? "no such file" : nil,
        isCaptured: false)
    }
    let roles = ClusterRoles(members.compactMap(\.evidence))
    let read = members.compactMap(\.evidence)
    let assessments = roles.primary.map { primary in
      roles.standbys.isEmpty
        ? [] : Audit(primary: read[primary], standbys: roles.standbys.map { read[$0] }).assessments()
    }
    return ClusterStatus(
      name: "prod", members: members, roles: roles, assessments: assessments ?? [], afterwards: nil)
  }

  @Test func aWholeClusterIsAsItsBestCandidate() {
    let status = status([("db2", pair.standby), ("db1", pair.primary)])
    #expect(status.verdict == .ready && status.candidate == "db2" && status.missingAnswer == nil, "\(status)")
    #expect(status.nodes.map(\.name) == ["db1", "db2"] && status.nodes.map(\.role) == [.primary, .standby])
    #expect(status.nodes[1].lagBytes == 0 && status.nodes[1].upstream == "db1")
    let slot = status.slots.first { $0.name == "orders" }
    #expect(slot?.synchronizedOn == ["db2"] && slot?.assessment?.verdict == .ready)
    #expect(slot?.lagBytes == SamplePair.end.bytes(since: SamplePair.confirmed))
    #expect(slot?.retainedBytes == SamplePair.end.bytes(since: SamplePair.restart))
  }

  /// It could be a primary that was promoted since.
  @Test func aNodeThatIsNotReadLeavesNothingReady() {
    let status = status([("db1", pair.primary), ("db2", pair.standby), ("db3", nil)])
    #expect(status.best?.verdict == .ready && status.verdict == .unknown)
    #expect(status.alerts.first?.rule == "node-unread" && status.alerts.first?.node == "db3")
    #expect(status.nodes.last?.trouble == "no such file" && status.nodes.last?.role == nil)
  }

  @Test func withoutAPrimaryOrAStandbyNothingIsReady() {
    for nodes in [[("db2", pair.standby)], [("db1", pair.primary)], [("db1", nil)]] as [[(String, Evidence?)]] {
      let status = status(nodes)
      #expect(status.verdict == .unknown && status.missingAnswer != nil)
    }
    var other = pair.primary
    other.origin.source = "/other"
    let split = status([("db1", pair.primary), ("db2", other), ("db3", pair.standby)])
    #expect(split.verdict == .unknown && split.alerts.first?.rule == "several-primaries")
  }

  @Test func aFormerPrimaryThatStillRunsIsTheFirstThingSaid() {
    var running = pair.primary
    running.startFiles.postmasterPIDPresent = true
    running.startFiles.postmasterAlive = true
    var follower = promoted()
    follower.origin.source = "/follower"
    follower.startFiles.standbySignal = true
    follower.control?.value.state = .shutDownInRecovery
    let status = status([("db1", running), ("db2", promoted()), ("db3", follower)])
    #expect(
      status.alerts.first?.rule == ClusterStatus.runsBesides && status.alerts.first?.node == "db1", "\(status.alerts)")
    #expect(status.verdict >= .atRisk)
  }
}
