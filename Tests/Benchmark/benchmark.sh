#!/bin/bash
# Measures reading WAL against pg_waldump on the same files: CPU, wall-clock time, peak memory.
#
#   benchmark.sh [BINDIR]
#
# The first run makes the WAL with a real server (pgbench, about 1 GB) in $BENCHMARK_DIR and keeps it there. BINDIR holds
# the server's programs, pg_waldump and pgbench among them; the default asks pg_config. As root the server runs as user
# postgres. The files are read once before anything is measured, so that all of them come from memory.
set -euo pipefail

here=$(cd "$(dirname "$0")/../.." && pwd)
bin=${1:-$(pg_config --bindir)}
work=${BENCHMARK_DIR:-/var/tmp/slotscope-benchmark}
data=$work/data
rounds=${BENCHMARK_ROUNDS:-3}

as_server() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi; }

make_wal() {
  mkdir -p "$work"
  if [ "$(id -u)" = 0 ]; then chown postgres "$work"; fi
  cd /tmp
  as_server "$bin/initdb" -D "$data" -A trust -U postgres >/dev/null
  cat >>"$data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$work'
wal_level = logical
wal_keep_size = '8GB'
max_wal_size = '8GB'
shared_buffers = '512MB'
synchronous_commit = off
fsync = off
CONF
  as_server "$bin/pg_ctl" -D "$data" -l "$work/log" -w start >/dev/null
  as_server "$bin/pgbench" -h "$work" -U postgres -i -s 20 -q postgres >/dev/null 2>&1
  as_server "$bin/psql" -h "$work" -U postgres -qc checkpoint postgres
  as_server "$bin/pgbench" -h "$work" -U postgres -n -c 4 -t "${BENCHMARK_TRANSACTIONS:-250000}" postgres >/dev/null 2>&1
  as_server "$bin/pg_ctl" -D "$data" -m fast -w stop >/dev/null
}

[ -s "$data/PG_VERSION" ] || make_wal
wal=$data/pg_wal
mapfile -t segments < <(find "$wal" -maxdepth 1 -type f -name '????????????????????????' -printf '%f\n' | sort)
first=${segments[0]}
cat "$wal"/0* >/dev/null

# measure LABEL COMMAND…: the best CPU and wall-clock seconds of some rounds, and the largest memory.
declare -A cpu wall
measure() {
  local label=$1 best_cpu=999999 best_wall=999999 memory=0
  shift
  for _ in $(seq "$rounds"); do
    local user system elapsed kilobytes
    # pg_waldump ends with 1 where it meets the end of WAL.
    /usr/bin/time -o "$work/time" -f '%U %S %e %M' "$@" >/dev/null 2>/dev/null || true
    read -r user system elapsed kilobytes < <(tail -1 "$work/time")
    best_cpu=$(awk -v a="$best_cpu" -v b="$user" -v c="$system" 'BEGIN { s = b + c; print (s < a) ? s : a }')
    best_wall=$(awk -v a="$best_wall" -v b="$elapsed" 'BEGIN { print (b < a) ? b : a }')
    [ "$kilobytes" -gt "$memory" ] && memory=$kilobytes
  done
  cpu[$label]=$best_cpu wall[$label]=$best_wall
  awk -v l="$label" -v c="$best_cpu" -v w="$best_wall" -v m="$memory" -v b="$bytes" \
    'BEGIN { printf "%-34s %8.2f s CPU %8.2f s wall %8.1f MiB %7.2f GB/s\n", l, c, w, m / 1024, b / 1e9 / (w > 0 ? w : 0.005) }'
}

ratio() { awk -v l="$1" -v a="$2" -v b="$3" 'BEGIN { printf "%-34s %8.2f\n", l, a / (b > 0 ? b : 0.005) }'; }

ours=$(cd "$here" && swift build -c release --show-bin-path)
bytes=$(cat "$wal"/0* | wc -c)
version=$("$bin/pg_waldump" --version | awk '{ print $3 }')
echo "pg_waldump ($version) and slotscope on the same $((bytes / 1000000)) MB of WAL, best of $rounds rounds"
measure "pg_waldump -z" "$bin/pg_waldump" -z -p "$wal" "$first" "${segments[-1]}"
measure "pg_waldump, text" "$bin/pg_waldump" -p "$wal" "$first" "${segments[-1]}"
measure "read, nothing else" "$ours/wal-floor" read "$wal"
measure "read + CRC" "$ours/wal-floor" checksum "$wal"
measure "read + all checks, 1 thread" "$ours/wal-floor" walk "$wal"
measure "wal stats, 1 thread" "$ours/slotscope" wal stats -p "$wal" --jobs 1
measure "wal stats, all threads" "$ours/slotscope" wal stats -p "$wal"
measure "wal records, text, 1 thread" "$ours/slotscope" wal records -p "$wal" --jobs 1
measure "wal records, text, all threads" "$ours/slotscope" wal records -p "$wal"
measure "wal records, JSON, all threads" "$ours/slotscope" wal records -p "$wal" --format json
measure "wal end" "$ours/slotscope" wal end -D "$data"

echo
stats=$(ratio "CPU of wal stats to pg_waldump -z" "${cpu["wal stats, 1 thread"]}" "${cpu["pg_waldump -z"]}")
text=$(ratio "pg_waldump's text to ours, wall" "${wall["pg_waldump, text"]}" "${wall["wal records, text, all threads"]}")
echo "$stats    (at most 0.40)"
echo "$text    (at least 5)"
# The thresholds are part of the repository: a change that breaks them fails here.
awk -v s="${stats##* }" -v t="${text##* }" 'BEGIN { exit !(s <= 0.40 && t >= 5) }'
