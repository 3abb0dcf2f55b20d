-- slotscope: replication slots for a failover, PostgreSQL 16
--
-- Runs on:  the standby, before it is promoted, system identifier 7710563466519907319
-- Role:     one with REPLICATION is enough
-- Checks:   psql -X -v dry_run=1 -f THIS_FILE 'host=… dbname=…'   (nothing is changed)
-- Run:      psql -X -f THIS_FILE 'host=… dbname=…'               (psql 11 or later)
-- Refuses:  with psql's exit status 3, and before any change, if the server is not this one or a check fails.
-- Again:    it can be run any number of times; what was done before is left as it is.
-- More:     -v patience=SECONDS for what it waits for, -v step_timeout=5min for each statement (a minute)
--
-- A slot that was just made on a standby begins later than its consumer stands. It is safe to fail over to only
-- when the consumer has passed its start and it was advanced to exactly the consumer's position. So the script runs
-- twice, the second time with each consumer's position on the primary (its script prints them): -v position_SLOT=LSN
--
-- With both connections the script runs the primary's steps as well, each at its time:
--     psql -X -v primary_conninfo='host=…' -v standby_conninfo='host=…' -f THIS_FILE 'host=…'
--
-- Slots:
-- - cdc_b: plugin pgoutput, database postgres, confirmed on the primary at least 0/01300098
-- - cdc_a: not here: not selected by --slots

\set ON_ERROR_STOP on \set QUIET on \encoding UTF8 \set AUTOCOMMIT on \set ON_ERROR_ROLLBACK off
\set FETCH_COUNT 0 \set SHOW_CONTEXT never \set ECHO none \set SINGLELINE off
\pset pager off \pset format aligned
\if :{?dry_run} \else \set dry_run off \endif
-- psql itself ends here where dry_run is no Boolean: QUIET takes nothing else.
\set QUIET :dry_run \set is_dry_run :QUIET \set QUIET on
\if :{?step_timeout} \else \set step_timeout 60s \endif
\if :{?patience} \else \set patience '' \endif

-- :session is what every connection begins with, and comes back to after each change.
\set session 'set search_path = pg_catalog, pg_temp; set standard_conforming_strings = on; set client_min_messages = notice; set default_transaction_isolation = ''read committed''; set lock_timeout = 0; set slotscope.patience = :''patience''; do $$ begin perform set_config(''statement_timeout'', greatest(300, coalesce(nullif(current_setting(''slotscope.patience''), '''')::int, 0) + 60) || ''s'', false); end $$;'
\if :{?primary_conninfo}
\if :{?standby_conninfo}
\set with_primary on
\else
do $$ begin raise exception using errcode = '55000', message = 'refused: primary_conninfo is given without standby_conninfo'; end $$;
\endif
\else
\set with_primary off
\endif

-- Part 1: checks. Nothing is changed before all of them hold.
\encoding UTF8
:session

-- Is this the right server?
do $$ begin
  if (current_setting('server_version_num')::int / 100 = 1600) is not true then
    raise exception using errcode = '55000', message = 'refused: expected PostgreSQL 16',
      detail = 'found: ' || coalesce(('PostgreSQL ' || current_setting('server_version'))::text, 'nothing');
  end if;
  if ((select system_identifier::text from pg_control_system()) = '7710563466519907319') is not true then
    raise exception using errcode = '55000', message = 'refused: expected system identifier 7710563466519907319',
      detail = 'found: ' || coalesce(((select system_identifier::text from pg_control_system()))::text, 'nothing');
  end if;
  if (pg_is_in_recovery()) is not true then
    raise exception using errcode = '55000', message = 'refused: expected a standby (in recovery)',
      detail = 'found: ' || coalesce(('a server that is not in recovery')::text, 'nothing');
  end if;
  declare patience int := coalesce(nullif(current_setting('slotscope.patience'), '')::int, 5);
  begin
    for i in 0 .. 5 * patience loop
      exit when greatest((select min_recovery_end_timeline from pg_control_recovery()), (select received_tli from pg_stat_wal_receiver)) = 1;
      if i = 5 * patience then
        raise exception using errcode = '55000', message = 'refused: expected timeline 1',
          detail = 'found: ' || coalesce(('timeline ' || greatest((select min_recovery_end_timeline from pg_control_recovery()), (select received_tli from pg_stat_wal_receiver)))::text, 'nothing'), hint = 'Make the plan again from this server''s present files.';
      elsif i > 0 and i % 25 = 0 then
        raise notice using message = 'waiting: timeline 1',
          detail = format('found: %s; %s of %s s', coalesce(('timeline ' || greatest((select min_recovery_end_timeline from pg_control_recovery()), (select received_tli from pg_stat_wal_receiver)))::text, 'nothing'), i / 5, patience);
      end if;
      perform pg_sleep(0.2);
    end loop;
  end;
  declare patience int := coalesce(nullif(current_setting('slotscope.patience'), '')::int, 60);
  begin
    for i in 0 .. 5 * patience loop
      exit when pg_last_wal_replay_lsn() >= '0/01600110'::pg_lsn;
      if i = 5 * patience then
        raise exception using errcode = '55000', message = 'refused: expected WAL replayed to 0/01600110, as far as its files reached',
          detail = 'found: ' || coalesce((pg_last_wal_replay_lsn())::text, 'nothing'), hint = 'It replays too little: an older copy, or recovery is paused.';
      elsif i > 0 and i % 25 = 0 then
        raise notice using message = 'waiting: WAL replayed to 0/01600110, as far as its files reached',
          detail = format('found: %s; %s of %s s', coalesce((pg_last_wal_replay_lsn())::text, 'nothing'), i / 5, patience);
      end if;
      perform pg_sleep(0.2);
    end loop;
  end;
end $$;

\if :with_primary
\connect -reuse-previous=on :"primary_conninfo"
\set database_conninfo 'dbname=''postgres'''
\connect -reuse-previous=on :"database_conninfo"
\encoding UTF8
:session

-- Is this the right server?
do $$ begin
  if (current_setting('server_version_num')::int / 100 = 1600) is not true then
    raise exception using errcode = '55000', message = 'refused: expected PostgreSQL 16',
      detail = 'found: ' || coalesce(('PostgreSQL ' || current_setting('server_version'))::text, 'nothing');
  end if;
  if ((select system_identifier::text from pg_control_system()) = '7710563466519907319') is not true then
    raise exception using errcode = '55000', message = 'refused: expected system identifier 7710563466519907319',
      detail = 'found: ' || coalesce(((select system_identifier::text from pg_control_system()))::text, 'nothing');
  end if;
  if (not pg_is_in_recovery()) is not true then
    raise exception using errcode = '55000', message = 'refused: expected a primary (not in recovery)',
      detail = 'found: ' || coalesce(('a standby, in recovery')::text, 'nothing');
  end if;
  if (('x' || substr(pg_walfile_name(pg_current_wal_flush_lsn()), 1, 8))::bit(32)::bigint = 1) is not true then
    raise exception using errcode = '55000', message = 'refused: expected timeline 1',
      detail = 'found: ' || coalesce((('x' || substr(pg_walfile_name(pg_current_wal_flush_lsn()), 1, 8))::bit(32)::bigint)::text, 'nothing');
  end if;
end $$;

-- wake
do $$ begin
  if (current_database() = 'postgres'::name) is not true then
    raise exception using errcode = '55000', message = 'refused: expected connected to database postgres',
      detail = 'found: ' || coalesce((current_database())::text, 'nothing');
  end if;
  if (exists (select 1 from pg_replication_slots s where s.slot_name = 'cdc_b' and s.slot_type = 'logical' and s.plugin = 'pgoutput'::name and s.database = current_database() and s.wal_status is distinct from 'lost' and s.conflicting is not true)) is not true then
    raise exception using errcode = '55000', message = 'refused: expected the primary''s slot cdc_b as in its files: logical, plugin pgoutput, valid',
      detail = 'found: ' || coalesce(((select format('a %s slot, plugin %s, database %s, confirmed_flush_lsn %s', s.slot_type, s.plugin, s.database, s.confirmed_flush_lsn) from pg_replication_slots s where s.slot_name = 'cdc_b'))::text, 'nothing');
  end if;
end $$;
\connect -reuse-previous=on :"standby_conninfo"
\endif

\set database_conninfo 'dbname=''postgres'''
\connect -reuse-previous=on :"database_conninfo"
\encoding UTF8
:session
do $$ begin if ((select system_identifier::text from pg_control_system()) = '7710563466519907319' and pg_is_in_recovery()) is not true then
  raise exception using errcode = '55000', message = 'refused: this is not the server that was checked above';
end if; end $$;
\if :{?with_primary} \else \set with_primary '' \endif
select set_config('slotscope.with_primary', :'with_primary', false) \gset ignored_
\if :{?allowed_plugins} \else \set allowed_plugins '' \endif
select set_config('slotscope.allowed_plugins', :'allowed_plugins', false) \gset ignored_
do $$ begin if current_setting('slotscope.allowed_plugins') = '' then
  perform set_config('slotscope.allowed_plugins', coalesce(replace(coalesce(nullif(current_setting('output_plugin_libraries'), ''), '-'), '"', ''), ''), false); end if;
exception when others then null;  -- a missing right: it stays unknown
end $$;

-- create.cdc_b
do $$ begin
  declare patience int := coalesce(nullif(current_setting('slotscope.patience'), '')::int, 2);
  begin
    for i in 0 .. 5 * patience loop
      exit when exists (select 1 from pg_replication_slots s where s.slot_name = 'cdc_b' and s.slot_type = 'logical' and s.plugin = 'pgoutput'::name and s.database = current_database() and s.wal_status is distinct from 'lost' and s.conflicting is not true) or exists (select 1 from pg_stat_wal_receiver) or current_setting('slotscope.with_primary', true) = 'on';
      if i = 5 * patience then
        raise exception using errcode = '55000', message = 'refused: expected the standby streams from its primary (a WAL receiver runs)',
          detail = 'found: ' || coalesce(('no WAL receiver')::text, 'nothing'), hint = 'If the primary runs: its own script comes first (the slot that this standby names has to be there), and this server''s log says why it does not connect. If the primary is down for good, do not wait: promote this server if the audit allows it, and make the plan again from the files as they are then; it makes slots on the new primary for consumers that provably miss nothing. A subscriber''s own files (--subscriber) may prove more, and --resynchronize says how to copy the tables of the rest anew.';
      elsif i > 0 and i % 25 = 0 then
        raise notice using message = 'waiting: the standby streams from its primary (a WAL receiver runs)',
          detail = format('found: %s; %s of %s s', coalesce(('no WAL receiver')::text, 'nothing'), i / 5, patience);
      end if;
      perform pg_sleep(0.2);
    end loop;
  end;
  if (current_database() = 'postgres'::name) is not true then
    raise exception using errcode = '55000', message = 'refused: expected connected to database postgres',
      detail = 'found: ' || coalesce((current_database())::text, 'nothing');
  end if;
  if (not exists (select 1 from pg_replication_slots s where s.slot_name = 'cdc_b') or exists (select 1 from pg_replication_slots s where s.slot_name = 'cdc_b' and s.slot_type = 'logical' and s.plugin = 'pgoutput'::name and s.database = current_database() and s.wal_status is distinct from 'lost' and s.conflicting is not true)) is not true then
    raise exception using errcode = '55000', message = 'refused: expected the name cdc_b is free, or is this very slot: logical, plugin pgoutput, database postgres, valid',
      detail = 'found: ' || coalesce(((select format('a %s slot, plugin %s, database %s, confirmed_flush_lsn %s', s.slot_type, s.plugin, s.database, s.confirmed_flush_lsn) from pg_replication_slots s where s.slot_name = 'cdc_b'))::text, 'nothing'), hint = 'Look at that slot; drop it if nobody needs it, and run this script again.';
  end if;
  if (nullif(current_setting('slotscope.allowed_plugins', true), '') is null or 'pgoutput' = any (regexp_split_to_array(nullif(current_setting('slotscope.allowed_plugins', true), ''), ' *, *'))) is not true then
    raise exception using errcode = '55000', message = 'refused: expected output plugin pgoutput is allowed (output_plugin_libraries)',
      detail = 'found: ' || coalesce((nullif(current_setting('slotscope.allowed_plugins', true), ''))::text, 'nothing'), hint = 'Add it to output_plugin_libraries and reload the configuration.';
  end if;
  if (current_setting('wal_level') = 'logical') is not true then
    raise exception using errcode = '55000', message = 'refused: expected wal_level is logical',
      detail = 'found: ' || coalesce((current_setting('wal_level'))::text, 'nothing'), hint = 'Set wal_level = logical and restart the server.';
  end if;
  if (current_setting('hot_standby_feedback')::bool) is not true then
    raise exception using errcode = '55000', message = 'refused: expected hot_standby_feedback is on',
      detail = 'found: ' || coalesce((current_setting('hot_standby_feedback'))::text, 'nothing'), hint = 'Without it the primary removes catalog rows that the slot needs. alter system set hot_standby_feedback = on; select pg_reload_conf();';
  end if;
  declare patience int := coalesce(nullif(current_setting('slotscope.patience'), '')::int, 15);
  begin
    for i in 0 .. 5 * patience loop
      exit when exists (select 1 from pg_stat_wal_receiver);
      if i = 5 * patience then
        raise exception using errcode = '55000', message = 'refused: expected the standby streams from its primary (a WAL receiver runs)',
          detail = 'found: ' || coalesce(('no WAL receiver')::text, 'nothing');
      elsif i > 0 and i % 25 = 0 then
        raise notice using message = 'waiting: the standby streams from its primary (a WAL receiver runs)',
          detail = format('found: %s; %s of %s s', coalesce(('no WAL receiver')::text, 'nothing'), i / 5, patience);
      end if;
      perform pg_sleep(0.2);
    end loop;
  end;
  if ((select count(*) from pg_replication_slots) + 1 - (select count(*) from pg_replication_slots where slot_name in ('cdc_b')) <= current_setting('max_replication_slots')::int) is not true then
    raise exception using errcode = '55000', message = 'refused: expected a free replication slot (max_replication_slots)',
      detail = 'found: ' || coalesce((format('%s of %s in use', (select count(*) from pg_replication_slots), current_setting('max_replication_slots')))::text, 'nothing'), hint = 'Raise max_replication_slots and restart the server.';
  end if;
  if (current_setting('primary_slot_name') <> '') is not true then
    raise warning using errcode = '55000', message = 'advice: there should be: primary_slot_name is set',
      detail = 'found: ' || coalesce(('an empty primary_slot_name')::text, 'nothing'), hint = 'Without a physical slot the primary forgets what this standby''s slots need whenever the connection breaks.';
  end if;
end $$;

\if :with_primary
\connect -reuse-previous=on :"primary_conninfo"
\set database_conninfo 'dbname=''postgres'''
\connect -reuse-previous=on :"database_conninfo"
\encoding UTF8
:session
do $$ begin if ((select system_identifier::text from pg_control_system()) = '7710563466519907319' and not pg_is_in_recovery()) is not true then
  raise exception using errcode = '55000', message = 'refused: this is not the server that was checked above';
end if; end $$;

-- wait.cdc_b
do $$ begin
  if ((select active from pg_replication_slots where slot_name = 'cdc_b')) is not true then
    raise warning using errcode = '55000', message = 'advice: there should be: a consumer reads from cdc_b now (the slot on the standby waits for it)',
      detail = 'found: ' || coalesce(('nobody reads from it, or only now and then; it stands at ' || (select confirmed_flush_lsn from pg_replication_slots where slot_name = 'cdc_b'))::text, 'nothing'), hint = 'Start its consumer; drop the slot here if it is nobody''s any more.';
  end if;
end $$;
\if :{?start_cdc_b}
select set_config('slotscope.start_cdc_b', :'start_cdc_b', false) \gset ignored_
do $$ begin
  if (current_database() = 'postgres'::name) is not true then
    raise exception using errcode = '55000', message = 'refused: expected connected to database postgres',
      detail = 'found: ' || coalesce((current_database())::text, 'nothing');
  end if;
  if (exists (select 1 from pg_replication_slots s where s.slot_name = 'cdc_b' and s.slot_type = 'logical' and s.plugin = 'pgoutput'::name and s.database = current_database() and s.wal_status is distinct from 'lost' and s.conflicting is not true)) is not true then
    raise exception using errcode = '55000', message = 'refused: expected the primary''s slot cdc_b as in its files: logical, plugin pgoutput, valid',
      detail = 'found: ' || coalesce(((select format('a %s slot, plugin %s, database %s, confirmed_flush_lsn %s', s.slot_type, s.plugin, s.database, s.confirmed_flush_lsn) from pg_replication_slots s where s.slot_name = 'cdc_b'))::text, 'nothing');
  end if;
end $$;
\endif
\connect -reuse-previous=on :"standby_conninfo"
\endif

\set database_conninfo 'dbname=''postgres'''
\connect -reuse-previous=on :"database_conninfo"
\encoding UTF8
:session
do $$ begin if ((select system_identifier::text from pg_control_system()) = '7710563466519907319' and pg_is_in_recovery()) is not true then
  raise exception using errcode = '55000', message = 'refused: this is not the server that was checked above';
end if; end $$;

-- advance.cdc_b
\if :{?position_cdc_b}
select set_config('slotscope.position_cdc_b', :'position_cdc_b', false) \gset ignored_
do $$ begin
  if (current_setting('slotscope.position_cdc_b')::pg_lsn >= '0/01300098'::pg_lsn) is not true then
    raise exception using errcode = '55000', message = 'refused: expected the given position of cdc_b is one that the consumer has confirmed (0/01300098 or later by the primary''s files)',
      detail = 'found: ' || coalesce((current_setting('slotscope.position_cdc_b'))::text, 'nothing');
  end if;
  if (coalesce(current_setting('slotscope.position_cdc_b')::pg_lsn >= (select confirmed_flush_lsn from pg_replication_slots where slot_name = 'cdc_b'), true)) is not true then
    raise exception using errcode = '55000', message = 'refused: expected the consumer of cdc_b has passed the start of the slot here',
      detail = 'found: ' || coalesce(('consumer at ' || current_setting('slotscope.position_cdc_b') || ', the slot here starts at ' || (select confirmed_flush_lsn from pg_replication_slots where slot_name = 'cdc_b'))::text, 'nothing'), hint = 'It is NOT safe yet. Let the consumer run, ask for its position again.';
  end if;
  declare patience int := coalesce(nullif(current_setting('slotscope.patience'), '')::int, 30);
  begin
    for i in 0 .. 5 * patience loop
      exit when pg_last_wal_replay_lsn() >= current_setting('slotscope.position_cdc_b')::pg_lsn;
      if i = 5 * patience then
        raise exception using errcode = '55000', message = 'refused: expected the standby has replayed the position of the consumer of cdc_b',
          detail = 'found: ' || coalesce(('replayed to ' || pg_last_wal_replay_lsn())::text, 'nothing'), hint = 'Do not promote this server: the consumer is ahead of it.';
      elsif i > 0 and i % 25 = 0 then
        raise notice using message = 'waiting: the standby has replayed the position of the consumer of cdc_b',
          detail = format('found: %s; %s of %s s', coalesce(('replayed to ' || pg_last_wal_replay_lsn())::text, 'nothing'), i / 5, patience);
      end if;
      perform pg_sleep(0.2);
    end loop;
  end;
end $$;
\endif

\echo 'all checks passed'
\if :is_dry_run
\echo 'dry run: nothing was changed'
\else

-- Part 2: changes. The checks of each step run once more right before it.

\if :with_primary
\connect -reuse-previous=on :"primary_conninfo"
\set database_conninfo 'dbname=''postgres'''
\connect -reuse-previous=on :"database_conninfo"
\encoding UTF8
:session
do $$ begin if ((select system_identifier::text from pg_control_system()) = '7710563466519907319' and not pg_is_in_recovery()) is not true then
  raise exception using errcode = '55000', message = 'refused: this is not the server that was checked above';
end if; end $$;

-- wake (L9): let the primary write a record, so that it soon logs its running transactions
do $$ begin
  if (current_database() = 'postgres'::name) is not true then
    raise exception using errcode = '55000', message = 'refused: expected connected to database postgres',
      detail = 'found: ' || coalesce((current_database())::text, 'nothing');
  end if;
  if (exists (select 1 from pg_replication_slots s where s.slot_name = 'cdc_b' and s.slot_type = 'logical' and s.plugin = 'pgoutput'::name and s.database = current_database() and s.wal_status is distinct from 'lost' and s.conflicting is not true)) is not true then
    raise exception using errcode = '55000', message = 'refused: expected the primary''s slot cdc_b as in its files: logical, plugin pgoutput, valid',
      detail = 'found: ' || coalesce(((select format('a %s slot, plugin %s, database %s, confirmed_flush_lsn %s', s.slot_type, s.plugin, s.database, s.confirmed_flush_lsn) from pg_replication_slots s where s.slot_name = 'cdc_b'))::text, 'nothing');
  end if;
end $$;
select (false) is true as done \gset answer_
\if :answer_done \echo 'done before: let the primary write a record, so that it soon logs its running transactions' \else \echo 'let the primary write a record, so that it soon logs its running transactions'
set statement_timeout = :'step_timeout';
select pg_logical_emit_message(false, 'slotscope', 'wake') \gset ignored_
:session
\endif
\connect -reuse-previous=on :"standby_conninfo"
\endif

\set database_conninfo 'dbname=''postgres'''
\connect -reuse-previous=on :"database_conninfo"
\encoding UTF8
:session
do $$ begin if ((select system_identifier::text from pg_control_system()) = '7710563466519907319' and pg_is_in_recovery()) is not true then
  raise exception using errcode = '55000', message = 'refused: this is not the server that was checked above';
end if; end $$;
\if :{?with_primary} \else \set with_primary '' \endif
select set_config('slotscope.with_primary', :'with_primary', false) \gset ignored_
\if :{?allowed_plugins} \else \set allowed_plugins '' \endif
select set_config('slotscope.allowed_plugins', :'allowed_plugins', false) \gset ignored_
do $$ begin if current_setting('slotscope.allowed_plugins') = '' then
  perform set_config('slotscope.allowed_plugins', coalesce(replace(coalesce(nullif(current_setting('output_plugin_libraries'), ''), '-'), '"', ''), ''), false); end if;
exception when others then null;  -- a missing right: it stays unknown
end $$;

-- create.cdc_b (L9): make slot cdc_b (waits for the primary's next record of running transactions)
do $$ begin
  if (current_database() = 'postgres'::name) is not true then
    raise exception using errcode = '55000', message = 'refused: expected connected to database postgres',
      detail = 'found: ' || coalesce((current_database())::text, 'nothing');
  end if;
  if (not exists (select 1 from pg_replication_slots s where s.slot_name = 'cdc_b') or exists (select 1 from pg_replication_slots s where s.slot_name = 'cdc_b' and s.slot_type = 'logical' and s.plugin = 'pgoutput'::name and s.database = current_database() and s.wal_status is distinct from 'lost' and s.conflicting is not true)) is not true then
    raise exception using errcode = '55000', message = 'refused: expected the name cdc_b is free, or is this very slot: logical, plugin pgoutput, database postgres, valid',
      detail = 'found: ' || coalesce(((select format('a %s slot, plugin %s, database %s, confirmed_flush_lsn %s', s.slot_type, s.plugin, s.database, s.confirmed_flush_lsn) from pg_replication_slots s where s.slot_name = 'cdc_b'))::text, 'nothing'), hint = 'Look at that slot; drop it if nobody needs it, and run this script again.';
  end if;
  if (nullif(current_setting('slotscope.allowed_plugins', true), '') is null or 'pgoutput' = any (regexp_split_to_array(nullif(current_setting('slotscope.allowed_plugins', true), ''), ' *, *'))) is not true then
    raise exception using errcode = '55000', message = 'refused: expected output plugin pgoutput is allowed (output_plugin_libraries)',
      detail = 'found: ' || coalesce((nullif(current_setting('slotscope.allowed_plugins', true), ''))::text, 'nothing'), hint = 'Add it to output_plugin_libraries and reload the configuration.';
  end if;
  if (current_setting('wal_level') = 'logical') is not true then
    raise exception using errcode = '55000', message = 'refused: expected wal_level is logical',
      detail = 'found: ' || coalesce((current_setting('wal_level'))::text, 'nothing'), hint = 'Set wal_level = logical and restart the server.';
  end if;
  if (current_setting('hot_standby_feedback')::bool) is not true then
    raise exception using errcode = '55000', message = 'refused: expected hot_standby_feedback is on',
      detail = 'found: ' || coalesce((current_setting('hot_standby_feedback'))::text, 'nothing'), hint = 'Without it the primary removes catalog rows that the slot needs. alter system set hot_standby_feedback = on; select pg_reload_conf();';
  end if;
  declare patience int := coalesce(nullif(current_setting('slotscope.patience'), '')::int, 15);
  begin
    for i in 0 .. 5 * patience loop
      exit when exists (select 1 from pg_stat_wal_receiver);
      if i = 5 * patience then
        raise exception using errcode = '55000', message = 'refused: expected the standby streams from its primary (a WAL receiver runs)',
          detail = 'found: ' || coalesce(('no WAL receiver')::text, 'nothing');
      elsif i > 0 and i % 25 = 0 then
        raise notice using message = 'waiting: the standby streams from its primary (a WAL receiver runs)',
          detail = format('found: %s; %s of %s s', coalesce(('no WAL receiver')::text, 'nothing'), i / 5, patience);
      end if;
      perform pg_sleep(0.2);
    end loop;
  end;
  if ((select count(*) from pg_replication_slots) + 1 - (select count(*) from pg_replication_slots where slot_name in ('cdc_b')) <= current_setting('max_replication_slots')::int) is not true then
    raise exception using errcode = '55000', message = 'refused: expected a free replication slot (max_replication_slots)',
      detail = 'found: ' || coalesce((format('%s of %s in use', (select count(*) from pg_replication_slots), current_setting('max_replication_slots')))::text, 'nothing'), hint = 'Raise max_replication_slots and restart the server.';
  end if;
end $$;
select (exists (select 1 from pg_replication_slots s where s.slot_name = 'cdc_b' and s.slot_type = 'logical' and s.plugin = 'pgoutput'::name and s.database = current_database() and s.wal_status is distinct from 'lost' and s.conflicting is not true)) is true as done \gset answer_
\if :answer_done \echo 'done before: cdc_b: make slot cdc_b (waits for the primary''s next record of running transactions)' \else \echo 'cdc_b: make slot cdc_b (waits for the primary''s next record of running transactions)'
set statement_timeout = :'step_timeout';
do $$ begin
  perform pg_create_logical_replication_slot('cdc_b', 'pgoutput');
exception when query_canceled then
  raise exception using errcode = '57014', message = 'slot cdc_b was not made: within the time limit the primary logged no running transactions, or a transaction that was open when it did has not ended (prepared transactions count). Nothing was left behind. On the primary: select pg_log_standby_snapshot(); then run this script again', detail = sqlerrm;
end $$;
:session
\endif
do $$ begin
  if (exists (select 1 from pg_replication_slots s where s.slot_name = 'cdc_b' and s.slot_type = 'logical' and s.plugin = 'pgoutput'::name and s.database = current_database() and s.wal_status is distinct from 'lost' and s.conflicting is not true)) is not true then
    raise exception using errcode = '55000', message = 'refused: expected slot cdc_b is there and valid',
      detail = 'found: ' || coalesce(((select format('a %s slot, plugin %s, database %s, confirmed_flush_lsn %s', s.slot_type, s.plugin, s.database, s.confirmed_flush_lsn) from pg_replication_slots s where s.slot_name = 'cdc_b'))::text, 'nothing');
  end if;
end $$;
select (select confirmed_flush_lsn from pg_replication_slots where slot_name = 'cdc_b') as value \gset answer_
\if :{?answer_value} \set start_cdc_b :answer_value \endif

\if :with_primary
\connect -reuse-previous=on :"primary_conninfo"
\set database_conninfo 'dbname=''postgres'''
\connect -reuse-previous=on :"database_conninfo"
\encoding UTF8
:session
do $$ begin if ((select system_identifier::text from pg_control_system()) = '7710563466519907319' and not pg_is_in_recovery()) is not true then
  raise exception using errcode = '55000', message = 'refused: this is not the server that was checked above';
end if; end $$;

-- wait.cdc_b (L9): wait until the consumer of cdc_b has passed the start of the new slot
\if :{?start_cdc_b}
select set_config('slotscope.start_cdc_b', :'start_cdc_b', false) \gset ignored_
do $$ begin
  if (current_database() = 'postgres'::name) is not true then
    raise exception using errcode = '55000', message = 'refused: expected connected to database postgres',
      detail = 'found: ' || coalesce((current_database())::text, 'nothing');
  end if;
  if (exists (select 1 from pg_replication_slots s where s.slot_name = 'cdc_b' and s.slot_type = 'logical' and s.plugin = 'pgoutput'::name and s.database = current_database() and s.wal_status is distinct from 'lost' and s.conflicting is not true)) is not true then
    raise exception using errcode = '55000', message = 'refused: expected the primary''s slot cdc_b as in its files: logical, plugin pgoutput, valid',
      detail = 'found: ' || coalesce(((select format('a %s slot, plugin %s, database %s, confirmed_flush_lsn %s', s.slot_type, s.plugin, s.database, s.confirmed_flush_lsn) from pg_replication_slots s where s.slot_name = 'cdc_b'))::text, 'nothing');
  end if;
end $$;
select (false) is true as done \gset answer_
\if :answer_done \echo 'done before: cdc_b: wait until the consumer of cdc_b has passed the start of the new slot' \else \echo 'cdc_b: wait until the consumer of cdc_b has passed the start of the new slot'
\endif
do $$ begin
  declare patience int := coalesce(nullif(current_setting('slotscope.patience'), '')::int, 60);
  begin
    for i in 0 .. 5 * patience loop
      exit when (select confirmed_flush_lsn from pg_replication_slots where slot_name = 'cdc_b') >= current_setting('slotscope.start_cdc_b')::pg_lsn;
      if i = 5 * patience then
        raise exception using errcode = '55000', message = 'refused: expected the consumer of cdc_b has confirmed at least the start of the standby''s slot',
          detail = 'found: ' || coalesce(('consumer at ' || (select confirmed_flush_lsn from pg_replication_slots where slot_name = 'cdc_b') || ', the slot on the standby starts at ' || current_setting('slotscope.start_cdc_b'))::text, 'nothing'), hint = 'The slot on the standby is NOT safe yet. Let the consumer run, then run this script again.';
      elsif i > 0 and i % 25 = 0 then
        raise notice using message = 'waiting: the consumer of cdc_b has confirmed at least the start of the standby''s slot',
          detail = format('found: %s; %s of %s s', coalesce(('consumer at ' || (select confirmed_flush_lsn from pg_replication_slots where slot_name = 'cdc_b') || ', the slot on the standby starts at ' || current_setting('slotscope.start_cdc_b'))::text, 'nothing'), i / 5, patience);
      end if;
      perform pg_sleep(0.2);
    end loop;
  end;
end $$;
select (select confirmed_flush_lsn from pg_replication_slots where slot_name = 'cdc_b') as value \gset answer_
\if :{?answer_value} \set position_cdc_b :answer_value \endif
\else
\echo 'to wait for the consumer of cdc_b, run this script with -v start_cdc_b=LSN,'
\echo 'the confirmed_flush_lsn of that slot on the standby'
\endif
\connect -reuse-previous=on :"standby_conninfo"
\endif

\set database_conninfo 'dbname=''postgres'''
\connect -reuse-previous=on :"database_conninfo"
\encoding UTF8
:session
do $$ begin if ((select system_identifier::text from pg_control_system()) = '7710563466519907319' and pg_is_in_recovery()) is not true then
  raise exception using errcode = '55000', message = 'refused: this is not the server that was checked above';
end if; end $$;

-- advance.cdc_b (L9): advance slot cdc_b to exactly its consumer's position
\if :{?position_cdc_b}
select set_config('slotscope.position_cdc_b', :'position_cdc_b', false) \gset ignored_
do $$ begin
  if (current_setting('slotscope.position_cdc_b')::pg_lsn >= '0/01300098'::pg_lsn) is not true then
    raise exception using errcode = '55000', message = 'refused: expected the given position of cdc_b is one that the consumer has confirmed (0/01300098 or later by the primary''s files)',
      detail = 'found: ' || coalesce((current_setting('slotscope.position_cdc_b'))::text, 'nothing');
  end if;
  if (coalesce(current_setting('slotscope.position_cdc_b')::pg_lsn >= (select confirmed_flush_lsn from pg_replication_slots where slot_name = 'cdc_b'), true)) is not true then
    raise exception using errcode = '55000', message = 'refused: expected the consumer of cdc_b has passed the start of the slot here',
      detail = 'found: ' || coalesce(('consumer at ' || current_setting('slotscope.position_cdc_b') || ', the slot here starts at ' || (select confirmed_flush_lsn from pg_replication_slots where slot_name = 'cdc_b'))::text, 'nothing'), hint = 'It is NOT safe yet. Let the consumer run, ask for its position again.';
  end if;
  declare patience int := coalesce(nullif(current_setting('slotscope.patience'), '')::int, 30);
  begin
    for i in 0 .. 5 * patience loop
      exit when pg_last_wal_replay_lsn() >= current_setting('slotscope.position_cdc_b')::pg_lsn;
      if i = 5 * patience then
        raise exception using errcode = '55000', message = 'refused: expected the standby has replayed the position of the consumer of cdc_b',
          detail = 'found: ' || coalesce(('replayed to ' || pg_last_wal_replay_lsn())::text, 'nothing'), hint = 'Do not promote this server: the consumer is ahead of it.';
      elsif i > 0 and i % 25 = 0 then
        raise notice using message = 'waiting: the standby has replayed the position of the consumer of cdc_b',
          detail = format('found: %s; %s of %s s', coalesce(('replayed to ' || pg_last_wal_replay_lsn())::text, 'nothing'), i / 5, patience);
      end if;
      perform pg_sleep(0.2);
    end loop;
  end;
end $$;
select ((select confirmed_flush_lsn from pg_replication_slots where slot_name = 'cdc_b') = current_setting('slotscope.position_cdc_b')::pg_lsn) is true as done \gset answer_
\if :answer_done \echo 'done before: cdc_b: advance slot cdc_b to exactly its consumer''s position' \else \echo 'cdc_b: advance slot cdc_b to exactly its consumer''s position'
set statement_timeout = :'step_timeout';
do $$ begin
  perform pg_replication_slot_advance('cdc_b', current_setting('slotscope.position_cdc_b')::pg_lsn);
exception when query_canceled then
  raise exception using errcode = '57014', message = 'slot cdc_b was not advanced within the time limit', detail = sqlerrm;
end $$;
:session
\endif
do $$ begin
  if ((select confirmed_flush_lsn from pg_replication_slots where slot_name = 'cdc_b') = current_setting('slotscope.position_cdc_b')::pg_lsn) is not true then
    raise exception using errcode = '55000', message = 'refused: expected slot cdc_b stands at exactly its consumer''s position',
      detail = 'found: ' || coalesce(((select confirmed_flush_lsn from pg_replication_slots where slot_name = 'cdc_b'))::text, 'nothing'), hint = 'It is NOT safe to fail over to.';
  end if;
end $$;
\else
\echo 'slot cdc_b is NOT safe to fail over to yet. On the primary, ask for its consumer''s position:'
\echo '  select confirmed_flush_lsn from pg_replication_slots where slot_name = ''cdc_b'';'
\echo 'When it is no less than the start of the slot here, run this script again with'
\echo '  -v position_cdc_b=that position'
\endif
\endif

-- What holds now.
\if :{?position_cdc_b}
\else
\set position_cdc_b ''
\endif
\set synchronised_state 'ready: synchronised'
select t.slot_name, s.database, s.restart_lsn, s.confirmed_flush_lsn, t.consumer as consumer_position,
  case when s.slot_name is null then 'missing'
    when s.confirmed_flush_lsn = t.consumer then 'ready: at its consumer''s position'
    else 'NOT SAFE YET: advance it to its consumer''s position' end as state
from (values ('cdc_b', nullif(:'position_cdc_b', '')::pg_lsn, false)) as t (slot_name, consumer, failover)
left join pg_replication_slots s on s.slot_name = t.slot_name order by 1;
