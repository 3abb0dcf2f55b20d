-- slotscope: replication slots for a failover, PostgreSQL 17, system identifier 7710563583691309172
-- Runs on:  the standby, before it is promoted, by a role with REPLICATION
-- Run it:   psql -X -f THIS_FILE 'host=… dbname=…', first with -v dry_run=1 (checks alone); again at any time
-- Refuses:  with exit status 3 and before any change, on any other server and where a check fails
-- More:     -v patience=SECONDS for each wait, -v step_timeout=5min for each change; beside it runs what --for primary prints
-- Slot synchronization makes the slots. They are safe to fail over to when this script has ended without an error.
-- Not here: cdc_a, cdc_b: not selected by --slots

\set ON_ERROR_STOP on \set QUIET on \encoding UTF8 \set AUTOCOMMIT on \set ON_ERROR_ROLLBACK off
\set SINGLELINE off \set FETCH_COUNT 0 \set SHOW_CONTEXT never \pset pager off \pset format aligned
\if :{?dry_run} \else \set dry_run off \endif \set QUIET :dry_run \set is_dry_run :QUIET \set QUIET on
\if :{?patience} \else \set patience 60 \endif
-- The slots, and what each consumer had confirmed at least; database 16384 is Ünïcode dé
\set slots '[{"slot_name": "tenant_1", "datoid": 16384, "confirmed_flush_lsn": "0/01400098"}]'

-- Part 1: checks. Nothing is changed before all of them hold.
set search_path = pg_catalog, pg_temp; set plpgsql.check_asserts = on; set client_min_messages = notice;
set default_transaction_isolation = 'read committed'; set slotscope.patience = :'patience'; set statement_timeout = 0;
set slotscope.slots = :'slots';
do $$ declare id bigint := (pg_control_system()).system_identifier; begin
  assert pg_is_in_recovery(), 'refused: expected a standby (in recovery); found: a primary';
  assert current_setting('server_version') ~ '^17', 'refused: expected PostgreSQL 17; found: ' || version();
  assert id = 7710563583691309172, 'refused: expected system identifier 7710563583691309172; found: ' || id;
end $$;
do $$ declare it record; patience int := current_setting('slotscope.patience'); begin
  for i in 0 .. 1000000 loop
    select * into it from (values
      (not exists (select from pg_settings where name = 'output_plugin_libraries'
        and 'test_decoding' <> all (string_to_array(translate(setting, '" ', ''), ','))), 0,
        'output plugin test_decoding is allowed', 'not in output_plugin_libraries'),
      (current_setting('wal_level') = 'logical', 0, 'wal_level is logical', current_setting('wal_level')),
      ((select count(*) from pg_replication_slots where not temporary and slot_name not in ('tenant_1')) + 1 <=
        current_setting('max_replication_slots')::int, 0, 'a free slot (max_replication_slots)', 'none') union all
    select v.* from json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.slots')::json) slot
      left join pg_replication_slots here using (slot_name), lateral (values
      (here.slot_name is null or here.synced, 0, format('the name %s is free on the standby, or is that of a '
        'synchronized slot', slot.slot_name), format('%s. That slot stops synchronization.', here))
    ) v union all values
      (exists (select from pg_stat_wal_receiver), 7, 'the standby streams',
        'no WAL receiver (see its log). Primary gone? Plan for after the promotion (--resynchronize)'),
      (exists (select from pg_stat_activity where backend_type = 'slotsync worker')
        or not pg_has_role('pg_read_all_stats', 'usage'), 12,
        'slot synchronization runs (a slotsync worker)', 'no slotsync worker, see the log'),
      (pg_last_wal_replay_lsn() >= '0/01759068' and greatest((pg_control_recovery()).min_recovery_end_timeline,
        (select received_tli from pg_stat_wal_receiver)) = 1, patience,
        'WAL replayed to 0/01759068 on timeline 1', concat(pg_last_wal_replay_lsn()))
    ) as checks (holds, seconds, expected, found) where holds is not true limit 1; exit when it is null;
    if i > 5 * it.seconds then raise exception 'refused: expected %; found: %', it.expected, it.found; end if;
    if i % 25 = 24 then raise notice 'waiting: expected %; found: %', it.expected, it.found; end if;
    perform pg_stat_clear_snapshot(), pg_sleep(0.2); end loop;
  if current_setting('is_superuser')::bool and current_setting('dynamic_library_path') = '$libdir' then
    assert exists (select from pg_config() c, pg_ls_dir(c.setting) f where c.name = 'PKGLIBDIR'
      and split_part(f, '.', 1) = 'test_decoding'),
      'refused: expected the library of output plugin test_decoding; found: no such file in $libdir'; end if;
end $$;
\echo 'all checks passed' \if :is_dry_run \echo 'dry run: nothing was changed' \else

-- Part 2: changes.
\echo 'await (L4): wait until synchronization has finished its slot on the standby'
do $$ declare it record; patience int := current_setting('slotscope.patience'); begin
  for i in 0 .. 1000000 loop
    select 2 * patience as seconds, format('slot %s synchronized, not temporary, valid, and at %s at least',
      slot.slot_name, slot.confirmed_flush_lsn) as expected, format('%s. It is NOT safe to fail over to: run the '
      'primary''s scripts, and its consumer.', here) as found into it
    from json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.slots')::json) slot
      left join pg_replication_slots here using (slot_name)
    where (here.synced and not here.temporary and here.invalidation_reason is null
      and here.confirmed_flush_lsn >= slot.confirmed_flush_lsn) is not true limit 1; exit when it is null;
    if i > 5 * it.seconds then raise exception 'refused: expected %; found: %', it.expected, it.found; end if;
    if i % 25 = 24 then raise notice 'waiting: expected %; found: %', it.expected, it.found; end if;
    perform pg_stat_clear_snapshot(), pg_sleep(0.2); end loop;
end $$;
\endif
-- What holds now.
select slot_name, s.database, s.restart_lsn, s.confirmed_flush_lsn,
  case when s.slot_name is null then 'missing'
    when s.synced and not s.temporary and s.invalidation_reason is null
      then 'ready: synchronized'
    else 'NOT SAFE YET: its synchronization is not finished' end as state
from json_to_recordset(:'slots') slot (slot_name name) left join pg_replication_slots s using (slot_name);
