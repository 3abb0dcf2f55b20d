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
  /// What consumers stored themselves.
  package var storedPositions: [StoredPosition] = []
  /// WAL of the primary's history from archives.
  package var archive: [WALStretch]
  /// Judge as if each standby's WAL ended here.
  package var promoteAt: LSN?
  /// The one that decides; nil: a switchover where the primary runs, else what is left.
  package var event: FailoverEvent?
  /// The primary was looked at now: that older evidence shows it running says nothing of this moment.
  package var primaryIsPresent: Bool
  /// The sources of subscribers that were captured earlier: what is given of them is not what they are now.
  package var captured: Set<String> = []
  /// What no file shows and the operator says.
  package var assumed: Set<Premise>
  /// What the standbys' data pages say, by their sources.
  package var pages: [String: PageCheck] = [:]
  /// In any order.
  package var rules = RuleRegistry.all

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
    (question.primaryIsPresent, question.captured) = (primaryIsPresent, captured)
    question.storedPositions = storedPositions
    question.pages = pages[standby.origin.source]
    return question
  }

  /// One candidate's answer for one event.
  package func assess(_ standby: Evidence, event: FailoverEvent = .crash) -> Assessment {
    let question = question(of: standby, event: event)
    return Self.assess(question, Failover.establish(question), by: rules)
  }

  /// The same where the question has been admitted, or refused, already.
  package static func assess(
    _ question: FailoverQuestion, _ admission: Admission, by rules: RuleRegistry = .all
  ) -> Assessment {
    switch admission {
    case .admitted(let failover), .standbyOnly(let failover):
      assess(failover, by: rules).withPremises(question) { premises in
        var given = question
        given.answers.assumed.formUnion(premises)
        switch Failover.establish(given) {
        case .admitted(let failover), .standbyOnly(let failover): return assess(failover, by: rules)
        case .refused: return nil
        }
      }
    case .refused(let refusal): refused(question, refusal)
    }
  }

  private static func assess(_ failover: Failover, by rules: RuleRegistry) -> Assessment {
    let nodes = rules.outcomes(ofNodes: failover)
    let judged = (failover.hasPrimary ? failover.primary : failover.standby).slots.compactMap { evidence in
      SlotCase(evidence, in: failover).map { slot in
        let decision = Decision(rules.outcomes(of: slot), nodes: nodes)
        return (slot: SlotAssessment(slot, decision), decisive: decision.decisive)
      }
    }
    let promotion = rules.outcomes(ofPromotion: failover, judged.map(\.slot))
    return Assessment(failover, slots: judged, nodes: nodes + promotion)
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
      findings: refusal.findings, firstStep: refusal.hint)
  }
}
