import Evidence
import PostgresFormat

/// What the outcomes of all rules come to. Their order does not count: the worst verdict does, and of several as bad the one of
/// the first ``Priority`` gives the headline and the first step. What rests on an open premise is not `ready`, whatever the rules say.
struct Decision: Sendable {
  let verdict: Verdict
  let headline: String
  /// nil where all hold.
  let decisive: Outcome?
  let findings: [Finding]
  let exposure: Exposure
  let premises: [SlotPremise]

  /// Of one slot; of the nodes counts what is worse than all that is said of the slot itself.
  init(_ outcomes: [Outcome], nodes: [Outcome]) {
    let own = outcomes.sorted(by: Outcome.decides)
    let ofNodes = nodes.decisive.flatMap { $0.verdict > own.decisive?.verdict ?? .ready ? $0 : nil }
    let all = own + (ofNodes.map { [$0] } ?? [])
    decisive = ofNodes ?? own.decisive
    premises = own.flatMap(\.premises).told
    let open = premises.first { $0.state == .open }
    verdict = decisive?.verdict ?? (open == nil ? .ready : .atRisk)
    headline =
      decisive.map(\.headline) ?? open.map { "nothing shows that \($0.clause)" }
      ?? own.map(\.headline).filter { !$0.isEmpty }.joined(separator: "; ")
    findings = all.flatMap(\.findings).told
    exposure = all.reduce(Exposure()) { $0.merged(with: $1.exposure) }
  }
}

extension SlotAssessment {
  init(_ c: SlotCase, _ decision: Decision) {
    let isRead = c.evidence.state != nil
    slotName = c.slot.name
    isLogical = c.slot.isLogical || !isRead
    plugin = isLogical && isRead ? c.slot.plugin : nil
    databaseName = isLogical && isRead ? c.failover.database(c.slot.database)?.name : nil
    (verdict, reason) = (decision.verdict, decision.headline)
    primary = isRead && c.failover.hasPrimary ? SlotView(c.evidence, in: c.failover.primary) : nil
    standby = c.copyEvidence.map { SlotView($0, in: c.failover.standby) }
    (consumer, findings, exposure) = (c.consumer, decision.findings, decision.exposure)
    premises = decision.premises
    firstStep = decision.decisive?.finding?.remedy
    counts =
      switch c.situation {
      case .temporary: false
      case .initialCopy: verdict != .ready
      // Where nothing more has to come through it, only what it serves others for.
      case .standbysOwn: StandbysOwnSlot.isSpent(c.failover) ? verdict > .fixable : verdict != .ready
      default: true
      }
  }
}

extension Assessment {
  /// `nodes` is what holds or fails of both nodes and of the promotion, and counts where there are no slots too.
  init(_ failover: Failover, slots: [(slot: SlotAssessment, decisive: Outcome?)], nodes: [Outcome]) {
    verdict = (slots.filter(\.slot.counts).map(\.slot.verdict) + nodes.map(\.verdict)).max() ?? .ready
    self.slots = slots.map(\.slot).sorted {
      ($0.slotName, $0.primary?.path ?? "") < ($1.slotName, $1.primary?.path ?? "")
    }
    primary = failover.hasPrimary ? NodeSummary(failover.primary) : nil
    if failover.primaryIsDown { primary?.isRunning = failover.primaryRuns }
    (standby, isPromoted, switchPoint) = (NodeSummary(failover.standby), failover.isPromoted, failover.standbyEnd)
    findings = (nodes.flatMap(\.findings) + slots.flatMap(\.slot.findings)).told
    let worst = slots.filter { [verdict] in $0.slot.counts && $0.slot.verdict == verdict }
    let ofNodes = nodes.filter { [verdict] in $0.verdict == verdict }
    (reason, reasonStep) = (ofNodes.decisive?.headline, ofNodes.decisive?.finding?.remedy)
    guard let decisive = (worst.compactMap(\.decisive) + ofNodes).decisive else { return }
    firstStep =
      receiveAll(decisive, worst.compactMap { $0.slot.exposure.vanished?.to }) ?? decisive.finding?.remedy
      ?? findings.first?.remedy
  }

  /// Where more WAL at the standby is the remedy: as far as any of the worst slots needs it, not only the first.
  private func receiveAll(_ decisive: Outcome, _ ends: [LSN]) -> String? {
    // Where it cannot, the finding says what else to do.
    guard !isPromoted, decisive.finding?.rule == .a13, decisive.exposure.vanished != nil, let lsn = ends.max(),
      !findings.contains(where: { $0.rule == .a41 || $0.rule == .a41Archive })
    else { return nil }
    let hint =
      primary?.isRunning == false
      ? " (the primary is down: copy the last segments of its pg_wal into that of the stopped standby)" : ""
    return "Let the standby receive WAL up to \(lsn)\(hint), then ask again."
  }
}
