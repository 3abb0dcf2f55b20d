import PostgresFormat

/// Every version: the slots are made on the new primary, right after its promotion.
///
/// A slot made there begins at its own present, so the consumer gets nothing of what was committed between its position
/// and there. The script refuses where the consumer is known to be ahead of the new primary; what it cannot know, it says
/// in the summary: how many bytes of WAL lie between the last known position and the slot's start.
extension NodePair {
  func planOnNewPrimary(
    _ slots: [PlannedSlot], _ exclusions: [PlanExclusion]
  ) throws(QuotingError) -> Plan {
    var server = PlannedServer.newPrimary(version, system: systemIdentifier, after: commonTimeline)
    server.facts = [forkFact]
    var plan = Plan(approach: .slotsOnNewPrimary, servers: [server], slots: slots, exclusions: exclusions)
    for slot in slots { plan.steps.append(try createAfterPromotion(slot)) }
    return plan
  }

  private func createAfterPromotion(_ slot: PlannedSlot) throws(QuotingError) -> Step {
    let words = ServerVocabulary(version)
    return Step(
      id: "create.\(slot.name)", slotName: slot.name, node: .newPrimary, stage: .afterPromotion,
      database: slot.database, title: "make slot \(slot.name)",
      preconditions: try slot.creationChecks(words) + [
        PlanCheck(
          "the consumer of \(slot.name) is not ahead of this server: on the old primary it had confirmed"
            + " \(slot.confirmedFlush)",
          "\(Self.fork) >= '\(slot.confirmedFlush)'::pg_lsn",
          found: "'this server left timeline \(commonTimeline) at ' || coalesce(\(Self.fork)::text,"
            + " 'a position that this role may not read: give it with -v fork=LSN, from the newest .history file')",
          hint: "The consumer has changes that this server never had. Do not connect it: resynchronise its tables."),
        PlanCheck(
          "no prepared transaction is open (making the slot would wait for its end)",
          "not exists (select 1 from pg_prepared_xacts)",
          found: "(select string_agg(gid, ', ') from pg_prepared_xacts)",
          hint: "Commit or roll back what pg_prepared_xacts lists."),
        PlanCheck(
          "writers are kept out until the slot is made (default_transaction_read_only is on)",
          "(select reset_val::bool from pg_settings where name = 'default_transaction_read_only')",
          found: "'off'",
          hint:
            "What is committed before the slot is made will not reach its consumer. If nothing was written since the"
            + " promotion, this is no loss.", isAdvice: true),
      ], isDone: slot.isThere(words), sql: slot.createStatement(words),
      timeoutMessage:
        "slot \(slot.name) was not made: a transaction that was open before has not ended. Nothing was left"
        + " behind; end it and run this script again",
      postconditions: [
        PlanCheck("slot \(slot.name) is there and valid", slot.isThere(words), found: slot.foundSlot)
      ], finding: "slot.missing-on-new-primary")
  }

  /// SQL: where the server left the timeline that it shared with the old primary; null where that is not known.
  private static let fork = "nullif(current_setting('slotscope.fork', true), '')::pg_lsn"

  /// The fork as the server's own history file has it: the line of the shared timeline.
  private var forkFact: ServerFact {
    let words = ServerVocabulary(version)
    return ServerFact(
      name: "fork",
      expression: "(select split_part(line, E'\\t', 2) from regexp_split_to_table(pg_read_file('\(words.walDirectory)/'"
        + " || substr(\(words.walFileName)(\(words.flushedLSN)), 1, 8) || '.history'), E'\\n') as line"
        + " where split_part(line, E'\\t', 1) = '\(commonTimeline)')")
  }
}
