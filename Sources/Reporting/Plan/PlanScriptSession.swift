/// What a script sets before it begins, and what every new session needs.
enum PlanScriptSession {
  /// The script's own behaviour, whatever the caller's psql is set to.
  static let settings = [
    "\\set ON_ERROR_STOP on", "\\encoding UTF8", "\\set QUIET on", "\\set AUTOCOMMIT on", "\\set ON_ERROR_ROLLBACK off",
    "\\set FETCH_COUNT 0", "\\set SHOW_CONTEXT never", "\\set ECHO none", "\\set SINGLELINE off", "\\pset pager off",
    "",
    "\\if :{?dry_run}", "\\else", "\\set dry_run off", "\\endif",
    "select (:'dry_run')::boolean as slotscope_dry_run \\gset",
    "\\if :{?step_timeout}", "\\else", "\\set step_timeout 60s", "\\endif",
    "\\if :{?patience}", "\\else", "\\set patience ''", "\\endif",
    "select greatest(120, coalesce(nullif(:'patience', '')::int, 0) + 60) || 's' as slotscope_limit \\gset",
  ]

  static let connectionVariables = [
    "\\if :{?primary_conninfo}",
    "\\if :{?standby_conninfo}", "\\set slotscope_with_primary on", "\\else",
    "do $slotscope$ begin raise exception using errcode = '55000',"
      + " message = 'refused: primary_conninfo is given without standby_conninfo'; end $slotscope$;",
    "\\endif",
    "\\else", "\\set slotscope_with_primary off", "\\endif",
  ]

  /// What every new session needs again.
  static let sessionSettings = [
    "\\encoding UTF8", "set search_path = pg_catalog, pg_temp;", "set standard_conforming_strings = on;",
    "set client_min_messages = notice;", "set default_transaction_isolation = 'read committed';",
    "set lock_timeout = 0;", "set statement_timeout = :'slotscope_limit';",
    "select set_config('slotscope.patience', :'patience', false) as slotscope_ignored \\gset",
  ]
}
