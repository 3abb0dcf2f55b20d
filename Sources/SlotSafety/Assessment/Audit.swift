package import Evidence
package import PostgresFormat

/// A question about a promotion: one primary (or none), the standbys that could take over, and what else is known.
package struct Audit: Sendable {
  /// nil: every standby is judged alone, and nothing of it can be ready.
  package var primary: Evidence?
  /// In the order in which they were given.
  package var standbys: [Evidence]
  /// Nodes whose replication origins tell how far the consumers are.
  package var subscribers: [Evidence]
  /// WAL of the primary's history from archives.
  package var archive: [WALStretch]
  /// Judge as if each standby's WAL ended here.
  package var promoteAt: LSN?
  /// The one that decides; nil: a switchover where the primary runs, else what is left.
  package var event: FailoverEvent?
  /// The primary was looked at now: that older evidence shows it running says nothing of this moment.
  package var primaryIsPresent: Bool
  /// What no file shows and the operator says.
  package var assumed: Set<Premise>

  /// The WAL of all of them must have been read as ``WALDemand`` says.
  package init(
    primary: Evidence?, standbys: [Evidence], subscribers: [Evidence] = [], archive: [WALStretch] = [],
    promoteAt: LSN? = nil, assumed: Set<Premise> = [], event: FailoverEvent? = nil,
    primaryIsPresent: Bool = true
  ) {
    (self.primary, self.standbys, self.subscribers) = (primary, standbys, subscribers)
    (self.archive, self.promoteAt) = (archive, promoteAt)
    (self.assumed, self.event, self.primaryIsPresent) = (assumed, event, primaryIsPresent)
  }

  /// Every node that it asks.
  package var sources: [Evidence] { (primary.map { [$0] } ?? []) + standbys + subscribers }

  /// The answers, the best candidate first: by verdict, then by WAL, then by slots that go on.
  package func assessments() -> [Assessment] {
    standbys.map { assessEvents($0) }.sorted { a, b in
      if a.verdict != b.verdict { return a.verdict < b.verdict }
      if a.switchPoint != b.switchPoint { return (a.switchPoint ?? .none) > (b.switchPoint ?? .none) }
      return a.slots.count { $0.verdict == .ready } > b.slots.count { $0.verdict == .ready }
    }
  }

  /// One candidate's answer for one event; the other standbys are looked at as its followers.
  package func assess(_ standby: Evidence, event: FailoverEvent = .crash) -> Assessment {
    guard let primary else { return assessAlone(standby) }
    if let finding = recovery(of: primary) { return refused(primary, standby, [finding]) }
    let (relation, findings) = Identity.relation(primary: primary, standby: standby)
    guard let relation, let version = primary.version, let found = standby.wal.end?.lsn else {
      return refused(primary, standby, findings)
    }
    let common =
      switch relation {
      case .follows: found
      case .promoted(let fork): fork
      }
    if let lsn = SameWAL.firstDifference(primary.stretches, standby.stretches, before: common) {
      return refused(
        primary, standby,
        [
          Finding(
            .a02, "The two nodes have different WAL at \(lsn), though both take it for that of one timeline.",
            facts: [
              Fact("WAL at \(lsn)", path: primary.wal.path ?? "pg_wal", node: "primary"),
              Fact("WAL at \(lsn)", path: standby.wal.path ?? "pg_wal", node: "standby"),
            ], remedy: "One of the two was set back to an older state, or lost WAL in a crash: build the standby anew.")
        ])
    }
    switch relation {
    case .follows:
      let end = promoteAt ?? found
      guard end <= found else {
        return refused(
          primary, standby,
          [
            Finding(
              .a13, "The standby's WAL ends at \(found); it cannot be promoted at \(end).",
              facts: [Fact("WAL ends at \(found)", path: standby.wal.path ?? "pg_wal", node: "standby")])
          ])
      }
      let failover = FailoverCase(
        primary: primary, standby: standby, subscribers: subscribers, archive: archive, version: version,
        standbyEnd: end, isPromoted: false)
      return assess(failover, event)
    case .promoted(let fork):
      let failover = FailoverCase(
        primary: primary, standby: standby, subscribers: subscribers, archive: archive, version: version,
        standbyEnd: fork, isPromoted: true)
      return assess(failover, .crash)
    }
  }

  private func assess(_ failover: FailoverCase, _ event: FailoverEvent) -> Assessment {
    var failover = failover
    failover.event = event
    failover.otherStandbys = standbys.filter { $0.origin.source != failover.standby.origin.source }
    failover.assume(assumed)
    let logical = failover.primary.slots.filter { $0.state?.isLogical ?? true }
    let physical = failover.primary.slots.filter { $0.state?.isLogical == false }
    var slots =
      logical.map { LogicalSlotJudge.assess($0, in: failover) }
      + physical.compactMap { PhysicalSlotJudge.assess($0, in: failover) }
    let ofNodes = NodeJudge.judge(failover, endIsGiven: promoteAt != nil)
    for index in slots.indices { for judgement in ofNodes { slots[index].apply(judgement) } }
    var assessment = Assessment(
      failover, slots: slots, ofNodes: ofNodes + NodeJudge.judgeWithoutConsumers(failover),
      findings: ahead(failover) + NodeRules.all(failover) + LackingWAL.findings(failover, beside: slots)
        + (CatchUp(failover)?.findings(failover) ?? []) + SubscribersGiven.findings(failover)
        + [failover.ownNodeFinding ?? failover.cleanStopFinding].compactMap { $0 })
    if failover.primaryIsDown { assessment.primary?.isRunning = failover.primaryRuns }
    return assessment
  }

  /// A03: a primary that is none. Of a directory the control file decides: a primary that was stopped stays one until its next
  /// start, whatever its signal files say.
  private func recovery(of primary: Evidence) -> Finding? {
    if primary.server != nil {
      guard primary.role != .primary else { return nil }
      return Finding(
        .a03, "The server given as primary is in recovery itself; its slots are not those that consumers use.",
        facts: [Fact("in recovery", path: "pg_is_in_recovery()", node: "primary")],
        remedy: "Give the primary as --primary.")
    }
    guard let control = primary.control, [.shutDownInRecovery, .inArchiveRecovery].contains(control.value.state) else {
      return nil
    }
    return Finding(
      .a03, "The server given as primary was in recovery itself; its slots are not those that consumers use.",
      facts: [Fact("in recovery", path: control.path, node: "primary")],
      remedy: "Give the primary as --primary; of a standby's standby it is the one at the head.")
  }

  /// A33: other candidates that have received more.
  private func ahead(_ failover: FailoverCase) -> [Finding] {
    failover.otherStandbys.compactMap { other in
      guard let end = other.wal.end?.lsn, end > failover.standbyEnd, !failover.isPromoted else { return nil }
      return Finding(
        .a33,
        "\(other.origin.source) has \(ByteCount.text(end.bytes(since: failover.standbyEnd))) more WAL than \(failover.standby.origin.source) and could not follow it.",
        facts: [Fact("WAL ends at \(end)", path: other.origin.source)])
    }
  }

  /// Nothing can be compared: every slot's fate is unknown.
  private func refused(_ primary: Evidence, _ standby: Evidence, _ findings: [Finding]) -> Assessment {
    let slots = primary.slots.map { slot in
      SlotAssessment(
        slotName: slot.state?.name ?? slot.directory, isLogical: slot.state?.isLogical ?? true,
        plugin: slot.state?.plugin,
        databaseName: slot.state.flatMap { primary.databaseName($0.database) }, verdict: .unknown, counts: true,
        reason: "the two nodes cannot be compared", primary: SlotView(slot, in: primary), standby: nil,
        consumer: Position(atLeast: slot.state?.confirmedFlush.nonZero, atMost: nil, basis: "the primary's slot"),
        findings: [], exposure: Exposure())
    }
    return Assessment(
      verdict: .unknown, primary: NodeSummary(primary), standby: NodeSummary(standby), isPromoted: false,
      switchPoint: nil, slots: slots.sorted { $0.slotName < $1.slotName }, findings: findings)
  }

  private func assessAlone(_ standby: Evidence) -> Assessment {
    let unreadable = Identity.readable(standby, node: "standby")
    guard unreadable.isEmpty, standby.role == .standby, let version = standby.version, let end = standby.wal.end?.lsn
    else {
      let role = Finding(
        .a03, "Without a primary only a standby that was not promoted can be judged.",
        facts: [Fact("no standby.signal", path: ".", node: "standby")])
      return Assessment(
        verdict: .unknown, primary: nil, standby: NodeSummary(standby), isPromoted: false,
        switchPoint: standby.wal.end?.lsn, slots: [], findings: unreadable.isEmpty ? [role] : unreadable)
    }
    let failover = StandbyAlone.failover(
      standby, version: version, end: min(promoteAt ?? end, end), subscribers: subscribers, archive: archive)
    var slots = standby.slots.compactMap { StandbyAlone.assess($0, in: failover) }
    let ofNodes = NodeJudge.judge(failover, endIsGiven: promoteAt != nil)
    for index in slots.indices { for judgement in ofNodes { slots[index].apply(judgement) } }
    let missing = Finding(
      .a04, .warning, "Without the primary's files nobody can say which slots it had, and how far their consumers got.",
      facts: [Fact("no primary was given", path: standby.origin.source, node: "standby")],
      remedy: "Give the primary's directory, or an older evidence file of it (--primary).")
    var assessment = Assessment(failover, slots: slots, ofNodes: ofNodes, findings: [missing])
    assessment.primary = nil
    // Slots that the primary had and this standby lacks are not known here.
    if assessment.verdict < .atRisk { assessment.verdict = .atRisk }
    return assessment
  }
}

extension Assessment {
  /// `ofNodes` is what holds or fails for all slots alike, and counts where there are none too.
  init(_ failover: FailoverCase, slots: [SlotAssessment], ofNodes: [Judgement], findings: [Finding]) {
    let slots = slots.sorted { $0.slotName < $1.slotName }
    var all: [Finding] = []
    var seen: Set<Finding> = []
    for finding in ofNodes.flatMap(\.findings) + findings + slots.flatMap(\.findings)
    where seen.insert(finding).inserted { all.append(finding) }
    let verdict = (slots.filter(\.counts).map(\.verdict) + ofNodes.map(\.verdict)).max() ?? .ready
    self.init(
      verdict: verdict,
      primary: NodeSummary(failover.primary),
      standby: NodeSummary(failover.standby), isPromoted: failover.isPromoted,
      reason: ofNodes.first { $0.verdict == verdict && !$0.isReady }?.reason, switchPoint: failover.standbyEnd,
      slots: slots,
      findings: all.enumerated()
        .sorted { ($1.element.severity, $0.offset) < ($0.element.severity, $1.offset) }.map(\.element))
  }
}
