import Evidence
import PostgresFormat

/// Every version: what runs on the new primary, right after its promotion.
///
/// Slots that were carried over are verified. A slot made there begins at its own present, so the consumer gets nothing of
/// what was committed between its position and there. Only slots for which the files prove this gap to be empty are made;
/// the script makes sure that the server has gone no further than the files, and drops a slot again before which
/// something was committed after all.
extension NodePair {
  func newPrimarySteps(_ selection: SlotSelection, _ proof: GapProof) throws(QuotingError) -> [Step] {
    var steps: [Step] = []
    for slot in selection.slots where slot.approach != .slotsOnNewPrimary { steps.append(try verify(slot)) }
    if let fork = proof.fork, let nextXID = proof.nextXID {
      for slot in selection.slots(.slotsOnNewPrimary) {
        steps.append(try createAfterPromotion(slot, fork: fork, nothingSince: Self.nothingSince(nextXID)))
      }
    }
    return copiedSettingSteps() + steps
  }

  /// synchronized_standby_slots came with the configuration and names slots that this server does not have: every consumer
  /// of a failover slot would wait for them.
  private func copiedSettingSteps() -> [Step] {
    guard words.hasFailoverSlots, let copied = settings.standbySettings.names("synchronized_standby_slots"),
      !copied.isEmpty
    else { return [] }
    let names =
      "unnest(regexp_split_to_array(replace(current_setting('synchronized_standby_slots'), '\"', ''), ' *, *')) as n"
    let isSlot =
      "exists (select 1 from pg_replication_slots s where s.slot_name::text = n and s.slot_type = 'physical')"
    let waiting =
      "from \(names) where \(isSlot) and not exists (select 1 from pg_replication_slots where slot_name::text = n and active)"
    var step = SettingStep(
      name: "synchronized_standby_slots", part: PlanPart(.newPrimary, .afterPromotion), database: maintenanceDatabase,
      title: "take the slots that this server does not have out of synchronized_standby_slots", finding: .a14,
      isSet: "not exists (select 1 from \(names) where n <> '' and not \(isSlot))",
      value: "coalesce((select string_agg(n, ', ') from \(names) where \(isSlot)), '')"
    ).step(words)
    step.postconditions.append(
      PlanCheck(
        "every standby in synchronized_standby_slots is connected (until then consumers of failover slots get nothing)",
        "not exists (select 1 \(waiting))", found: "(select string_agg(n, ', ') || ' not connected' \(waiting))",
        hint: "Let it follow this server, or take its slot out of synchronized_standby_slots.", isAdvice: true))
    return [step]
  }

  private func verify(_ slot: PlannedSlot) throws(QuotingError) -> Step {
    Step(
      id: "verify.\(slot.name)", slotName: slot.name, part: PlanPart(.newPrimary, .afterPromotion),
      database: slot.database, title: "make sure that it came over", preconditions: [try slot.databaseCheck()],
      isDone: "true", sql: nil,
      postconditions: [
        PlanCheck(
          "slot \(slot.name) came over: logical, plugin \(slot.plugin), valid", slot.isThere(words),
          found: slot.foundSlot,
          hint: "Its consumer has lost its place unless a new slot is made before anything is written:"
            + " keep writers out, and make the plan again from this server's files.")
      ], finding: RuleID.n5.rawValue)
  }

  /// A transaction that writes has a number, and the server counts it when it ends.
  private static func nothingSince(_ nextXID: TransactionID) -> PlanCheck {
    let next = "(txid_snapshot_xmax(txid_current_snapshot()) & 4294967295)"
    return PlanCheck(
      "no transaction has written since the files that this plan was made from (the next one is \(nextXID))",
      "\(next) = \(nextXID)", found: "'the next one is ' || \(next)",
      hint: "What it committed would not reach the consumer. Keep writers out, and make the plan again from this"
        + " server's present files: they tell what it was.")
  }

  private func createAfterPromotion(
    _ slot: PlannedSlot, fork: LSN, nothingSince: PlanCheck
  ) throws(QuotingError) -> Step {
    var nothingBefore = nothingSince
    nothingBefore.condition = "\(slot.isThere(words)) or \(nothingSince.condition)"
    var step = Step(
      id: "create.\(slot.name)", slotName: slot.name, part: PlanPart(.newPrimary, .afterPromotion),
      database: slot.database, title: "make slot \(slot.name)",
      preconditions: try slot.creationChecks(words) + [
        PlanCheck(
          "the consumer of \(slot.name) is not ahead of this server: on the old primary it had confirmed"
            + " \(slot.confirmedFlush)",
          "\(Self.fork) >= '\(slot.confirmedFlush)'::pg_lsn",
          found: "'this server left timeline \(timeline) at ' || coalesce(\(Self.fork)::text,"
            + " 'a position that this role may not read: give it with -v fork=LSN, from the newest .history file')",
          hint: "The consumer has changes that this server never had. Do not connect it: resynchronise its tables."),
        PlanCheck(
          "this server was promoted no later than at \(fork), where the WAL ended that this plan was made from",
          "\(Self.fork) <= '\(fork)'::pg_lsn",
          found: "'this server left timeline \(timeline) at ' || \(Self.fork)",
          hint: "What it received after that is not known here. Make the plan again from the present files."),
        nothingBefore,
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
      ], isDone: slot.isThere(words), sql: slot.createStatement(words, onPrimary: true),
      timeoutMessage:
        "slot \(slot.name) was not made: a transaction that was open before has not ended. Nothing was left"
        + " behind; end it and run this script again",
      postconditions: [
        PlanCheck("slot \(slot.name) is there and valid", slot.isThere(words), found: slot.foundSlot)
      ], slotEffect: .logicalSlot(slot.name), finding: (isPromoted ? RuleID.n1 : .l10).rawValue)
    step.proof = nothingSince
    step.undo = "select pg_drop_replication_slot(\(slot.name.literal))"
    return step
  }

  /// SQL: where the server left the timeline that it shared with the old primary; null where that is not known.
  static let fork = "nullif(current_setting('slotscope.fork', true), '')::pg_lsn"

  /// The fork as the server's own history file has it: the line of the shared timeline.
  var forkFact: ServerFact {
    ServerFact(
      name: "fork",
      expression: "(select split_part(line, E'\\t', 2) from regexp_split_to_table(pg_read_file('\(words.walDirectory)/'"
        + " || substr(\(words.walFileName)(\(words.flushedLSN)), 1, 8) || '.history'), E'\\n') as line"
        + " where split_part(line, E'\\t', 1) = '\(timeline)')")
  }
}
