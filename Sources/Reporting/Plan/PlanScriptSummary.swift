import SlotSafety

/// The end of a script: tables of what holds now, with what is still open.
enum PlanScriptSummary {
  static func lines(_ plan: Plan, _ part: PlanPart) throws(QuotingError) -> [String] {
    let steps = plan.steps.filter { $0.part == part }
    switch part.node {
    case .standby: return standby(plan) + physical(steps) + settings(steps)
    case .newPrimary: return try newPrimary(plan) + physical(steps) + settings(steps) + carriedOver(plan)
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

  /// A good word only where no position in the same row speaks against it: a slot that came over starts at or before the
  /// furthest position that its consumer is known to have, by the old primary's files or by the operator's word.
  private static func newPrimary(_ plan: Plan) throws(QuotingError) -> [String] {
    guard !plan.slots.isEmpty else {
      return ["select nullif(current_setting('slotscope.fork', true), '') as fork;"]
    }
    let rows = plan.slots.map {
      let isNew = $0.approach == .slotsOnNewPrimary
      return "(\($0.name.literal), \(isNew ? "'\($0.confirmedFlush)'::pg_lsn" : consumer($0)), \(isNew))"
    }
    let synchronised =
      plan.slots.contains { $0.approach == .failoverSlots }
      ? ["    when s.synced then 'carried over: synchronised, so never past its consumer'"] : []
    return came(plan).flatMap { PlanScriptChecks.learn(told($0)) } + [
      "select t.slot_name, s.database, s.confirmed_flush_lsn as starts_at, t.consumer as consumer_at_least,",
      "  nullif(current_setting('slotscope.fork', true), '') as fork,",
      "  case when s.slot_name is null then 'missing'",
      "    when t.is_new then 'ready: nothing was committed between its consumer and its start'",
      "    when s.confirmed_flush_lsn <= t.consumer then 'carried over: starts at or before its consumer'",
    ] + synchronised + [
      "    else 'STARTS AFTER ITS CONSUMER, unless that is past ' || s.confirmed_flush_lsn end as state",
      "from (values \(rows.joined(separator: ", "))) as t (slot_name, consumer, is_new)",
      "left join pg_replication_slots s on s.slot_name = t.slot_name order by 1;",
    ]
  }

  /// Ends the script where a slot that came over starts after its consumer.
  private static func carriedOver(_ plan: Plan) throws(QuotingError) -> [String] {
    try PlanScriptChecks.run(
      came(plan).map { slot in
        let isSynchronised = slot.approach == .failoverSlots ? "s.synced or " : ""
        return PlanCheck(
          "slot \(slot.name) starts at or before its consumer",
          "exists (select 1 from pg_replication_slots s where s.slot_name = \(slot.name.literal)"
            + " and (\(isSynchronised)s.confirmed_flush_lsn <= \(consumer(slot))))",
          found: "'it starts at ' || \(slot.position) || ', and its consumer is known to be at ' || \(consumer(slot))",
          hint:
            "Between the two its consumer would miss what was committed, and nothing would tell. Where the consumer itself"
            + " says that it is further (its own position, or the one to which the slot was advanced before the promotion):"
            + " run this script again with -v \(told(slot).name)=LSN. Else keep it away, and copy its tables anew"
            + " (slotscope plan --resynchronize).")
      })
  }

  /// Slots that were there before the promotion.
  private static func came(_ plan: Plan) -> [PlannedSlot] { plan.slots.filter { $0.approach != .slotsOnNewPrimary } }

  /// The consumer's position by the operator's word.
  private static func told(_ slot: PlannedSlot) -> ServerFact {
    ServerFact(name: "position_\(slot.name)", expression: ServerFact.untold)
  }

  /// SQL: the furthest position that the consumer of the slot is known to have.
  private static func consumer(_ slot: PlannedSlot) -> String {
    "greatest('\(slot.confirmedFlush)'::pg_lsn, nullif(current_setting('slotscope.\(told(slot).name)'), '')::pg_lsn)"
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
