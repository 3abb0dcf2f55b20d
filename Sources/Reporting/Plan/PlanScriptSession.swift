/// What a script sets before it begins, and what every new session needs.
enum PlanScriptSession {
  /// The script's own behaviour, whatever the caller's psql is set to.
  static let settings =
    [
      "\\set ON_ERROR_STOP on", "\\encoding UTF8", "\\set QUIET on", "\\set AUTOCOMMIT on",
      "\\set ON_ERROR_ROLLBACK off",
      "\\set FETCH_COUNT 0", "\\set SHOW_CONTEXT never", "\\set ECHO none", "\\set SINGLELINE off", "\\pset pager off",
      "\\if :{?dry_run}", "\\else", "\\set dry_run off", "\\endif",
      "select (:'dry_run')::boolean as slotscope_dry_run \\gset",
      "\\if :{?step_timeout}", "\\else", "\\set step_timeout 60s", "\\endif",
      "\\if :{?patience}", "\\else", "\\set patience ''", "\\endif",
      "select greatest(300, coalesce(nullif(:'patience', '')::int, 0) + 60) || 's' as slotscope_limit \\gset",
      "",
      "-- :session is what every connection begins with.",
      "select $$",
      "set search_path = pg_catalog, pg_temp; set standard_conforming_strings = on; set client_min_messages = notice;",
      "set default_transaction_isolation = 'read committed'; set lock_timeout = 0;",
      "set statement_timeout = :'slotscope_limit'; set slotscope.patience = :'patience';",
      "$$ as session \\gset",
      "",
      "-- A check is a row: what has to hold, SQL that tells whether, SQL that shows what is there instead, what to do, and for",
      "-- how many seconds to wait for it. :expect ends the script where it does not hold; :advise warns and goes on.",
    ] + macro("expect", "exception", "refused: expected ", nudge: "", afterwards: "")
    + macro("advise", "warning", "advice: there should be: ", nudge: "%6$s ", afterwards: " exit;")
    + [
      "\\set check 'c (expects, holds, instead, hint, seconds)'",
      "\\set advice 'c (expects, holds, instead, hint, seconds, nudge)'",
    ]

  /// SQL that makes a block of a row. A server sees the row's SQL when the block runs.
  private static func macro(
    _ name: String, _ level: String, _ word: String, nudge: String, afterwards: String
  ) -> [String] {
    [
      "select $macro$format('do %L', format($block$",
      "declare began timestamptz := clock_timestamp(); waited int; said int := 0; patience int := case when %5$s > 0 then",
      "  coalesce(nullif(current_setting('slotscope.patience', true), '')::int, %5$s) else 0 end;",
      "begin",
      "  while (%2$s) is not true loop",
      "    waited := extract(epoch from clock_timestamp() - began)::int;",
      "    if waited >= patience then",
      "      raise \(level) using errcode = '55000', message = %1$L, detail = 'found: ' || coalesce((%3$s)::text, 'nothing')%4$s;"
        + afterwards,
      "    elsif waited >= said + 5 then",
      "      said := waited;",
      "      raise notice using message = 'waiting: ' || %7$L, detail = 'found: '",
      "        || coalesce((%3$s)::text, 'nothing') || '; ' || waited || ' of ' || patience || ' s';",
      "    end if;",
      "    \(nudge)perform pg_sleep(0.2);",
      "  end loop;",
      "end$block$, '\(word)' || expects, holds, instead, coalesce(', hint = ' || quote_literal(hint), ''), seconds,"
        + (nudge.isEmpty ? " null" : " nudge") + ", expects))$macro$ as \(name) \\gset",
    ]
  }

  static let connectionVariables = [
    "\\if :{?primary_conninfo}",
    "\\if :{?standby_conninfo}", "\\set slotscope_with_primary on", "\\else",
    "do $$ begin raise exception using errcode = '55000',"
      + " message = 'refused: primary_conninfo is given without standby_conninfo'; end $$;",
    "\\endif",
    "\\else", "\\set slotscope_with_primary off", "\\endif",
  ]

  /// What every new session needs again.
  static let begin = ["\\encoding UTF8", ":session"]
}
