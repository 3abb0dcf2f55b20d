select {{seconds}}{{expected}} as expected,
  {{+}}{{found}} as found into it
from {{rows}}
  {{+}}left join pg_replication_slots here using (slot_name)
where ({{condition}}) is not true
  {{+}}limit 1;
