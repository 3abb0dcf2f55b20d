import PostgresFormat

/// 16 and later: the slots are made on the standby before it is promoted.
///
/// A slot made there begins at a position that the standby has just replayed, which is further than the consumer has
/// confirmed: promoted at once, the changes between the two would be lost to it. So there are three steps, and only the
/// last one makes the slot safe: make it; wait until the consumer has passed its start; advance it to exactly the
/// primary's position.
///
/// Making a slot waits for a record of the running transactions that comes after it has begun, and a quiet primary
/// writes none by itself. So the primary is woken before each slot that is made. The other slots of a database are copies
/// of its first one, which wait for nothing: `copy_replication_slot()` (src/backend/replication/slotfuncs.c) takes over
/// its start, its snapshot and what it holds of the catalogs. It does not take over `two_phase`, so a slot that has it is
/// always made by itself.
extension NodePair {
  func standbySlotSteps(_ slots: [PlannedSlot]) throws(QuotingError) -> [Step] {
    guard !slots.isEmpty else { return [] }
    var making: [Step] = []
    var wakes = 0
    let groups = Self.madeTogether(slots)
    let copies = groups.contains { $0.count > 1 }
    for together in groups {
      wakes += 1
      making.append(wake(number: wakes, for: together))
      making += together.map { create($0, among: slots, like: together.count > 1 ? together[0] : nil, copies: copies) }
    }
    let areRead = Self.areRead(slots.map(\.name))
    return making + slots.map { waitForConsumer($0, areRead) } + slots.map(advance)
  }

  private static let finding = RuleID.l09.rawValue
  /// A record that is not a transaction's, so that the primary soon logs its running transactions.
  static let wake: SQL = "select pg_logical_emit_message(false, 'slotscope', 'wake')"

  /// Slots of one database without `two_phase` together, each other one by itself; databases in the order of their first
  /// slots.
  private static func madeTogether(_ slots: [PlannedSlot]) -> [[PlannedSlot]] {
    var groups: [[PlannedSlot]] = []
    for slot in slots {
      if !slot.twoPhase,
        let group = groups.firstIndex(where: { $0[0].databaseOID == slot.databaseOID && !$0[0].twoPhase })
      {
        groups[group].append(slot)
      } else {
        groups.append([slot])
      }
    }
    let order = groups.map { $0[0].databaseOID }
    return groups.enumerated().sorted { a, b in
      let (first, second) = (order.firstIndex(of: order[a.offset]) ?? 0, order.firstIndex(of: order[b.offset]) ?? 0)
      return (first, a.offset) < (second, b.offset)
    }.map(\.element)
  }

  /// The background writer logs the running transactions (`LOG_SNAPSHOT_INTERVAL_MS`,
  /// src/backend/postmaster/bgwriter.c): at most every 15 s, and only after some other record. It may sleep for 10 s
  /// (`HIBERNATE_FACTOR`). So a quiet primary logs them within 11 s of one record, while nobody may be waiting; and those
  /// after a second record 15 s later, when the standby has begun to make its slot.
  private func wake(number: Int, for slots: [PlannedSlot]) -> Step {
    var step = Step(
      id: number == 1 ? "wake" : "wake.\(number)", part: PlanPart(.primary, .meanwhile),
      database: maintenanceDatabase,
      title: "log the primary's running transactions, now and in 15 s",
      preconditions: [], isDone: "false",
      sql: "select pg_logical_emit_message(false, 'slotscope', 'wake'), pg_sleep(11), "
        + "pg_logical_emit_message(false, 'slotscope', 'wake')",
      postconditions: [], finding: Self.finding)
    step.isSpared = Self.allAreThere(slots.map(\.name), words)
    step.isNudge = number == 1
    return step
  }

  private static func allAreThere(_ names: [SlotName], _ words: ServerVocabulary) -> StepOutput {
    StepOutput(
      name: "done",
      expression: "(select count(*) from pg_replication_slots s where slot_name in (\(SQL.list(names))) and "
        + "\(words.isValid("s"))) = \(names.count)", names: names)
  }

  /// `first`: the slot of its database that others are copies of; `copies`: some are.
  private func create(
    _ slot: PlannedSlot, among slots: [PlannedSlot], like first: PlannedSlot?, copies: Bool
  ) -> Step {
    let row = slot.row(words)
    let isThere = row.isThere(words)
    var step = Step(
      id: "create.\(slot.name)", row, part: PlanPart(.standby, .beforePromotion),
      database: slot.database, databaseOID: slot.databaseOID,
      title: !copies
        ? "make the slot, which waits for the primary's next record of running transactions"
        : "make the first slot, which waits for the primary's next record of running transactions; copy it",
      preconditions: row.creationChecks(words) + (hasFeedback ? [Self.feedback, Self.namesSlot] : []),
      isDone: .dual(isThere, inLoop: row.isTaken),
      sql: row.createStatement(words, among: slots, like: first?.name, copies: copies),
      postconditions: [PlanCheck("slot \(row.name) is there and valid", isThere, found: row.found)],
      slotEffect: .logicalSlot(slot.name),
      output: StepOutput(name: "start_\(slot.name)", expression: row.ownPosition), finding: Self.finding)
    step.prospects = [Self.streams(unlessIsThere: row)]
    // An earlier step turns the feedback on where the files have it off.
    step.requirements = hasFeedback ? [] : [Self.feedback, Self.namesSlot]
    step.isPatient = true
    step.ifCanceled =
      "Run the primary's script (or pg_log_standby_snapshot() there) meanwhile, or raise patience; then this again"
    return step
  }

  private func waitForConsumer(_ slot: PlannedSlot, _ areRead: PlanCheck) -> Step {
    let row = slot.row(words)
    let input = StepInput(
      name: "start_\(slot.name)",
      missing: ["to wait for its consumer, tell where the slot on the standby starts: -v start_SLOT=LSN"])
    let start = row.value(input, .start)
    var step = Step(
      id: "wait.\(slot.name)", row, part: PlanPart(.primary, .meanwhile), database: slot.database,
      title: "wait until its consumer has passed the start of the new slot", inputs: [input],
      preconditions: [
        PlanCheck(
          "the primary's slot \(row.name) as in its files: logical, plugin \(row.plugin), valid",
          row.isThere(words), found: row.found
        ).once
      ], isDone: "false", sql: nil,
      postconditions: [
        PlanCheck(
          "the consumer of \(row.name) at \(start), the start of the standby's slot, or further",
          "\(row.ownPosition) >= \(start)", found: row.ownPosition,
          hint: "It is NOT safe yet: let the consumer run.",
          patience: 60)
      ], output: StepOutput(name: "position_\(slot.name)", expression: row.ownPosition), finding: Self.finding)
    step.prospects = [areRead]
    return step
  }

  private func advance(_ slot: PlannedSlot) -> Step {
    let row = slot.row(words)
    let input = StepInput(
      name: "position_\(slot.name)",
      missing: [
        "it is NOT safe to fail over to yet: tell where its consumer is on the primary, -v position_SLOT=LSN"
      ])
    let (position, own) = (row.value(input, .position), row.ownPosition)
    return Step(
      id: "advance.\(slot.name)", row, part: PlanPart(.standby, .beforePromotion),
      database: slot.database, databaseOID: words.advancesAnywhere ? nil : slot.databaseOID,
      title: "advance the slot to exactly its consumer's position", inputs: [input],
      preconditions: [
        PlanCheck(
          "the consumer of \(row.name) past its slot's start", "\(position) >= greatest(\(row.confirmed), \(own))",
          found: "\(position)"
        ).once,
        // The statement goes as far as the standby has replayed, and what must hold afterwards does not hold then.
        PlanCheck(
          "WAL replayed as far as the consumer of \(row.name) is", "\(words.replayedLSN) >= \(position)",
          found: words.replayedLSN, patience: 20
        ).once,
      ], isDone: "\(own) = \(position)",
      sql: "select pg_replication_slot_advance(\(row.name), \(position))",
      postconditions: [
        PlanCheck("slot \(row.name) at its consumer's position", "\(own) = \(position)", found: row.found)
      ], finding: Self.finding
    )
  }

  private static let feedback = PlanCheck(
    "hot_standby_feedback", "current_setting('hot_standby_feedback')::bool",
    found: "'off'")

  private static let namesSlot = PlanCheck(
    "a primary_slot_name, or the primary forgets what the slots need", "current_setting('primary_slot_name') <> ''",
    found: "'none'", isAdvice: true)
}
