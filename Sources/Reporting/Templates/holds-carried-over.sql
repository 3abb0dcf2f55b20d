select slot_name, s.database, s.confirmed_flush_lsn as starts_at, consumer.at_least as consumer_at_least,
  nullif(:'told_fork', '') as fork, case when s.slot_name is null then 'missing'
    when s.confirmed_flush_lsn <= consumer.at_least then 'carried over: starts at or before its consumer'
    when {{is_synced}} then 'carried over: synchronized, so never past its consumer'
    else 'STARTS AFTER ITS CONSUMER, unless that is past ' || s.confirmed_flush_lsn end as state
from json_to_recordset(:'{{list}}') slot (slot_name name, confirmed_flush_lsn pg_lsn)
  left join pg_replication_slots s using (slot_name),
  lateral (select greatest(slot.confirmed_flush_lsn,
    (:'told_position'::json ->> slot_name::text)::pg_lsn)) consumer (at_least) order by 1;
{{block}}
