-- slotscope: replication slots for a failover, PostgreSQL 16
-- Runs on:  the standby, before it is promoted, system identifier 7710563466519907319
-- Role:     one with REPLICATION is enough
-- Run it:   psql -X -f THIS_FILE 'host=… dbname=…'   first with -v dry_run=1: checks alone; it can be run again at any time
-- Refuses:  with exit status 3 and before any change, on any other server and where a check fails
-- More:     -v patience=SECONDS for each wait, -v step_timeout=5min for each change (a minute)
-- Primary:  -v primary_conninfo='host=…' -v standby_conninfo='host=…' lets it do the primary's steps as well, in time
-- A slot made here begins after its consumer's position. It is safe to fail over to once the consumer has passed its start and
-- the slot was advanced to exactly there: by this run with both connections, or by a later one with -v position_SLOT=LSN.
-- Not here: cdc_a: not selected by --slots

\set ON_ERROR_STOP on \set QUIET on \encoding UTF8 \set AUTOCOMMIT on \set ON_ERROR_ROLLBACK off \set SINGLELINE off
\set FETCH_COUNT 0 \set SHOW_CONTEXT never \set ECHO none \pset pager off \pset format aligned
\if :{?dry_run} \else \set dry_run off \endif \set QUIET :dry_run \set is_dry_run :QUIET \set QUIET on
\if :{?step_timeout} \else \set step_timeout 60s \endif \if :{?patience} \else \set patience 60 \endif

-- The slots, and what each consumer had confirmed at least; database 5 is postgres
\set slots '[{"slot_name": "cdc_b", "plugin": "pgoutput", "datoid": 5, "two_phase": false, "confirmed_flush_lsn": "0/01300098"}]' \if :{?position_cdc_b} \else \set position_cdc_b '' \endif \set told_position '{"cdc_b": "' :position_cdc_b '"}' \if :{?start_cdc_b} \else \set start_cdc_b '' \endif \set told_start '{"cdc_b": "' :start_cdc_b '"}'

-- Part 1: checks. Nothing is changed before all of them hold.
\if :{?primary_conninfo} \connect -reuse-previous=on :"standby_conninfo" \encoding UTF8 \endif
set search_path = pg_catalog, pg_temp; set plpgsql.check_asserts = on; set client_min_messages = notice; set default_transaction_isolation = 'read committed'; set statement_timeout = 0; set slotscope.patience = :'patience'; set slotscope.slots = :'slots'; set slotscope.position = :'told_position'; set slotscope.start = :'told_start'; set slotscope.with_primary = :{?primary_conninfo};
do $$ declare slot record; here pg_replication_slots; message text; patience int := current_setting('slotscope.patience'); begin
  assert pg_is_in_recovery() and current_setting('server_version_num') like '16%' and (pg_control_system()).system_identifier =
    7710563466519907319, format('refused: expected a standby (in recovery), PostgreSQL 16, system identifier 7710563466519907319; '
    'found: in recovery %s, PostgreSQL %s, system identifier %s', pg_is_in_recovery(), current_setting('server_version'),
    (pg_control_system()).system_identifier);
  for i in 0 .. 5 * patience loop
    exit when pg_last_wal_replay_lsn() >= '0/01600110' and greatest((pg_control_recovery()).min_recovery_end_timeline, (select
      received_tli from pg_stat_wal_receiver)) = 1;
    message := format('expected WAL replayed to 0/01600110 on timeline 1; found: %s', pg_last_wal_replay_lsn());
    if i = 5 * patience then raise exception 'refused: %', message;
    elsif i % 25 = 24 then raise notice 'waiting: %', message; end if;
    perform pg_stat_clear_snapshot(), pg_sleep(0.2);
  end loop;
  assert exists (select from pg_stat_wal_receiver) or current_setting('slotscope.with_primary', true)::bool,
    'refused: expected the standby streams from its primary (a WAL receiver runs); found: no WAL receiver, see the log. If the '
      'primary is down for good, plan again, for after the promotion (--subscriber, --resynchronize)';
  assert current_setting('wal_level') = 'logical',
    'refused: expected wal_level is logical; found: ' || current_setting('wal_level');
  assert current_setting('hot_standby_feedback')::bool, 'refused: expected hot_standby_feedback is on; found: off';
  assert (select count(*) from pg_replication_slots where slot_name not in ('cdc_b')) + 1 <=
    current_setting('max_replication_slots')::int, format('refused: expected a free replication slot (max_replication_slots); '
    'found: %s of %s in use', (select count(*) from pg_replication_slots), current_setting('max_replication_slots'));
  if (current_setting('primary_slot_name') <> '') is not true then
    raise warning 'expected a primary_slot_name, or the primary forgets what the slots need; found: none'; end if;
  for slot in select *, nullif(current_setting('slotscope.position')::json ->> slot_name, '')::pg_lsn as position
    from json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.slots')::json) loop
    select * into here from pg_replication_slots where slot_name = slot.slot_name;
    assert here.slot_name is null or (here.plugin, here.datoid) = (slot.plugin, slot.datoid) and here.wal_status is distinct from
      'lost', format('refused: expected the name %s is free, or is this very slot: plugin %s, in its database, valid; found: %s',
      slot.slot_name, slot.plugin, here);
    assert slot.position is null or slot.position >= greatest(slot.confirmed_flush_lsn, here.confirmed_flush_lsn),
      format('refused: expected a position of the consumer of %s from %s and the slot''s start on; found: %s. It is NOT safe yet: '
        'let the consumer run.', slot.slot_name, slot.confirmed_flush_lsn, slot.position);
  end loop;
end $$;
\if :{?primary_conninfo} \connect -reuse-previous=on :"primary_conninfo" \encoding UTF8
set search_path = pg_catalog, pg_temp; set plpgsql.check_asserts = on; set client_min_messages = notice; set default_transaction_isolation = 'read committed'; set statement_timeout = 0; set slotscope.patience = :'patience'; set slotscope.slots = :'slots'; set slotscope.position = :'told_position'; set slotscope.start = :'told_start'; set slotscope.with_primary = :{?primary_conninfo};
do $$ declare slot record; here pg_replication_slots; begin
  assert not pg_is_in_recovery() and current_setting('server_version_num') like '16%' and (pg_control_system()).system_identifier =
    7710563466519907319, format('refused: expected a primary (not in recovery), PostgreSQL 16, system identifier '
    '7710563466519907319; found: in recovery %s, PostgreSQL %s, system identifier %s', pg_is_in_recovery(),
    current_setting('server_version'), (pg_control_system()).system_identifier);
  assert left(pg_walfile_name(pg_current_wal_flush_lsn()), 8) = '00000001',
    format('refused: expected timeline 1; found: %s', left(pg_walfile_name(pg_current_wal_flush_lsn()), 8));
  for slot in select * from json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.slots')::json) loop
    select * into here from pg_replication_slots where slot_name = slot.slot_name;
    assert (here.plugin, here.datoid) = (slot.plugin, slot.datoid) and here.wal_status is distinct from 'lost', format('refused: '
      'expected the primary''s slot %s as in its files: logical, plugin %s, valid; found: %s', slot.slot_name, slot.plugin, here);
    if (here.active) is not true then raise warning '%', format('expected a consumer that reads from %s now: the slot on the '
      'standby waits for it; found: nobody', slot.slot_name); end if;
  end loop;
end $$;
\if :is_dry_run \else \echo 'wake (L9): let the primary write a record, so that it soon logs its running transactions'
do $$ begin
  perform pg_logical_emit_message(false, 'slotscope', 'wake');
end $$;
\endif
\connect -reuse-previous=on :"standby_conninfo" \encoding UTF8
\endif
\echo 'all checks passed'
\if :is_dry_run \echo 'dry run: nothing was changed' \else

-- Part 2: changes.
\set database_conninfo 'dbname=''postgres''' \connect -reuse-previous=on :"database_conninfo" \encoding UTF8
set search_path = pg_catalog, pg_temp; set plpgsql.check_asserts = on; set client_min_messages = notice; set default_transaction_isolation = 'read committed'; set statement_timeout = :'step_timeout'; set slotscope.patience = :'patience'; set slotscope.slots = :'slots'; set slotscope.position = :'told_position'; set slotscope.start = :'told_start'; set slotscope.with_primary = :{?primary_conninfo};
\echo 'create (L9): make the slot; this waits for the primary''s next record of running transactions, and for those to end'
do $$ declare slot record; here pg_replication_slots; begin
  assert (pg_control_system()).system_identifier = 7710563466519907319 and pg_is_in_recovery() and (select oid from pg_database
    where datname = current_database()) = 5, 'refused: this is not the server that was checked above';
  assert current_setting('hot_standby_feedback')::bool, 'refused: expected hot_standby_feedback is on; found: off';
  for i in 1 .. 75 loop exit when exists (select from pg_stat_wal_receiver);
    perform pg_stat_clear_snapshot(), pg_sleep(0.2); end loop;
  assert exists (select from pg_stat_wal_receiver),
    'refused: expected the standby streams from its primary (a WAL receiver runs); found: no WAL receiver';
  for slot in select *
    from json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.slots')::json) where datoid = 5 loop
    select * into here from pg_replication_slots where slot_name = slot.slot_name;
    if (here.plugin, here.datoid) = (slot.plugin, slot.datoid) and here.wal_status is distinct from 'lost' then
      raise notice 'done before: %', slot.slot_name;
    else perform pg_create_logical_replication_slot(slot.slot_name, slot.plugin, false, slot.two_phase);
    end if;
    select * into here from pg_replication_slots where slot_name = slot.slot_name;
    assert (here.plugin, here.datoid) = (slot.plugin, slot.datoid) and here.wal_status is distinct from 'lost',
      format('refused: expected slot %s is there and valid; found: %s', slot.slot_name, here);
  end loop;
end $$;
select json_object_agg(slot_name, confirmed_flush_lsn) as start from pg_replication_slots \gset told_
\if :{?primary_conninfo} \connect -reuse-previous=on :"primary_conninfo" \encoding UTF8
set search_path = pg_catalog, pg_temp; set plpgsql.check_asserts = on; set client_min_messages = notice; set default_transaction_isolation = 'read committed'; set statement_timeout = 0; set slotscope.patience = :'patience'; set slotscope.slots = :'slots'; set slotscope.position = :'told_position'; set slotscope.start = :'told_start'; set slotscope.with_primary = :{?primary_conninfo};
\echo 'wait (L9): wait until its consumer has passed the start of the new slot'
do $$ declare slot record; here pg_replication_slots; message text; patience int := current_setting('slotscope.patience'); begin
  assert (pg_control_system()).system_identifier = 7710563466519907319 and not pg_is_in_recovery(),
    'refused: this is not the server that was checked above';
  for slot in select *, nullif(current_setting('slotscope.start')::json ->> slot_name, '')::pg_lsn as start
    from json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.slots')::json) loop
    continue when slot.start is null;
    for i in 0 .. 5 * patience loop
      select * into here from pg_replication_slots where slot_name = slot.slot_name;
      exit when here.confirmed_flush_lsn >= slot.start;
      message := format('expected the consumer of %s at %s, the start of the standby''s slot, or further; found: %s. It is NOT safe '
        'yet: let the consumer run.', slot.slot_name, slot.start, here.confirmed_flush_lsn);
      if i = 5 * patience then raise exception 'refused: %', message;
      elsif i % 25 = 24 then raise notice 'waiting: %', message; end if;
      perform pg_stat_clear_snapshot(), pg_sleep(0.2);
    end loop;
  end loop;
end $$;
select json_object_agg(slot_name, confirmed_flush_lsn) as position from pg_replication_slots \gset told_
\connect -reuse-previous=on :"standby_conninfo" \encoding UTF8
\endif
\set database_conninfo 'dbname=''postgres''' \connect -reuse-previous=on :"database_conninfo" \encoding UTF8
set search_path = pg_catalog, pg_temp; set plpgsql.check_asserts = on; set client_min_messages = notice; set default_transaction_isolation = 'read committed'; set statement_timeout = :'step_timeout'; set slotscope.patience = :'patience'; set slotscope.slots = :'slots'; set slotscope.position = :'told_position'; set slotscope.start = :'told_start'; set slotscope.with_primary = :{?primary_conninfo};
\echo 'advance (L9): advance the slot to exactly its consumer''s position'
do $$ declare slot record; here pg_replication_slots; begin
  assert (pg_control_system()).system_identifier = 7710563466519907319 and pg_is_in_recovery() and (select oid from pg_database
    where datname = current_database()) = 5, 'refused: this is not the server that was checked above';
  for slot in select *, nullif(current_setting('slotscope.position')::json ->> slot_name, '')::pg_lsn as position
    from json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.slots')::json) where datoid = 5 loop
    continue when slot.position is null;
    select * into here from pg_replication_slots where slot_name = slot.slot_name;
    assert slot.position >= greatest(slot.confirmed_flush_lsn, here.confirmed_flush_lsn), format('refused: expected a position of '
      'the consumer of %s from %s and the slot''s start on; found: %s', slot.slot_name, slot.confirmed_flush_lsn, slot.position);
    for i in 1 .. 100 loop exit when pg_last_wal_replay_lsn() >= slot.position;
      perform pg_stat_clear_snapshot(), pg_sleep(0.2); end loop;
    assert pg_last_wal_replay_lsn() >= slot.position, format('refused: expected WAL replayed to the position of the consumer of %s; '
      'found: %s', slot.slot_name, pg_last_wal_replay_lsn());
    if here.confirmed_flush_lsn = slot.position then raise notice 'done before: %', slot.slot_name;
    else perform pg_replication_slot_advance(slot.slot_name, slot.position);
    end if;
    select * into here from pg_replication_slots where slot_name = slot.slot_name;
    assert here.confirmed_flush_lsn = slot.position, format('refused: expected slot %s at exactly its consumer''s position; found: '
      '%s. It is NOT safe to fail over to.', slot.slot_name, here.confirmed_flush_lsn);
  end loop;
end $$;
\endif

-- What holds now.
select slot_name, s.database, s.restart_lsn, s.confirmed_flush_lsn, consumer.position as consumer_position,
  case when s.slot_name is null then 'missing'
    when s.confirmed_flush_lsn = consumer.position then 'ready: at its consumer''s position'
    else 'NOT SAFE YET: advance it to its consumer''s position' end as state
from json_to_recordset(:'slots') as slot (slot_name name) left join pg_replication_slots s using (slot_name),
  lateral (select nullif(:'told_position'::json ->> slot_name::text, '')::pg_lsn) consumer (position) order by 1;
