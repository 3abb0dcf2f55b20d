old <<'SLOTSCOPE' > /dev/null
select pg_drop_replication_slot(slot_name) from pg_replication_slots
where slot_name = {{name}} and slot_type = '{{kind}}' and not active{{not_synced}};
SLOTSCOPE
[ "$(old <<'SLOTSCOPE'
select count(*) from pg_replication_slots where slot_name = {{name}}{{not_synced}};
SLOTSCOPE
)" = 0 ] || fail "a slot that was left is in use; drop it by hand"
