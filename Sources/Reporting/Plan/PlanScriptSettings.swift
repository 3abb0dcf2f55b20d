/// What a script sets before it begins.
enum PlanScriptSettings {
  /// The time limits that the lines ask for, and the names that the script wants to be told, where the operator does not say
  /// otherwise.
  static func start(for lines: [ScriptText], _ names: [String]) -> [ScriptText] {
    func uses(_ text: String) -> Bool { lines.contains { $0.contains(text) } }
    let waits = uses(":'wait_timeout'")
    let wait: ScriptText = waits ? " \\set wait_timeout :patience s" : ""
    let patience = uses(":'patience'") || waits ? ["\(unlessGiven("patience", "60"))\(wait)" as ScriptText] : []
    let step = uses(":'step_timeout'") || uses(":step_timeout") ? [unlessGiven("step_timeout", "60s")] : []
    return PlanScriptText.filled(step + patience + names.map { unlessGiven($0) })
  }

  /// What is set to this, unless with `-v`.
  private static func unlessGiven(_ name: String, _ value: ScriptText = "''") -> ScriptText {
    "\\if :{?\(name: name)} \\else \\set \(name: name) \(value) \\endif"
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

    var setting: ScriptText {
      switch self {
      case .none: "statement_timeout = 0"
      case .step: "statement_timeout = :'step_timeout'"
      case .wait: "statement_timeout = :'wait_timeout'"
      }
    }
    var sql: ScriptText { "set \(setting);" }
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
  /// The names of objects are PostgreSQL's own already.
  var isNamed = false
  /// Where a role's default can be one that only a primary has.
  var isOnStandby = true

  func lines(before text: String) -> [ScriptText] {
    var settings: [ScriptText] = isNamed ? [] : ["search_path = pg_catalog, pg_temp"]
    if !isNamed, text.contains("assert ") { settings.append("plpgsql.check_asserts = on") }
    if text.contains("raise notice") || text.contains("raise warning") {
      settings.append("client_min_messages = notice")
    }
    if !isPartOfStatement {
      settings.append("default_transaction_isolation = 'read committed'")
    } else if isOnStandby {
      settings.append("transaction isolation level read committed")
    }
    let needed = values.filter { text.contains("slotscope.\($0.name)'") }
    settings += needed.map { "slotscope.\(name: $0.name) = :'\(name: $0.variable)'" } + [limit.setting]
    let end: ScriptText = isPartOfStatement ? " \\;" : ";"
    return PlanScriptText.filled(settings.map { "set \($0)\(end)" })
  }
}
