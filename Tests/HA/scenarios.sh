# What Patroni and the gate do together. Sourced by test-ha.

# The copy of a failover slot is there to stay on a standby.
is_synchronized() {
  [ "$(sql_on "$1" "select synced and not temporary and invalidation_reason is null from pg_replication_slots where slot_name = '$2'" postgres)" = t ]
}

# A former primary's own failover slots keep synchronization from making copies there.
drop_leftovers() {
  sql_on "$1" "select pg_drop_replication_slot(slot_name) from pg_replication_slots where failover and not synced" postgres > /dev/null
}

# expect NODE TEXT: what its gate must have said since the mark.
expect() {
  gate_says "$1" "slotscope-gate: .*$2" || { show_logs; fail "the gate of $1 was to say: $2"; }
}

# moves FROM TO SLOT TEXT: a planned switchover goes through, the gate says so, and the consumer has all that was committed.
moves() {
  capture
  mark
  write_rows 3
  wait_for 60 "what $3 must have" has_all "$3"
  switchover "$1" "$2" > "$root$home/switchover.out" 2>&1 ||
    { cat "$root$home/switchover.out" >&2; show_logs; fail "the switchover from $1 to $2 did not go through"; }
  wait_for 60 "$2 as the primary" is_leader "$2"
  expect "$2" "$4"
  wait_for 60 "two standbys" all_stream
  write_rows 5
  wait_for 60 "what $3 must have" has_all "$3"
}

barrier_held='SLOTSCOPE_ASSUME=primary-down standby-slots-held'

# A failover slot, its copies, and a consumer that has some rows.
begin_failover_slots() {
  local node
  failover_slots=yes slots=
  start_etcd
  # The barrier is set from the start on every node, and nobody touches it: the gate is told so, as Hooks/README.md has it.
  for node in n1 n2 n3; do gate_of "$node" SLOTSCOPE_MODE=refuse SLOTSCOPE_ALLOW=0 "$barrier_held"; done
  start_cluster
  sql 'create database shop' postgres
  sql 'create table orders (n int)'
  sql "select pg_create_logical_replication_slot('cdc', 'test_decoding', false, false, true)" > /dev/null
  consume cdc
  wait_for 30 "the consumer" active cdc
  write_rows 10
  copies cdc
}

# Every standby is about to take over with a copy, its catalogs on disk as they are on the primary.
copies() {
  local node leader
  leader=$(leader)
  sql checkpoint
  for node in n1 n2 n3; do
    [ "$node" = "$leader" ] || drop_leftovers "$node"
  done
  for node in n1 n2 n3; do
    [ "$node" = "$leader" ] || wait_for 90 "the copy of $1 on $node" is_synchronized "$node" "$1"
    sql_on "$node" checkpoint
  done
}

# Some rows come, the consumer has them, and so do the copies: what a connection leads to shows only by that.
settle() {
  local node lsn
  # An OID is given out, by which a clean stop is told from a start after a crash.
  sql 'create temp table given_out (n int)'
  write_rows 5
  lsn=$(sql 'select pg_current_wal_lsn()')
  wait_for 60 "what $1 must have" has_all "$1"
  for node in n1 n2 n3; do
    [ "$node" = "$(leader)" ] || wait_for 90 "the copy of $1 on $node past $lsn" has_moved "$node" "$1" "$lsn"
  done
}
has_moved() {
  [ "$(sql_on "$1" "select confirmed_flush_lsn >= '$3' from pg_replication_slots where slot_name = '$2'" postgres)" = t ]
}

# Failover slots, and gates that refuse what is not proven.
failover_slots() {
  begin_failover_slots
  note "planned switchovers, there and back"
  moves n1 n2 cdc 'promotion allowed: the audit ended with 0'
  copies cdc
  moves n2 n1 cdc 'promotion allowed: the audit ended with 0'
  copies cdc

  note "the primary crashes"
  settle cdc
  capture
  mark
  crash n1
  wait_for 90 "another primary" has_leader
  local second
  second=$(leader)
  expect "$second" 'promotion allowed: the audit ended with 0'
  write_rows 5
  # Consumers wait for the standby that is gone.
  start_node n1
  wait_for 90 "two standbys" all_stream
  wait_for 60 "what cdc must have" has_all cdc
  copies cdc

  note "a candidate without a copy refuses, and another one takes over"
  local first=n1 third=n3
  [ "$second" = n3 ] && third=n2
  gate_of "$first" SLOTSCOPE_MODE=refuse SLOTSCOPE_ALLOW=0 SLOTSCOPE_PRIMARY="$home/nowhere.json"
  settle cdc
  capture
  mark
  switchover "$second" "$first" > "$root$home/switchover.out" 2>&1 || :
  wait_for 120 "another primary" has_leader
  expect "$first" 'promotion refused: the audit ended with 3'
  [ "$(leader)" != "$first" ] || fail "$first was promoted all the same"
  note "$first was refused, $(leader) is the primary"
  wait_for 90 "two standbys" all_stream
  write_rows 5
  copies cdc
  wait_for 60 "what cdc must have" has_all cdc

  note "all others refuse: the former primary takes over again, as it has all that it wrote"
  local node
  first=$(leader)
  for node in n1 n2 n3; do
    gate_of "$node" SLOTSCOPE_MODE=refuse SLOTSCOPE_ALLOW=0 SLOTSCOPE_PRIMARY="$home/nowhere.json"
  done
  gate_of "$first" SLOTSCOPE_MODE=refuse SLOTSCOPE_ALLOW=0 "$barrier_held"
  second=n1
  [ "$first" = n1 ] && second=n2
  capture
  mark
  write_rows 5
  wait_for 60 "what cdc must have" has_all cdc
  switchover "$first" "$second" > "$root$home/switchover.out" 2>&1 || :
  wait_for 180 "$first as the primary" is_leader "$first"
  expect "$second" 'promotion refused: the audit ended with 3'
  expect "$first" 'promotion allowed: the audit ended with 0'
  wait_for 90 "two standbys" all_stream
  write_rows 5
  wait_for 60 "what cdc must have" has_all cdc
}

# A slot that Patroni makes and copies itself.
patroni_slots() {
  local node
  failover_slots='' slots='{cdc: {type: logical, database: shop, plugin: test_decoding}}'
  start_etcd
  for node in n1 n2 n3; do gate_of "$node"; done
  start_cluster
  sql 'create database shop' postgres
  sql 'create table orders (n int)'
  wait_for 60 "Patroni's slot" sql "select 1 / count(*) from pg_replication_slots where slot_name = 'cdc'"
  consume cdc
  wait_for 30 "the consumer" active cdc
  write_rows 10
  for node in n2 n3; do wait_for 90 "Patroni's copy on $node" has_copy "$node" cdc; done

  note "planned switchovers with the gate as it is by default"
  moves n1 n2 cdc 'reported only: the audit ended with [0-3]'
  for node in n1 n3; do wait_for 90 "Patroni's copy on $node" has_copy "$node" cdc; done
  moves n2 n1 cdc 'reported only: the audit ended with [0-3]'
  for node in n2 n3; do wait_for 90 "Patroni's copy on $node" has_copy "$node" cdc; done

  note "the primary crashes"
  capture
  mark
  crash n1
  wait_for 90 "another primary" has_leader
  expect "$(leader)" 'reported only: the audit ended with [0-3]'
  start_node n1
  wait_for 90 "two standbys" all_stream
  write_rows 5
  wait_for 60 "what cdc must have" has_all cdc

  note "no candidate is proven: the promotion is let through after some tries"
  for node in n1 n2 n3; do
    gate_of "$node" SLOTSCOPE_MODE=refuse-if-better SLOTSCOPE_TRIES=1 SLOTSCOPE_PRIMARY="$home/nowhere.json"
  done
  local first
  first=$(leader)
  second=n1
  [ "$first" = n1 ] && second=n2
  mark
  switchover "$first" "$second" > "$root$home/switchover.out" 2>&1 || :
  wait_for 180 "another primary" has_leader
  expect "$second" 'refusal 1 of 1'
  expect "$(leader)" 'let through after 1 refusals'
  wait_for 90 "two standbys" all_stream
  write_rows 5
  wait_for 60 "what cdc must have" has_all cdc
}

has_copy() { [ "$(sql_on "$1" "select count(*) from pg_replication_slots where slot_name = '$2' and confirmed_flush_lsn is not null" postgres)" = 1 ]; }
