import Evidence
import PostgresFormat

/// Physical slots for the other followers of the primary, so that they find their WAL on the new one.
///
/// A slot made on a standby begins at its last restartpoint; advanced to where the primary's stands, it holds exactly what
/// the follower may still ask for. One that begins later holds too little: it is dropped again.
extension NodePair {
  func followerSlotSteps() throws(QuotingError) -> [Step] {
    let own = settings.physicalSlot?.name
    let present = standby.slots.compactMap(\.state).filter { !$0.isLogical && $0.invalidation == nil }
    var steps: [Step] = []
    for slot in primary.slots.compactMap(\.state).sorted(by: { $0.name < $1.name })
    where !slot.isLogical && slot.persistency == .persistent && slot.name != own {
      let name = try SlotName(slot.name)
      let needed =
        slot.invalidation == nil || !version.has(.invalidatedPhysicalStaysInvalid) ? slot.restartLSN.nonZero : nil
      if let copy = present.first(where: { $0.name == slot.name }) {
        // Below its follower's position it holds enough; moving it on frees the rest.
        guard let needed, copy.restartLSN.isValid, copy.restartLSN < needed, !isPromoted else { continue }
      }
      steps += followerSlot(name, needed, wasLost: slot.invalidation != nil)
    }
    return steps
  }

  private func followerSlot(_ name: SlotName, _ needed: LSN?, wasLost: Bool) -> [Step] {
    let part = isPromoted ? PlanPart(.newPrimary, .afterPromotion) : PlanPart(.standby, .beforePromotion)
    var row = ListedSlot(name)
    row.restartLSN = needed
    let isThere: SQL = "\(row.own("slot_type")) = 'physical'"
    let position = row.own("restart_lsn")
    let reserves = needed != nil || wasLost
    var create = Step(
      id: "follower.\(name)", row, part: part, database: maintenanceDatabase,
      title: "make the physical slot of another follower",
      preconditions: [
        PlanCheck(
          "the name \(row.name) is free, or is a physical slot", "\(row.isFree) or \(isThere)",
          found: row.found
        ).once
      ], isDone: isThere,
      sql: reserves
        ? "select pg_create_physical_replication_slot(\(row.name), true)"
        : "select pg_create_physical_replication_slot(\(row.name))",
      postconditions: [PlanCheck("slot \(row.name) is there", isThere, found: "'no slot'")],
      slotEffect: .physicalSlot(name), finding: (isPromoted ? RuleID.f6 : wasLost ? .f4 : reserves ? .f1 : .f3).rawValue
    )
    guard needed != nil else { return [create] }
    let holdsEnough = PlanCheck(
      "slot \(row.name) holds WAL from \(row.restart) on, which its follower may still need",
      "\(position) <= \(row.restart)", found: position,
      hint: "This server no longer holds what the follower may need. Compare with the follower's own position"
        + " (pg_last_wal_receive_lsn): if it is further than what was found, make the slot by hand.",
      isAdvice: isPromoted)
    if isPromoted {
      // What the slot does not hold may be there all the same: the follower tries, and waits without the slot.
      create.postconditions.append(holdsEnough)
    } else {
      create.proof = holdsEnough
      create.undo = "select pg_drop_replication_slot(\(row.name))"
    }
    guard words.advancesSlots, !isPromoted else { return [create] }
    let advance = Step(
      id: "follow.\(name)", row, part: part, database: maintenanceDatabase,
      title: "advance it to where the primary's is",
      preconditions: [
        PlanCheck(
          "this standby has replayed \(row.restart), where the follower of \(row.name) may be",
          "\(words.replayedLSN) >= \(row.restart)", found: words.replayedLSN,
          hint: "The follower may be ahead of this standby and could not follow it.", patience: 60)
      ], isDone: "\(position) >= \(row.restart)",
      sql: "select pg_replication_slot_advance(\(row.name), \(row.restart))",
      postconditions: [
        PlanCheck(
          "slot \(row.name) holds WAL from \(row.restart) on or has gone on since", "\(position) >= \(row.restart)",
          found: position)
      ], finding: RuleID.f1.rawValue)
    return [create, advance]
  }
}
