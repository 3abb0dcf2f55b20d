package import SlotSafety

/// Slots on the standby that the plan leaves alone: why, and the statement that would drop each, as comments.
package enum KeptSlotsScript {
  /// Comments alone; nil where there is no such slot.
  package static func text(_ plan: Plan) throws(QuotingError) -> String? {
    plan.keptSlots.isEmpty ? nil : try lines(plan).dropFirst().joined().description
  }

  /// The same below an empty line.
  static func lines(_ plan: Plan) throws(QuotingError) -> [ScriptText] {
    if plan.keptSlots.isEmpty { return [] }
    let slots = plan.keptSlots.map { slot -> ScriptText in
      "-- \(bare: slot.name): \(remark: slot.reason)\n--   \(remark: slot.sql.description);"
    }
    return try Template.lines(PackageResources.kept_slots_sql, ["slots": slots.joined()])
  }
}
