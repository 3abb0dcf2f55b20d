# A consumer that follows the primary, and what it must have received. Sourced by the tests beside it.

# consume SLOT: reads it for good, from whichever node is the primary.
consume() {
  setsid "$here/ha-root" run bash -c "while :; do pg_recvlogical -d '$primary dbname=shop' -S $1 --start -f $home/$1.out -n -s 1 -F 1 \
    -o skip-empty-xacts=1 -o include-xids=0; sleep 0.5; done" >> "$root$home/$1.log" 2>&1 &
  pids+=($!)
}

# A row is written and remembered, as by an application that was told that it was committed.
written=0
write_rows() {
  local end=$((written + $1))
  while [ "$written" -lt "$end" ]; do
    sql "insert into orders values ($((written + 1)))" > /dev/null 2>&1 || { sleep 0.3; continue; }
    written=$((written + 1))
  done
}

received() { sed -n 's/^table public.orders: INSERT: n\[integer\]:\([0-9]*\)$/\1/p' "$root$home/$1.out" | sort -n | uniq; }
has_all() { [ "$(received "$1" | wc -l)" = "$written" ]; }
active() { [ "$(sql "select active from pg_replication_slots where slot_name = '$1'")" = t ]; }
