import PostgresFormat

/// Whether what a script on the standby waits for can come at all, asked in its first second.
///
/// Slots made on a standby, and copies that its synchronization makes, need the primary: its WAL, and its word on its own
/// slots. A script for both servers brings about itself what the standby's connection may lack.
extension NodePair {
  private static let elsewise: Words =
    "Primary gone? Plan for after the promotion (--resynchronize)"

  /// The standby is connected to its primary. A script for both servers brings about itself what this would. A standby whose
  /// slot was made or whose connection was set a moment ago tries again every 5 s (`wal_retrieve_retry_interval`).
  static let streams: PlanCheck = {
    var check = PlanCheck(
      "the standby streams", "exists (select from pg_stat_wal_receiver)",
      found: "'no WAL receiver (see its log)'", hint: elsewise, patience: 7)
    check.isForOneServer = true
    return check
  }()

  /// The same, as long as the slot is still to be made.
  static func streams(unlessIsThere row: ListedSlot) -> PlanCheck {
    var check = streams
    check.condition = "\(row.isTaken) or \(streams.condition)"
    return check
  }

  /// The worker that makes the copies. It is started every 10 s where its settings are right
  /// (`SLOTSYNC_RESTART_INTERVAL_SEC`), and not every role may see it.
  static let synchronizes = PlanCheck(
    "slot synchronization runs (a slotsync worker)",
    "exists (select from pg_stat_activity where backend_type = 'slotsync worker') or not "
      + "pg_has_role('pg_read_all_stats', 'usage')",
    found: "'no slotsync worker, see the log'", patience: 12)

  /// A copy that is temporary, or not yet there, waits until its slot moves past the WAL and the catalog rows that the standby still
  /// has (`update_and_persist_local_synced_slot`, src/backend/replication/logical/slotsync.c), and only its consumer moves it.
  ///
  /// What the standby does not tell (``finishedCopies(_:)``), it is not asked: that script waits for what can come.
  static func canBecomeWhole(_ names: [SlotName]) -> PlanCheck {
    let unread: SQL =
      "from pg_replication_slots where failover and slot_name in (\(SQL.list(names))) and slot_name <> all "
      + "(string_to_array(current_setting('slotscope.finished_copies', true), ' ')) "
      + "and (active or inactive_since > now() - interval '1 min') is not true"
    var check = PlanCheck(
      "every slot that is not finished on the standby has a consumer that reads from it",
      "not exists (select \(unread))",
      found: "(select string_agg(slot_name || ' since ' || inactive_since, ', ') \(unread))",
      hint: "No waiting helps: start the consumer, or plan without the slot (--slots) or for after the promotion.")
    check.names = names
    return check
  }

  /// What the standby tells the primary of these slots: the names of the copies that stay, with blanks between.
  static func finishedCopies(_ slots: [PlannedSlot]) -> StepOutput {
    let names = slots.map(\.name)
    return StepOutput(
      name: "finished_copies",
      expression: "(select coalesce(string_agg(slot_name::text, ' '), '') from pg_replication_slots"
        + " where synced and not temporary and slot_name in (\(SQL.list(names))))", names: names)
  }

  /// Only consumers that go on let what is made on the standby become whole; one that polls is connected now and then.
  static func areRead(_ names: [SlotName]) -> PlanCheck {
    let unread: SQL = "from pg_replication_slots where slot_name in (\(SQL.list(names))) and not active"
    var check = PlanCheck(
      "consumers that read now: the slots on the standby wait for them", "not exists (select \(unread))",
      found: "(select 'nobody reads from ' || string_agg(slot_name, ', ') \(unread))", isAdvice: true)
    check.names = names
    return check
  }
}
