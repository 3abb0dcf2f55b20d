select slot_name, {{columns}} from pg_replication_slots
where slot_name in (select slot_name from json_to_recordset(:'{{list}}') slot (slot_name name)) order by 1;
