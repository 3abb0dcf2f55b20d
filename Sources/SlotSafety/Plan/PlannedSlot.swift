package import PostgresFormat

/// A logical slot of the primary that is to be there after the promotion: its names validated, its database known.
package struct PlannedSlot: Sendable, Hashable {
  /// The same on both nodes.
  package let name: SlotName
  /// The library that decodes.
  package let plugin: PluginName
  /// datname, quoted wherever it goes into SQL.
  package let database: String
  /// `two_phase`, 14 and later; false before.
  package let twoPhase: Bool
  /// What the primary's file says its consumer has confirmed: the consumer is there or further.
  package let confirmedFlush: LSN
  /// How it comes to be on the node that takes over.
  package let approach: Plan.Approach
  /// The primary's slot asks to be synchronised already.
  package let hasFailover: Bool
}

extension PlannedSlot {
  /// SQL over `pg_replication_slots s`: the slot is there and is the one that is meant.
  func isThere(_ vocabulary: ServerVocabulary) -> String {
    "exists (select 1 from pg_replication_slots s where s.slot_name = \(name.literal) and s.slot_type = 'logical'"
      + " and s.plugin = \(plugin.literal)::name and s.database = current_database() and \(vocabulary.slotIsValid))"
  }

  /// SQL: the standby's synchronisation has finished a copy that stays at promotion, and that is no older than the files.
  var isSynchronised: String {
    "exists (select 1 from pg_replication_slots s where s.slot_name = \(name.literal) and s.synced and not s.temporary"
      + " and s.invalidation_reason is null and s.confirmed_flush_lsn >= '\(confirmedFlush)'::pg_lsn)"
  }

  /// What a server has under the slot's name, for the message of a refusal.
  var foundSlot: String {
    "(select format('a %s slot, plugin %s, database %s, confirmed_flush_lsn %s', s.slot_type, s.plugin, s.database,"
      + " s.confirmed_flush_lsn) from pg_replication_slots s where s.slot_name = \(name.literal))"
  }

  /// What the standby has under a failover slot's name.
  var foundCopy: String {
    "(select format('synced %s, temporary %s, invalidation_reason %s, confirmed_flush_lsn %s', s.synced, s.temporary,"
      + " coalesce(s.invalidation_reason, 'none'), s.confirmed_flush_lsn) from pg_replication_slots s"
      + " where s.slot_name = \(name.literal))"
  }

  /// SQL: where the slot of this name stands.
  package var position: String {
    "(select confirmed_flush_lsn from pg_replication_slots where slot_name = \(name.literal))"
  }

  /// The statement that makes the slot, in the database that the session is connected to. Only a primary makes failover
  /// slots.
  func createStatement(_ vocabulary: ServerVocabulary, onPrimary: Bool = false) -> String {
    var more = twoPhase && vocabulary.createsTwoPhase ? ", false, true" : ""
    if onPrimary, hasFailover, vocabulary.hasFailoverSlots { more = ", false, \(twoPhase), true" }
    return "select pg_create_logical_replication_slot(\(name.literal), \(plugin.literal)\(more))"
  }

  /// The session is in the slot's database.
  func databaseCheck() throws(QuotingError) -> PlanCheck {
    PlanCheck("connected to database \(database)", try SQLText.isCurrentDatabase(database), found: "current_database()")
  }

  /// What must hold before the slot is made, on any node: the right database, and a free name or the slot itself.
  func creationChecks(_ vocabulary: ServerVocabulary) throws(QuotingError) -> [PlanCheck] {
    [
      try databaseCheck(),
      PlanCheck(
        "the name \(name) is free, or is this very slot: logical, plugin \(plugin), database \(database), valid",
        "\(name.isFree) or \(isThere(vocabulary))",
        found: foundSlot, hint: "Look at that slot; drop it if nobody needs it, and run this script again."),
    ] + hostChecks(vocabulary)
  }

  /// What a server must offer to decode for the slot.
  func hostChecks(_ vocabulary: ServerVocabulary) -> [PlanCheck] {
    var checks = [allowanceCheck]
    if plugin.description != "pgoutput" { checks.append(libraryCheck) }
    if vocabulary.needsWALLevelLogical {
      checks.append(
        PlanCheck(
          "wal_level is logical", "current_setting('wal_level') = 'logical'", found: "current_setting('wal_level')",
          hint: "Set wal_level = logical and restart the server."))
    }
    return checks
  }
}
