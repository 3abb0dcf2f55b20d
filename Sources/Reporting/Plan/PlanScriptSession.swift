import SlotSafety

/// What a script sets before it begins, and what every new session needs.
///
/// A server's answer is never trusted: whatever it says is kept in psql only by `\gset` with the prefix ``answers``, which no
/// other variable of a script begins with, and goes on only as a quoted value. All constants are set on the client.
enum PlanScriptSession {
  /// The prefix of the variables that take an answer; no other variable of a script begins with it.
  static let answers = "answer_"
  /// The same for answers that nobody reads.
  static let ignored = "\\gset ignored_"

  /// The script's own behaviour, whatever the caller's psql is set to.
  static func settings() throws(QuotingError) -> [String] {
    [
      "\\set ON_ERROR_STOP on \\set QUIET on \\encoding UTF8 \\set AUTOCOMMIT on \\set ON_ERROR_ROLLBACK off",
      "\\set FETCH_COUNT 0 \\set SHOW_CONTEXT never \\set ECHO none \\set SINGLELINE off",
      "\\pset pager off \\pset format aligned", "\\if :{?dry_run} \\else \\set dry_run off \\endif",
      "-- psql itself ends here where dry_run is no Boolean: QUIET takes nothing else.",
      "\\set QUIET :dry_run \\set is_dry_run :QUIET \\set QUIET on",
      "\\if :{?step_timeout} \\else \\set step_timeout 60s \\endif",
      "\\if :{?patience} \\else \\set patience '' \\endif",
      "",
      "-- :session is what every connection begins with, and comes back to after each change.",
      try PsqlText.assignment(
        "session",
        "set search_path = pg_catalog, pg_temp; set standard_conforming_strings = on; set client_min_messages = notice;"
          + " set default_transaction_isolation = 'read committed'; set lock_timeout = 0;"
          + " set slotscope.patience = :'patience'; do $$ begin perform set_config('statement_timeout',"
          + " greatest(300, coalesce(nullif(current_setting('slotscope.patience'), '')::int, 0) + 60) || 's', false);"
          + " end $$;"),
    ]
  }

  static let connectionVariables = [
    "\\if :{?primary_conninfo}",
    "\\if :{?standby_conninfo}", "\\set with_primary on", "\\else",
    "do $$ begin raise exception using errcode = '55000',"
      + " message = 'refused: primary_conninfo is given without standby_conninfo'; end $$;",
    "\\endif",
    "\\else", "\\set with_primary off", "\\endif",
  ]

  /// What every new session needs again.
  static let begin = ["\\encoding UTF8", ":session"]
}
