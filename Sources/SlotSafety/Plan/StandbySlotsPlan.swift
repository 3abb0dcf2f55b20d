import PostgresFormat

/// 16 and later: the slots are made on the standby before it is promoted.
///
/// A slot made there begins at a position that the standby has just replayed, which is further than the consumer has
/// confirmed: promoted at once, the changes between the two would be lost to it. So there are three steps, and only the
/// last one makes the slot safe: make it; wait until the consumer has passed its start; advance it to exactly the
/// primary's position.
extension NodePair {
  func standbySlotSteps(_ slots: [PlannedSlot]) throws(QuotingError) -> [Step] {
    guard let first = slots.first else { return [] }
    var steps = [try wake(first)]
    for slot in slots { steps.append(try create(slot)) }
    for slot in slots { steps.append(try waitForConsumer(slot)) }
    for slot in slots { steps.append(try advance(slot)) }
    return steps
  }

  private static let finding = RuleID.l09.rawValue
  /// A record that is no transaction's, so that the primary soon logs its running transactions.
  static let wake = "select pg_logical_emit_message(false, 'slotscope', 'wake')"

  /// Creation waits for a record of the running transactions, which an idle primary does not write by itself.
  private func wake(_ slot: PlannedSlot) throws(QuotingError) -> Step {
    Step(
      id: "wake", part: PlanPart(.primary, .meanwhile), database: slot.database,
      title: "let the primary write a record, so that it soon logs its running transactions",
      preconditions: try primaryChecks(slot), isDone: "false",
      sql: Self.wake, postconditions: [],
      finding: Self.finding)
  }

  private func create(_ slot: PlannedSlot) throws(QuotingError) -> Step {
    var step = Step(
      id: "create.\(slot.name)", slotName: slot.name, part: PlanPart(.standby, .beforePromotion),
      database: slot.database,
      title: "make slot \(slot.name) (waits for the primary's next record of running transactions)",
      preconditions: try slot.creationChecks(words) + (hasFeedback ? Self.standbyChecks : []),
      isDone: slot.isThere(words),
      sql: slot.createStatement(words),
      timeoutMessage: "slot \(slot.name) was not made: within the time limit the primary logged no running"
        + " transactions, or a transaction that was open when it did has not ended (prepared transactions count)."
        + " Nothing was left behind. On the primary: select pg_log_standby_snapshot(); then run this script again",
      postconditions: [
        PlanCheck("slot \(slot.name) is there and valid", slot.isThere(words), found: slot.foundSlot)
      ], slotEffect: .logicalSlot(slot.name),
      output: StepOutput(name: "start_\(slot.name)", expression: slot.position), finding: Self.finding)
    step.prospects = [Self.streams(unless: slot.isThere(words))]
    // An earlier step turns the feedback on where the files have it off.
    if !hasFeedback { step.requirements = Self.standbyChecks }
    return step
  }

  private func waitForConsumer(_ slot: PlannedSlot) throws(QuotingError) -> Step {
    let input = StepInput(
      name: "start_\(slot.name)",
      missing: [
        "to wait for the consumer of \(slot.name), run this script with -v start_\(slot.name)=LSN,",
        "the confirmed_flush_lsn of that slot on the standby",
      ])
    var step = Step(
      id: "wait.\(slot.name)", slotName: slot.name, part: PlanPart(.primary, .meanwhile), database: slot.database,
      title: "wait until the consumer of \(slot.name) has passed the start of the new slot", inputs: [input],
      preconditions: try primaryChecks(slot), isDone: "false", sql: nil, timeoutMessage: nil,
      postconditions: [
        PlanCheck(
          "the consumer of \(slot.name) has confirmed at least the start of the standby's slot",
          "\(slot.position) >= \(input.sql)::pg_lsn",
          found: "'consumer at ' || \(slot.position) || ', the slot on the standby starts at ' || \(input.sql)",
          hint: "The slot on the standby is NOT safe yet. Let the consumer run, then run this script again.",
          patience: 60)
      ], output: StepOutput(name: "position_\(slot.name)", expression: slot.position), finding: Self.finding)
    step.prospects = [Self.isRead(slot)]
    return step
  }

  private func advance(_ slot: PlannedSlot) throws(QuotingError) -> Step {
    let input = StepInput(
      name: "position_\(slot.name)",
      missing: [
        "slot \(slot.name) is NOT safe to fail over to yet. On the primary, ask for its consumer's position:",
        "  select confirmed_flush_lsn from pg_replication_slots where slot_name = \(slot.name.literal);",
        "When it is no less than the start of the slot here, run this script again with",
        "  -v position_\(slot.name)=that position",
      ])
    let own = slot.position
    return Step(
      id: "advance.\(slot.name)", slotName: slot.name, part: PlanPart(.standby, .beforePromotion),
      database: slot.database, title: "advance slot \(slot.name) to exactly its consumer's position", inputs: [input],
      preconditions: [
        PlanCheck(
          "the given position of \(slot.name) is one that the consumer has confirmed"
            + " (\(slot.confirmedFlush) or later by the primary's files)",
          "\(input.sql)::pg_lsn >= '\(slot.confirmedFlush)'::pg_lsn", found: input.sql),
        PlanCheck(
          "the consumer of \(slot.name) has passed the start of the slot here",
          "coalesce(\(input.sql)::pg_lsn >= \(own), true)",
          found: "'consumer at ' || \(input.sql) || ', the slot here starts at ' || \(own)",
          hint: "It is NOT safe yet. Let the consumer run, ask for its position again."),
        PlanCheck(
          "the standby has replayed the position of the consumer of \(slot.name)",
          "\(words.replayedLSN) >= \(input.sql)::pg_lsn", found: "'replayed to ' || \(words.replayedLSN)",
          hint: "Do not promote this server: the consumer is ahead of it.", patience: 30),
      ], isDone: "\(own) = \(input.sql)::pg_lsn",
      sql: "select pg_replication_slot_advance(\(slot.name.literal), \(input.sql)::pg_lsn)",
      timeoutMessage: "slot \(slot.name) was not advanced within the time limit",
      postconditions: [
        PlanCheck(
          "slot \(slot.name) stands at exactly its consumer's position", "\(own) = \(input.sql)::pg_lsn", found: own,
          hint: "It is NOT safe to fail over to.")
      ], finding: Self.finding)
  }

  /// What a primary must have for the slot's copy to make sense.
  private func primaryChecks(_ slot: PlannedSlot) throws(QuotingError) -> [PlanCheck] {
    [
      try slot.databaseCheck(),
      PlanCheck(
        "the primary's slot \(slot.name) as in its files: logical, plugin \(slot.plugin), valid",
        slot.isThere(words), found: slot.foundSlot),
    ]
  }

  private static let standbyChecks = [
    PlanCheck(
      "hot_standby_feedback is on", "current_setting('hot_standby_feedback')::bool",
      found: "current_setting('hot_standby_feedback')",
      hint:
        "Without it the primary removes catalog rows that the slot needs. alter system set hot_standby_feedback = on;"
        + " select pg_reload_conf();"),
    PlanCheck(
      "the standby streams from its primary (a WAL receiver runs)", "exists (select 1 from pg_stat_wal_receiver)",
      found: "'no WAL receiver'", patience: 15),
    PlanCheck(
      "primary_slot_name is set", "current_setting('primary_slot_name') <> ''",
      found: "'an empty primary_slot_name'",
      hint:
        "Without a physical slot the primary forgets what this standby's slots need whenever the connection breaks.",
      isAdvice: true),
  ]
}
