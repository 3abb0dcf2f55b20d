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
    case database(OID)
    /// Those of a database that are not two-phase.
    case onePhase(OID)
    /// Those that the files show as failover slots, or those that they do not.
    case failover(Bool)
    case names([ListedSlot])
    /// Those of the database that the session is connected to.
    case here

    /// The end of a query of the list.
    var sql: ScriptText {
      switch self {
      case .all: ""
      case .database(let oid): " where datoid = \(oid)"
      case .onePhase(let oid): " where datoid = \(oid) and two_phase is not true"
      case .failover(let isFailover): isFailover ? " where failover" : " where failover is not true"
      case .here: " where datoid = (select oid from pg_database where datname = current_database())"
      case .names(let rows): " where slot_name in (\(rows.map { "\($0.slotName)" }.joined(by: ", ")))"
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
      if matches({ $0.databaseOID == oid }) { return .database(oid) }
      if matches({ $0.databaseOID == oid && $0.twoPhase == false }) { return .onePhase(oid) }
    }
    for isFailover in [true, false] where matches({ $0.failover == isFailover }) { return .failover(isFailover) }
    return some.count <= 3 ? .names(some) : nil
  }

  /// SQL: the names alone.
  func names(_ filter: Filter = .all) -> ScriptText { "select slot_name from \(query([], filter).rows)" }

  /// SQL in parts: the rows, as such of `pg_replication_slots`; with what the script was told, or has found out, of each.
  func query(_ told: [SlotColumn] = [], _ filter: Filter = .all) -> (select: ScriptText, rows: ScriptText) {
    let columns = told.map(\.rawValue).map { column -> ScriptText in
      ", (current_setting('slotscope.\(name: column)')::json ->> slot_name)::pg_lsn as \(name: column)"
    }
    return (
      "select *\(columns.joined(by: ""))",
      "json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.\(name: name)')::json)\(filter.sql)"
    )
  }

  /// The lines that set the variable: a line a slot, those of a database together. What an operator may tell of it with -v
  /// goes into an object of its own, by the slot's name; untold, psql leaves `:NAME` there (``whatIsTold(_:)``). The first list
  /// begins that object, and the last one ends it.
  func lines(
    _ used: Set<SlotColumn>, told columns: [SlotColumn], isFirst: Bool, isLast: Bool
  ) throws(QuotingError) -> [ScriptText] {
    var lines: [ScriptText] = []
    for (number, row) in rows.enumerated() {
      let isEnd = number + 1 == rows.count
      let text =
        (number == 0 ? "[" : "") + "{\(Self.members(row, used).joined(separator: ", "))}"
        + (isEnd ? "]" : ", ")
      let before: ScriptText = number == 0 ? "" : ":\(name: name) "
      var parts: [ScriptText] = ["\\set \(name: name) \(before)\(try ScriptText.argument(text))"]
      for column in columns.map(\.rawValue) {
        let (before, after): (ScriptText, ScriptText) = (
          number == 0 && isFirst ? "'{" : ":told_\(name: column) '", isEnd && isLast ? "}" : ", "
        )
        parts.append(
          "\\set told_\(name: column) \(before)\"\(bare: row.slotName)\": \"' :\(name: column)_\(bare: row.slotName) '\"\(after)'"
        )
      }
      lines += rows.count > 3 ? [parts.joined(by: " ")] : parts
    }
    return lines
  }

  /// Takes out of the object of a column what was not told, for the session and for those to come.
  static func whatIsTold(_ column: SlotColumn) throws(QuotingError) -> [ScriptText] {
    try Template.lines(PackageResources.told_sql, ["column": "\(name: column.rawValue)"])
  }

  /// A flag stands there where it is set.
  private static func members(_ row: ListedSlot, _ used: Set<SlotColumn>) -> [String] {
    func member(_ column: SlotColumn, _ value: String?) -> [String] {
      used.contains(column) ? value.map { ["\"\(column.rawValue)\": \($0)"] } ?? [] : []
    }
    func flag(_ column: SlotColumn, _ isSet: Bool?) -> [String] { member(column, isSet == true ? "true" : nil) }
    func quoted(_ value: (some CustomStringConvertible)?) -> String? { value.map { "\"\($0)\"" } }
    var members = ["\"slot_name\": \"\(row.slotName)\""]
    members += member(.plugin, quoted(row.pluginName))
    members += member(.database, row.databaseOID?.description)
    members += flag(.twoPhase, row.twoPhase)
    members += flag(.failover, row.failover)
    members += member(.restart, quoted(row.restartLSN))
    members += member(.confirmed, quoted(row.confirmedFlush))
    return members
  }
}

extension PlanScriptList {
  /// SQL that has these names in fewer words than they are, from the lists that a script has anyway.
  static func query(_ names: [SlotName], in lists: [PlanScriptList]) -> ScriptText? {
    guard names.count > 3 else { return nil }
    let wanted = Set(names)
    for list in lists {
      let rows = list.rows.filter { wanted.contains($0.slotName) }
      if rows.count == wanted.count, let filter = list.filter(for: rows) { return list.names(filter) }
    }
    let used = lists.filter { list in list.rows.contains { wanted.contains($0.slotName) } }
    guard Set(used.flatMap(\.rows).map(\.slotName)) == wanted else { return nil }
    return used.map { $0.names() }.joined(by: " union ")
  }

  /// The columns that the lines of a script ask for. The database is always named: slots are listed by it.
  static func columns(usedBy lines: [ScriptText]) -> Set<SlotColumn> {
    let text = lines.map { $0.description.drop { $0 == " " } }.joined(separator: " ")
    let filters: [SlotColumn: String] = [.twoPhase: "two_phase is not true", .failover: "::json) where failover"]
    return Set(
      [.plugin, .database, .twoPhase, .failover, .restart, .confirmed].filter { column in
        column == .database || text.contains("slot.\(column.rawValue)") || filters[column].map(text.contains) == true
      })
  }
}
