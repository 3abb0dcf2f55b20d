package import PostgresFormat

/// A logical slot of the primary that is to be there after the promotion: its names validated, its database known.
package struct PlannedSlot: Sendable, Hashable {
  /// The same on both nodes.
  package let name: SlotName
  /// The library that decodes.
  package let plugin: PluginName
  /// datname, quoted wherever it goes into SQL.
  package let database: String
  /// The OID of that database, the same on both nodes.
  package let databaseOID: OID
  /// `two_phase`, 14 and later; false before.
  package let twoPhase: Bool
  /// What the primary's file says its consumer has confirmed: the consumer is there or further.
  package let confirmedFlush: LSN
  /// How it comes to be on the node that takes over.
  package let approach: Plan.Approach
  /// The primary's slot asks to be synchronized already.
  package let hasFailover: Bool
}

extension PlannedSlot {
  /// The slot in a script's list.
  func row(_ vocabulary: ServerVocabulary) -> ListedSlot {
    var row = ListedSlot(name)
    (row.pluginName, row.databaseOID, row.databaseName) = (plugin, databaseOID, database)
    if vocabulary.createsTwoPhase { row.twoPhase = twoPhase }
    if vocabulary.hasFailoverSlots { row.failover = hasFailover }
    row.confirmedFlush = confirmedFlush
    return row
  }
}

/// Conditions on the logical slot of a row, on whatever server.
extension ListedSlot {
  /// SQL: the slot that is meant, and valid.
  func isThere(_ vocabulary: ServerVocabulary) -> SQL {
    .dual(
      "exists (select from pg_replication_slots s where (slot_name, plugin, datoid) = (\(name), \(plugin), "
        + "\(database)) and \(vocabulary.isValid("s")))",
      inLoop: "(here.plugin, here.datoid) = (slot.plugin, slot.datoid) and \(vocabulary.isValid("here"))")
  }

  /// SQL: the standby's synchronization has finished a copy that stays at promotion, and that is no older than the files.
  var isSynchronized: SQL {
    "\(own("synced")) and not \(own("temporary")) and \(own("invalidation_reason")) is null and "
      + "\(own("confirmed_flush_lsn")) >= \(confirmed)"
  }

  /// SQL: where the slot of this name is.
  var ownPosition: SQL { own("confirmed_flush_lsn") }

  /// A flag, which a script's list has only where it is set.
  private func isSet(_ flag: SlotValue) -> SQL { .dual("\(flag)", inLoop: "\(flag) is true") }

  /// The statement that makes the slot, in the database that the session is connected to. Only a primary makes failover
  /// slots.
  ///
  /// - Parameter among: all slots that are made. Where none of them has a flag, a script that goes through them need not speak of it.
  func createStatement(_ vocabulary: ServerVocabulary, among slots: [PlannedSlot], onPrimary: Bool = false) -> SQL {
    "select \(creation(vocabulary, among: slots, onPrimary: onPrimary))"
  }

  private func creation(_ vocabulary: ServerVocabulary, among slots: [PlannedSlot], onPrimary: Bool) -> SQL {
    let more: SQL =
      if onPrimary, vocabulary.hasFailoverSlots {
        ", false, \(isSet(isTwoPhase)), \(isSet(isFailover))"
      } else if vocabulary.createsTwoPhase { ", false, \(isSet(isTwoPhase))" } else { "" }
    let isPlain = !slots.contains { $0.twoPhase || onPrimary && $0.hasFailover }
    return .dual(
      "pg_create_logical_replication_slot(\(name), \(plugin)\(more))",
      inLoop: "pg_create_logical_replication_slot(\(name), \(plugin)\(isPlain ? "" : more))")
  }

  /// The same on a standby, which makes a copy of another slot of the database at once.
  ///
  /// - Parameter first: that other slot, for the statement that stands alone.
  /// - Parameter copies: a script that goes through a list copies the slot of the database that it came to before, which it has
  ///   in the variable `model`.
  func createStatement(
    _ vocabulary: ServerVocabulary, among slots: [PlannedSlot], like first: SlotName?, copies: Bool
  ) -> SQL {
    let create = creation(vocabulary, among: slots, onPrimary: false)
    let alone: SQL =
      if let first {
        "select case when exists (select from pg_replication_slots s where slot_name = \(first) and "
          + "\(vocabulary.isValid("s"))) then pg_copy_logical_replication_slot(\(first), \(name), false, \(plugin)) else "
          + "\(create) end"
      } else { "select \(create)" }
    if !copies { return alone }
    let isAlone: SQL = slots.contains(where: \.twoPhase) ? " or \(isSet(isTwoPhase))" : ""
    return .dual(
      alone,
      inLoop: "select case when model is null\(isAlone) then \(create) else "
        + "pg_copy_logical_replication_slot(model, \(name), false, \(plugin)) end")
  }

  /// What must hold before the slot is made, on any node.
  func creationChecks(_ vocabulary: ServerVocabulary) -> [PlanCheck] {
    [
      PlanCheck(
        "the name \(name) is free, or is this very slot, valid",
        "\(isFree) or \(isThere(vocabulary))", found: found
      ).once
    ] + hostChecks(vocabulary)
  }

  /// What a server must offer to decode for the slot. Making it asks the same.
  func hostChecks(_ vocabulary: ServerVocabulary) -> [PlanCheck] {
    let name: SQL = pluginName.map { "\($0)" } ?? "null"
    let words = pluginName?.description ?? "none"
    var checks = vocabulary.listsPlugins ? [Self.allowanceCheck(name, words).once] : []
    if words != "pgoutput" { checks.append(Self.libraryCheck(name, words).once) }
    if vocabulary.needsWALLevelLogical {
      checks.append(
        PlanCheck(
          "wal_level is logical", "current_setting('wal_level') = 'logical'", found: "current_setting('wal_level')"
        ).once)
    }
    return checks
  }

  /// The slot's plugin is among those that the server allows (`output_plugin_libraries`), as far as the role may see it.
  private static func allowanceCheck(_ plugin: SQL, _ words: String) -> PlanCheck {
    PlanCheck(
      "output plugin \(words) is allowed",
      "not exists (select from pg_settings where name = 'output_plugin_libraries' and \(plugin) <> all "
        + "(string_to_array(translate(setting, '\" ', ''), ',')))",
      found: "'not in output_plugin_libraries'")
  }

  /// The library of the slot's plugin: no catalog lists them, and only a superuser may look at files outside of the data
  /// directory. For others the server itself refuses to make the slot. Nothing is said where dynamic_library_path names other
  /// folders.
  private static func libraryCheck(_ plugin: SQL, _ words: String) -> PlanCheck {
    var check = PlanCheck(
      "the library of output plugin \(words)",
      "exists (select from pg_config() c, pg_ls_dir(c.setting) f where c.name = 'PKGLIBDIR' and "
        + "split_part(f, '.', 1) = \(plugin))",
      found: "'no such file in $libdir'")
    check.onlyWhere = "current_setting('is_superuser')::bool and current_setting('dynamic_library_path') = '$libdir'"
    return check
  }
}
