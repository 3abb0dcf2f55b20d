import PostgresFormat

/// 16 and later: the slots are made on the standby before it is promoted.
///
/// A slot made there begins at a position that the standby has just replayed, which is further than the consumer has
/// confirmed: promoted at once, the changes between the two would be lost to it. So there are three steps, and only the
/// last one makes the slot safe: make it; wait until the consumer has passed its start; advance it to exactly the
/// primary's position.
extension NodePair {
  func standbySlotSteps(_ slots: [PlannedSlot]) throws(QuotingError) -> [Step] {
    guard !slots.isEmpty else { return [] }
    return [wake()] + slots.map(create) + slots.map(waitForConsumer) + slots.map(advance)
  }

  private static let finding = RuleID.l09.rawValue
  /// A record that is no transaction's, so that the primary soon logs its running transactions.
  static let wake: SQL = "select pg_logical_emit_message(false, 'slotscope', 'wake')"

  /// Creation waits for a record of the running transactions, which an idle primary does not write by itself.
  private func wake() -> Step {
    var step = Step(
      id: "wake", part: PlanPart(.primary, .meanwhile), database: maintenanceDatabase,
      title: "let the primary write a record, so that it soon logs its running transactions", preconditions: [],
      isDone: "false", sql: Self.wake, postconditions: [], finding: Self.finding)
    step.isNudge = true
    return step
  }

  private func create(_ slot: PlannedSlot) -> Step {
    let row = slot.row(words)
    let isThere = row.isThere(words)
    var step = Step(
      id: "create.\(slot.name)", row, part: PlanPart(.standby, .beforePromotion),
      database: slot.database, databaseOID: slot.databaseOID,
      title:
        "make the slot; this waits for the primary's next record of running transactions, and for those to end",
      preconditions: row.creationChecks(words) + (hasFeedback ? [Self.feedback, Self.namesSlot] : []),
      isDone: isThere, sql: row.createStatement(words),
      postconditions: [PlanCheck("slot \(row.name) is there and valid", isThere, found: row.found)],
      slotEffect: .logicalSlot(slot.name),
      output: StepOutput(name: "start_\(slot.name)", expression: row.ownPosition), finding: Self.finding)
    step.prospects = [Self.streams]
    // An earlier step turns the feedback on where the files have it off.
    step.requirements = (hasFeedback ? [] : [Self.feedback, Self.namesSlot]) + [Self.receives]
    return step
  }

  private func waitForConsumer(_ slot: PlannedSlot) -> Step {
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
    step.prospects = [Self.isRead(row)]
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
          "a position of the consumer of \(row.name) from \(row.confirmed) and the slot's start on",
          "\(position) >= greatest(\(row.confirmed), \(own))",
          found: "\(position)",
          hint: "It is NOT safe yet: let the consumer run.")
      ], isDone: "\(own) = \(position)",
      sql: "select pg_replication_slot_advance(\(row.name), \(position))",
      postconditions: [
        PlanCheck(
          "slot \(row.name) at exactly its consumer's position", "\(own) = \(position)", found: own,
          hint: "It is NOT safe to fail over to.")
      ], finding: Self.finding
    ).requiring(
      PlanCheck(
        "WAL replayed to the position of the consumer of \(row.name)",
        "\(words.replayedLSN) >= \(position)", found: "\(words.replayedLSN)",
        hint: "Do not promote this server: the consumer is ahead.", patience: 20))
  }

  private static let feedback = PlanCheck(
    "hot_standby_feedback is on", "current_setting('hot_standby_feedback')::bool",
    found: "'off'")

  private static let receives = PlanCheck(
    "the standby streams from its primary (a WAL receiver runs)", "exists (select from pg_stat_wal_receiver)",
    found: "'no WAL receiver'", patience: 15)

  private static let namesSlot = PlanCheck(
    "a primary_slot_name, or the primary forgets what the slots need", "current_setting('primary_slot_name') <> ''",
    found: "'none'", isAdvice: true)
}

extension Step {
  /// The same with what must hold right before it.
  func requiring(_ check: PlanCheck) -> Step {
    var step = self
    step.requirements.append(check)
    return step
  }
}
