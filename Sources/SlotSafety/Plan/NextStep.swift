import Evidence
import PostgresFormat

/// What an operator can type next after an audit: the planner is asked, so that nothing is advised that would be refused.
package enum NextStep: Sendable, Hashable {
  /// A script that can run on its server now. `isAskedFor`: the plan prints another one unless it is told which.
  case run(PlanPart, database: String, alsoOnPrimary: Bool, isAskedFor: Bool)
  /// Several scripts on several servers, in an order.
  case runAll
  /// A script that can run once the standby is promoted, which nothing speaks against. `isAskedFor`: the plan would be for
  /// before the promotion unless it is told.
  case runAfterPromotion(database: String, isAskedFor: Bool)
  /// No script makes it good: what is left is to copy tables anew.
  case resynchronize
  /// No plan can be made of it now; which transactions are in question is known.
  case ledger
  /// Nothing is to be done, or nothing can be said.
  case none

  /// `standby` is the one that the assessment is about.
  package static func after(_ assessment: Assessment, in audit: Audit) -> NextStep {
    guard [.fixable, .atRisk, .lost].contains(assessment.verdict), let question = PlanQuestion(assessment, in: audit),
      let plan = try? question.plan()
    else { return .none }
    let isStopped = question.primaryIsStopped
    let stage: (PlanPart) -> Bool = { ($0.stage == .afterPromotion) == assessment.isPromoted }
    let parts = plan.parts.filter(stage)
    if let part = parts.first(where: { $0.node == plan.approach.node }) ?? parts.first {
      if parts.contains(where: { $0.node == .subscriber }), part.node == .standby { return .runAll }
      return .run(
        part, database: plan.steps.first { $0.part == part }?.database ?? "postgres",
        alsoOnPrimary: part == Plan.standbyPart && plan.hasScriptForBoth,
        isAskedFor: plan.printedPart != part)
    }
    if let after = plan.parts.first(where: { $0.node == .newPrimary }), assessment.verdict == .fixable {
      return .runAfterPromotion(
        database: plan.steps.first { $0.part == after }?.database ?? "postgres",
        isAskedFor: isStopped && (try? makePlan(question.audit))?.approach != plan.approach)
    }
    // What is fixable and has no plan lacks evidence: nothing is lost.
    if assessment.verdict == .fixable { return .none }
    if plan.exclusions.contains(where: \.announcesLoss) {
      return isStopped && question.isMendedBeforehand ? .runAll : .resynchronize
    }
    return assessment.slots.contains { $0.exposure != Exposure() } ? .ledger : .none
  }
}

/// What the planner is asked after an audit: the same nodes, and the way that is left.
private struct PlanQuestion {
  /// With the standby of the assessment first.
  let audit: Audit
  /// Before the promotion a primary that is stopped does nothing, however it came to be so.
  let primaryIsStopped: Bool

  init?(_ assessment: Assessment, in audit: Audit) {
    guard let primary = audit.primary,
      let standby = audit.standbys.first(where: { $0.origin.source == assessment.standby.source })
    else { return nil }
    var ordered = audit
    ordered.standbys = [standby] + audit.standbys.filter { $0.origin.source != standby.origin.source }
    self.audit = ordered
    primaryIsStopped = !assessment.isPromoted && primary.isRunning == false
  }

  /// A primary that was stopped cleanly can be started again, and every slot comes over then: that is what the planner advises
  /// who asks for nothing else.
  var isMendedBeforehand: Bool {
    guard let plan = try? makePlan(audit), plan.approach != .slotsOnNewPrimary else { return false }
    return plan.parts.contains(Plan.standbyPart) && !plan.exclusions.contains(where: \.announcesLoss)
  }

  func plan() throws(PlanRefusal) -> Plan {
    try makePlan(audit, PlanRequest(approach: primaryIsStopped ? .slotsOnNewPrimary : nil))
  }
}

extension Audit {
  /// The answer with what the planner says of it, where it is one that promises a plan.
  func askedForAPlan(_ assessment: Assessment) -> Assessment {
    let fixable = Set(assessment.slots.filter { $0.verdict == .fixable && $0.counts && $0.isLogical }.map(\.slotName))
    guard assessment.verdict == .fixable, !fixable.isEmpty, let question = PlanQuestion(assessment, in: self) else {
      return assessment
    }
    var answer = assessment
    do throws(PlanRefusal) {
      let exclusion = try question.plan().exclusions.first { fixable.contains($0.slotName) && !$0.isHarmless }
      guard let exclusion else { return assessment }
      answer.missingPlan = .without(exclusion)
      answer.firstStep = exclusion.remedy ?? assessment.firstStep
    } catch {
      answer.missingPlan = .refused(message: error.message)
      answer.firstStep = error.hint ?? assessment.firstStep
    }
    return answer
  }
}

extension Plan {
  /// The script that is printed where nobody asks for another: that of the node whose script makes the slots, or the first of
  /// all where that one has nothing to do.
  package var printedPart: PlanPart? { parts.first { $0.node == approach.node } ?? parts.first }
}
