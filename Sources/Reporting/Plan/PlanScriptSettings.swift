/// What a script sets before it begins.
enum PlanScriptSettings {
  /// The script's own behavior, whatever the caller's psql is set to. QUIET takes Booleans alone: psql itself ends there where
  /// dry_run is none.
  private static let behavior = [
    "\\set ON_ERROR_STOP on \\set QUIET on \\encoding UTF8 \\set AUTOCOMMIT on \\set ON_ERROR_ROLLBACK off",
    "\\set SINGLELINE off \\set FETCH_COUNT 0 \\set SHOW_CONTEXT never \\pset pager off \\pset format aligned",
    "\\if :{?dry_run} \\else \\set dry_run off \\endif \\set QUIET :dry_run \\set is_dry_run :QUIET \\set QUIET on",
  ]

  /// The same with the time limits that the lines ask for.
  static func start(for lines: [String], facts: [String]) -> [String] {
    func uses(_ text: String) -> Bool { lines.contains { $0.contains(text) } }
    func unlessGiven(_ name: String, _ value: String) -> String {
      "\\if :{?\(name)} \\else \\set \(name) \(value) \\endif"
    }
    let wait = uses(":'wait_timeout'") ? " \\set wait_timeout :patience s" : ""
    let patience = uses(":'patience'") || !wait.isEmpty ? [unlessGiven("patience", "60") + wait] : []
    let step = uses(":'step_timeout'") || uses(":step_timeout") ? [unlessGiven("step_timeout", "60s")] : []
    let given = step + facts.map { unlessGiven($0, "''") } + patience
    let line = given.joined(separator: " ")
    return behavior + (given.isEmpty ? [] : PlanScriptText.fits(line, indent: 0) ? [line] : given)
  }

  /// How long a statement may take.
  enum Limit {
    /// As long as it does: what waits has a limit of its own.
    case none
    /// As long as a change.
    case step
    /// As long as a wait.
    case wait

    /// What has no wait of its own would end early under the other's limit.
    func isShorter(than other: Limit) -> Bool { self != .wait || other == .none }

    var setting: String {
      switch self {
      case .none: "statement_timeout = 0"
      case .step: "statement_timeout = :'step_timeout'"
      case .wait: "statement_timeout = :'wait_timeout'"
      }
    }
    var sql: String { "set \(setting);" }
  }

}

/// What a session begins with, as far as what follows asks for it. The names of objects are PostgreSQL's own from the first
/// statement on, whatever is set for the role.
struct PlanScriptSession {
  var limit = PlanScriptSettings.Limit.none
  /// Settings named slotscope, and the psql variables that they are set to.
  var values: [(name: String, variable: String)]
  /// What follows is one string of statements with these, which psql can send again: each ends with `\;`.
  var isPartOfStatement = false
  /// Where a role's default can be one that only a primary has.
  var isOnStandby = true

  func lines(before text: String) -> [String] {
    var settings = ["search_path = pg_catalog, pg_temp"]
    if text.contains("assert ") { settings.append("plpgsql.check_asserts = on") }
    if text.contains("raise notice") || text.contains("raise warning") {
      settings.append("client_min_messages = notice")
    }
    if !isPartOfStatement {
      settings.append("default_transaction_isolation = 'read committed'")
    } else if isOnStandby {
      settings.append("transaction isolation level read committed")
    }
    let needed = values.filter { text.contains("slotscope.\($0.name)'") }
    settings += needed.map { "slotscope.\($0.name) = :'\($0.variable)'" } + [limit.setting]
    var lines: [String] = []
    for setting in settings {
      let statement = "set \(setting)" + (isPartOfStatement ? " \\;" : ";")
      if let place = lines.firstIndex(where: { PlanScriptText.fits("\($0) \(statement)", indent: 0) }) {
        lines[place] += " \(statement)"
      } else {
        lines.append(statement)
      }
    }
    return lines
  }
}
