import SlotSafety

/// The end of a script: tables of what holds now, with what is still open.
enum PlanScriptSummary {
  static func lines(_ plan: Plan, _ part: PlanPart) throws(QuotingError) -> [String] {
    let steps = plan.steps.filter { $0.part == part }
    switch part.node {
    case .standby: return standby(plan) + physical(steps) + settings(steps)
    case .newPrimary: return newPrimary(plan) + physical(steps) + settings(steps)
    case .primary: return primary(plan) + settings(steps)
    case .subscriber: return subscriber(steps)
    case .follower: return settings(steps)
    }
  }

  /// A table with a row for each slot; what the check of its state needs differs by approach.
  private static func standby(_ plan: Plan) -> [String] {
    let slots = plan.slots.filter { $0.approach != .slotsOnNewPrimary }
    guard !slots.isEmpty else { return [] }
    var lines: [String] = []
    for slot in slots where slot.approach == .slotsOnStandby {
      lines += ["\\if :{?position_\(slot.name)}", "\\else", "\\set position_\(slot.name) ''", "\\endif"]
    }
    lines += synchronisedState(plan)
    let rows = slots.map { slot in
      let isSynchronised = slot.approach == .failoverSlots
      let position = isSynchronised ? "null" : "nullif(:'position_\(slot.name)', '')"
      return "(\(slot.name.literal), \(position)::pg_lsn, \(isSynchronised))"
    }
    let synchronised =
      slots.contains { $0.approach == .failoverSlots }
      ? [
        "    when t.failover and s.synced and not s.temporary and s.invalidation_reason is null",
        "      then :'synchronised_state'",
        "    when t.failover then 'NOT SAFE YET: its synchronisation is not finished'",
      ] : []
    return lines + [
      "select t.slot_name, s.database, s.restart_lsn, s.confirmed_flush_lsn, t.consumer as consumer_position,",
      "  case when s.slot_name is null then 'missing'",
    ] + synchronised + [
      "    when s.confirmed_flush_lsn = t.consumer then 'ready: at its consumer''s position'",
      "    else 'NOT SAFE YET: advance it to its consumer''s position' end as state",
      "from (values \(rows.joined(separator: ", "))) as t (slot_name, consumer, failover)",
      "left join pg_replication_slots s on s.slot_name = t.slot_name order by 1;",
    ]
  }

  /// What a finished copy is called: its consumer can still run ahead of the standby until the primary holds it back.
  private static func synchronisedState(_ plan: Plan) -> [String] {
    let isReady = "\\set synchronised_state 'ready: synchronised'"
    guard plan.steps.contains(where: { $0.node == .primary && $0.finding == RuleID.a14.rawValue }) else {
      return [isReady]
    }
    return [
      "\\if :with_primary", isReady, "\\else",
      "\\set synchronised_state 'synchronised; ready once the primary''s script has set synchronized_standby_slots'",
      "\\endif",
    ]
  }

  private static func newPrimary(_ plan: Plan) -> [String] {
    guard !plan.slots.isEmpty else {
      return ["select nullif(current_setting('slotscope.fork', true), '') as fork;"]
    }
    let rows = plan.slots.map {
      "(\($0.name.literal), '\($0.confirmedFlush)'::pg_lsn, \($0.approach == .slotsOnNewPrimary))"
    }
    return [
      "select t.slot_name, s.database, s.confirmed_flush_lsn as starts_at, t.consumer as consumer_at_least,",
      "  nullif(current_setting('slotscope.fork', true), '') as fork,",
      "  case when s.slot_name is null then 'missing'",
      "    when not t.is_new then 'carried over'",
      "    else 'ready: nothing was committed between its consumer and its start' end as state",
      "from (values \(rows.joined(separator: ", "))) as t (slot_name, consumer, is_new)",
      "left join pg_replication_slots s on s.slot_name = t.slot_name order by 1;",
    ]
  }

  private static func primary(_ plan: Plan) -> [String] {
    guard !plan.slots.isEmpty else { return [] }
    let names = plan.slots.map(\.name.literal).joined(separator: ", ")
    let more = plan.slots.contains { $0.approach == .failoverSlots } ? ", failover" : ""
    return [
      "select slot_name, active, confirmed_flush_lsn\(more) from pg_replication_slots where slot_name in (\(names))"
        + " order by 1;"
    ]
  }

  /// Slots of other followers, and the standby's own on the primary.
  private static func physical(_ steps: [Step]) -> [String] {
    let names = steps.compactMap { if case .physicalSlot(let name) = $0.slotEffect { name.literal } else { nil } }
    guard !names.isEmpty else { return [] }
    return [
      "select slot_name, active, restart_lsn as holds_wal_from from pg_replication_slots"
        + " where slot_name in (\(names.joined(separator: ", "))) order by 1;"
    ]
  }

  private static func settings(_ steps: [Step]) -> [String] {
    // A connection string may hold a password: what it is does not belong on a screen.
    let names = steps.filter(\.reloads).compactMap { $0.settingName }.filter { $0 != "primary_conninfo" }
    guard !names.isEmpty else { return [] }
    let list = names.map { "'\($0)'" }.joined(separator: ", ")
    return ["select name, setting from pg_settings where name in (\(list)) order by 1;"]
  }

  private static func subscriber(_ steps: [Step]) -> [String] {
    let names = Set(steps.compactMap { $0.slotName?.literal }).sorted().joined(separator: ", ")
    guard !names.isEmpty else { return [] }
    return [
      "select s.subname, s.subslotname, case when not s.subenabled then 'disabled'",
      "    when w.pid is null then 'enabled, but no worker runs' else 'enabled, its worker runs' end as state",
      "from pg_subscription s left join pg_stat_subscription w on w.subid = s.oid and w.relid is null",
      "where s.subslotname in (\(names)) order by 1;",
    ]
  }
}

extension Step {
  fileprivate var settingName: String? { reloads ? id.split(separator: ".").last.map(String.init) : nil }
}
