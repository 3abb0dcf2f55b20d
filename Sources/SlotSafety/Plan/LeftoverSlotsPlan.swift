import PostgresFormat

/// Slots on the standby that have to go: those in the way of a copy, those left from when the standby was a primary, and,
/// where the operator says so, all that the primary does not have (``KeptSlot`` otherwise).
///
/// Only a standby's slots are dropped, never those of a new primary: there, a slot that the old primary lacked may be
/// somebody's new one.
extension NodePair {
  func dropSteps(_ selection: SlotSelection) throws(QuotingError) -> [Step] {
    var steps: [Step] = []
    for slot in selection.obstacles {
      // What makes it an obstacle is part of what is dropped: the copy that takes its place is none.
      let mark = slot.invalidation != nil ? "not (\(words.slotIsValid))" : "not s.synced"
      steps.append(
        try drop(
          slot, where: mark, finding: slot.invalidation != nil ? .l12 : .a27,
          title: slot.invalidation != nil
            ? "drop the standby's own invalid slot of that name"
            : "drop the standby's own slot, which blocks synchronisation"))
    }
    for slot in selection.extras {
      var step = try drop(
        slot, where: "true", finding: .a35,
        title: slot.isLeftover
          ? "drop it: it is left from when this server was the primary, and the primary has no such slot"
          : "drop it: the primary has no such slot")
      step.preconditions.append(try unused(slot))
      steps.append(step)
    }
    return steps
  }

  /// On the primary: slots of tables that a subscription has copied, which nobody needs any more.
  func dropCopied(_ selection: SlotSelection) throws(QuotingError) -> [Step] {
    var steps: [Step] = []
    for slot in selection.copied {
      var step = try drop(
        slot, on: .primary, where: "true", finding: .a42,
        title: "drop it: it is left over from the first copy of a subscription's table, which is finished")
      step.preconditions.append(try unused(slot))
      steps.append(step)
    }
    return steps
  }

  private func unused(_ slot: SlotState) throws(QuotingError) -> PlanCheck {
    let name = try SlotName(slot.name)
    return PlanCheck(
      "nobody has used \(name) since its file was read (confirmed_flush_lsn \(slot.confirmedFlush))",
      "not exists (select 1 from pg_replication_slots s where s.slot_name = \(name.literal)"
        + " and s.confirmed_flush_lsn <> '\(slot.confirmedFlush)'::pg_lsn)",
      found: "(select confirmed_flush_lsn from pg_replication_slots where slot_name = \(name.literal))",
      hint:
        "Somebody reads from it: keep it, with --keep-extra or --slots. If not, run CHECKPOINT here and make the plan"
        + " again.")
  }

  private func drop(
    _ slot: SlotState, on node: PlanNode = .standby, where mark: String, finding: RuleID, title: String
  ) throws(QuotingError) -> Step {
    let name = try SlotName(slot.name)
    let plugin = try PluginName(slot.plugin)
    let row =
      "select 1 from pg_replication_slots s where s.slot_name = \(name.literal) and s.slot_type = 'logical'"
      + " and s.plugin = \(plugin.literal)::name and \(mark)"
    let isThere = "exists (\(row))"
    let isGone = PlanCheck(
      "the \(node.rawValue)'s \(name) as it was is gone", "not \(isThere)",
      found:
        "(select format('plugin %s, active %s', plugin, active) from pg_replication_slots where slot_name = \(name.literal))"
    )
    return Step(
      id: "drop.\(name)", slotName: name, part: PlanPart(node, .beforePromotion), database: maintenanceDatabase,
      title: title,
      preconditions: [
        PlanCheck(
          "nobody reads from the \(node.rawValue)'s \(name)",
          // A copy that has taken its place is held by synchronisation every now and then.
          "not exists (\(row) and s.active)",
          found:
            "(select 'read by process ' || active_pid from pg_replication_slots where slot_name = \(name.literal))",
          hint: "Stop its reader; or keep the slot, with --keep-extra or --slots.")
      ], isDone: "not \(isThere)", sql: "select pg_drop_replication_slot(\(name.literal))", postconditions: [isGone],
      slotEffect: .noSlot(name), finding: finding.rawValue)
  }
}
