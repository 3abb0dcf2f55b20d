import PostgresFormat
import SlotSafety

/// The end of a script: tables of what holds now, with what is still open.
enum PlanScriptSummary {
  static func lines(
    _ plan: Plan, _ part: PlanPart, _ runs: [PlanScriptRun], isForBoth: Bool
  ) throws(QuotingError) -> [ScriptText] {
    let steps = plan.steps.filter { $0.part == part }
    var lines: [ScriptText] = []
    var seen: [PlanScriptList] = []
    for run in runs where run.step.part == part {
      guard let list = run.list, !seen.contains(list) else { continue }
      seen.append(list)
      switch (part.node, run.step.slotEffect) {
      case (_, .physicalSlot), (_, .noSlot): lines += try slots(list, "active, restart_lsn as holds_wal_from")
      case (.standby, _):
        lines += try run.step.sql == nil ? synchronized(list, plan, isForBoth) : byHand(list, isForBoth)
      case (.newPrimary, _): lines += try run.step.sql == nil ? carriedOver(list) : new(list)
      default:
        let failover: ScriptText = list.rows[0].failover == nil ? "" : ", failover"
        lines += try slots(list, "active, confirmed_flush_lsn\(failover)")
      }
    }
    if part.node == .primary, lines.isEmpty, plan.slots.contains(where: { $0.approach == .failoverSlots }) {
      lines = [
        "select slot_name, active, confirmed_flush_lsn, failover from pg_replication_slots where failover order by 1;"
      ]
    }
    if lines.isEmpty, plan.server(part.node)?.facts.isEmpty == false {
      lines = ["select nullif(:'told_fork', '') as fork;"]
    }
    return lines + settings(steps) + (try subscriber(steps))
  }

  private static func slots(_ list: PlanScriptList, _ columns: ScriptText) throws(QuotingError) -> [ScriptText] {
    try Template.lines(PackageResources.holds_slots_sql, ["columns": columns, "list": "\(name: list.name)"])
  }

  /// Slots made on the standby.
  private static func byHand(_ list: PlanScriptList, _ isForBoth: Bool) throws(QuotingError) -> [ScriptText] {
    try Template.lines(
      PackageResources.holds_made_sql,
      [
        "list": "\(name: list.name)",
        "start": isForBoth
          ? "s.confirmed_flush_lsn" : "'-v start_' || slot_name || '=' || s.confirmed_flush_lsn as \"for the primary\"",
      ])
  }

  /// The consumer of a slot that is synchronized can still run ahead of the standby until the primary makes it wait.
  private static func synchronized(
    _ list: PlanScriptList, _ plan: Plan, _ isForBoth: Bool
  ) throws(QuotingError) -> [ScriptText] {
    let isHeld = isForBoth || !plan.steps.contains { $0.node == .primary && $0.finding == RuleID.a14.rawValue }
    return try Template.lines(
      PackageResources.holds_synchronized_sql,
      [
        "list": "\(name: list.name)",
        "ready": isHeld
          ? "ready: synchronized"
          : "synchronized; ready once the primary''s script has set synchronized_standby_slots",
      ])
  }

  private static func new(_ list: PlanScriptList) throws(QuotingError) -> [ScriptText] {
    try Template.lines(PackageResources.holds_new_sql, ["list": "\(name: list.name)"])
  }

  /// A good word only where no position in the same row speaks against it: a slot that came over starts at or before the
  /// furthest position that its consumer is known to have, by the old primary's files or by the operator's word. Else the script
  /// ends with an error.
  private static func carriedOver(_ list: PlanScriptList) throws(QuotingError) -> [ScriptText] {
    let canSync = list.rows[0].failover != nil
    var block = PlanScriptBlock()
    try block.forEach(list, .all, [.position]) { block throws(QuotingError) in
      try block.assertCarriedOver(isSynced: canSync ? "here.synced" : "false")
    }
    return try Template.lines(
      PackageResources.holds_carried_over_sql,
      ["list": "\(name: list.name)", "is_synced": canSync ? "s.synced" : "false", "block": block.text.joined()])
  }

  private static func settings(_ steps: [Step]) -> [ScriptText] {
    // A connection string may hold a password: what it is does not belong on a screen.
    let names = steps.filter(\.reloads).compactMap(\.settingName).filter { $0 != "primary_conninfo" }
    guard !names.isEmpty else { return [] }
    let list = names.map { "'\(name: $0)'" as ScriptText }.joined(by: ", ")
    return PlanScriptText.lines("select name, setting from pg_settings where name in (\(list)) order by 1;")
  }

  private static func subscriber(_ steps: [Step]) throws(QuotingError) -> [ScriptText] {
    let names = Set(steps.filter { $0.node == .subscriber }.compactMap(\.slotName)).sorted()
    if names.isEmpty { return [] }
    return try Template.lines(
      PackageResources.holds_subscriptions_sql, ["names": names.map { "\($0)" }.joined(by: ", ")])
  }
}

extension Step {
  fileprivate var settingName: String? { reloads && id.hasPrefix("set.") ? String(id.dropFirst(4)) : nil }
}
