import Evidence
import PostgresFormat

/// The plan for a primary and the standby that is to take over from it.
///
/// The first standby of the audit takes over, the others are followers. Pure: the same evidence gives the same plan.
package func makePlan(_ audit: Audit, _ request: PlanRequest = PlanRequest()) throws(PlanRefusal) -> Plan {
  guard let primary = audit.primary else { throw .unreadable(.primary) }
  guard let standby = audit.standbys.first else { throw .unreadable(.standby) }
  let question = audit.question(of: standby)
  let admission = Failover.establish(question)
  let failoverCase: Failover
  do throws(Admission.Refusal) { failoverCase = try admission.failover() } catch { throw .refused(error) }
  if let finding = PagesOfHistory.finding(failoverCase) {
    throw .otherHistory(finding.message, remedy: finding.remedy ?? "")
  }
  let pair = try NodePair(failoverCase)
  try pair.checkIsPossible(request)
  do throws(QuotingError) {
    let assessment = Audit.assess(question, admission)
    var selection = try SlotSelection(pair, request, assessment: assessment, subscribers: audit.subscribers)
    let proof = GapProof(assessment, pair.settings)
    selection.leaveOutUnproven(proof)
    selection.explain(assessment)
    var plan = Plan(
      approach: selection.approach ?? pair.approach(request), servers: [], slots: selection.slots,
      exclusions: selection.exclusions)
    plan.keptSlots = selection.kept
    plan.obstacle = audit.obstacle(to: standby, afterCrash: assessment)
    plan.primaryIsStopped = !pair.isPromoted && primary.isRunning == false
    let subscriptions = PlannedSubscription.all(of: audit.subscribers, for: primary)
    let failover = selection.slots(.failoverSlots)
    let byHand = selection.slots(.slotsOnStandby)
    plan.steps = try pair.failoverSteps(failover, subscriptions)
    if !failover.isEmpty || !byHand.isEmpty { plan.steps += try pair.connectionSteps(request) }
    plan.steps += try pair.dropSteps(selection) + pair.dropCopied(selection)
    if !failover.isEmpty || !byHand.isEmpty {
      plan.steps += try pair.connectionSettings(request, slotsByHand: !byHand.isEmpty)
    }
    plan.steps +=
      try pair.synchronizationSteps(failover, request, dropping: selection.obstacles) + pair.standbySlotSteps(byHand)
      + pair.followerSlotSteps()
      + pair.newPrimarySteps(selection, proof)
      + pair.repointSteps(subscriptions, selection) + pair.followerSteps(audit.standbys.dropFirst())
    plan.checkFreeSlots()
    plan.servers = pair.servers(of: plan, audit: audit)
    return plan
  } catch {
    throw .unsafeName(error)
  }
}

extension SlotSelection {
  func slots(_ approach: Plan.Approach) -> [PlannedSlot] { slots.filter { $0.approach == approach } }

  /// The first of all approaches that a slot has.
  fileprivate var approach: Plan.Approach? {
    Plan.Approach.allCases.first { approach in slots.contains { $0.approach == approach } }
  }
}

extension Audit {
  /// What the nodes are known to have against a promotion of this standby, whichever event leads to it. What is only not proven is for the
  /// audit to say: a plan's scripts look for themselves.
  fileprivate func obstacle(to standby: Evidence, afterCrash assessment: Assessment) -> Plan.Obstacle? {
    var obstacle: Plan.Obstacle?
    for event in events(for: standby) {
      let answer = event == .crash ? assessment : assess(standby, event: event)
      guard answer.verdict == .atRisk, let reason = answer.reason else { return nil }
      obstacle = obstacle ?? Plan.Obstacle(reason: reason, hint: answer.reasonStep)
    }
    return obstacle
  }
}
