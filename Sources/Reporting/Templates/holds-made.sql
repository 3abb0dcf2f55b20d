select slot_name, s.database, {{start}},
  case s.confirmed_flush_lsn when (:'told_position'::json ->> slot_name::text)::pg_lsn
    then 'ready: at its consumer''s position'
    else coalesce('NOT SAFE YET: at ' || s.confirmed_flush_lsn, 'missing') end as state
from json_to_recordset(:'{{list}}') slot (slot_name name) left join pg_replication_slots s using (slot_name);
