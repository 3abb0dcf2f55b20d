-- slotscope: replication slots for a failover, PostgreSQL 19
--
-- Runs on:  the new primary, right after its promotion, system identifier 7710567178721171179
-- Role:     one with REPLICATION is enough
-- Checks:   psql -X -v dry_run=1 -f THIS_FILE 'host=… dbname=…'   (nothing is changed)
-- Run:      psql -X -f THIS_FILE 'host=… dbname=…'               (psql 11 or later)
-- Refuses:  with psql's exit status 3, and before any change, if the server is not this one or a check fails.
-- Again:    it can be run any number of times; what was done before is left as it is.
-- More:     -v patience=SECONDS for what it waits for, -v step_timeout=5min for each statement (a minute)
--
-- Run it right after the promotion, before any writer is let in: a slot made here begins at its present, and
-- what was committed between its consumer's position and there does not reach the consumer. The files prove that
-- there is nothing; the script refuses where this server has gone further than they.
--
-- Slots: 2 in the lists below

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

-- slots_1: in database postgres; with the position that the consumer had confirmed on the primary at least
\set slots_1 [ '{"name": "c0", "plugin": "test_decoding", "confirmed": "0/00D00748"}, '
\set slots_1 :slots_1 '{"name": "c1", "plugin": "test_decoding", "confirmed": "0/00D00748"}]'

-- Part 1: checks. Nothing is changed before all of them hold.
\encoding UTF8
:session

-- Is this the right server?
do $$ begin
  if (current_setting('server_version_num')::int / 100 = 1900) is not true then
    raise exception using errcode = '55000', message = 'refused: expected PostgreSQL 19',
      detail = 'found: ' || coalesce(('PostgreSQL ' || current_setting('server_version'))::text, 'nothing');
  end if;
  if ((select system_identifier::text from pg_control_system()) = '7710567178721171179') is not true then
    raise exception using errcode = '55000', message = 'refused: expected system identifier 7710567178721171179',
      detail = 'found: ' || coalesce(((select system_identifier::text from pg_control_system()))::text, 'nothing');
  end if;
  if (not pg_is_in_recovery()) is not true then
    raise exception using errcode = '55000', message = 'refused: expected a primary (not in recovery)',
      detail = 'found: ' || coalesce(('a standby, in recovery')::text, 'nothing');
  end if;
  if (('x' || substr(pg_walfile_name(pg_current_wal_flush_lsn()), 1, 8))::bit(32)::bigint > 1) is not true then
    raise exception using errcode = '55000', message = 'refused: expected a server promoted from timeline 1 (its own timeline is later)',
      detail = 'found: ' || coalesce(('timeline ' || ('x' || substr(pg_walfile_name(pg_current_wal_flush_lsn()), 1, 8))::bit(32)::bigint)::text, 'nothing');
  end if;
end $$;

\set database_conninfo 'dbname=''postgres'''
\connect -reuse-previous=on :"database_conninfo"
\encoding UTF8
:session
do $$ begin if ((select system_identifier::text from pg_control_system()) = '7710567178721171179' and not pg_is_in_recovery()) is not true then
  raise exception using errcode = '55000', message = 'refused: this is not the server that was checked above';
end if; end $$;
\if :{?fork} \else \set fork '' \endif
select set_config('slotscope.fork', :'fork', false) \gset ignored_
do $$ begin if current_setting('slotscope.fork') = '' then
  perform set_config('slotscope.fork', coalesce((select split_part(line, E'\t', 2) from regexp_split_to_table(pg_read_file('pg_wal/' || substr(pg_walfile_name(pg_current_wal_flush_lsn()), 1, 8) || '.history'), E'\n') as line where split_part(line, E'\t', 1) = '1'), ''), false); end if;
exception when others then null;  -- a missing right: it stays unknown
end $$;
\if :{?allowed_plugins} \else \set allowed_plugins '' \endif
select set_config('slotscope.allowed_plugins', :'allowed_plugins', false) \gset ignored_
do $$ begin if current_setting('slotscope.allowed_plugins') = '' then
  perform set_config('slotscope.allowed_plugins', coalesce(replace(coalesce(nullif(current_setting('output_plugin_libraries'), ''), '-'), '"', ''), ''), false); end if;
exception when others then null;  -- a missing right: it stays unknown
end $$;
\if :{?missing_libraries} \else \set missing_libraries '' \endif
select set_config('slotscope.missing_libraries', :'missing_libraries', false) \gset ignored_
do $$ begin if current_setting('slotscope.missing_libraries') = '' then
  perform set_config('slotscope.missing_libraries', coalesce((select string_agg(p, ', ') from unnest(array['test_decoding']) as p where current_setting('dynamic_library_path') = '$libdir' and not exists (select 1 from unnest(array['.so', '.dylib', '.dll']) as suffix where (pg_stat_file((select setting from pg_config() where name = 'PKGLIBDIR') || '/' || p || suffix, true)).size is not null)), ''), false); end if;
exception when others then null;  -- a missing right: it stays unknown
end $$;

-- create
do $$ begin
  if (current_database() = 'postgres'::name) is not true then
    raise exception using errcode = '55000', message = 'refused: expected connected to database postgres',
      detail = 'found: ' || coalesce((current_database())::text, 'nothing');
  end if;
  if (nullif(current_setting('slotscope.fork', true), '')::pg_lsn <= '0/00D00820'::pg_lsn) is not true then
    raise exception using errcode = '55000', message = 'refused: expected this server was promoted no later than at 0/00D00820, where the WAL ended that this plan was made from',
      detail = 'found: ' || coalesce(('this server left timeline 1 at ' || nullif(current_setting('slotscope.fork', true), '')::pg_lsn)::text, 'nothing'), hint = 'What it received after that is not known here. Make the plan again from the present files.';
  end if;
  if (not exists (select 1 from pg_prepared_xacts)) is not true then
    raise exception using errcode = '55000', message = 'refused: expected no prepared transaction is open (making the slot would wait for its end)',
      detail = 'found: ' || coalesce(((select string_agg(gid, ', ') from pg_prepared_xacts))::text, 'nothing'), hint = 'Commit or roll back what pg_prepared_xacts lists.';
  end if;
  if ((select count(*) from pg_replication_slots) + 2 - (select count(*) from pg_replication_slots where slot_name in ('c0', 'c1')) <= current_setting('max_replication_slots')::int) is not true then
    raise exception using errcode = '55000', message = 'refused: expected free replication slots for all 2 that are to be there (max_replication_slots)',
      detail = 'found: ' || coalesce((format('%s of %s in use', (select count(*) from pg_replication_slots), current_setting('max_replication_slots')))::text, 'nothing'), hint = 'Raise max_replication_slots and restart the server.';
  end if;
  if ((select reset_val::bool from pg_settings where name = 'default_transaction_read_only')) is not true then
    raise warning using errcode = '55000', message = 'advice: there should be: writers are kept out until the slot is made (default_transaction_read_only is on)',
      detail = 'found: ' || coalesce(('off')::text, 'nothing'), hint = 'What is committed before the slot is made will not reach its consumer. If nothing was written since the promotion, this is no loss.';
  end if;
end $$;
select set_config('slotscope.slots', :'slots_1', false) \gset ignored_
do $$ declare slot record; begin
  for slot in select * from json_to_recordset(current_setting('slotscope.slots')::json) as (name name, plugin name, confirmed pg_lsn) loop
    if (not exists (select 1 from pg_replication_slots s where s.slot_name = slot.name) or exists (select 1 from pg_replication_slots s where s.slot_name = slot.name and s.slot_type = 'logical' and s.plugin = slot.plugin::name and s.database = current_database() and s.wal_status is distinct from 'lost' and s.invalidation_reason is null)) is not true then
      raise exception using errcode = '55000', message = format('refused: expected the name %s is free, or is this very slot: logical, plugin %s, database postgres, valid', slot.name, slot.plugin),
        detail = 'found: ' || coalesce(((select format('a %s slot, plugin %s, database %s, confirmed_flush_lsn %s', s.slot_type, s.plugin, s.database, s.confirmed_flush_lsn) from pg_replication_slots s where s.slot_name = slot.name))::text, 'nothing'), hint = 'Look at that slot; drop it if nobody needs it, and run this script again.';
    end if;
    if (nullif(current_setting('slotscope.allowed_plugins', true), '') is null or slot.plugin = any (regexp_split_to_array(nullif(current_setting('slotscope.allowed_plugins', true), ''), ' *, *'))) is not true then
      raise exception using errcode = '55000', message = format('refused: expected output plugin %s is allowed (output_plugin_libraries)', slot.plugin),
        detail = 'found: ' || coalesce((nullif(current_setting('slotscope.allowed_plugins', true), ''))::text, 'nothing'), hint = 'Add it to output_plugin_libraries and reload the configuration.';
    end if;
    if (not slot.plugin = any (coalesce(regexp_split_to_array(current_setting('slotscope.missing_libraries', true), ', '), '{}'))) is not true then
      raise exception using errcode = '55000', message = format('refused: expected the library of output plugin %s (which only a superuser can look for)', slot.plugin),
        detail = 'found: ' || coalesce(('no such file in ' || (select setting from pg_config() where name = 'PKGLIBDIR'))::text, 'nothing'), hint = 'Install its package on this server.';
    end if;
    if (nullif(current_setting('slotscope.fork', true), '')::pg_lsn >= slot.confirmed) is not true then
      raise exception using errcode = '55000', message = format('refused: expected the consumer of %s is not ahead of this server: on the old primary it had confirmed %s', slot.name, slot.confirmed),
        detail = 'found: ' || coalesce(('this server left timeline 1 at ' || coalesce(nullif(current_setting('slotscope.fork', true), '')::pg_lsn::text, 'a position that this role may not read: give it with -v fork=LSN, from the newest .history file'))::text, 'nothing'), hint = 'The consumer has changes that this server never had. Do not connect it: resynchronise its tables.';
    end if;
    if (exists (select 1 from pg_replication_slots s where s.slot_name = slot.name and s.slot_type = 'logical' and s.plugin = slot.plugin::name and s.database = current_database() and s.wal_status is distinct from 'lost' and s.invalidation_reason is null) or (txid_snapshot_xmax(txid_current_snapshot()) & 4294967295) = 673) is not true then
      raise exception using errcode = '55000', message = 'refused: expected no transaction has written since the files that this plan was made from (the next one is 673)',
        detail = 'found: ' || coalesce(('the next one is ' || (txid_snapshot_xmax(txid_current_snapshot()) & 4294967295))::text, 'nothing'), hint = 'What it committed would not reach the consumer. Keep writers out, and make the plan again from this server''s present files: they tell what it was.';
    end if;
  end loop;
end $$;

\echo 'all checks passed'
\if :is_dry_run
\echo 'dry run: nothing was changed'
\else

-- Part 2: changes. The checks of each step run once more right before it.

\set database_conninfo 'dbname=''postgres'''
\connect -reuse-previous=on :"database_conninfo"
\encoding UTF8
:session
do $$ begin if ((select system_identifier::text from pg_control_system()) = '7710567178721171179' and not pg_is_in_recovery()) is not true then
  raise exception using errcode = '55000', message = 'refused: this is not the server that was checked above';
end if; end $$;
\if :{?fork} \else \set fork '' \endif
select set_config('slotscope.fork', :'fork', false) \gset ignored_
do $$ begin if current_setting('slotscope.fork') = '' then
  perform set_config('slotscope.fork', coalesce((select split_part(line, E'\t', 2) from regexp_split_to_table(pg_read_file('pg_wal/' || substr(pg_walfile_name(pg_current_wal_flush_lsn()), 1, 8) || '.history'), E'\n') as line where split_part(line, E'\t', 1) = '1'), ''), false); end if;
exception when others then null;  -- a missing right: it stays unknown
end $$;
\if :{?allowed_plugins} \else \set allowed_plugins '' \endif
select set_config('slotscope.allowed_plugins', :'allowed_plugins', false) \gset ignored_
do $$ begin if current_setting('slotscope.allowed_plugins') = '' then
  perform set_config('slotscope.allowed_plugins', coalesce(replace(coalesce(nullif(current_setting('output_plugin_libraries'), ''), '-'), '"', ''), ''), false); end if;
exception when others then null;  -- a missing right: it stays unknown
end $$;
\if :{?missing_libraries} \else \set missing_libraries '' \endif
select set_config('slotscope.missing_libraries', :'missing_libraries', false) \gset ignored_
do $$ begin if current_setting('slotscope.missing_libraries') = '' then
  perform set_config('slotscope.missing_libraries', coalesce((select string_agg(p, ', ') from unnest(array['test_decoding']) as p where current_setting('dynamic_library_path') = '$libdir' and not exists (select 1 from unnest(array['.so', '.dylib', '.dll']) as suffix where (pg_stat_file((select setting from pg_config() where name = 'PKGLIBDIR') || '/' || p || suffix, true)).size is not null)), ''), false); end if;
exception when others then null;  -- a missing right: it stays unknown
end $$;

-- create (L10): make slot NAME
\echo '2 slots: make slot NAME'
select set_config('slotscope.slots', :'slots_1', false) \gset ignored_
set statement_timeout = :'step_timeout';
do $$ declare slot record; begin
  if (current_database() = 'postgres'::name) is not true then
    raise exception using errcode = '55000', message = 'refused: expected connected to database postgres',
      detail = 'found: ' || coalesce((current_database())::text, 'nothing');
  end if;
  if (nullif(current_setting('slotscope.fork', true), '')::pg_lsn <= '0/00D00820'::pg_lsn) is not true then
    raise exception using errcode = '55000', message = 'refused: expected this server was promoted no later than at 0/00D00820, where the WAL ended that this plan was made from',
      detail = 'found: ' || coalesce(('this server left timeline 1 at ' || nullif(current_setting('slotscope.fork', true), '')::pg_lsn)::text, 'nothing'), hint = 'What it received after that is not known here. Make the plan again from the present files.';
  end if;
  if (not exists (select 1 from pg_prepared_xacts)) is not true then
    raise exception using errcode = '55000', message = 'refused: expected no prepared transaction is open (making the slot would wait for its end)',
      detail = 'found: ' || coalesce(((select string_agg(gid, ', ') from pg_prepared_xacts))::text, 'nothing'), hint = 'Commit or roll back what pg_prepared_xacts lists.';
  end if;
  if ((select count(*) from pg_replication_slots) + 2 - (select count(*) from pg_replication_slots where slot_name in ('c0', 'c1')) <= current_setting('max_replication_slots')::int) is not true then
    raise exception using errcode = '55000', message = 'refused: expected free replication slots for all 2 that are to be there (max_replication_slots)',
      detail = 'found: ' || coalesce((format('%s of %s in use', (select count(*) from pg_replication_slots), current_setting('max_replication_slots')))::text, 'nothing'), hint = 'Raise max_replication_slots and restart the server.';
  end if;
  for slot in select * from json_to_recordset(current_setting('slotscope.slots')::json) as (name name, plugin name, confirmed pg_lsn) loop
    if (not exists (select 1 from pg_replication_slots s where s.slot_name = slot.name) or exists (select 1 from pg_replication_slots s where s.slot_name = slot.name and s.slot_type = 'logical' and s.plugin = slot.plugin::name and s.database = current_database() and s.wal_status is distinct from 'lost' and s.invalidation_reason is null)) is not true then
      raise exception using errcode = '55000', message = format('refused: expected the name %s is free, or is this very slot: logical, plugin %s, database postgres, valid', slot.name, slot.plugin),
        detail = 'found: ' || coalesce(((select format('a %s slot, plugin %s, database %s, confirmed_flush_lsn %s', s.slot_type, s.plugin, s.database, s.confirmed_flush_lsn) from pg_replication_slots s where s.slot_name = slot.name))::text, 'nothing'), hint = 'Look at that slot; drop it if nobody needs it, and run this script again.';
    end if;
    if (nullif(current_setting('slotscope.allowed_plugins', true), '') is null or slot.plugin = any (regexp_split_to_array(nullif(current_setting('slotscope.allowed_plugins', true), ''), ' *, *'))) is not true then
      raise exception using errcode = '55000', message = format('refused: expected output plugin %s is allowed (output_plugin_libraries)', slot.plugin),
        detail = 'found: ' || coalesce((nullif(current_setting('slotscope.allowed_plugins', true), ''))::text, 'nothing'), hint = 'Add it to output_plugin_libraries and reload the configuration.';
    end if;
    if (not slot.plugin = any (coalesce(regexp_split_to_array(current_setting('slotscope.missing_libraries', true), ', '), '{}'))) is not true then
      raise exception using errcode = '55000', message = format('refused: expected the library of output plugin %s (which only a superuser can look for)', slot.plugin),
        detail = 'found: ' || coalesce(('no such file in ' || (select setting from pg_config() where name = 'PKGLIBDIR'))::text, 'nothing'), hint = 'Install its package on this server.';
    end if;
    if (nullif(current_setting('slotscope.fork', true), '')::pg_lsn >= slot.confirmed) is not true then
      raise exception using errcode = '55000', message = format('refused: expected the consumer of %s is not ahead of this server: on the old primary it had confirmed %s', slot.name, slot.confirmed),
        detail = 'found: ' || coalesce(('this server left timeline 1 at ' || coalesce(nullif(current_setting('slotscope.fork', true), '')::pg_lsn::text, 'a position that this role may not read: give it with -v fork=LSN, from the newest .history file'))::text, 'nothing'), hint = 'The consumer has changes that this server never had. Do not connect it: resynchronise its tables.';
    end if;
    if (exists (select 1 from pg_replication_slots s where s.slot_name = slot.name and s.slot_type = 'logical' and s.plugin = slot.plugin::name and s.database = current_database() and s.wal_status is distinct from 'lost' and s.invalidation_reason is null) or (txid_snapshot_xmax(txid_current_snapshot()) & 4294967295) = 673) is not true then
      raise exception using errcode = '55000', message = 'refused: expected no transaction has written since the files that this plan was made from (the next one is 673)',
        detail = 'found: ' || coalesce(('the next one is ' || (txid_snapshot_xmax(txid_current_snapshot()) & 4294967295))::text, 'nothing'), hint = 'What it committed would not reach the consumer. Keep writers out, and make the plan again from this server''s present files: they tell what it was.';
    end if;
    if (exists (select 1 from pg_replication_slots s where s.slot_name = slot.name and s.slot_type = 'logical' and s.plugin = slot.plugin::name and s.database = current_database() and s.wal_status is distinct from 'lost' and s.invalidation_reason is null)) is true then
      raise notice using message = format('done before: %s: make slot %s', slot.name, slot.name);
    else
      raise notice using message = format('%s: make slot %s', slot.name, slot.name);
      begin
        perform pg_create_logical_replication_slot(slot.name, slot.plugin);
        if ((txid_snapshot_xmax(txid_current_snapshot()) & 4294967295) = 673) is not true then
          perform pg_drop_replication_slot(slot.name);
          raise exception using errcode = '55000', message = 'refused: expected no transaction has written since the files that this plan was made from (the next one is 673)',
            detail = 'found: ' || coalesce(('the next one is ' || (txid_snapshot_xmax(txid_current_snapshot()) & 4294967295))::text, 'nothing'), hint = 'What it committed would not reach the consumer. Keep writers out, and make the plan again from this server''s present files: they tell what it was.';
        end if;
      exception when query_canceled then
        raise exception using errcode = '57014', message = format('slot %s was not made: a transaction that was open before has not ended. Nothing was left behind; end it and run this script again', slot.name), detail = sqlerrm;
      end;
    end if;
    if (exists (select 1 from pg_replication_slots s where s.slot_name = slot.name and s.slot_type = 'logical' and s.plugin = slot.plugin::name and s.database = current_database() and s.wal_status is distinct from 'lost' and s.invalidation_reason is null)) is not true then
      raise exception using errcode = '55000', message = format('refused: expected slot %s is there and valid', slot.name),
        detail = 'found: ' || coalesce(((select format('a %s slot, plugin %s, database %s, confirmed_flush_lsn %s', s.slot_type, s.plugin, s.database, s.confirmed_flush_lsn) from pg_replication_slots s where s.slot_name = slot.name))::text, 'nothing');
    end if;
  end loop;
end $$;
:session
\endif

-- What holds now.
select t.slot_name, s.database, s.confirmed_flush_lsn as starts_at, t.consumer as consumer_at_least,
  nullif(current_setting('slotscope.fork', true), '') as fork,
  case when s.slot_name is null then 'missing'
    when t.is_new then 'ready: nothing was committed between its consumer and its start'
    when s.confirmed_flush_lsn <= t.consumer then 'carried over: starts at or before its consumer'
    else 'STARTS AFTER ITS CONSUMER, unless that is past ' || s.confirmed_flush_lsn end as state
from (values ('c0', '0/00D00748'::pg_lsn, true), ('c1', '0/00D00748'::pg_lsn, true)) as t (slot_name, consumer, is_new)
left join pg_replication_slots s on s.slot_name = t.slot_name order by 1;
