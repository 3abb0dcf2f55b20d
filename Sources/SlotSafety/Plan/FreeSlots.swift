import PostgresFormat

/// Room for all slots that a script makes: looked for before the first of them, so that none is made where not all can be.
extension Plan {
  mutating func checkFreeSlots() {
    for part in parts {
      let own = steps.indices.filter { steps[$0].part == part }
      let making = own.filter { steps[$0].madeSlot != nil }
      guard let first = making.first else { continue }
      let wanted = making.compactMap { steps[$0].madeSlot }
      let dropped = own.compactMap { steps[$0].droppedSlot }.filter { !wanted.contains($0) }
      steps[first].preconditions.append(Self.freeSlots(for: wanted, dropping: dropped))
    }
  }

  /// Those that are there under such a name need no room, and temporary ones come and go.
  private static func freeSlots(for wanted: [SlotName], dropping dropped: [SlotName]) -> PlanCheck {
    let names = SQL.list(wanted + dropped)
    var check = PlanCheck(
      wanted.count == 1
        ? "a free slot (max_replication_slots)" : "free slots for all \(wanted.count) (max_replication_slots)",
      "(select count(*) from pg_replication_slots where not temporary and slot_name not in (\(names))) + "
        + "\(wanted.count) <= "
        + "current_setting('max_replication_slots')::int",
      found: wanted.count == 1 ? "'none'" : "'too few'"
    ).once
    check.names = wanted + dropped
    return check
  }
}

extension Step {
  /// The slot that is there after the step.
  fileprivate var madeSlot: SlotName? {
    switch slotEffect {
    case .logicalSlot(let name), .physicalSlot(let name): name
    case .noSlot, nil: nil
    }
  }

  fileprivate var droppedSlot: SlotName? { if case .noSlot(let name) = slotEffect { name } else { nil } }
}
