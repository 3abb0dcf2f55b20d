-- slotscope: replication slots for a failover, PostgreSQL 16, system identifier 7710563466519907319
-- Runs on:  the standby, before it is promoted, by a role with REPLICATION
-- Run it:   psql -X -f THIS_FILE 'host=… dbname=…', first with -v dry_run=1 (checks alone); again at any time
-- Refuses:  with exit status 3 and before any change, on any other server and where a check fails
-- More:     -v patience=SECONDS for each wait, -v step_timeout=5min for each change; beside it runs what --for primary prints
-- A slot made here is safe once advanced to exactly its consumer's position, by a later -v position_SLOT=LSN.
-- Not here: cdc_a: not selected by --slots

\set ON_ERROR_STOP on \set QUIET on \encoding UTF8 \set AUTOCOMMIT on \set ON_ERROR_ROLLBACK off
\set SINGLELINE off \set FETCH_COUNT 0 \set SHOW_CONTEXT never \pset pager off \pset format aligned
\if :{?dry_run} \else \set dry_run off \endif \set QUIET :dry_run \set is_dry_run :QUIET \set QUIET on
\if :{?patience} \else \set patience 60 \endif \set wait_timeout :patience s
-- The slots, and what each consumer had confirmed at least, and -v position_SLOT=LSN; database 5 is postgres
\set slots '[{"slot_name": "cdc_b", "plugin": "pgoutput", "datoid": 5, "confirmed_flush_lsn": "0/01300098"}]'
\set told_position '{"cdc_b": "' :position_cdc_b '"}'

-- Part 1: checks. Nothing is changed before all of them hold. \g asks the first again, in the slots' database.
set transaction isolation level read committed \;
set search_path = pg_catalog, pg_temp \; set plpgsql.check_asserts = on \;
do $$ declare id bigint := (pg_control_system()).system_identifier; begin
  assert pg_is_in_recovery(), 'refused: expected a standby (in recovery); found: a primary';
  assert current_setting('server_version') ~ '^16', 'refused: expected PostgreSQL 16; found: ' || version();
  assert id = 7710563466519907319, 'refused: expected system identifier 7710563466519907319; found: ' || id;
end $$;
\set database_conninfo 'dbname=''postgres''' \connect -reuse-previous=on :"database_conninfo" \encoding UTF8 \g
set client_min_messages = notice; set default_transaction_isolation = 'read committed'; set statement_timeout = 0;
set slotscope.patience = :'patience'; set slotscope.slots = :'slots';
select set_config('slotscope.position', coalesce(json_object_agg(key, value), '{}')::text, false) as position
  from json_each_text(:'told_position') where value !~ '^:' \gset told_
do $$ declare it record; patience int := current_setting('slotscope.patience'); begin
  for i in 0 .. 1000000 loop
    select * into it from (values
      ((select oid from pg_database where datname = current_database()) = 5, 0, 'database 5', 'another'),
      (current_setting('wal_level') = 'logical', 0, 'wal_level is logical', current_setting('wal_level')),
      (current_setting('hot_standby_feedback')::bool, 0, 'hot_standby_feedback', 'off'),
      ((select count(*) from pg_replication_slots where not temporary and slot_name not in ('cdc_b')) + 1 <=
        current_setting('max_replication_slots')::int, 0, 'a free slot (max_replication_slots)', 'none') union all
    select v.* from (select *, (current_setting('slotscope.position')::json ->> slot_name)::pg_lsn as position
      from json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.slots')::json)) slot
      left join pg_replication_slots here using (slot_name), lateral (values
      (here.slot_name is null or (here.plugin, here.datoid) = (slot.plugin, slot.datoid)
        and here.wal_status is distinct from 'lost', 0,
        format('the name %s is free, or is this very slot, valid', slot.slot_name), concat(here)),
      (slot.position is null or slot.position >= greatest(slot.confirmed_flush_lsn, here.confirmed_flush_lsn), 0,
        format('the consumer of %s past its slot''s start', slot.slot_name), concat(slot.position)),
      (here.slot_name is not null or exists (select from pg_stat_wal_receiver), 7, 'the standby streams',
        'no WAL receiver (see its log). Primary gone? Plan for after the promotion (--resynchronize)'),
      (slot.position is null or pg_last_wal_replay_lsn() >= slot.position, 20,
        format('WAL replayed as far as the consumer of %s is', slot.slot_name), concat(pg_last_wal_replay_lsn()))
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
\echo 'all checks passed' \if :is_dry_run \echo 'dry run: nothing was changed' \else

-- Part 2: changes.
\echo 'create (L9): make the slot, which waits for the primary''s next record of running transactions'
\echo 'advance (L9): advance the slot to exactly its consumer''s position'
set statement_timeout = :'wait_timeout';
do $$ declare slot record; here pg_replication_slots; begin
  for slot in select *, (current_setting('slotscope.position')::json ->> slot_name)::pg_lsn as position
    from json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.slots')::json) loop
    select * into here from pg_replication_slots where slot_name = slot.slot_name;
    if here.slot_name is not null then raise notice 'done before: %', slot.slot_name;
    else raise notice 'waiting: %', slot.slot_name;
      perform pg_create_logical_replication_slot(slot.slot_name, slot.plugin); end if;
    perform pg_replication_slot_advance(slot.slot_name, slot.position) where slot.position is not null;
    select * into here from pg_replication_slots where slot_name = slot.slot_name;
    assert (here.plugin, here.datoid) = (slot.plugin, slot.datoid) and here.wal_status is distinct from 'lost',
      format('refused: expected slot %s is there and valid; found: %s', slot.slot_name, here);
    assert slot.position is null or here.confirmed_flush_lsn = slot.position,
      format('refused: expected slot %s at its consumer''s position; found: %s', slot.slot_name, here);
  end loop;
exception when query_canceled then raise exception 'refused: slot %: %. Run the primary''s script (or '
  'pg_log_standby_snapshot() there) meanwhile, or raise patience; then this again', slot.slot_name, sqlerrm;
end $$;
\endif
-- What holds now.
select slot_name, s.database, '-v start_' || slot_name || '=' || s.confirmed_flush_lsn as "for the primary",
  case s.confirmed_flush_lsn when (:'told_position'::json ->> slot_name::text)::pg_lsn
    then 'ready: at its consumer''s position'
    else coalesce('NOT SAFE YET: at ' || s.confirmed_flush_lsn, 'missing') end as state
from json_to_recordset(:'slots') slot (slot_name name) left join pg_replication_slots s using (slot_name);
