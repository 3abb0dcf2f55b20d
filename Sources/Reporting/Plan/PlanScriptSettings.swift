/// What a script sets before it begins, and what every new session needs.
enum PlanScriptSettings {
  /// The script's own behavior, whatever the caller's psql is set to. QUIET takes Booleans alone: psql itself ends there where
  /// dry_run is none.
  static let start = [
    "\\set ON_ERROR_STOP on \\set QUIET on \\encoding UTF8 \\set AUTOCOMMIT on \\set ON_ERROR_ROLLBACK off \\set "
      + "SINGLELINE off",
    "\\set FETCH_COUNT 0 \\set SHOW_CONTEXT never \\set ECHO none \\pset pager off \\pset format aligned",
    "\\if :{?dry_run} \\else \\set dry_run off \\endif \\set QUIET :dry_run \\set is_dry_run :QUIET \\set QUIET on",
    "\\if :{?step_timeout} \\else \\set step_timeout 60s \\endif \\if :{?patience} \\else \\set patience 60 \\endif",
    "\\set wait_timeout :patience s",
  ]

  /// How long a statement may take.
  enum Limit {
    /// As long as it does: what waits has a limit of its own.
    case none
    /// As long as a change.
    case step
    /// As long as a wait.
    case wait

    var sql: String {
      switch self {
      case .none: "set statement_timeout = 0;"
      case .step: "set statement_timeout = :'step_timeout';"
      case .wait: "set statement_timeout = :'wait_timeout';"
      }
    }
  }

  /// A new session's, before its first statement.
  static func session(_ limit: Limit) -> String {
    "set search_path = pg_catalog, pg_temp; set plpgsql.check_asserts = on; set client_min_messages = notice;"
      + " set default_transaction_isolation = 'read committed'; \(limit.sql)"
  }
}
