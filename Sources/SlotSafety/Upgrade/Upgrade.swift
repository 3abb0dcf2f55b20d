import Evidence
import PostgresFormat

/// What pg_upgrade would say of the slots and subscriptions of a cluster, and what to do first. A pure function of the case.
package struct Upgrade: Sendable {
  /// One check of pg_upgrade, in the order in which they are made: the first that fails hides the others.
  package struct Check: Sendable, Hashable {
    /// What is looked at. The raw values stand in documents.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
      case stopped, prepared, slots, subscriptions
      case libraries
      case newSlots = "new_slots", newOrigins = "new_origins"
    }
    /// Which.
    package var kind: Kind
    /// nil: that is open.
    package var passes: Bool?
    /// The line that pg_upgrade ends with; nil where it passes, or that is open.
    package var message: String?
    /// The lines of the file that it writes then.
    package var report: [String] = []
    /// Why it is open, in a sentence.
    package var open: String?
  }

  /// What it was made of.
  package var question: UpgradeCase
  /// Every logical slot of the old cluster, by name.
  package var slots: [UpgradeSlot]
  /// In pg_upgrade's order; none of slots and subscriptions where the old cluster is older than 17.
  package var checks: [Check]
  /// What to do first, in order, up to pg_upgrade and what comes after it.
  package var steps: [WayStep]
  /// The most severe first.
  package var findings: [Finding]

  /// Works on any evidence.
  package init(_ question: UpgradeCase) {
    self.question = question
    slots = UpgradeSlot.all(of: question)
    (checks, steps, findings) = ([], [], [])
    checks = UpgradeChecks(question, slots).all
    steps = stepsBefore
    findings = UpgradeFindings.all(of: self).told
  }

  /// Whether all checks pass: false also where an open one comes before the one that fails.
  package var passes: Bool? {
    if question.isDowngrade { return false }
    if checks.contains(where: { $0.passes == false }) { return false }
    return checks.contains { $0.passes == nil } || !question.old.isReadable ? nil : true
  }

  /// The line that the run would end with; nil where it passes, or an open check comes first.
  package var message: String? {
    guard let first = checks.first(where: { $0.passes != true }) else { return nil }
    return first.message
  }
}

extension UpgradeCase {
  /// To an older major, which pg_upgrade refuses.
  package var isDowngrade: Bool { old.version.map { to < $0 } ?? false }
}

/// Makes the checks.
struct UpgradeChecks {
  private let c: UpgradeCase
  private let slots: [UpgradeSlot]
  private let words: UpgradeMessages

  init(_ c: UpgradeCase, _ slots: [UpgradeSlot]) {
    (self.c, self.slots) = (c, slots)
    words = UpgradeMessages(version: c.to)
  }

  var all: [Upgrade.Check] {
    var checks = [stopped, prepared]
    guard c.isCarried else { return checks }
    checks += [oldSlots, subscriptions]
    if slots.contains(where: { $0.plugin != "pgoutput" }) { checks.append(libraries) }
    if !slots.isEmpty || c.hasConflictSlot { checks.append(newSlots) }
    if !c.old.subscriptions.isEmpty { checks.append(newOrigins) }
    return checks
  }

  private var stopped: Upgrade.Check {
    guard let control = c.old.control?.value, let state = control.state else {
      return open(.stopped, "The control file could not be read.")
    }
    if c.old.isRunning == true {
      return open(.stopped, "The old server runs: what it writes until it is stopped counts, too.")
    }
    let crashed = state != .shutDown && state != .shutDownInRecovery
    if crashed, c.old.startFiles.postmasterPIDPresent {
      return open(
        .stopped,
        "A postmaster.pid was left: pg_upgrade starts the old server first, and what its crash recovery comes to is open."
      )
    }
    for (cluster, state) in [("source", state), ("target", c.new?.control?.value.state ?? .shutDown)] {
      if state == .shutDownInRecovery {
        return Upgrade.Check(kind: .stopped, passes: false, message: words.shutDownInRecovery(cluster))
      }
      if state != .shutDown {
        return Upgrade.Check(kind: .stopped, passes: false, message: words.notCleanlyStopped(cluster, state.name))
      }
    }
    return Upgrade.Check(kind: .stopped, passes: true)
  }

  private var prepared: Upgrade.Check {
    guard c.old.preparedTransactions.isEmpty else {
      return Upgrade.Check(kind: .prepared, passes: false, message: words.prepared)
    }
    if c.old.hasProblem(with: "prepared_transaction") {
      return open(.prepared, "A file of pg_twophase could not be read.")
    }
    // A clean stop writes all of them; a server that runs has younger ones in memory only.
    return Upgrade.Check(kind: .prepared, passes: true)
  }

  private var oldSlots: Upgrade.Check {
    var check = Upgrade.Check(kind: .slots, passes: true)
    check.report = slots.compactMap(\.message)
    if !check.report.isEmpty {
      (check.passes, check.message) = (false, words.slots)
    } else if let slot = slots.first(where: { $0.open != nil }) {
      return open(.slots, "Slot \(slot.name): \(slot.open ?? "")")
    } else if c.old.hasProblem(with: "slot_folder") || c.old.hasProblem(with: "slot_state") {
      return open(.slots, "A slot's state could not be read.")
    }
    return check
  }

  private var subscriptions: Upgrade.Check {
    var check = Upgrade.Check(kind: .subscriptions, passes: true)
    if c.old.databases.isEmpty { return open(.subscriptions, "The catalogs could not be read.") }
    var unknown: String?
    for subscription in c.old.subscriptions {
      let database = c.old.databaseName(subscription.database) ?? "\(subscription.database)"
      if !c.old.origins.contains(where: { $0.name == "pg_\(subscription.oid)" }) {
        check.report.append(words.originMissing(database, subscription.name))
      }
      guard let tables = c.old.subscribedTables?.first(where: { $0.database == subscription.database })?.tables else {
        unknown = unknown ?? "The states of the tables of subscription \(subscription.name) could not be read."
        continue
      }
      for table in tables
      where table.row.subscription == subscription.oid && table.row.state != "i" && table.row.state != "r" {
        check.report.append(
          words.tableState(
            table.row.state, database, subscription.name, table.schemaName ?? "", table.tableName ?? ""))
      }
    }
    if !check.report.isEmpty {
      (check.passes, check.message) = (false, words.subscriptions)
    } else if let unknown {
      return open(.subscriptions, unknown)
    } else if c.old.hasProblem(with: "catalog") {
      return open(.subscriptions, "A catalog could not be read.")
    }
    return check
  }

  private var newSlots: Upgrade.Check {
    guard let new = c.new, let version = new.version else {
      return open(.newSlots, "The new cluster was not given (--new).")
    }
    let settings = EffectiveSettings(new.settings, version: version)
    guard new.configurationWasRead else {
      return open(.newSlots, "The new cluster's configuration could not be read.")
    }
    func refused(_ message: String, _ report: [String] = []) -> Upgrade.Check {
      Upgrade.Check(kind: .newSlots, passes: false, message: message, report: report)
    }
    let existing = new.slots.count { $0.state?.isLogical == true && $0.state?.persistency == .persistent }
    if existing > 0 { return refused(words.slotsExist(existing)) }
    guard let level = settings.walLevel else { return open(.newSlots, "The new cluster's wal_level is not known.") }
    let least: WALLevel = c.to.has(.upgradeTakesReplicaLevel) ? .replica : .logical
    if level < least { return refused(words.walLevel(level.name)) }
    let refusedPlugins = refusedPlugins
    if !refusedPlugins.isEmpty {
      return refused(words.plugins, refusedPlugins.map { "The slot \"\($0.name)\" uses plugin \"\($0.plugin)\"" })
    }
    guard let limit = settings.integer("max_replication_slots") else {
      return open(.newSlots, "The new cluster's max_replication_slots is not known.")
    }
    if limit < Int64(slots.count) + (c.hasConflictSlot ? 1 : 0) {
      return refused(words.slotRoom(limit, slots.count, conflict: c.hasConflictSlot))
    }
    return Upgrade.Check(kind: .newSlots, passes: true)
  }

  /// Those that the new cluster does not allow; none where it was not given.
  var refusedPlugins: [UpgradeSlot] {
    guard let new = c.new, let version = new.version, new.configurationWasRead else { return [] }
    let settings = EffectiveSettings(new.settings, version: version)
    return slots.filter { !allows($0.plugin, settings) }
  }

  /// The plugins of PostgreSQL's own distribution.
  static let ownPlugins = ["pgoutput", "test_decoding"]

  /// The latest minor releases have the list, with this default; an older one that lacks it allows every plugin.
  private func allows(_ plugin: String, _ settings: EffectiveSettings) -> Bool {
    guard settings.version.has(.outputPluginLibraries), !settings.isAbsent("output_plugin_libraries") else {
      return true
    }
    let setting = settings["output_plugin_libraries"]
    let allowed = setting?.isDefault == false ? IdentifierList.paths(setting?.text ?? "") ?? [] : Self.ownPlugins
    return allowed.contains(plugin)
  }

  /// pg_upgrade loads the plugins of all slots in the new cluster. Without a look into its folder those of PostgreSQL's own
  /// distribution are taken to be there; of others no file of the clusters tells.
  private var libraries: Upgrade.Check {
    let plugins = Set(slots.map(\.plugin)).subtracting(["pgoutput"])
    guard let installed = c.installedPlugins else {
      let others = plugins.subtracting(Self.ownPlugins).sorted().joined(separator: ", ")
      return others.isEmpty
        ? Upgrade.Check(kind: .libraries, passes: true)
        : open(
          .libraries, "Whether \(others) is installed for PostgreSQL \(c.to.name) was not looked at (--libraries).")
    }
    let missing = plugins.subtracting(installed).sorted()
    guard !missing.isEmpty else { return Upgrade.Check(kind: .libraries, passes: true) }
    return Upgrade.Check(
      kind: .libraries, passes: false, message: words.libraries,
      report: missing.map { "could not load library \"\($0)\"" })
  }

  private var newOrigins: Upgrade.Check {
    guard let new = c.new, let version = new.version, new.configurationWasRead else {
      return open(.newOrigins, "The new cluster was not given (--new), or its configuration could not be read.")
    }
    let settings = EffectiveSettings(new.settings, version: version)
    guard let limit = settings.integer(c.to.originLimitName) else {
      return open(.newOrigins, "The new cluster's \(c.to.originLimitName) is not known.")
    }
    let count = c.old.subscriptions.count
    if limit < Int64(count) {
      return Upgrade.Check(kind: .newOrigins, passes: false, message: words.originRoom(limit, count))
    }
    return Upgrade.Check(kind: .newOrigins, passes: true)
  }

  private func open(_ kind: Upgrade.Check.Kind, _ why: String) -> Upgrade.Check {
    Upgrade.Check(kind: kind, passes: nil, open: why)
  }
}
