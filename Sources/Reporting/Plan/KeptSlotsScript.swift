package import SlotSafety

/// Slots on the standby that the plan leaves alone: why, and the statement that would drop each, as comments.
package enum KeptSlotsScript {
  /// Comments alone; nil where there is no such slot.
  package static func text(_ plan: Plan) -> String? {
    guard !plan.keptSlots.isEmpty else { return nil }
    let head = [
      "Slots on the standby that stay as they are. Where nobody needs one, take the dashes away from its line (or "
        + "make the",
      "plan with --drop-extra):",
    ]
    let lines = head + plan.keptSlots.flatMap { ["\($0.name): \($0.reason)", "  \($0.sql);"] }
    return lines.map { "-- " + TerminalText.escaped($0) }.joined(separator: "\n")
  }
}
