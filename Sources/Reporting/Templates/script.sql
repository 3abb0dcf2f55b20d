-- {{title}}, PostgreSQL {{major}}, system identifier {{system_identifier}}
-- Runs on:  {{place}}, by {{role}}
-- Run it:   psql -X -f THIS_FILE 'host=… dbname=…', first with -v dry_run=1 (checks alone); again at any time
-- Refuses:  with exit status 3 and before any change, on any other server and where a check fails
-- More:     -v patience=SECONDS for each wait, -v step_timeout=5min for each change{{beside}}
{{more}}

\set ON_ERROR_STOP on \set QUIET on \encoding UTF8 \set AUTOCOMMIT on \set ON_ERROR_ROLLBACK off
\set SINGLELINE off \set FETCH_COUNT 0 \set SHOW_CONTEXT never \pset pager off \pset format aligned
\if :{?dry_run} \else \set dry_run off \endif \set QUIET :dry_run \set is_dry_run :QUIET \set QUIET on
{{given}}

{{steps}}
