package import SlotSafety

/// The answer in words: what every format leads with.
package enum AuditWords {
  /// One line: may this standby be promoted?
  package static func headline(_ assessment: Assessment) -> String {
    let slots = assessment.slots.filter(\.counts)
    let bad = slots.filter { $0.verdict == assessment.verdict }
    let total = "\(bad.count) of \(slots.count) slot\(slots.count == 1 ? "" : "s")"
    if assessment.isPromoted, bad.isEmpty, let reason = assessment.reason, assessment.verdict != .ready {
      return "PROMOTED: \(reason)"
    }
    let given = assessment.given.map(\.premise.rawValue).joined(separator: ", ")
    let ready = given.isEmpty ? "READY" : "READY, if what was given is so (\(given))"
    if assessment.isPromoted { return promotedHeadline(assessment, total: bad.isEmpty ? "this server" : total) }
    if bad.isEmpty, let reason = assessment.reason {
      let isStandbysOwn = assessment.findings.contains { $0.rule == .a35Lost }
      return headline(assessment.verdict, reason, hasConsumers: slots.contains(where: \.isLogical) || isStandbysOwn)
    }
    switch assessment.verdict {
    case .ready where assessment.event == .switchover && assessment.primary?.isRunning == true:
      return slots.isEmpty
        ? "\(ready) for a switchover: the primary has no slots that a promotion could lose"
        : "\(ready) for a switchover: stop the primary cleanly, promote when the standby has all of its WAL, and \(slots.count == 1 ? "the consumer goes" : "all \(slots.count) consumers go") on"
    case .ready:
      return slots.isEmpty
        ? "\(ready): the primary has no slots that a promotion could lose"
        : "\(ready): promote now, and \(slots.count == 1 ? "the consumer goes" : "all \(slots.count) consumers go") on"
    case .waiting: return "WAIT: \(total) will be ready without anyone's doing"
    case .fixable:
      return "NOT YET: \(total) must be put right first; "
        + (assessment.missingPlan.map { "no plan can be made of it as it is: \($0.sentence)" }
          ?? "nothing is lost if the plan is followed")
    case .atRisk where bad.isEmpty: return "DO NOT PROMOTE YET: the findings say what speaks against this standby"
    case .atRisk:
      return "DO NOT PROMOTE YET: \(total) may lose changes, or hold changes that this standby never received"
    case .lost: return "\(total) lost for certain; no promotion can save what the ledger lists"
    case .unknown:
      return slots.isEmpty || bad.count == slots.count
        ? "UNKNOWN: the evidence does not allow a verdict" : "UNKNOWN: the evidence allows no verdict for \(total)"
    }
  }

  /// Why a slot has its verdict, with what that rests on by somebody's word, or would have to.
  static func reason(_ slot: SlotAssessment) -> String {
    let word = (slot.verdict == .ready ? slot.given : slot.readyIf).map(\.clause).joined(separator: ", and ")
    guard !word.isEmpty else { return slot.reason }
    return slot.verdict == .ready
      ? "if \(word), as given" + (slot.reason.isEmpty ? "" : "; \(slot.reason)")
      : "ready, if \(word); else \(slot.reason)"
  }

  /// What to do first; where it is for some of the slots, for which.
  static func firstStep(_ assessment: Assessment) -> String? {
    guard let step = assessment.firstStep else { return nil }
    let counted = assessment.slots.filter(\.counts)
    let names = counted.filter { slot in
      slot.verdict == assessment.verdict && slot.firstStep == step
        && slot.findings.contains { $0.slotName == slot.slotName && $0.remedy == step }
    }.map(\.slotName)
    guard names.count < counted.count, let first = names.first, !names.contains(where: step.contains) else {
      return step
    }
    if names.count == 1 { return "Slot \(first): \(step)" }
    let more = names.count - 3
    let shown = names.prefix(more == 1 ? 4 : 3).joined(separator: ", ")
    return "Slots \(shown)\(more > 1 ? " and \(more) more" : ""): \(step)"
  }

  /// The verdict for the event that does not decide, in one line.
  static func beside(_ other: EventVerdict) -> String {
    let event =
      switch other.event {
      case .crash: "If the primary were gone now"
      case .switchover: "If the primary were stopped cleanly now"
      }
    return "\(event): \(other.verdict.rawValue)" + (other.reason.isEmpty ? "" : ", \(other.reason)")
  }

  /// Where the nodes decide, whatever the slots.
  private static func headline(_ verdict: Verdict, _ reason: String, hasConsumers: Bool) -> String {
    let beside = hasConsumers ? "" : "no consumer is at stake, but "
    return switch verdict {
    case .ready, .waiting: "WAIT: \(beside)\(reason)"
    case .fixable: "NOT YET: \(beside)\(reason)"
    case .atRisk, .lost: "DO NOT PROMOTE YET: \(beside)\(reason)"
    case .unknown: "UNKNOWN: \(reason)"
    }
  }

  private static func promotedHeadline(_ assessment: Assessment, total: String) -> String {
    switch assessment.verdict {
    case .ready:
      "PROMOTED: \(assessment.given.isEmpty ? "" : "if what was given is so, ")every consumer of the old primary may be pointed to the new one"
    case .waiting, .fixable: "PROMOTED: \(total) must be put right before the consumer is enabled"
    case .atRisk: "PROMOTED: do not enable the consumers of \(total) before the findings are settled"
    case .lost: "PROMOTED: \(total) lost changes; resynchronize before enabling the consumers"
    case .unknown: "PROMOTED: the evidence allows no verdict for \(total)"
    }
  }

  /// The ids of findings and of the situations that they tell of, each once.
  static func ids(_ findings: [Finding]) -> [String] {
    var seen: Set<String> = []
    return findings.flatMap(\.ids).filter { seen.insert($0).inserted }
  }
}

extension Assessment.MissingPlan {
  /// A clause.
  fileprivate var sentence: String {
    switch self {
    case .refused(let message): message
    case .without(let exclusion): exclusion.detail ?? exclusion.reason.sentence
    }
  }
}
