import PostgresFormat
import SlotSafety

/// The end of a script: tables of what holds now, with what is still open.
enum PlanScriptSummary {
  static func lines(
    _ plan: Plan, _ part: PlanPart, _ runs: [PlanScriptRun], isForBoth: Bool
  ) throws(QuotingError) -> [String] {
    let steps = plan.steps.filter { $0.part == part }
    var lines: [String] = []
    var seen: [PlanScriptList] = []
    for run in runs where run.step.part == part {
      guard let list = run.list, !seen.contains(list) else { continue }
      seen.append(list)
      switch (part.node, run.step.slotEffect) {
      case (_, .physicalSlot), (_, .noSlot): lines += slots(list, "active, restart_lsn as holds_wal_from")
      case (.standby, _): lines += run.step.sql == nil ? synchronized(list, plan, isForBoth) : byHand(list, isForBoth)
      case (.newPrimary, _): lines += run.step.sql == nil ? try carriedOver(list, plan) : new(list)
      default: lines += slots(list, "active, confirmed_flush_lsn" + (list.rows[0].failover == nil ? "" : ", failover"))
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
    return lines + settings(steps) + subscriber(steps)
  }

  private static func slots(_ list: PlanScriptList, _ columns: String) -> [String] {
    [
      "select slot_name, \(columns) from pg_replication_slots",
      "where slot_name in (select slot_name from \(rows(list))) order by 1;",
    ]
  }

  private static func rows(_ list: PlanScriptList, _ more: String = "") -> String {
    "json_to_recordset(:'\(list.name)') slot (slot_name name\(more))"
  }

  /// What an operator or the script's earlier steps know of the consumer's position.
  private static let position =
    "(:'told_position'::json ->> slot_name::text)::pg_lsn"

  /// Slots made on the standby.
  private static func byHand(_ list: PlanScriptList, _ isForBoth: Bool) -> [String] {
    let start =
      isForBoth
      ? "s.confirmed_flush_lsn"
      : "'-v start_' || slot_name || '=' || s.confirmed_flush_lsn as \"for the primary\""
    return [
      "select slot_name, s.database, \(start),",
      "  case s.confirmed_flush_lsn when \(position)", "    then 'ready: at its consumer''s position'",
      "    else coalesce('NOT SAFE YET: at ' || s.confirmed_flush_lsn, 'missing') end as state",
      "from \(rows(list)) left join pg_replication_slots s using (slot_name);",
    ]
  }

  /// The consumer of a slot that is synchronized can still run ahead of the standby until the primary makes it wait.
  private static func synchronized(_ list: PlanScriptList, _ plan: Plan, _ isForBoth: Bool) -> [String] {
    let isHeld = isForBoth || !plan.steps.contains { $0.node == .primary && $0.finding == RuleID.a14.rawValue }
    let ready =
      isHeld
      ? "'ready: synchronized'"
      : "'synchronized; ready once the primary''s script has set synchronized_standby_slots'"
    return [
      "select slot_name, s.database, s.restart_lsn, s.confirmed_flush_lsn,",
      "  case when s.slot_name is null then 'missing'",
      "    when s.synced and not s.temporary and s.invalidation_reason is null then \(ready)",
      "    else 'NOT SAFE YET: its synchronization is not finished' end as state",
      "from \(rows(list)) left join pg_replication_slots s using (slot_name);",
    ]
  }

  private static func new(_ list: PlanScriptList) -> [String] {
    [
      "select slot_name, s.database, slot.confirmed_flush_lsn as consumer_at_least,",
      "  s.confirmed_flush_lsn as starts_at, nullif(:'told_fork', '') as fork,",
      "  case when s.slot_name is null then 'missing' else 'ready: nothing was committed in between' end as state",
      "from \(rows(list, ", confirmed_flush_lsn pg_lsn"))",
      "  left join pg_replication_slots s using (slot_name) order by 1;",
    ]
  }

  /// A good word only where no position in the same row speaks against it: a slot that came over starts at or before the
  /// furthest position that its consumer is known to have, by the old primary's files or by the operator's word. Else the script
  /// ends with an error.
  private static func carriedOver(_ list: PlanScriptList, _ plan: Plan) throws(QuotingError) -> [String] {
    let isSynced = list.rows[0].failover == nil ? "false" : "s.synced"
    var block = PlanScriptBlock()
    let known = "greatest(slot.confirmed_flush_lsn, slot.position)"
    try block.forEach(list, .all, [.position]) { block throws(QuotingError) in
      block.assert(
        "\(isSynced.replacing("s.", with: "here.")) or here.confirmed_flush_lsn <= \(known)",
        "format('refused: expected slot %s starts at or before its consumer; found: it starts at %s, its consumer is "
          + "known to be"
          + " at %s. Where the consumer is further by its own word, or the slot was advanced further: run this again "
          + "with"
          + " -v position_%s=LSN. Else keep it away, and copy its tables anew (plan --resynchronize).', slot.slot_name,"
          + " here.confirmed_flush_lsn, \(known), slot.slot_name)")
    }
    return [
      "select slot_name, s.database, s.confirmed_flush_lsn as starts_at, consumer.at_least as consumer_at_least,",
      "  nullif(:'told_fork', '') as fork, case when s.slot_name is null then 'missing'",
      "    when s.confirmed_flush_lsn <= consumer.at_least then 'carried over: starts at or before its consumer'",
      "    when \(isSynced) then 'carried over: synchronized, so never past its consumer'",
      "    else 'STARTS AFTER ITS CONSUMER, unless that is past ' || s.confirmed_flush_lsn end as state",
      "from \(rows(list, ", confirmed_flush_lsn pg_lsn"))", "  left join pg_replication_slots s using (slot_name),",
      "  lateral (select greatest(slot.confirmed_flush_lsn,",
      "    \(position))) consumer (at_least) order by 1;",
    ] + block.text
  }

  private static func settings(_ steps: [Step]) -> [String] {
    // A connection string may hold a password: what it is does not belong on a screen.
    let names = steps.filter(\.reloads).compactMap(\.settingName).filter { $0 != "primary_conninfo" }
    guard !names.isEmpty else { return [] }
    let list = names.map { "'\($0)'" }.joined(separator: ", ")
    return ["select name, setting from pg_settings where name in (\(list)) order by 1;"]
  }

  private static func subscriber(_ steps: [Step]) -> [String] {
    let names = Set(steps.filter { $0.node == .subscriber }.compactMap { $0.slotName?.literal }).sorted()
    guard !names.isEmpty else { return [] }
    return [
      "select s.subname, s.subslotname, case when not s.subenabled then 'disabled'",
      "    when w.pid is null then 'enabled, but no worker runs' else 'enabled, its worker runs' end as state",
      "from pg_subscription s left join pg_stat_subscription w on w.subid = s.oid and w.relid is null",
      "where s.subslotname in (\(names.joined(separator: ", "))) order by 1;",
    ]
  }
}

extension Step {
  fileprivate var settingName: String? { reloads && id.hasPrefix("set.") ? String(id.dropFirst(4)) : nil }
}
