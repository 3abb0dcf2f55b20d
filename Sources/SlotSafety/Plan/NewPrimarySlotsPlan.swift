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
    for slot in selection.slots where slot.approach != .slotsOnNewPrimary { steps.append(verify(slot)) }
    if let fork = proof.fork, let nextXID = proof.nextXID {
      for slot in selection.slots(.slotsOnNewPrimary) {
        steps.append(
          createAfterPromotion(
            slot, among: selection.slots(.slotsOnNewPrimary), fork: fork, nothingSince: Self.nothingSince(nextXID)))
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
    let names: SQL =
      "unnest(regexp_split_to_array(replace(current_setting('synchronized_standby_slots'), '\"', ''), ' *, *')) n"
    let isSlot: SQL = "exists (select from pg_replication_slots where slot_name::text = n and slot_type = 'physical')"
    let waiting: SQL =
      "from \(names) where n in (select slot_name::text from pg_replication_slots where slot_type = 'physical' and "
      + "not active)"
    var step = SettingStep(
      name: .standbySlots, part: PlanPart(.newPrimary, .afterPromotion), database: maintenanceDatabase,
      title: "take the slots that this server does not have out of synchronized_standby_slots", finding: .a14,
      isSet: "not exists (select from \(names) where n <> '' and not \(isSlot))",
      value: "coalesce((select string_agg(n, ', ') from \(names) where \(isSlot)), '')"
    ).step(words)
    step.postconditions.append(
      PlanCheck(
        "every standby in synchronized_standby_slots is connected (until then consumers of failover slots get nothing)",
        "not exists (select \(waiting))", found: "(select string_agg(n, ', ') || ' not connected' \(waiting))",
        hint: "Let it follow this server, or take its slot out of synchronized_standby_slots.", isAdvice: true))
    return [step]
  }

  private func verify(_ slot: PlannedSlot) -> Step {
    let row = slot.row(words)
    return Step(
      id: "verify.\(slot.name)", row, part: PlanPart(.newPrimary, .afterPromotion),
      database: slot.database, title: "make sure that it came over", preconditions: [],
      isDone: "true", sql: nil,
      postconditions: [
        PlanCheck(
          "slot \(row.name) came over: logical, plugin \(row.plugin), valid", row.isThere(words), found: row.found,
          hint:
            "Keep writers out, and plan again from this server's files: a slot made before anything is written helps.")
      ], finding: RuleID.n5.rawValue)
  }

  /// A transaction that writes has a number, and the server counts it when it ends.
  private static func nothingSince(_ nextXID: TransactionID) -> PlanCheck {
    let next: SQL = "txid_snapshot_xmax(txid_current_snapshot()) % 4294967296"
    return PlanCheck(
      "no transaction has written since this plan's files (the next is \(nextXID))", "\(next) = \(nextXID)",
      found: next, hint: "Plan again from its files.")
  }

  private func createAfterPromotion(
    _ slot: PlannedSlot, among slots: [PlannedSlot], fork: LSN, nothingSince: PlanCheck
  ) -> Step {
    let row = slot.row(words)
    // Asked again right after the slot was made, which is undone where it no longer holds.
    var nothingBefore = nothingSince.once
    nothingBefore.condition =
      .dual(row.isThere(words), inLoop: row.isTaken) + " or \(nothingSince.condition)"
    var step = Step(
      id: "create.\(slot.name)", row, part: PlanPart(.newPrimary, .afterPromotion),
      database: slot.database, databaseOID: slot.databaseOID, title: "make the slot",
      preconditions: row.creationChecks(words) + [
        PlanCheck(
          "this server was promoted no later than at \(fork), the end of this plan's WAL", "\(Self.fork) <= \(fork)",
          found: Self.foundFork
        ).once,
        PlanCheck(
          "the consumer of \(row.name) not ahead of this server",
          "\(Self.fork) >= \(row.confirmed)", found: "current_setting('slotscope.fork')",
          hint: "Do not connect it: copy its tables."
        ).once,
        nothingBefore,
        PlanCheck(
          "no prepared transaction (the slot would wait for its end)",
          "not exists (select from pg_prepared_xacts)",
          found: "(select string_agg(gid, ', ') from pg_prepared_xacts)"
        ).once,
        PlanCheck(
          "writers kept out until then (default_transaction_read_only)",
          "(select reset_val::bool from pg_settings where name = 'default_transaction_read_only')",
          found: "'off'", isAdvice: true),
      ], isDone: .dual(row.isThere(words), inLoop: row.isTaken),
      sql: row.createStatement(words, among: slots, onPrimary: true),
      postconditions: [
        PlanCheck("slot \(row.name) is there and valid", row.isThere(words), found: row.found)
      ], slotEffect: .logicalSlot(slot.name), finding: (isPromoted ? RuleID.n1 : .l10).rawValue)
    step.proof = nothingSince
    step.undo = "select pg_drop_replication_slot(\(row.name))"
    return step
  }

  /// SQL: where the server left the timeline that it shared with the old primary; null where that is not known.
  private static let fork: SQL = "nullif(current_setting('slotscope.fork'), '')::pg_lsn"
  private static let foundFork: SQL =
    "coalesce(nullif(current_setting('slotscope.fork'), ''), 'unknown: give it with -v fork=LSN')"

  /// The fork as the server's own history file has it: the line of the shared timeline.
  var forkFact: ServerFact {
    ServerFact(
      name: "fork",
      expression:
        "substring(pg_read_file('\(words.walDirectory)/' || left(\(words.walFileName)(\(words.flushedLSN)), 8) || "
        + "'.history') from '(?n)^\(timeline)[[:space:]]+([0-9A-F/]+)')"
    )
  }
}
