import Evidence
import PostgresFormat

// What the standby's own settings could do to a slot before or right after the promotion.

/// With `r` the copy's restart_lsn and `S` the end, `S - r` and two more segments fit in max_slot_wal_keep_size.
enum KeepSize {
  static let unit = RuleUnit(
    .settings, .slot(.withCopy, check),
    rules: Rule(
      .a25, from: .v13, .warning,
      "max_slot_wal_keep_size on the standby leaves room for the WAL that its slots retain.",
      "Raise max_slot_wal_keep_size on the standby, or set it to -1."))

  private static func check(_ c: SlotCase) -> Outcome? {
    let failover = c.failover
    guard let copy = c.copy, let megabytes = failover.standbySettings.integer("max_slot_wal_keep_size"), megabytes >= 0
    else { return nil }
    let limit = UInt64(megabytes).multipliedReportingOverflow(by: 1 << 20)
    let segment = UInt64(failover.standby.wal.segmentSize ?? 16 << 20)
    // After the promotion the WAL went on from there.
    let end =
      failover.isPromoted
      ? failover.standby.server?.positions.flush ?? failover.standby.wal.end?.lsn ?? failover.standbyEnd
      : failover.standbyEnd
    let held = end.bytes(since: copy.restartLSN)
    let needed = held.addingReportingOverflow(2 * segment)
    guard !limit.overflow, needed.overflow || needed.partialValue > limit.partialValue else { return nil }
    return c.fails(
      .atRisk,
      failover.isPromoted
        ? "the next checkpoint may invalidate its slot"
        : "the standby may invalidate its slot at the next restartpoint", .a25,
      "The standby's \(copy.name) holds \(ByteCount.text(held)) of WAL, and max_slot_wal_keep_size is \(megabytes) MB.",
      [c.onStandby.restart, failover.fact(of: "max_slot_wal_keep_size")])
  }
}

/// Slots of the standby's own die of idleness at a checkpoint. Synchronized ones are spared until the promotion, and
/// their time begins then; it must last beyond the first checkpoint that comes by itself.
enum IdleTimeout {
  static let unit = RuleUnit(
    .settings, .slot(Set<Situation>.withCopy.subtracting([.ownNode]), check),
    rules: Rule(
      .a26, from: .v18, .warning,
      "idle_replication_slot_timeout on the standby is 0: slots made by hand die of idleness there, and synchronized ones once it is promoted, unless their consumers are back in time.",
      "Set idle_replication_slot_timeout = 0 on the standby."))

  private static func check(_ c: SlotCase) -> Outcome? {
    let name = "idle_replication_slot_timeout"
    guard let seconds = c.failover.standbySettings.integer(name), seconds > 0 else { return nil }
    let facts = [c.failover.fact(of: name)]
    guard c.copy?.synced == true || c.failover.isPromoted else {
      return c.fails(
        .atRisk, "the standby may invalidate its slot for idleness", .a26,
        "The standby invalidates slots that nobody uses, such as \(c.slot.name), after \(seconds) s.", facts)
    }
    let late = c.finding(
      .a26, "Once promoted the standby invalidates \(c.slot.name) if its consumer is not back within \(seconds) s.",
      facts)
    return seconds <= firstCheckpoint
      ? .fails(.atRisk, "its consumer would have to be back within \(seconds) s of the promotion", late) : .note(late)
  }

  /// The default of checkpoint_timeout, in seconds.
  private static let firstCheckpoint = 300
}

/// To 18 a server with wal_level below logical cannot serve logical slots, and from 16 does not start with them. From 19 on the
/// level follows the slots.
enum LogicalLevel {
  static let unit = RuleUnit(
    .settings,
    .slot(Set<Situation>.withCopy.union(Set<Situation>.withoutCopy).union([.missing])) { c in
      finding(c.failover).map { .fails(.fixable, "wal_level on the standby is \($0.level)", $0.finding) }
    },
    .notes { failover in failover.hasLogicalSlots ? finding(failover).map { [$0.finding] } ?? [] : [] },
    rules: Rule(
      .a20, until: .v18, .error,
      "wal_level is logical in the standby's own configuration; from 16 it does not start with logical slots otherwise, and cannot serve them after promotion.",
      "Set wal_level = logical on the standby and restart it before any logical slot is put there."),
    Rule(
      .l18, until: .v18, .warning, "wal_level on the standby is below logical.",
      "Set wal_level = logical on the standby and restart it."))

  /// Of all slots alike: it is said once.
  private static func finding(_ failover: Failover) -> (level: String, finding: Finding)? {
    guard failover.isKnownOnStandby("wal_level"), let level = failover.standbySettings.walLevel, level < .logical
    else { return nil }
    let finding = Finding(
      .a20, "wal_level is \(level.name) in the standby's configuration: it cannot serve logical slots.",
      facts: [failover.fact(of: "wal_level")])
    return (level.name, finding.situated(.l18))
  }
}

/// The standby has the plugin's library, and where the allow list exists, it names the plugin. Late minor versions of 17 and 18
/// have it with this default; which minor version will start here, no file says.
enum OutputPlugin {
  static let unit = RuleUnit(
    .settings, .slot(Set<Situation>.withCopy.union(Set<Situation>.withoutCopy), check),
    rules: Rule(
      .a24, .error,
      "The standby has the library of the slot's plugin, and output_plugin_libraries lists it, where that setting exists (19, and late minor versions of 17 and 18).",
      "Install the plugin on the standby, or add it to output_plugin_libraries there and reload it."),
    Rule(
      .a24Hidden, .warning, "The standby's server shows which plugins it allows.", "Ask as a member of pg_monitor."),
    Rule(
      .l17, .warning, "The slot's plugin is not allowed on the standby.",
      "Add the plugin to output_plugin_libraries on the standby."))

  private static func check(_ c: SlotCase) -> Outcome? {
    let (failover, settings, plugin) = (c.failover, c.failover.standbySettings, c.slot.plugin)
    if let missing = missing(c) { return missing }
    guard failover.version.has(.outputPluginLibraries) || failover.standby.positionsAreLive,
      !settings.isAbsent(allowList)
    else { return nil }
    guard !settings.isHidden(allowList) else {
      return c.fails(
        c.copy?.isUsable == true ? .unknown : .fixable, "which plugins the standby allows was not shown", .a24Hidden,
        "The standby's server hides \(allowList) from the role that asked; whether it allows \(plugin) is open.",
        [Fact("\(allowList) is not shown", path: "pg_settings", node: "standby")])
    }
    let setting = settings[allowList]
    let allowed = setting?.isDefault == false ? IdentifierList.paths(setting?.text ?? "") ?? [] : alwaysAllowed
    guard !allowed.contains(plugin) else { return nil }
    let finding = c.finding(
      .a24, "\(allowList) on the standby does not list \(plugin): it would refuse to decode for \(c.slot.name).",
      [failover.fact(of: allowList), c.onPrimary.fact("plugin \(plugin)")])
    return .fails(
      .fixable, "its plugin is not allowed on the standby", finding.situated(.l17, remedy: finding.remedy))
  }

  /// The plugin's file, where the server let its folder of libraries be listed and looks nowhere else.
  private static func missing(_ c: SlotCase) -> Outcome? {
    let plugin = c.slot.plugin
    guard let libraries = c.failover.standby.server?.libraries, !plugin.contains("/"),
      c.failover.standbySettings["dynamic_library_path"] == nil,
      !libraries.contains(plugin + ".so"), !libraries.contains(plugin)
    else { return nil }
    return c.fails(
      .fixable, "its plugin is not installed on the standby", .a24, "The standby has no library \(plugin).",
      [Fact("no \(plugin).so among \(libraries.count) files", path: "pg_config()", node: "standby")])
  }

  private static let allowList = "output_plugin_libraries"
  private static let alwaysAllowed = ["pgoutput", "test_decoding"]
}

/// Synchronization stops at a slot of the standby's own under the name of a failover slot.
enum NameOfFailoverSlot {
  static let unit = RuleUnit(
    .settings, .slot([.present], check),
    rules: Rule(
      .a27, from: .v17, .error,
      "No slot made by hand on the standby has the name of a failover slot; it would block synchronization of all slots.",
      "Drop the standby's own slot, or set failover = false on the primary's."),
    Rule(
      .l05, from: .v17, .warning, "A slot made by hand on the standby has the name of a failover slot.",
      "Drop it on the standby, then let synchronization make it."))

  private static func check(_ c: SlotCase) -> Outcome? {
    guard c.slot.failover == true, c.copy?.synced == false else { return nil }
    let finding = c.finding(
      .a27,
      "The standby's \(c.slot.name) was not made by synchronization, which stops at it: it blocks that of all slots.",
      [c.onPrimary.fact("failover on"), c.onStandby.fact("synced off")])
    return .fails(
      .fixable, "a slot made by hand has the name of a failover slot",
      finding.situated(.l05, remedy: c.failover.withoutPrimary ?? finding.remedy))
  }
}

/// Once promoted, the standby keeps the consumers of failover slots waiting for each slot that its own
/// synchronized_standby_slots names. One that it has waits for its follower, which may come; one that it lacks for
/// nobody, nor does one of the name that stands for this standby itself.
enum WaitsForOthers {
  static let unit = RuleUnit(
    .settings, .slot(.withCopy, check),
    rules: Rule(
      .a14Standby, from: .v17, .warning,
      "synchronized_standby_slots on the standby names no slot that would keep consumers waiting after the promotion.",
      "Take slots that the standby lacks out of its synchronized_standby_slots."))

  private static func check(_ c: SlotCase) -> Outcome? {
    let (failover, names, slot) = (c.failover, c.failover.standbyWaitsFor, c.slot.name)
    guard c.copy?.failover == true, !names.isEmpty else { return nil }
    let own = failover.standbySettings.text("primary_slot_name")
    let fact = failover.fact(of: setting)
    let inVain = names.first { $0 == own || failover.copy(of: $0)?.state?.servesFollowers != true }
    guard let missing = inVain else {
      return .note(
        c.finding(
          .a14Standby,
          "Once promoted the standby sends \(slot) nothing that was not flushed through \(names.joined(separator: ", ")) too.",
          [fact],
          "Let the followers connect after the promotion, or take their slots out of \(setting) on the standby."))
    }
    return c.fails(
      .fixable, "the standby would keep its consumer waiting for \(missing), through which nobody will stream",
      .a14Standby,
      "\(setting) on the standby names \(missing), which is \(missing == own ? "its own slot on the primary" : "no valid physical slot there"): once promoted it sends \(slot) nothing.",
      [
        fact,
        missing == own
          ? failover.fact(of: "primary_slot_name") : Fact("no slot \(missing)", path: "pg_replslot", node: "standby"),
      ], "Take \(missing) out of \(setting) on the standby and reload it.")
  }

  private static let setting = "synchronized_standby_slots"
}

/// A slot that the standby lacks cannot be made while all that it may have are taken.
enum SlotRoom {
  static let unit = RuleUnit(
    .settings,
    .slot(.withoutCopy) { c in
      finding(c.failover).map { .fails(.fixable, "the standby has no room for it", $0) }
    },
    .notes { finding($0).map { [$0] } ?? [] },
    rules: Rule(
      .a22, .error, "max_replication_slots on the standby is large enough for its own slots and those it lacks.",
      "Raise max_replication_slots on the standby and restart it."))

  private static func finding(_ failover: Failover) -> Finding? {
    failover.slotRoom.map { room in
      Finding(
        .a22, "The standby needs \(room.needed) replication slots and may have \(room.limit).",
        facts: [failover.fact(of: "max_replication_slots")])
    }
  }
}
