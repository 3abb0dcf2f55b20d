# repmgr's automatic failover with the gate before its promotion. Sourced by test-ha.

repmgr_port() { echo $((base + 30 + $1)); }
repmgr_sql() { inside psql -XqAt -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$(repmgr_port "$1")" -U postgres -d "${3:-repmgr}" -c "$2"; }
is_promoted() { [ "$(repmgr_sql "$1" 'select not pg_is_in_recovery()')" = t ]; }
# A slot moves only while somebody reads it; where it stood when the standby came, its copy cannot begin.
repmgr_copy() {
  repmgr_sql 1 "select pg_log_standby_snapshot(); insert into orders select max(n) + 1 from orders"
  repmgr_sql 1 "select pg_logical_slot_get_changes('cdc', null, null)"
  [ "$(repmgr_sql 2 "select synced and not temporary from pg_replication_slots where slot_name = 'cdc'")" = t ]
}

repmgr_conf() {
  cat > "$root$home/repmgr$1.conf" <<CONF
node_id=$1
node_name=r$1
conninfo='host=127.0.0.1 port=$(repmgr_port "$1") user=postgres dbname=repmgr connect_timeout=2'
data_directory='$home/r$1'
pg_bindir='/usr/lib/postgresql/17/bin'
use_replication_slots=yes
failover=automatic
reconnect_attempts=2
reconnect_interval=1
monitor_interval_secs=1
promote_command='env SLOTSCOPE_GATE_CONF=/etc/slotscope/r$1.conf /usr/share/slotscope/hooks/slotscope-gate && repmgr standby promote -f $home/repmgr$1.conf --log-to-file'
follow_command='repmgr standby follow -f $home/repmgr$1.conf --upstream-node-id=%n'
CONF
}

repmgr_server() { inside pg_ctl -D "$home/r$1" -l "$home/r$1.server.log" -w start > /dev/null || fail "r$1 does not start"; }

# A primary, a standby with the copy of a failover slot, and evidence.
begin_repmgr() {
  local number
  for number in 1 2; do rm -rf --one-file-system "${root:?}$home/r$number"; repmgr_conf "$number"; done
  inside initdb -D "$home/r1" -U postgres -A trust > /dev/null
  cat >> "$root$home/r1/postgresql.conf" <<CONF
port = $(repmgr_port 1)
listen_addresses = '127.0.0.1'
unix_socket_directories = '$home'
shared_preload_libraries = 'repmgr'
wal_level = logical
wal_receiver_status_interval = 1s
hot_standby_feedback = on
sync_replication_slots = on
synchronized_standby_slots = 'repmgr_slot_2'
CONF
  repmgr_server 1
  inside createdb -h 127.0.0.1 -p "$(repmgr_port 1)" -U postgres repmgr
  inside repmgr -f "$home/repmgr1.conf" primary register > /dev/null 2>&1
  inside repmgr -h 127.0.0.1 -p "$(repmgr_port 1)" -U postgres -d repmgr -f "$home/repmgr2.conf" standby clone --fast-checkpoint > "$root$home/clone.log" 2>&1 ||
    { cat "$root$home/clone.log" >&2; fail "standby clone"; }
  {
    echo "port = $(repmgr_port 2)"
    # Of a primary of its own, once it is one.
    echo "synchronized_standby_slots = ''"
  } >> "$root$home/r2/postgresql.conf"
  # Synchronization needs a database, which repmgr does not write.
  inside sed -i "s/^primary_conninfo = '/&dbname=repmgr /" "$home/r2/postgresql.auto.conf"
  repmgr_server 2
  inside repmgr -f "$home/repmgr2.conf" standby register --wait-sync=10 > /dev/null 2>&1
  repmgr_sql 1 "create table orders (n int)"
  repmgr_sql 1 "select pg_create_logical_replication_slot('cdc', 'test_decoding', false, false, true)" > /dev/null
  repmgr_sql 1 "insert into orders values (1)"
  wait_for 90 "the copy of cdc" repmgr_copy
  setsid "$here/ha-root" run repmgrd -f "$home/repmgr2.conf" --daemonize=false > "$root$home/repmgrd2.log" 2>&1 &
  pids+=($!)
  sleep 2
  inside slotscope capture "host=127.0.0.1 port=$(repmgr_port 1) user=postgres dbname=postgres" -o "$home/primary.json"
}

crash_repmgr() {
  kill -9 "$(head -n 1 "$root$home/r1/postmaster.pid")"
  sleep 1
  rm -f "$root$home/r1/postmaster.pid" "$root$home/.s.PGSQL.$(repmgr_port 1)"*
}

end_repmgr() {
  local pid
  kill -TERM -- "-${pids[-1]}" 2>/dev/null || :
  inside pg_ctl -D "$home/r2" -m fast stop > /dev/null || :
}

repmgr() {
  note "repmgrd promotes a standby that is ready"
  begin_repmgr
  gate_of r2 SLOTSCOPE_MODE=refuse SLOTSCOPE_ALLOW=0 "$barrier_held"
  crash_repmgr
  wait_for 60 "r2 as the primary" is_promoted 2
  grep -q 'slotscope-gate: promotion allowed: the audit ended with 0' "$root$home/repmgrd2.log" ||
    { tail -n 40 "$root$home/repmgrd2.log" >&2; fail "the gate was to allow it"; }
  repmgr_sql 2 "insert into orders values (100000)"
  [ "$(repmgr_sql 2 "select count(*) from pg_logical_slot_peek_changes('cdc', null, null) where data like '%:100000'")" = 1 ] ||
    fail "the slot on the new primary does not go on"
  end_repmgr

  note "and does not where the gate refuses"
  begin_repmgr
  gate_of r2 SLOTSCOPE_MODE=refuse SLOTSCOPE_ALLOW=0 SLOTSCOPE_PRIMARY="$home/nowhere.json"
  crash_repmgr
  wait_for 60 "the refusal" grep -q 'slotscope-gate: promotion refused: the audit ended with 3' "$root$home/repmgrd2.log"
  sleep 5
  ! is_promoted 2 || fail "r2 was promoted all the same"
  touch "$root$home/promote-anyway"
  inside sh -c "$(sed -n "s/^promote_command='\(.*\)'$/\1/p" "$root$home/repmgr2.conf")" > "$root$home/promote.log" 2>&1 || :
  wait_for 60 "r2 as the primary, by the override" is_promoted 2
  end_repmgr
}
