-- slotscope: replication slots for a failover, PostgreSQL 16, system identifier 7710563466519907319
-- Runs on:  the standby, before it is promoted, and its primary, by a role with REPLICATION
-- Run it:   psql -X -f THIS_FILE 'host=… dbname=…', first with -v dry_run=1 (checks alone); again at any time
-- Refuses:  with exit status 3 and before any change, on any other server and where a check fails
-- More:     -v patience=SECONDS for each wait, -v step_timeout=5min for each change (a minute)
-- Needs:    -v primary_conninfo='host=…' -v standby_conninfo='host=…': it goes to and fro between the two
-- A slot made here is safe once advanced to exactly its consumer's position, as this run does.
-- Not here: cdc_a: not selected by --slots

\set ON_ERROR_STOP on \set QUIET on \encoding UTF8 \set AUTOCOMMIT on \set ON_ERROR_ROLLBACK off
\set SINGLELINE off \set FETCH_COUNT 0 \set SHOW_CONTEXT never \pset pager off \pset format aligned
\if :{?dry_run} \else \set dry_run off \endif \set QUIET :dry_run \set is_dry_run :QUIET \set QUIET on
\if :{?step_timeout} \else \set step_timeout 60s \endif
\if :{?patience} \else \set patience 60 \endif \set wait_timeout :patience s
\if :{?standby_conninfo} \else \unset primary_conninfo \endif
\set told_position '{}'
-- The slots, and what each consumer had confirmed at least; database 5 is postgres
\set slots '[{"slot_name": "cdc_b", "plugin": "pgoutput", "datoid": 5, "confirmed_flush_lsn": "0/01300098"}]'

-- Part 1: checks. Nothing is changed before all of them hold.
\if :{?primary_conninfo} \else
do $$ begin raise exception 'refused: run this with -v primary_conninfo=... and -v standby_conninfo=...'; end $$;
\endif
\connect -reuse-previous=on :"standby_conninfo" \encoding UTF8
set search_path = pg_catalog, pg_temp; set plpgsql.check_asserts = on; set client_min_messages = notice;
set default_transaction_isolation = 'read committed'; set slotscope.patience = :'patience'; set statement_timeout = 0;
set slotscope.slots = :'slots';
do $$ declare id bigint := (pg_control_system()).system_identifier; begin
  assert pg_is_in_recovery(), 'refused: expected a standby (in recovery); found: a primary';
  assert current_setting('server_version') ~ '^16', 'refused: expected PostgreSQL 16; found: ' || version();
  assert id = 7710563466519907319, 'refused: expected system identifier 7710563466519907319; found: ' || id;
end $$;
do $$ declare it record; patience int := current_setting('slotscope.patience'); begin
  for i in 0 .. 1000000 loop
    select * into it from (values
      (current_setting('wal_level') = 'logical', 0, 'wal_level is logical', current_setting('wal_level')),
      (current_setting('hot_standby_feedback')::bool, 0, 'hot_standby_feedback', 'off'),
      ((select count(*) from pg_replication_slots where not temporary and slot_name not in ('cdc_b')) + 1 <=
        current_setting('max_replication_slots')::int, 0, 'a free slot (max_replication_slots)', 'none') union all
    select v.* from json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.slots')::json) slot
      left join pg_replication_slots here using (slot_name), lateral (values
      (here.slot_name is null or (here.plugin, here.datoid) = (slot.plugin, slot.datoid)
        and here.wal_status is distinct from 'lost', 0,
        format('the name %s is free, or is this very slot, valid', slot.slot_name), concat(here))
    ) v union all values
      (pg_last_wal_replay_lsn() >= '0/01600110' and greatest((pg_control_recovery()).min_recovery_end_timeline,
        (select received_tli from pg_stat_wal_receiver)) = 1, patience,
        'WAL replayed to 0/01600110 on timeline 1', concat(pg_last_wal_replay_lsn()))
    ) as checks (holds, seconds, expected, found) where holds is not true limit 1; exit when it is null;
    if i > 5 * it.seconds then raise exception 'refused: expected %; found: %', it.expected, it.found; end if;
    if i % 25 = 24 then raise notice 'waiting: expected %; found: %', it.expected, it.found; end if;
    perform pg_stat_clear_snapshot(), pg_sleep(0.2); end loop;
  if (current_setting('primary_slot_name') <> '') is not true then
    raise warning 'expected a primary_slot_name, or the primary forgets what the slots need; found: none'; end if;
end $$;
select ((select count(*) from pg_replication_slots s where slot_name in ('cdc_b') and s.wal_status is distinct
  from 'lost') = 1) is true as done \gset answer_
\connect -reuse-previous=on :"primary_conninfo" \encoding UTF8
set search_path = pg_catalog, pg_temp; set plpgsql.check_asserts = on; set client_min_messages = notice;
set default_transaction_isolation = 'read committed'; set slotscope.slots = :'slots'; set statement_timeout = 0;
do $$ declare id bigint := (pg_control_system()).system_identifier; begin
  assert not pg_is_in_recovery(), 'refused: expected a primary (not in recovery); found: a standby';
  assert current_setting('server_version') ~ '^16', 'refused: expected PostgreSQL 16; found: ' || version();
  assert id = 7710563466519907319, 'refused: expected system identifier 7710563466519907319; found: ' || id;
end $$;
do $$ declare it record; begin
  select * into it from (values
    (left(pg_walfile_name(pg_current_wal_flush_lsn()), 8) = '00000001',
      'timeline 1', concat(left(pg_walfile_name(pg_current_wal_flush_lsn()), 8))) union all
  select v.* from json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.slots')::json) slot
    left join pg_replication_slots here using (slot_name), lateral (values
    ((here.plugin, here.datoid) = (slot.plugin, slot.datoid) and here.wal_status is distinct from 'lost',
      format('the primary''s slot %s as in its files: logical, plugin %s, valid', slot.slot_name, slot.plugin),
        concat(here))
  ) v
  ) as checks (holds, expected, found) where holds is not true limit 1;
  if found then raise exception 'refused: expected %; found: %', it.expected, it.found; end if;
  if (not exists (select from pg_replication_slots where slot_name in ('cdc_b') and not active)) is not true then
    raise warning 'expected consumers that read now: the slots on the standby wait for them; found: %',
      (select 'nobody reads from ' || string_agg(slot_name, ', ') from pg_replication_slots
      where slot_name in ('cdc_b') and not active); end if;
end $$;
\if :is_dry_run \elif :answer_done \else \echo 'wake (L9): log the primary''s running transactions, now and in 15 s'
do $$ begin
  perform pg_logical_emit_message(false, 'slotscope', 'wake'), pg_sleep(11),
    pg_logical_emit_message(false, 'slotscope', 'wake');
end $$;
\endif
\connect -reuse-previous=on :"standby_conninfo" \encoding UTF8
\echo 'all checks passed' \if :is_dry_run \echo 'dry run: nothing was changed' \else

-- Part 2: changes.
\set database_conninfo 'dbname=''postgres''' \connect -reuse-previous=on :"database_conninfo" \encoding UTF8
set search_path = pg_catalog, pg_temp; set plpgsql.check_asserts = on; set client_min_messages = notice;
set default_transaction_isolation = 'read committed'; set slotscope.slots = :'slots';
set statement_timeout = :'wait_timeout';
\echo 'create (L9): make the slot, which waits for the primary''s next record of running transactions'
do $$ declare slot record; here pg_replication_slots; begin
  assert (pg_control_system()).system_identifier = 7710563466519907319 and pg_is_in_recovery()
    and (select oid from pg_database where datname = current_database()) = 5,
    'refused: this is not the server that was checked above';
  assert current_setting('hot_standby_feedback')::bool, 'refused: expected hot_standby_feedback; found: off';
  for slot in select *
    from json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.slots')::json) loop
    select * into here from pg_replication_slots where slot_name = slot.slot_name;
    if here.slot_name is not null then raise notice 'done before: %', slot.slot_name;
    else raise notice 'waiting: %', slot.slot_name;
      perform pg_create_logical_replication_slot(slot.slot_name, slot.plugin); end if;
    select * into here from pg_replication_slots where slot_name = slot.slot_name;
    assert (here.plugin, here.datoid) = (slot.plugin, slot.datoid) and here.wal_status is distinct from 'lost',
      format('refused: expected slot %s is there and valid; found: %s', slot.slot_name, here);
  end loop;
exception when query_canceled then raise exception 'refused: slot %: %. Run the primary''s script (or '
  'pg_log_standby_snapshot() there) meanwhile, or raise patience; then this again', slot.slot_name, sqlerrm;
end $$;
select json_object_agg(slot_name, confirmed_flush_lsn) as start from pg_replication_slots \gset told_
\connect -reuse-previous=on :"primary_conninfo" \encoding UTF8
set search_path = pg_catalog, pg_temp; set plpgsql.check_asserts = on; set client_min_messages = notice;
set default_transaction_isolation = 'read committed'; set slotscope.start = :'told_start'; set statement_timeout = 0;
set slotscope.patience = :'patience'; set slotscope.slots = :'slots';
\echo 'wait (L9): wait until its consumer has passed the start of the new slot'
do $$ declare it record; patience int := current_setting('slotscope.patience'); begin
  assert (pg_control_system()).system_identifier = 7710563466519907319 and not pg_is_in_recovery(),
    'refused: this is not the server that was checked above';
  for i in 0 .. 1000000 loop
    select patience as seconds, format('the consumer of %s at %s, the start of the standby''s slot, or further',
      slot.slot_name, slot.start) as expected,
      format('%s. It is NOT safe yet: let the consumer run.', here.confirmed_flush_lsn) as found into it
    from (select *, (current_setting('slotscope.start')::json ->> slot_name)::pg_lsn as start
      from json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.slots')::json)) slot
      left join pg_replication_slots here using (slot_name)
    where (slot.start is null or here.confirmed_flush_lsn >= slot.start) is not true limit 1; exit when it is null;
    if i > 5 * it.seconds then raise exception 'refused: expected %; found: %', it.expected, it.found; end if;
    if i % 25 = 24 then raise notice 'waiting: expected %; found: %', it.expected, it.found; end if;
    perform pg_stat_clear_snapshot(), pg_sleep(0.2); end loop;
end $$;
select json_object_agg(slot_name, confirmed_flush_lsn) as position from pg_replication_slots \gset told_
\connect -reuse-previous=on :"standby_conninfo" \encoding UTF8
\set database_conninfo 'dbname=''postgres''' \connect -reuse-previous=on :"database_conninfo" \encoding UTF8
set search_path = pg_catalog, pg_temp; set plpgsql.check_asserts = on; set client_min_messages = notice;
set default_transaction_isolation = 'read committed'; set slotscope.position = :'told_position';
set slotscope.slots = :'slots'; set statement_timeout = :'step_timeout';
\echo 'advance (L9): advance the slot to exactly its consumer''s position'
do $$ declare slot record; here pg_replication_slots; begin
  assert (pg_control_system()).system_identifier = 7710563466519907319 and pg_is_in_recovery()
    and (select oid from pg_database where datname = current_database()) = 5,
    'refused: this is not the server that was checked above';
  for slot in select *, (current_setting('slotscope.position')::json ->> slot_name)::pg_lsn as position
    from json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.slots')::json) loop
    continue when slot.position is null;
    select * into here from pg_replication_slots where slot_name = slot.slot_name;
    assert slot.position >= greatest(slot.confirmed_flush_lsn, here.confirmed_flush_lsn),
      format('refused: expected the consumer of %s past its slot''s start; found: %s', slot.slot_name, slot.position);
    for i in 1 .. 100 loop exit when pg_last_wal_replay_lsn() >= slot.position; perform pg_sleep(0.2); end loop;
    assert pg_last_wal_replay_lsn() >= slot.position, format('refused: expected WAL replayed as far as the consumer '
      'of %s is; found: %s', slot.slot_name, pg_last_wal_replay_lsn());
    if here.confirmed_flush_lsn = slot.position then raise notice 'done before: %', slot.slot_name;
    else perform pg_replication_slot_advance(slot.slot_name, slot.position); end if;
    select * into here from pg_replication_slots where slot_name = slot.slot_name;
    assert here.confirmed_flush_lsn = slot.position,
      format('refused: expected slot %s at its consumer''s position; found: %s', slot.slot_name, here);
  end loop;
exception when query_canceled then raise exception 'refused: slot %: %. Raise step_timeout', slot.slot_name, sqlerrm;
end $$;
\endif
-- What holds now.
select slot_name, s.database, s.confirmed_flush_lsn,
  case s.confirmed_flush_lsn when (:'told_position'::json ->> slot_name::text)::pg_lsn
    then 'ready: at its consumer''s position'
    else coalesce('NOT SAFE YET: at ' || s.confirmed_flush_lsn, 'missing') end as state
from json_to_recordset(:'slots') slot (slot_name name) left join pg_replication_slots s using (slot_name);
