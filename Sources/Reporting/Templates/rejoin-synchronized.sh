
# --- Failover slots: synchronized ones are to come, and to become persistent.
rm -f "$pgdata.rejoin"
slots=$(old <<'SLOTSCOPE'
select slot_name, case when synced then 'synchronized' else 'not synchronized' end,
  case when temporary then 'not ready yet' else 'ready' end
from pg_replication_slots where failover or synced order by slot_name;
SLOTSCOPE
)
[ -z "$slots" ] || plain "$slots"
say "done; synchronized_standby_slots on the new primary is to name this node's slot"
