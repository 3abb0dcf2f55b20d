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
    standbys.map { askedForAPlan(assessEvents($0)) }.sorted { a, b in
      if a.verdict != b.verdict { return a.verdict < b.verdict }
      if a.switchPoint != b.switchPoint { return (a.switchPoint ?? .none) > (b.switchPoint ?? .none) }
      return a.slots.count { $0.verdict == .ready } > b.slots.count { $0.verdict == .ready }
    }
  }

  /// What is asked of one candidate; the other standbys are looked at as its followers.
  package func question(of standby: Evidence, event: FailoverEvent = .crash) -> FailoverQuestion {
    var question = FailoverQuestion(
      primary: primary, standby: standby,
      otherStandbys: standbys.filter { $0.origin.source != standby.origin.source }, subscribers: subscribers,
      archive: archive,
      answers: OperatorAnswers(
        promoteAt: promoteAt, assumed: assumed, event: event))
    question.primaryIsPresent = primaryIsPresent
    return question
  }

  /// One candidate's answer for one event.
  package func assess(_ standby: Evidence, event: FailoverEvent = .crash) -> Assessment {
    let question = question(of: standby, event: event)
    return Self.assess(question, Failover.establish(question))
  }

  /// The same where the question has been admitted, or refused, already.
  package static func assess(_ question: FailoverQuestion, _ admission: Admission) -> Assessment {
    switch admission {
    case .admitted(let failover): assess(failover)
    case .standbyOnly(let failover): assessAlone(failover)
    case .refused(let refusal): refused(question, refusal)
    }
  }

  private static func assess(_ failover: Failover) -> Assessment {
    let logical = failover.primary.slots.filter { $0.state?.isLogical ?? true }
    let physical = failover.primary.slots.filter { $0.state?.isLogical == false }
    var slots =
      logical.map { LogicalSlotJudge.assess($0, in: failover) }
      + physical.compactMap { PhysicalSlotJudge.assess($0, in: failover) }
    let ofNodes = NodeJudge.judge(failover)
    for index in slots.indices { for judgement in ofNodes { slots[index].apply(judgement) } }
    var assessment = Assessment(
      failover, slots: slots, ofNodes: ofNodes + NodeJudge.judgeWithoutConsumers(failover),
      findings: ahead(failover) + NodeRules.all(failover) + LackingWAL.findings(failover, beside: slots)
        + (CatchUp(failover)?.findings(failover) ?? []) + SubscribersGiven.findings(failover)
        + [failover.ownNodeFinding ?? failover.cleanStopFinding].compactMap { $0 })
    if failover.primaryIsDown { assessment.primary?.isRunning = failover.primaryRuns }
    return assessment
  }

  /// A33: other candidates that have received more.
  private static func ahead(_ failover: FailoverCase) -> [Finding] {
    failover.otherStandbys.compactMap { other in
      guard let end = other.wal.end?.lsn, end > failover.standbyEnd, !failover.isPromoted else { return nil }
      return Finding(
        .a33,
        "\(other.origin.source) has \(ByteCount.text(end.bytes(since: failover.standbyEnd))) more WAL than \(failover.standby.origin.source) and could not follow it.",
        facts: [Fact("WAL ends at \(end)", path: other.origin.source)])
    }
  }

  /// Nothing can be compared: every slot's fate is unknown.
  private static func refused(_ question: FailoverQuestion, _ refusal: Admission.Refusal) -> Assessment {
    let (primary, standby) = (question.primary, question.standby)
    let slots = (primary?.slots ?? []).map { slot in
      SlotAssessment(
        slotName: slot.state?.name ?? slot.directory, isLogical: slot.state?.isLogical ?? true,
        plugin: slot.state?.plugin,
        databaseName: slot.state.flatMap { primary?.databaseName($0.database) }, verdict: .unknown, counts: true,
        reason: "the two nodes cannot be compared", primary: primary.map { SlotView(slot, in: $0) }, standby: nil,
        consumer: Position(atLeast: slot.state?.confirmedFlush.nonZero, atMost: nil, basis: "the primary's slot"),
        findings: [], exposure: Exposure())
    }
    return Assessment(
      verdict: .unknown, primary: primary.map(NodeSummary.init), standby: NodeSummary(standby), isPromoted: false,
      switchPoint: primary == nil ? standby.wal.end?.lsn : nil, slots: slots.sorted { $0.slotName < $1.slotName },
      findings: refusal.findings)
  }

  private static func assessAlone(_ failover: Failover) -> Assessment {
    var slots = failover.standby.slots.compactMap { StandbyAlone.assess($0, in: failover) }
    let ofNodes = NodeJudge.judge(failover)
    for index in slots.indices { for judgement in ofNodes { slots[index].apply(judgement) } }
    var assessment = Assessment(failover, slots: slots, ofNodes: ofNodes, findings: [failover.missingPrimary])
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
    where seen.insert(finding).inserted && finding.concerns(failover.version) { all.append(finding) }
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
