/// What a script sets before it begins, and what every new session needs.
enum PlanScriptSettings {
  /// The script's own behavior, whatever the caller's psql is set to. QUIET takes Booleans alone: psql itself ends there where
  /// dry_run is none.
  static let start = [
    "\\set ON_ERROR_STOP on \\set QUIET on \\encoding UTF8 \\set AUTOCOMMIT on \\set ON_ERROR_ROLLBACK off \\set SINGLELINE off",
    "\\set FETCH_COUNT 0 \\set SHOW_CONTEXT never \\set ECHO none \\pset pager off \\pset format aligned",
    "\\if :{?dry_run} \\else \\set dry_run off \\endif \\set QUIET :dry_run \\set is_dry_run :QUIET \\set QUIET on",
    "\\if :{?step_timeout} \\else \\set step_timeout 60s \\endif \\if :{?patience} \\else \\set patience 60 \\endif",
  ]

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

    var sql: String {
      switch self {
      case .none: "set statement_timeout = 0;"
      case .step: "set statement_timeout = :'step_timeout';"
      case .wait: "set statement_timeout = :'wait_timeout';"
      }
    }
  }

  /// What every session is set to, as data: a name and a value each, the lists of slots among them.
  static func lines(_ lists: [String], _ alsoOnPrimary: Bool, waits: Bool) -> [String] {
    let values =
      ["\"slotscope.patience\": ' :patience '"]
      + (alsoOnPrimary ? ["\"slotscope.with_primary\": \"' :{?primary_conninfo} '\""] : [])
      + lists.map { "\"slotscope.\($0)\": ' :\($0) '" }
    var lines = [
      #"\set session '{"search_path": "pg_catalog, pg_temp", "plpgsql.check_asserts": "on", "statement_timeout": "0", '"#,
      #"\set session :session '"default_transaction_isolation": "read committed", "client_min_messages": "notice", '"#,
    ]
    // A line takes two values.
    for start in stride(from: 0, to: values.count, by: 2) {
      let isLast = start + 2 >= values.count
      let some = values[start..<min(start + 2, values.count)].joined(separator: ", ")
      lines.append("\\set session :session '\(some)\(isLast ? "}" : ", ")'")
    }
    let wait = "\\set wait_timeout :patience s"
    if waits, let last = lines.last, last.utf8.count + wait.utf8.count < 120 {
      lines[lines.count - 1] = "\(last) \(wait)"
    } else if waits {
      lines.append(wait)
    }
    return lines
  }

  /// A new session's first statement.
  static let session =
    "set search_path = pg_catalog; select count(set_config(key, value, false)) from json_each_text(:'session') "
    + "\\gset ignored_"
}
