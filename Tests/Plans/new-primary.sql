-- slotscope: replication slots for a failover, PostgreSQL 19, system identifier 7710567178721171179
-- Runs on:  the new primary, right after its promotion, by a role with REPLICATION
-- Run it:   psql -X -f THIS_FILE 'host=… dbname=…', first with -v dry_run=1 (checks alone); again at any time
-- Refuses:  with exit status 3 and before any change, on any other server and where a check fails
-- More:     -v patience=SECONDS for each wait, -v step_timeout=5min for each change (a minute)
-- Run it right after the promotion, before any writer is let in: a slot made here begins at the server's present.

\set ON_ERROR_STOP on \set QUIET on \encoding UTF8 \set AUTOCOMMIT on \set ON_ERROR_ROLLBACK off
\set SINGLELINE off \set FETCH_COUNT 0 \set SHOW_CONTEXT never \pset pager off \pset format aligned
\if :{?dry_run} \else \set dry_run off \endif \set QUIET :dry_run \set is_dry_run :QUIET \set QUIET on
\if :{?step_timeout} \else \set step_timeout 60s \endif \if :{?fork} \else \set fork '' \endif
-- The slots, and what each consumer had confirmed at least; database 5 is postgres
\set slots '[{"slot_name": "c0", "plugin": "test_decoding", "datoid": 5, "confirmed_flush_lsn": "0/00D00748"}, '
\set slots :slots '{"slot_name": "c1", "plugin": "test_decoding", "datoid": 5, "confirmed_flush_lsn": "0/00D00748"}]'

-- Part 1: checks. Nothing is changed before all of them hold. \g asks the first again, in the slots' database.
set search_path = pg_catalog, pg_temp \; set plpgsql.check_asserts = on \;
do $$ declare id bigint := (pg_control_system()).system_identifier; begin
  assert not pg_is_in_recovery(), 'refused: expected a primary (not in recovery); found: a standby';
  assert current_setting('server_version') ~ '^19', 'refused: expected PostgreSQL 19; found: ' || version();
  assert id = 7710567178721171179, 'refused: expected system identifier 7710567178721171179; found: ' || id;
end $$;
\set database_conninfo 'dbname=''postgres''' \connect -reuse-previous=on :"database_conninfo" \encoding UTF8 \g
set client_min_messages = notice; set default_transaction_isolation = 'read committed'; set slotscope.fork = :'fork';
set slotscope.slots = :'slots'; set statement_timeout = 0;
do $$ declare it record; begin
  begin perform set_config('slotscope.fork', coalesce(substring(pg_read_file('pg_wal/' ||
    left(pg_walfile_name(pg_current_wal_flush_lsn()), 8) || '.history') from '(?n)^1[[:space:]]+([0-9A-F/]+)'), ''),
    false) where current_setting('slotscope.fork') = '';
  exception when others then null; end;  -- where the role may not read it
  select * into it from (values
    ((select oid from pg_database where datname = current_database()) = 5, 'database 5', 'another'),
    (left(pg_walfile_name(pg_current_wal_flush_lsn()), 8) > '00000001',
      'a server promoted from timeline 1', concat(left(pg_walfile_name(pg_current_wal_flush_lsn()), 8))),
    (not exists (select from pg_settings where name = 'output_plugin_libraries'
      and 'test_decoding' <> all (string_to_array(translate(setting, '" ', ''), ','))),
      'output plugin test_decoding is allowed', 'not in output_plugin_libraries'),
    (nullif(current_setting('slotscope.fork'), '')::pg_lsn <= '0/00D00820',
      'this server was promoted no later than at 0/00D00820, the end of this plan''s WAL',
        concat(coalesce(nullif(current_setting('slotscope.fork'), ''), 'unknown: give it with -v fork=LSN'))),
    (not exists (select from pg_prepared_xacts), 'no prepared transaction (the slot would wait for its end)',
      (select string_agg(gid, ', ') from pg_prepared_xacts)),
    ((select count(*) from pg_replication_slots where not temporary and slot_name not in ('c0', 'c1')) + 2 <=
      current_setting('max_replication_slots')::int, 'free slots for all 2 (max_replication_slots)', 'too few')
  union all
  select v.* from json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.slots')::json) slot
    left join pg_replication_slots here using (slot_name), lateral (values
    (here.slot_name is null or (here.plugin, here.datoid) = (slot.plugin, slot.datoid)
      and here.invalidation_reason is null,
      format('the name %s is free, or is this very slot, valid', slot.slot_name), concat(here)),
    (nullif(current_setting('slotscope.fork'), '')::pg_lsn >= slot.confirmed_flush_lsn,
      format('the consumer of %s not ahead of this server', slot.slot_name),
        format('%s. Do not connect it: copy its tables.', current_setting('slotscope.fork'))),
    (here.slot_name is not null or txid_snapshot_xmax(txid_current_snapshot()) % 4294967296 = 673,
      'no transaction has written since this plan''s files (the next is 673)',
        format('%s. Plan again from its files.', txid_snapshot_xmax(txid_current_snapshot()) % 4294967296))
  ) v
  ) as checks (holds, expected, found) where holds is not true limit 1;
  if found then raise exception 'refused: expected %; found: %', it.expected, it.found; end if;
  if current_setting('is_superuser')::bool and current_setting('dynamic_library_path') = '$libdir' then
    assert exists (select from pg_config() c, pg_ls_dir(c.setting) f where c.name = 'PKGLIBDIR'
      and split_part(f, '.', 1) = 'test_decoding'),
      'refused: expected the library of output plugin test_decoding; found: no such file in $libdir'; end if;
  if ((select reset_val::bool from pg_settings where name = 'default_transaction_read_only')) is not true then
    raise warning 'expected writers kept out until then (default_transaction_read_only); found: off'; end if;
end $$;
select current_setting('slotscope.fork') as fork \gset told_
\echo 'all checks passed' \if :is_dry_run \echo 'dry run: nothing was changed' \else

-- Part 2: changes.
\echo 'create (L10): make the slot'
set statement_timeout = :'step_timeout';
do $$ declare slot record; here pg_replication_slots; begin
  for slot in select *
    from json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.slots')::json) loop
    select * into here from pg_replication_slots where slot_name = slot.slot_name;
    if here.slot_name is not null then raise notice 'done before: %', slot.slot_name;
    else perform pg_create_logical_replication_slot(slot.slot_name, slot.plugin);
      if (txid_snapshot_xmax(txid_current_snapshot()) % 4294967296 = 673) is not true then
        perform pg_drop_replication_slot(slot.slot_name);
        raise exception 'refused: expected no transaction has written since this plan''s files (the next is 673); '
          'found: %', txid_snapshot_xmax(txid_current_snapshot()) % 4294967296; end if; end if;
    select * into here from pg_replication_slots where slot_name = slot.slot_name;
    assert (here.plugin, here.datoid) = (slot.plugin, slot.datoid) and here.invalidation_reason is null,
      format('refused: expected slot %s is there and valid; found: %s', slot.slot_name, here);
  end loop;
exception when query_canceled then raise exception 'refused: slot %: %. Raise step_timeout', slot.slot_name, sqlerrm;
end $$;
\endif
-- What holds now.
select slot_name, s.database, slot.confirmed_flush_lsn as consumer_at_least,
  s.confirmed_flush_lsn as starts_at, nullif(:'told_fork', '') as fork,
  case when s.slot_name is null then 'missing' else 'ready: nothing was committed in between' end as state
from json_to_recordset(:'slots') slot (slot_name name, confirmed_flush_lsn pg_lsn)
  left join pg_replication_slots s using (slot_name) order by 1;
