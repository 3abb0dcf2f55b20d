select slot_name, s.database, s.restart_lsn, s.confirmed_flush_lsn,
  case when s.slot_name is null then 'missing'
    when s.synced and not s.temporary and s.invalidation_reason is null
      then '{{ready}}'
    else 'NOT SAFE YET: its synchronization is not finished' end as state
from json_to_recordset(:'{{list}}') slot (slot_name name) left join pg_replication_slots s using (slot_name);
