import Evidence
import PostgresFormat

/// A setting that has another value after the failover than it should have.
package struct RejoinSetting: Sendable, Hashable {
  /// `primary_conninfo`, …
  package var name: String
  /// The node whose setting it is: the raw values stand in documents.
  package enum Node: String, Sendable, Hashable, CaseIterable { case old, new }
  /// Whose it is.
  package var node: Node
  /// As the file gives it, or the default; nil where it is not known.
  package var value: String?
  /// What it has to be.
  package var wanted: String
  /// The file that gives it; nil for a default.
  package var path: String?
  /// From 1; nil for a default.
  package var line: Int?
  /// Why, in one sentence.
  package var why: String
  /// With the value that it has now the returned node would not follow.
  package var isInTheWay = false

  /// Left in a configuration that a point-in-time recovery once used, they end the recovery of a standby, too.
  private static let targets = [
    "recovery_target", "recovery_target_lsn", "recovery_target_name", "recovery_target_time", "recovery_target_xid",
  ]

  /// Those of a node that comes back this way; nothing where the way is not known.
  static func all(of c: RejoinCase, way: Rejoin.Way) -> [RejoinSetting] {
    guard let version = c.version, way != .open else { return [] }
    let isCopied = way != .follow && (c.old.settings.mainFile.map { !$0.hasPrefix("/") } ?? true)
    // pg_rewind and a base backup bring the new primary's configuration, where it lies in the data directory.
    let evidence = isCopied && !c.newIsHistoryOnly ? c.new : c.old
    var list = SettingList(evidence, version)
    list.want(
      "primary_conninfo", connection(c, version), "it has to stream from the new primary", always: true)
    list.want(
      "primary_slot_name", c.returnSlot, "a slot on the new primary keeps the WAL that it needs", always: true)
    list.want("hot_standby", "on", "nobody could ask it whether it follows")
    for demand in c.new.control?.value.demands ?? [] { list.wantAtLeast(demand) }
    if version.has(.recoverySignals) {
      list.want("recovery_target_timeline", "latest", "it has to follow the new primary's timeline")
      for name in Self.targets { list.wantNone(name, "recovery would end there") }
    } else {
      list.want("standby_mode", "on", "recovery.conf makes it a standby")
      list.want("recovery_target_timeline", "latest", "it has to follow the new primary's timeline")
    }
    if c.synchronizes {
      list.want("sync_replication_slots", "on", "it keeps copies of the failover slots")
      list.want("hot_standby_feedback", "on", "synchronization needs it")
      if !version.has(.effectiveWALLevel) { list.want("wal_level", "logical", "synchronization needs it") }
      list.want(
        "synchronized_standby_slots", "",
        "after its own promotion every failover slot would wait for the standbys named here")
      var new = SettingList(c.new, version, node: .new)
      if !c.newIsHistoryOnly, new.isKnown {
        new.wantMember(
          "synchronized_standby_slots", c.returnSlot,
          of: Set(c.new.slots.compactMap(\.state).filter { !$0.isLogical }.map(\.name)),
          "failover slots wait for the returned node only if it is named, and for ever for slots that are not there")
        list.found += new.found
      }
    }
    return list.found
  }

  private static func connection(_ c: RejoinCase, _ version: ServerVersion) -> String {
    let name = c.synchronizes ? " dbname=postgres" : ""
    return "host=NEW_PRIMARY port=\(c.newPort) user=REPLICATION_ROLE\(name)"
  }
}

/// Collects the settings of one node that differ from what they should be.
private struct SettingList {
  var found: [RejoinSetting] = []
  private let settings: EffectiveSettings
  private let node: RejoinSetting.Node
  let isKnown: Bool

  init(_ evidence: Evidence, _ version: ServerVersion, node: RejoinSetting.Node = .old) {
    settings = EffectiveSettings(evidence.settings, version: version)
    self.node = node
    isKnown = evidence.configurationWasRead
  }

  private func setting(_ name: String, _ wanted: String, _ why: String) -> RejoinSetting {
    let now = settings[name]
    return RejoinSetting(
      name: name, node: node, value: isKnown ? now?.text : nil, wanted: wanted, path: now?.assignment?.path,
      line: now?.assignment.flatMap { $0.line > 0 ? $0.line : nil }, why: why)
  }

  /// `always`: it names something of which nobody can see whether it is right.
  mutating func want(_ name: String, _ wanted: String, _ why: String, always: Bool = false) {
    let now = settings.text(name)
    guard always || !isKnown || now != wanted else { return }
    if !always, let now, SettingValue.bool(now) != nil, SettingValue.bool(now) == SettingValue.bool(wanted) { return }
    found.append(setting(name, wanted, why))
  }

  /// Empty, which is the default.
  mutating func wantNone(_ name: String, _ why: String) {
    guard isKnown, settings[name].map({ !$0.text.isEmpty }) == true else { return }
    stop(name, "", why)
  }

  private mutating func stop(_ name: String, _ wanted: String, _ why: String) {
    var one = setting(name, wanted, why)
    one.isInTheWay = true
    found.append(one)
  }

  mutating func wantAtLeast(_ demand: RecoveryDemand) {
    guard isKnown, let own = settings.integer(demand.name), own < Int64(demand.least) else { return }
    stop(demand.name, "\(demand.least)", "a hot standby needs as much as the primary has")
  }

  /// A list that has to have a name in it; of the others those stay that are there.
  mutating func wantMember(_ name: String, _ member: String, of existing: Set<String>, _ why: String) {
    let names = settings.names(name) ?? []
    let wanted = names.filter { existing.contains($0) && $0 != member } + [member]
    guard Set(names) != Set(wanted) else { return }
    found.append(setting(name, wanted.joined(separator: ", "), why))
  }
}

extension RejoinCase {
  /// Slots are synchronized to standbys of this cluster, by what one of the nodes has.
  package var synchronizes: Bool {
    guard version?.has(.slotSynchronization) == true else { return false }
    return (old.slots + new.slots).contains { $0.state?.failover == true }
      || oldSettings?.bool("sync_replication_slots") == true || newSettings?.bool("sync_replication_slots") == true
  }

  /// The physical slot on the new primary that the returned node is to use. What stands in a configuration file and is no name
  /// that a slot may have is left out.
  package var returnSlot: String {
    if let slotName { return slotName }
    let own = oldSettings?.text("primary_slot_name") ?? ""
    return SlotFolderName.isSlotName(own) ? own : "rejoined"
  }

  /// The new primary's port, for a connection string: what is no port would be read as more of the string.
  var newPort: String {
    let text = newSettings?.text("port") ?? ""
    return UInt16(text).map { $0 > 0 } == true ? text : "5432"
  }
}
