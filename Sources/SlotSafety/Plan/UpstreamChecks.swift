import PostgresFormat

/// Whether what a script on the standby waits for can come at all, asked in its first second.
///
/// Slots made on a standby, and copies that its synchronization makes, need the primary: its WAL, and its word on its own
/// slots. A script that reaches the primary as well (`primary_conninfo`) brings about itself what the standby's connection may
/// lack.
extension NodePair {
  /// Set where the script is told the primary's connection.
  static let withPrimary = ServerFact(name: "with_primary", expression: ServerFact.untold)

  private static let reachesPrimary = "current_setting('slotscope.\(withPrimary.name)', true) = 'on'"

  private static let elsewise =
    "If the primary is down for good, do not wait: promote this server if the audit allows it, and make the plan again from"
    + " the files as they are then; it makes slots on the new primary for consumers that provably miss nothing. A"
    + " subscriber's own files (--subscriber) may prove more, and --resynchronize says how to copy the tables of the rest"
    + " anew."

  /// The standby is connected to its primary, or the script is.
  static func streams(unless isDone: String) -> PlanCheck {
    PlanCheck(
      "the standby streams from its primary (a WAL receiver runs)",
      "\(isDone) or exists (select 1 from pg_stat_wal_receiver) or \(reachesPrimary)",
      found: "'no WAL receiver'",
      hint:
        "If the primary runs: its own script comes first (the slot that this standby names has to be there), and this"
        + " server's log says why it does not connect. \(elsewise)", patience: 2)
  }

  /// The worker that makes the copies. It is started every 10 s where its settings are right
  /// (`SLOTSYNC_RESTART_INTERVAL_SEC`), and not every role may see it.
  static func synchronizes(unless isDone: String) -> PlanCheck {
    PlanCheck(
      "slot synchronization runs (a slotsync worker)",
      "\(isDone) or exists (select 1 from pg_stat_activity where backend_type = 'slotsync worker')"
        + " or not pg_has_role('pg_read_all_stats', 'usage')",
      found: "'no slotsync worker'",
      hint: "This server's log says what it lacks, and so does its configuration: sync_replication_slots,"
        + " hot_standby_feedback, primary_slot_name, a dbname in primary_conninfo. \(elsewise)", patience: 12)
  }

  /// A temporary copy waits until its slot moves past the WAL and the catalog rows that the standby still has
  /// (`update_and_persist_local_synced_slot`, src/backend/replication/logical/slotsync.c), and only its consumer moves it.
  static func canBecomeWhole(_ slots: [PlannedSlot]) -> PlanCheck {
    let unfinished = "string_to_array(current_setting('slotscope.\(unfinished)', true), ' ')"
    let unread =
      "from pg_replication_slots where slot_name in (\(slots.map(\.name.literal).joined(separator: ", ")))"
      + " and slot_name || '\(temporary)' = any (\(unfinished))"
      + " and (active or inactive_since > now() - interval '1 min') is not true"
    return PlanCheck(
      "every slot whose copy on the standby is temporary has a consumer that reads from it",
      "not exists (select 1 \(unread))",
      found:
        "(select string_agg(slot_name || ': nobody since ' || coalesce(inactive_since::text, 'the server was started'),"
        + " ', ' order by slot_name) \(unread))",
      hint:
        "No waiting helps: such a copy is finished once its consumer has confirmed more. Start the consumer, and run this"
        + " script again; or make the plan without the slot (--slots), or for after the promotion"
        + " (--approach slots-on-new-primary); or drop the slot here if it is nobody's any more.")
  }

  /// Only a consumer that goes on lets its copy become whole; one that polls is connected now and then.
  static func isRead(_ slot: PlannedSlot) -> PlanCheck {
    PlanCheck(
      "a consumer reads from \(slot.name) now (the slot on the standby waits for it)",
      "(select active from pg_replication_slots where slot_name = \(slot.name.literal))",
      found: "'nobody reads from it, or only now and then; it stands at ' || \(slot.position)",
      hint: "Start its consumer; drop the slot here if it is nobody's any more.", isAdvice: true)
  }
}
