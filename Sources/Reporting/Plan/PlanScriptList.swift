import PostgresFormat
import SlotSafety

/// A list of slots, in the psql variable and the setting of its name.
struct PlanScriptList: Hashable {
  var name: String
  var rows: [ListedSlot]

  /// Some of a list's slots.
  enum Filter: Hashable {
    case all
    /// Those of a database, by its OID.
    case database(String)
    /// Those of a database that are not two-phase.
    case onePhase(String)
    /// Those that the files show as failover slots, or those that they do not.
    case failover(Bool)
    case names([ListedSlot])

    /// The end of a query of the list.
    var sql: String {
      switch self {
      case .all: ""
      case .database(let oid): " where datoid = \(oid)"
      case .onePhase(let oid): " where datoid = \(oid) and not two_phase"
      case .failover(let isFailover): isFailover ? " where failover" : " where not failover"
      case .names(let rows): " where slot_name in (\(rows.map(\.slotName.literal).joined(separator: ", ")))"
      }
    }
  }

  /// As few lists as there can be: what is part of another needs none of its own.
  static func lists(of all: [[ListedSlot]]) -> [PlanScriptList] {
    var kept: [(number: Int, list: PlanScriptList)] = []
    for (number, rows) in all.enumerated().sorted(by: { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) })
    where !rows.isEmpty && !kept.contains(where: { $0.list.filter(for: rows) != nil }) {
      kept.append((number, PlanScriptList(name: "", rows: rows)))
    }
    return kept.sorted { $0.number < $1.number }.enumerated().map { index, one in
      PlanScriptList(name: index == 0 ? "slots" : "slots_\(index + 1)", rows: one.list.rows)
    }
  }

  /// How to tell these from the list's other slots in a few words; nil where that is not possible.
  func filter(for some: [ListedSlot]) -> Filter? {
    let wanted = Set(some)
    func matches(_ condition: (ListedSlot) -> Bool) -> Bool { Set(rows.filter(condition)) == wanted }
    if wanted == Set(rows) { return .all }
    guard wanted.isSubset(of: rows) else { return nil }
    if let oid = some.first?.databaseOID {
      if matches({ $0.databaseOID == oid }) { return .database("\(oid)") }
      if matches({ $0.databaseOID == oid && $0.twoPhase == false }) { return .onePhase("\(oid)") }
    }
    for isFailover in [true, false] where matches({ $0.failover == isFailover }) { return .failover(isFailover) }
    return some.count <= 3 ? .names(some) : nil
  }

  /// SQL: the names alone.
  func names(_ filter: Filter = .all) -> String { "select slot_name \(query([], filter)[1])" }

  /// SQL in parts: the rows, as such of `pg_replication_slots`; with what the script was told, or has found out, of each.
  func query(_ told: [SlotColumn] = [], _ filter: Filter = .all) -> [String] {
    let rows = "from json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.\(name)')::json)"
    let columns = told.map {
      ", substring(current_setting('slotscope.\($0.rawValue)')::json ->> slot_name, '^[^:]+')::pg_lsn as \($0.rawValue)"
    }
    return ["select *" + columns.joined(), rows + filter.sql]
  }

  /// The lines that set the variable: a line a slot, those of a database together. What an operator may tell of it with -v
  /// goes into an object of its own, by the slot's name; untold, psql leaves `:NAME` there.
  func lines(told columns: [SlotColumn]) throws(QuotingError) -> [String] {
    var lines: [String] = []
    for (number, row) in rows.enumerated() {
      let isLast = number + 1 == rows.count
      let text =
        (number == 0 ? "[" : "") + "{\(Self.members(row).joined(separator: ", "))}"
        + (isLast ? "]" : ", ")
      var parts = [
        "\\set \(name) " + (number == 0 ? "" : ":\(name) ") + (try PsqlText.argument(text))
      ]
      for column in columns.map(\.rawValue) {
        let before = (number == 0 ? "'{" : ":told_\(column) '") + "\"\(row.slotName)\": \"'"
        parts.append(
          "\\set told_\(column) \(before) :\(column)_\(row.slotName) '\"\(isLast ? "}" : ", ")'")
      }
      lines += rows.count > 3 ? [parts.joined(separator: " ")] : parts
    }
    return lines
  }

  private static func members(_ row: ListedSlot) -> [String] {
    var members = ["\"slot_name\": \"\(row.slotName)\""]
    if let plugin = row.pluginName { members.append("\"plugin\": \"\(plugin)\"") }
    if let database = row.databaseOID { members.append("\"datoid\": \(database)") }
    if let isTwoPhase = row.twoPhase { members.append("\"two_phase\": \(isTwoPhase)") }
    if let isFailover = row.failover { members.append("\"failover\": \(isFailover)") }
    if let lsn = row.restartLSN { members.append("\"restart_lsn\": \"\(lsn)\"") }
    if let lsn = row.confirmedFlush { members.append("\"confirmed_flush_lsn\": \"\(lsn)\"") }
    return members
  }
}
