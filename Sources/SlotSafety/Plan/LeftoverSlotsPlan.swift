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
      let isInvalid = slot.invalidation != nil
      steps.append(
        try drop(
          slot, where: { row in isInvalid ? "not (\(words.isValid(row)))" : "not \(row).synced" },
          finding: isInvalid ? .l12 : .a27,
          title: isInvalid
            ? "drop the standby's own invalid slot of that name"
            : "drop the standby's own slot, which blocks synchronization"))
    }
    for slot in selection.extras {
      steps.append(
        try drop(
          slot, finding: .a35,
          title: slot.isLeftover
            ? "drop it: it is left from when this server was the primary, and the primary has no such slot"
            : "drop it: the primary has no such slot", ifUnused: true))
    }
    return steps
  }

  /// On the primary: slots of tables that a subscription has copied, which nobody needs any more.
  func dropCopied(_ selection: SlotSelection) throws(QuotingError) -> [Step] {
    var steps: [Step] = []
    for slot in selection.copied {
      steps.append(
        try drop(
          slot, on: .primary, finding: .a42,
          title: "drop it: it is left over from the first copy of a subscription's table, which is finished",
          ifUnused: true))
    }
    return steps
  }

  private func unused(_ row: ListedSlot) -> PlanCheck {
    PlanCheck(
      "nobody has used \(row.name) since its file was read (confirmed_flush_lsn \(row.confirmed))",
      "\(row.isFree) or \(row.own("confirmed_flush_lsn")) = \(row.confirmed)", found: row.own("confirmed_flush_lsn"),
      hint: "Somebody reads from it: keep it (--keep-extra, --slots). If not, run CHECKPOINT here and plan again.")
  }

  /// `mark`: SQL over a row of `pg_replication_slots`, true of what is to be dropped, and false of what may take its place.
  private func drop(
    _ slot: SlotState, on node: PlanNode = .standby, where mark: ((StaticString) -> SQL)? = nil, finding: RuleID,
    title: Words, ifUnused: Bool = false
  ) throws(QuotingError) -> Step {
    let row = try ListedSlot(slot)
    func also(_ alias: StaticString) -> SQL { if let mark { " and \(mark(alias))" } else { "" } }
    let isGone = SQL.dual(
      "not exists (select from pg_replication_slots s where slot_name = \(row.name) and plugin = "
        + "\(row.plugin)\(also("s")))",
      inLoop: "(here.plugin = slot.plugin\(also("here"))) is not true")
    return Step(
      id: "drop.\(row.slotName)", row, part: PlanPart(node, .beforePromotion), database: maintenanceDatabase,
      title: title,
      preconditions: [
        PlanCheck(
          "nobody reads from the \(node.rawValue)'s \(row.name)",
          // A copy that has taken its place is held by synchronization every now and then.
          "\(isGone) or not \(row.own("active"))", found: "'process ' || \(row.own("active_pid"))",
          hint: "Stop its reader; or keep the slot (--keep-extra, --slots).")
      ] + (ifUnused ? [unused(row)] : []), isDone: isGone, sql: "select pg_drop_replication_slot(\(row.name))",
      postconditions: [PlanCheck("the \(node.rawValue)'s \(row.name) as it was is gone", isGone, found: row.found)],
      slotEffect: .noSlot(row.slotName), finding: finding.rawValue)
  }
}
