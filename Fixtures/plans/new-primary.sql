-- slotscope: replication slots for a failover, PostgreSQL 19
-- Runs on:  the new primary, right after its promotion, system identifier 7710567178721171179
-- Role:     one with REPLICATION is enough
-- Run it:   psql -X -f THIS_FILE 'host=… dbname=…', first with -v dry_run=1 (checks alone); again at any time
-- Refuses:  with exit status 3 and before any change, on any other server and where a check fails
-- More:     -v patience=SECONDS for each wait, -v step_timeout=5min for each change (a minute)
-- Run it right after the promotion, before any writer is let in: a slot made here begins at its present. The files
-- prove that its consumer misses nothing; the script refuses where this server has gone further than they.

\set ON_ERROR_STOP on \set QUIET on \encoding UTF8 \set AUTOCOMMIT on \set ON_ERROR_ROLLBACK off \set SINGLELINE off
\set FETCH_COUNT 0 \set SHOW_CONTEXT never \set ECHO none \pset pager off \pset format aligned
\if :{?dry_run} \else \set dry_run off \endif \set QUIET :dry_run \set is_dry_run :QUIET \set QUIET on
\if :{?step_timeout} \else \set step_timeout 60s \endif \if :{?patience} \else \set patience 60 \endif
\if :{?fork} \set told_fork :fork \else \set told_fork '' \endif

-- The slots, and what each consumer had confirmed at least; database 5 is postgres
\set slots '[{"slot_name": "c0", "plugin": "test_decoding", "datoid": 5, "confirmed_flush_lsn": "0/00D00748"}, '
\set slots :slots '{"slot_name": "c1", "plugin": "test_decoding", "datoid": 5, "confirmed_flush_lsn": "0/00D00748"}]'
-- What every session is set to; each change has a time limit of its own.
\set session '{"search_path": "pg_catalog, pg_temp", "plpgsql.check_asserts": "on", "statement_timeout": "0", '
\set session :session '"default_transaction_isolation": "read committed", "client_min_messages": "notice", '
\set session :session '"slotscope.patience": ' :patience ', "slotscope.slots": ' :slots '}'

-- Part 1: checks. The first is whether this is the right server. Nothing is changed before all of them hold.
set search_path = pg_catalog; select count(set_config(key, value, false)) from json_each_text(:'session') \gset ignored_
set slotscope.fork = :'told_fork';
do $$ begin
  assert not pg_is_in_recovery() and current_setting('server_version_num') like '19%' and
    (pg_control_system()).system_identifier = 7710567178721171179, format('refused: expected a primary (not in '
    'recovery), PostgreSQL 19, system identifier 7710567178721171179; found: in recovery %s, PostgreSQL %s, system '
    'identifier %s', pg_is_in_recovery(), current_setting('server_version'), (pg_control_system()).system_identifier);
end $$;
do $$ declare bad record; begin
  begin if current_setting('slotscope.fork') = '' then
    perform set_config('slotscope.fork', coalesce(substring(pg_read_file('pg_wal/' ||
      left(pg_walfile_name(pg_current_wal_flush_lsn()), 8) || '.history') from '(?n)^1[[:space:]]+([0-9A-F/]+)'), ''),
      false);
  end if; exception when others then null; end;  -- where the role may not read it
  select * into bad from (values
    (left(pg_walfile_name(pg_current_wal_flush_lsn()), 8) > '00000001', 'a server promoted from timeline 1, so on a '
      'later one', concat(left(pg_walfile_name(pg_current_wal_flush_lsn()), 8))),
    (not exists (select from pg_settings where name = 'output_plugin_libraries' and 'test_decoding' <> all
      (string_to_array(translate(setting, '" ', ''), ','))), 'output plugin test_decoding is allowed '
      '(output_plugin_libraries)', (select setting from pg_settings where name = 'output_plugin_libraries')),
    (nullif(current_setting('slotscope.fork'), '')::pg_lsn <= '0/00D00820',
      'this server was promoted no later than at 0/00D00820, the end of this plan''s WAL',
        concat(coalesce(nullif(current_setting('slotscope.fork'), ''), 'unknown: give it with -v fork=LSN'))),
    (not exists (select from pg_prepared_xacts), 'no prepared transaction is open: the slot would wait for its end',
      (select string_agg(gid, ', ') from pg_prepared_xacts)),
    ((select count(*) from pg_replication_slots where slot_name not in ('c0', 'c1')) + 2 <=
      current_setting('max_replication_slots')::int,
      'free replication slots for all 2 that are to be there', (select format('%s of %s in use (max_replication_slots)',
        count(*), current_setting('max_replication_slots')) from pg_replication_slots)) union all
    select v.* from json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.slots')::json) slot
    left join pg_replication_slots here using (slot_name), lateral (values
      (here.slot_name is null or (here.plugin, here.datoid) = (slot.plugin, slot.datoid) and here.invalidation_reason is
        null, format('the name %s is free, or is this very slot with plugin %s, valid', slot.slot_name, slot.plugin),
        concat(here)),
      (nullif(current_setting('slotscope.fork'), '')::pg_lsn >= slot.confirmed_flush_lsn, format('the consumer of %s '
        'is not ahead of this server: it had confirmed %s', slot.slot_name, slot.confirmed_flush_lsn), format('%s. Do '
        'not connect it: resynchronize its tables.', current_setting('slotscope.fork'))),
      (here.slot_name is not null or txid_snapshot_xmax(txid_current_snapshot()) % 4294967296 = 673,
        'no transaction has written since this plan''s files (the next is 673)', format('%s. Keep writers out, and '
          'plan again from this server''s present files.', txid_snapshot_xmax(txid_current_snapshot()) % 4294967296))
    ) v
  ) as checks (holds, expected, actual) where holds is not true limit 1;
  if found then raise exception 'refused: expected %; found: %', bad.expected, bad.actual; end if;
  if (select rolsuper from pg_roles where rolname = current_user) then
    assert current_setting('dynamic_library_path') <> '$libdir' or exists (select from pg_config() c,
      pg_ls_dir(c.setting) f where c.name = 'PKGLIBDIR' and split_part(f, '.', 1) = 'test_decoding'),
      format('refused: expected the library of output plugin test_decoding; found: %s', (select 'no such file in ' ||
        setting from pg_config() where name = 'PKGLIBDIR')); end if;
  if ((select reset_val::bool from pg_settings where name = 'default_transaction_read_only')) is not true then raise
    warning 'expected writers kept out until the slot is made (default_transaction_read_only); found: off'; end if;
end $$;
select current_setting('slotscope.fork') as fork \gset told_
\echo 'all checks passed'
\if :is_dry_run \echo 'dry run: nothing was changed' \else

-- Part 2: changes. Each database has a connection of its own, with host, port and user as they were given.
\set database_conninfo 'dbname=''postgres''' \connect -reuse-previous=on :"database_conninfo" \encoding UTF8
set search_path = pg_catalog; select count(set_config(key, value, false)) from json_each_text(:'session') \gset ignored_
set statement_timeout = :'step_timeout';
\echo 'create (L10): make the slot'
do $$ declare slot record; here pg_replication_slots; begin
  assert (pg_control_system()).system_identifier = 7710567178721171179 and not pg_is_in_recovery() and (select oid from
    pg_database where datname = current_database()) = 5, 'refused: this is not the server that was checked above';
  for slot in select *
    from json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.slots')::json) loop
    select * into here from pg_replication_slots where slot_name = slot.slot_name;
    assert here.slot_name is not null or txid_snapshot_xmax(txid_current_snapshot()) % 4294967296 = 673,
      format('refused: expected no transaction has written since this plan''s files (the next is 673); found: %s',
        txid_snapshot_xmax(txid_current_snapshot()) % 4294967296);
    if here.slot_name is not null then raise notice 'done before: %', slot.slot_name;
    else perform pg_create_logical_replication_slot(slot.slot_name, slot.plugin, false, slot.two_phase is true,
      slot.failover is true);
      if (txid_snapshot_xmax(txid_current_snapshot()) % 4294967296 = 673) is not true then
        perform pg_drop_replication_slot(slot.slot_name);
        raise exception 'refused: expected no transaction has written since this plan''s files (the next is 673); '
          'found: %', txid_snapshot_xmax(txid_current_snapshot()) % 4294967296; end if; end if;
    select * into here from pg_replication_slots where slot_name = slot.slot_name;
    assert (here.plugin, here.datoid) = (slot.plugin, slot.datoid) and here.invalidation_reason is null,
      format('refused: expected slot %s is there and valid; found: %s', slot.slot_name, here);
  end loop;
exception when query_canceled then raise exception 'refused: slot %: %. Raise step_timeout, then run this again',
  slot.slot_name, sqlerrm;
end $$;
\endif

-- What holds now.
select slot_name, s.database, slot.confirmed_flush_lsn as consumer_at_least, s.confirmed_flush_lsn as starts_at,
  nullif(:'told_fork', '') as fork, case when s.slot_name is null then 'missing'
    else 'ready: nothing was committed between its consumer and its start' end as state
from json_to_recordset(:'slots') as slot (slot_name name, confirmed_flush_lsn pg_lsn)
  left join pg_replication_slots s using (slot_name) order by 1;
