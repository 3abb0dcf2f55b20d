import Evidence
package import PostgresFormat

/// A logical slot of the primary that is to be made elsewhere: its names validated, its database known.
package struct PlannedSlot: Sendable, Hashable, Codable {
  package let name: SlotName
  package let plugin: PluginName
  package let database: String
  package let twoPhase: Bool
  /// What the primary's file says its consumer has confirmed: the consumer is there or further.
  package let confirmedFlush: LSN

  /// The primary's logical slots that the standby lacks, by name; the others with the reason. A forged name anywhere
  /// among them spoils the whole plan.
  static func missing(
    on standby: Evidence, of primary: Evidence
  ) throws(QuotingError) -> (slots: [PlannedSlot], exclusions: [PlanExclusion]) {
    var slots: [PlannedSlot] = []
    var exclusions: [PlanExclusion] = []
    for slot in primary.slots.filter({ $0.state == nil }).sorted(by: { $0.directory < $1.directory }) {
      exclusions.append(PlanExclusion(slotName: slot.directory, reason: .unreadable))
    }
    let states = primary.slots.compactMap(\.state).filter(\.isLogical).sorted { $0.name < $1.name }
    for state in states {
      let name = try SlotName(state.name)
      if let reason = exclusion(of: state, on: standby, of: primary) {
        exclusions.append(PlanExclusion(slotName: state.name, reason: reason))
      } else if let database = database(state.database, of: primary) {
        slots.append(
          PlannedSlot(
            name: name, plugin: try PluginName(state.plugin), database: database, twoPhase: state.twoPhase ?? false,
            confirmedFlush: state.confirmedFlush))
      } else {
        exclusions.append(PlanExclusion(slotName: state.name, reason: .databaseUnknown))
      }
    }
    return (slots, exclusions)
  }

  private static func exclusion(
    of state: SlotState, on standby: Evidence, of primary: Evidence
  ) -> PlanExclusion.Reason? {
    if state.persistency != .persistent { return .notPersistent }
    if state.invalidation != nil { return .lost }
    if standby.slots.contains(where: { $0.state == nil && $0.directory == state.name }) { return .nameTaken }
    if let other = standby.slots.compactMap(\.state).first(where: { $0.name == state.name }) {
      let isSame =
        other.database == state.database && other.plugin == state.plugin && other.persistency == .persistent
        && other.invalidation == nil
      if isSame { return .alreadyThere }
      return state.failover == true && other.synced == true ? .synchronised : .nameTaken
    }
    return state.failover == true && standby.role == .standby ? .synchronised : nil
  }

  private static func database(_ oid: OID, of primary: Evidence) -> String? {
    guard let row = primary.databases.first(where: { $0.oid == oid }), row.nameIsExact, row.allowsConnections,
      row.connectionLimit != -2, !row.name.isEmpty
    else { return nil }
    return row.name
  }
}

extension PlannedSlot {
  /// SQL over `pg_replication_slots s`: the slot is there and is the one that is meant.
  func isThere(_ vocabulary: ServerVocabulary) -> String {
    "exists (select 1 from pg_replication_slots s where s.slot_name = \(name.literal) and s.slot_type = 'logical'"
      + " and s.plugin = \(plugin.literal)::name and s.database = current_database() and \(vocabulary.slotIsValid))"
  }

  /// What a server has under the slot's name, for the message of a refusal.
  var foundSlot: String {
    "(select format('a %s slot, plugin %s, database %s, confirmed_flush_lsn %s', s.slot_type, s.plugin, s.database,"
      + " s.confirmed_flush_lsn) from pg_replication_slots s where s.slot_name = \(name.literal))"
  }

  /// SQL: where the slot of this name stands.
  var position: String { "(select confirmed_flush_lsn from pg_replication_slots where slot_name = \(name.literal))" }

  /// The statement that makes the slot, in the database that the session is connected to.
  func createStatement(_ vocabulary: ServerVocabulary) -> String {
    let more = twoPhase && vocabulary.createsTwoPhase ? ", false, true" : ""
    return "select pg_create_logical_replication_slot(\(name.literal), \(plugin.literal)\(more))"
  }

  /// What must hold before the slot is made, on any node: the right database, and a free name or the slot itself.
  func creationChecks(_ vocabulary: ServerVocabulary) throws(QuotingError) -> [PlanCheck] {
    var checks = [
      PlanCheck(
        "connected to database \(database)", try SQLText.isCurrentDatabase(database), found: "current_database()"),
      PlanCheck(
        "the name \(name) is free, or is this very slot: logical, plugin \(plugin), database \(database), valid",
        "not exists (select 1 from pg_replication_slots s where s.slot_name = \(name.literal)) or "
          + isThere(vocabulary),
        found: foundSlot, hint: "Look at that slot; drop it if nobody needs it, and run this script again."),
      PlanCheck(
        "a free replication slot (max_replication_slots)",
        isThere(vocabulary)
          + " or (select count(*) from pg_replication_slots) < current_setting('max_replication_slots')::int",
        found: "format('%s of %s in use', (select count(*) from pg_replication_slots),"
          + " current_setting('max_replication_slots'))",
        hint: "Raise max_replication_slots and restart the server."),
      PlanCheck(
        "output plugin \(plugin) is allowed (output_plugin_libraries)",
        "current_setting('output_plugin_libraries', true) is null or \(plugin.literal) = any (regexp_split_to_array("
          + "replace(current_setting('output_plugin_libraries', true), '\"', ''), ' *, *'))",
        found: "current_setting('output_plugin_libraries', true)",
        hint: "Add it to output_plugin_libraries and reload the configuration."),
    ]
    if vocabulary.needsWALLevelLogical {
      checks.append(
        PlanCheck(
          "wal_level is logical", "current_setting('wal_level') = 'logical'", found: "current_setting('wal_level')",
          hint: "Set wal_level = logical and restart the server."))
    }
    return checks
  }
}
