import SlotSafety

/// The end of a script: a table of what holds now, slot by slot, with what is still open.
enum PlanScriptSummary {
  static func lines(_ plan: Plan, node: PlanNode) throws(QuotingError) -> [String] {
    guard !plan.slots.isEmpty else { return [] }
    let names = plan.slots.map(\.name.literal).joined(separator: ", ")
    switch node {
    case .standby: return standby(plan)
    case .newPrimary: return newPrimary(plan)
    case .primary, .subscriber:
      return ["select slot_name, active, confirmed_flush_lsn from pg_replication_slots where slot_name in (\(names));"]
    }
  }

  private static func standby(_ plan: Plan) -> [String] {
    var lines: [String] = []
    for slot in plan.slots {
      lines += ["\\if :{?position_\(slot.name)}", "\\else", "\\set position_\(slot.name) ''", "\\endif"]
    }
    let rows = plan.slots.map { "(\($0.name.literal), nullif(:'position_\($0.name)', '')::pg_lsn)" }
    return lines + [
      "select t.slot_name, s.database, s.restart_lsn, s.confirmed_flush_lsn, t.consumer as consumer_position,",
      "  case when s.slot_name is null then 'missing'",
      "    when s.confirmed_flush_lsn = t.consumer then 'ready: at its consumer''s position'",
      "    else 'NOT SAFE YET: advance it to its consumer''s position' end as state",
      "from (values \(rows.joined(separator: ", "))) as t (slot_name, consumer)",
      "left join pg_replication_slots s on s.slot_name = t.slot_name order by 1;",
    ]
  }

  private static func newPrimary(_ plan: Plan) -> [String] {
    let rows = plan.slots.map { "(\($0.name.literal), '\($0.confirmedFlush)'::pg_lsn)" }
    return [
      "select t.slot_name, s.database, s.confirmed_flush_lsn as starts_at, t.consumer as consumer_at_least,",
      "  nullif(current_setting('slotscope.fork', true), '') as fork,",
      "  case when s.slot_name is null then 'missing'",
      "    else 'NOT PROVEN: commits in ' || (s.confirmed_flush_lsn - t.consumer)",
      "      || ' bytes of WAL before its start do not reach the consumer' end as state",
      "from (values \(rows.joined(separator: ", "))) as t (slot_name, consumer)",
      "left join pg_replication_slots s on s.slot_name = t.slot_name order by 1;",
    ]
  }
}
