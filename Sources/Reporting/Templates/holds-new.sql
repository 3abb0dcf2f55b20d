select slot_name, s.database, slot.confirmed_flush_lsn as consumer_at_least,
  s.confirmed_flush_lsn as starts_at, nullif(:'told_fork', '') as fork,
  case when s.slot_name is null then 'missing' else 'ready: nothing was committed in between' end as state
from json_to_recordset(:'{{list}}') slot (slot_name name, confirmed_flush_lsn pg_lsn)
  left join pg_replication_slots s using (slot_name) order by 1;
