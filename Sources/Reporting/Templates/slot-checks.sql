select v.* from {{rows}}
  left join pg_replication_slots here using (slot_name), lateral (values
{{checks}}
) v
