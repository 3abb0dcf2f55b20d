import Evidence
import PostgresFormat

/// The rules of an upgrade: what each finds, with what to do first.
enum UpgradeFindings {
  static let unit = RuleUnit(
    .note, .before,
    rules: Rule(
      .upgradeStopped, .warning, "The old cluster was shut down cleanly.",
      "Start it, let the consumers read to the end, and stop it cleanly."),
    Rule(
      .upgradePrepared, .warning, "The old cluster has no prepared transactions.",
      "COMMIT PREPARED or ROLLBACK PREPARED, let the consumers read, and stop it again."),
    Rule(
      .upgradeSlotInvalid, .error, "No logical slot of the old cluster is invalid.",
      "Drop the slot before the upgrade; its consumer needs a new one and a new copy of its tables."),
    Rule(
      .upgradeSlotUnread, .warning, "Every logical slot has confirmed all that counts.",
      "Start the old cluster, let this consumer read to the end, stop the server cleanly, and ask again."),
    Rule(
      .upgradeSlotsDropped, until: .v16, .error, "The upgrade carries the logical slots over.",
      "Let every consumer read to the end and stop the server; on the new cluster make the slots anew before anything is written."
    ),
    Rule(
      .upgradePhysical, .info, "The upgrade carries the physical slots over.",
      "Make them anew on the new cluster."),
    Rule(
      .upgradeSubscription, .error, "Every subscription has its origin, and its tables are to be copied or ready.",
      "Let the first copies of the tables finish; drop a subscription without an origin and make it anew."),
    Rule(
      .upgradeSubscriptionsReset, until: .v16, .warning,
      "The upgrade carries origins and the states of subscribed tables over.",
      "Note how far each subscription is; make it anew without copying data once publisher and subscriber have the same rows."
    ),
    Rule(.upgradeNewCluster, .warning, "The new cluster takes the slots and subscriptions."),
    Rule(.upgradeOpen, .warning, "The evidence tells what pg_upgrade would say."),
    Rule(.upgradeDowngrade, .error, "The upgrade is to the same major version or a later one."))

  static func all(of u: Upgrade) -> [Finding] {
    let c = u.question
    guard !c.isDowngrade else {
      return [
        Finding(
          .upgradeDowngrade, "PostgreSQL \(c.old.version?.name ?? "") cannot be upgraded to \(c.to.name).",
          facts: [Fact(c.old.version?.name ?? "", path: "PG_VERSION", node: "old")])
      ]
    }
    return u.slots.flatMap { slot(u, $0) } + checks(u) + beside(c)
  }

  private static func slot(_ u: Upgrade, _ slot: UpgradeSlot) -> [Finding] {
    let c = u.question
    guard c.isCarried else {
      return [
        Finding(
          .upgradeSlotsDropped, slot: slot.name,
          "pg_upgrade from \(c.old.version?.name ?? "this version") drops the slot without a word, whether it was read or not.",
          facts: [Fact("plugin \(slot.plugin)", path: slot.path, node: "old")])
      ]
    }
    if let record = slot.firstUnread {
      return [
        Finding(
          .upgradeSlotUnread, slot: slot.name,
          "The consumer of slot \(slot.name) has not confirmed \(name(record)) at \(record.lsn), which pg_upgrade counts as unread.",
          facts: [
            Fact(
              "\(name(record))\(record.xid.isValid ? ", transaction \(record.xid)" : "")", path: "pg_wal", node: "old")
          ])
      ]
    }
    if let message = slot.message {
      return [
        Finding(
          .upgradeSlotInvalid, slot: slot.name, message + ".",
          facts: [Fact("the slot's state", path: slot.path, node: "old")])
      ]
    }
    return []
  }

  /// A record in an operator's words.
  static func name(_ record: UnreadWAL.Record) -> String {
    switch record.kind {
    case .commit: "a commit"
    case .abort:
      record.database == nil
        ? "a rolled back transaction, which counts for the slots of every database," : "a rolled back transaction"
    case .commitPrepared: "a COMMIT PREPARED"
    case .abortPrepared: "a ROLLBACK PREPARED"
    case .message: "a logical message"
    }
  }

  private static func checks(_ u: Upgrade) -> [Finding] {
    u.checks.compactMap { check in
      if let open = check.open { return Finding(.upgradeOpen, open, facts: [Fact(check.kind.rawValue, path: ".")]) }
      guard let message = check.message else { return nil }
      let facts = [Fact(message, path: "pg_upgrade")] + check.report.prefix(50).map { Fact($0, path: "pg_upgrade") }
      switch check.kind {
      case .stopped: return Finding(.upgradeStopped, message.hasSuffix(".") ? message : message + ".", facts: facts)
      case .prepared:
        let count = u.question.old.preparedTransactions.count
        return Finding(
          .upgradePrepared, "The old cluster has \(count) prepared transaction\(count == 1 ? "" : "s").", facts: facts)
      case .slots: return nil
      case .subscriptions:
        return Finding(
          .upgradeSubscription, check.report.first.map { $0 + "." } ?? message,
          facts: facts)
      case .newSlots, .newOrigins, .libraries:
        return Finding(
          .upgradeNewCluster, "The new cluster is refused: \(message).", facts: facts, remedy: remedy(message))
      }
    }
  }

  private static func remedy(_ message: String) -> String {
    if message.contains("wal_level") { return "Set wal_level on the new cluster." }
    if message.contains("loadable") { return "Install the output plugins for the new version." }
    if message.contains("plugins") { return "Name the plugins in output_plugin_libraries on the new cluster." }
    if message.contains("expected 0") { return "Drop the new cluster's slots, or make it anew with initdb." }
    return "Raise the setting on the new cluster."
  }

  /// What pg_upgrade does not say.
  private static func beside(_ c: UpgradeCase) -> [Finding] {
    var findings: [Finding] = []
    let physical = c.physicalSlots
    if !physical.isEmpty {
      let names = physical.map(\.name).sorted()
      let more = names.count > 10 ? " and \(names.count - 10) more" : ""
      findings.append(
        Finding(
          .upgradePhysical, "Physical slots are not carried over: \(names.prefix(10).joined(separator: ", "))\(more).",
          facts: [Fact("\(names.count) physical slot\(names.count == 1 ? "" : "s")", path: "pg_replslot", node: "old")])
      )
    }
    if !c.isCarried, !c.old.subscriptions.isEmpty {
      findings.append(
        Finding(
          .upgradeSubscriptionsReset,
          "The \(c.old.subscriptions.count) subscriptions come over disabled, without their origins and the states of their tables: they would begin anew.",
          facts: c.old.subscriptions.prefix(20).map {
            Fact("subscription \($0.name)", path: "pg_subscription", node: "old")
          }))
    }
    if c.new == nil, c.isCarried, !c.logicalSlots.isEmpty, !c.to.has(.upgradeTakesReplicaLevel) {
      findings.append(
        Finding(
          .upgradeNewCluster,
          "The new cluster needs wal_level = logical, which is not the default, before pg_upgrade is run.",
          facts: [
            Fact(
              "\(c.logicalSlots.count) logical slot\(c.logicalSlots.count == 1 ? "" : "s")", path: "pg_replslot",
              node: "old")
          ],
          remedy: "Give the new cluster (--new) to see whether it has it."))
    }
    return findings
  }
}
