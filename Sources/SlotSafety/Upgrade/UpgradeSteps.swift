import Evidence
import PostgresFormat

/// What to do first, in order. What needs the old server comes before its clean stop, and that before anything of the new cluster.
extension Upgrade {
  /// Nothing for a way that no pg_upgrade goes.
  var stepsBefore: [WayStep] {
    guard !question.isDowngrade, question.old.version != nil else { return [] }
    guard question.old.control?.value.state != .shutDownInRecovery else {
      return [
        WayStep(
          .old, .note, "This is a standby, which no pg_upgrade takes: upgrade the primary, and make it anew from that.")
      ]
    }
    return onOldCluster + newCluster + run + afterwards
  }

  private var c: UpgradeCase { question }
  private var oldDirectory: String { Self.directory(c.old) ?? "OLD_DATA" }
  private var newDirectory: String { c.new.flatMap(Self.directory) ?? "NEW_DATA" }
  private static func directory(_ node: Evidence) -> String? {
    node.filesAreKnown ? ShellText.path(node.origin.source) : nil
  }
  private func fails(_ kind: Check.Kind) -> Check? { checks.first { $0.kind == kind && $0.passes == false } }

  /// With the old server up: what its consumers and its operator have to finish. Then it is stopped, consumers last.
  private var onOldCluster: [WayStep] {
    let work = finishPrepared + dropInvalid + finishSubscriptions + letThemRead
    let isStopped = c.old.isRunning != true
    guard !work.isEmpty || !isStopped || checks.first?.passes != true else { return [] }
    let start = WayStep(
      .old, .shell, "Start the old cluster, for its consumers alone.", ["pg_ctl -D \(oldDirectory) -w start"])
    var steps = (isStopped ? [start] : []) + work
    steps.append(
      WayStep(
        .old, .shell, "Stop it cleanly with the consumers connected: it sends them the rest before it ends.",
        ["pg_ctl -D \(oldDirectory) -m fast -w stop"]))
    let new = c.new == nil ? "" : " --new \(newDirectory)"
    steps.append(WayStep(.old, .shell, "Ask again.", ["slotscope upgrade \(oldDirectory) --to \(c.to.name)\(new)"]))
    return steps
  }

  private var finishPrepared: [WayStep] {
    let open = c.old.preparedTransactions.map(\.value)
    return Dictionary(grouping: open, by: \.database).sorted { $0.key < $1.key }.map { database, transactions in
      WayStep(
        .old, .sql,
        "In database \(c.old.databaseName(database) ?? "\(database)"), commit each of these or roll it back.",
        transactions.prefix(20).compactMap { one in
          (try? SQLText.literal(one.gid)).map { "COMMIT PREPARED \($0); -- or ROLLBACK PREPARED" }
        })
    }
  }

  private var dropInvalid: [WayStep] {
    let refused = slots.filter { $0.message != nil && $0.firstUnread == nil }
    guard !refused.isEmpty else { return [] }
    return [
      WayStep(
        .old, .sql, "Drop the slots that no upgrade carries over; their consumers need new ones and new copies.",
        refused.compactMap { slot in
          (try? SQLText.literal(slot.name)).map {
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = \($0) AND NOT active;"
          }
        })
    ]
  }

  private var finishSubscriptions: [WayStep] {
    guard c.isCarried, fails(.subscriptions) != nil else { return [] }
    return [
      WayStep(
        .old, .sql,
        "In each database with subscriptions, wait until this gives no row; a disabled subscription is to be enabled.",
        [
          "SELECT s.subname, r.srrelid::regclass, r.srsubstate FROM pg_subscription s JOIN pg_subscription_rel r",
          "ON r.srsubid = s.oid WHERE r.srsubstate NOT IN ('i', 'r');",
        ]),
      WayStep(
        .old, .sql, "A subscription that this shows has no origin: note what it has, drop it and make it anew.",
        [
          "SELECT s.subname FROM pg_subscription s LEFT JOIN pg_replication_origin o ON o.roname = 'pg_' || s.oid",
          "WHERE o.roident IS NULL;",
        ]),
    ]
  }

  private var letThemRead: [WayStep] {
    let unread = c.isCarried ? slots.filter { $0.firstUnread != nil || $0.open != nil } : slots
    let names = unread.compactMap { try? SQLText.literal($0.name) }
    guard !names.isEmpty else { return [] }
    let what =
      c.isCarried
      ? "Let these consumers read to the end: wait until this gives no row. Nothing else may write."
      : "Let every consumer read to the end: wait until this gives no row. Nothing else may write."
    return [
      WayStep(
        .old, .sql, what,
        [
          "SELECT slot_name, active, confirmed_flush_lsn FROM pg_replication_slots",
          "WHERE slot_name IN (\(names.joined(separator: ", "))) AND confirmed_flush_lsn < pg_current_wal_lsn();",
        ])
    ]
  }

  private var newCluster: [WayStep] {
    guard c.isCarried else { return [] }
    var lines: [String] = []
    let count = slots.count + (c.hasConflictSlot ? 1 : 0)
    let settings = c.new.flatMap { new in new.version.map { EffectiveSettings(new.settings, version: $0) } }
    let isKnown = c.new?.configurationWasRead == true
    if count > 0 {
      let least: WALLevel = c.to.has(.upgradeTakesReplicaLevel) ? .replica : .logical
      // replica is the default.
      if isKnown ? settings?.walLevel.map({ $0 < least }) ?? true : least > .replica {
        lines.append("wal_level = \(least.name)")
      }
      if isKnown ? settings?.integer("max_replication_slots").map({ $0 < Int64(count) }) ?? true : count > 10 {
        lines.append("max_replication_slots = \(count)")
      }
    }
    let subscriptions = c.old.subscriptions.count
    let limit = c.to.originLimitName
    if isKnown ? settings?.integer(limit).map({ $0 < Int64(subscriptions) }) ?? (subscriptions > 0) : subscriptions > 10
    {
      // Up to 17 one setting limits both.
      lines.removeAll { $0.hasPrefix(limit + " ") }
      lines.append("\(limit) = \(max(subscriptions, limit == "max_replication_slots" ? count : 0))")
    }
    let plugins = UpgradeChecks(c, slots).refusedPlugins
    if !plugins.isEmpty {
      let all = Set(UpgradeChecks.ownPlugins + plugins.map(\.plugin)).sorted()
      lines.append("output_plugin_libraries = \(ShellText.settingValue(all.joined(separator: ", ")))")
    }
    var steps: [WayStep] = []
    let others = Set(slots.map(\.plugin)).subtracting(c.installedPlugins ?? []).subtracting(["pgoutput"]).sorted()
    if !others.isEmpty {
      steps.append(
        WayStep(
          .new, .note,
          "Install the output plugins for PostgreSQL \(c.to.name), as \"ls $(pg_config --pkglibdir)\" shows them.",
          others.map { "\($0).so" }))
    }
    if let message = fails(.newSlots)?.message, message.contains("expected 0") {
      steps.append(WayStep(.new, .note, "Make the new cluster anew with initdb: it has slots of its own."))
    }
    if !lines.isEmpty {
      steps.append(
        WayStep(.new, .settings, "Put this into the new cluster's postgresql.conf, before pg_upgrade is run.", lines))
    }
    return steps
  }

  private var run: [WayStep] {
    let command = "pg_upgrade -b OLD_BIN -B NEW_BIN -d \(oldDirectory) -D \(newDirectory)"
    return [
      WayStep(
        .new, .shell, "Run pg_upgrade, with both servers stopped; its check stops at the first thing that it finds.",
        ["\(command) --check", command])
    ]
  }

  private var afterwards: [WayStep] {
    var steps: [WayStep] = []
    if !c.isCarried, !slots.isEmpty {
      steps.append(
        WayStep(
          .new, .sql, "Make the logical slots anew before anything is written, each in its own database.",
          slots.compactMap { slot in
            guard let name = try? SQLText.literal(slot.name), let plugin = try? SQLText.literal(slot.plugin) else {
              return nil
            }
            let more = slot.twoPhase ? ", false, true" : ""
            return "SELECT pg_create_logical_replication_slot(\(name), \(plugin)\(more));"
          }))
    }
    let physical = c.physicalSlots.compactMap { try? SQLText.literal($0.name) }
    if !physical.isEmpty {
      steps.append(
        WayStep(
          .new, .sql, "Make the physical slots anew, as far as their standbys are made anew.",
          physical.map { "SELECT pg_create_physical_replication_slot(\($0), true);" }))
    }
    if !c.isCarried, !c.old.subscriptions.isEmpty {
      steps.append(
        WayStep(
          .new, .note,
          "The subscriptions come over disabled and know no table: make them anew without copying data, where publisher and subscriber have the same rows."
        ))
    }
    return steps
  }
}
