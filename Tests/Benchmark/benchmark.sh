#!/bin/bash
# Measures reading WAL against pg_waldump on the same files: CPU, wall-clock time, peak memory.
#
#   benchmark.sh [BINDIR]
#
# The first run makes the WAL with a real server (pgbench, about 1 GB) in $BENCHMARK_DIR and keeps it there; with it a
# standby that has all of it, and the same WAL as archives keep it. BINDIR holds the server's programs, pg_waldump and
# pgbench among them; the default asks pg_config. As root the server runs as user postgres. The files are dropped from
# the cache and read once before anything is measured, so that all of them come from memory, in the large pages that
# reading ahead makes (the small ones that a server's writes leave there take everybody twice the time to copy). A
# round runs every command once, one after the other, so that a machine that gets slower meanwhile does so for all of
# them; the best of all rounds counts ($BENCHMARK_ROUNDS). Ends with 1 where a threshold of the repository does not
# hold: those of wall time need two free cores.
set -euo pipefail

here=$(CDPATH= cd "$(dirname "$0")/../.." && pwd)
bin=${1:-$(pg_config --bindir)}
work=${BENCHMARK_DIR:-/var/tmp/slotscope-benchmark}
data=$work/data
standby=$work/standby
rounds=${BENCHMARK_ROUNDS:-5}

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
# However long this takes: page images as after one checkpoint.
checkpoint_timeout = '1d'
shared_buffers = '512MB'
synchronous_commit = off
fsync = off
CONF
  as_server "$bin/pg_ctl" -D "$data" -l "$work/log" -w start >/dev/null
  as_server "$bin/pgbench" -h "$work" -U postgres -i -s 20 -q postgres >/dev/null 2>&1
  as_server "$bin/psql" -h "$work" -U postgres -qc checkpoint \
    -c "select pg_create_logical_replication_slot('consumer', 'pgoutput')" postgres >/dev/null
  as_server "$bin/pgbench" -h "$work" -U postgres -n -c 4 -t 250000 postgres >/dev/null 2>&1
  as_server "$bin/psql" -h "$work" -U postgres -qc checkpoint postgres
  # A standby with all of the primary's WAL, which was killed.
  as_server "$bin/pg_ctl" -D "$data" -m immediate -w stop >/dev/null
  as_server cp -a "$data" "$standby"
  as_server rm -rf "$standby/pg_replslot/consumer"
  as_server touch "$standby/standby.signal"
  as_server "$bin/pg_ctl" -D "$standby" -l "$work/log" -w start >/dev/null
  as_server "$bin/pg_ctl" -D "$standby" -m immediate -w stop >/dev/null
  # The same WAL as archives keep it.
  as_server mkdir "$work/lz4" "$work/zstd"
  for file in "$data"/pg_wal/0*; do
    as_server lz4 -q "$file" "$work/lz4/${file##*/}.lz4"
    as_server zstd -q "$file" -o "$work/zstd/${file##*/}.zst"
  done
}

[ -s "$data/PG_VERSION" ] || make_wal
wal=$data/pg_wal
mapfile -t segments < <(find "$wal" -maxdepth 1 -type f -name '????????????????????????' -printf '%f\n' | sort)
first=${segments[0]}
sync
for file in "$wal"/0*; do dd if="$file" iflag=nocache count=0 status=none; done
cat "$wal"/0* >/dev/null

ours=$(cd "$here" && swift build -c release --show-bin-path)
bytes=$(cat "$wal"/0* | wc -c)
last=${segments[-1]}

# Every command by its label; ours on two threads are compared on two processors.
labels=() commands=()
add() { labels+=("$1") commands+=("${*:2}"); }
add "pg_waldump -z" "$bin/pg_waldump" -z -p "$wal" "$first" "$last"
add "pg_waldump -q" "$bin/pg_waldump" -q -p "$wal" "$first" "$last"
add "pg_waldump, text" "$bin/pg_waldump" -p "$wal" "$first" "$last"
add "bare cost: read" "$ours/wal-floor" read "$wal"
add "bare cost: read + CRC" "$ours/wal-floor" checksum "$wal"
add "read + all checks, 1 thread" "$ours/wal-floor" walk "$wal"
add "wal stats, 1 thread" "$ours/slotscope" wal stats -p "$wal" --jobs 1
add "wal stats, 2 threads" "$ours/slotscope" wal stats -p "$wal" --jobs 2
add "wal records, text, 1 thread" "$ours/slotscope" wal records -p "$wal" --jobs 1
add "wal records, text, all threads" "$ours/slotscope" wal records -p "$wal"
add "wal records, JSON, all threads" "$ours/slotscope" wal records -p "$wal" --format json
add "wal end" "$ours/slotscope" wal end -D "$data"
add "wal stats, LZ4, 1 thread" "$ours/slotscope" wal stats -p "$work/lz4" --jobs 1
add "wal stats, Zstandard, 1 thread" "$ours/slotscope" wal stats -p "$work/zstd" --jobs 1
add "lz4 -dc" lz4 -qdcm "$work"/lz4/*
add "zstd -dc" zstd -qdc "$work"/zstd/*
add "audit of two nodes" "$ours/slotscope" audit --primary "$data" --standby "$standby"
add "ledger, text" "$ours/slotscope" ledger --slot consumer "$data"
add "ledger, JSON lines" "$ours/slotscope" ledger --slot consumer --format json "$data"
add "ledger, CSV" "$ours/slotscope" ledger --slot consumer --format csv "$data"
add "capture" "$ours/slotscope" capture "$data"

# Milliseconds of CPU and of wall-clock time, and the largest memory in kB, by label.
declare -A cpu wall memory
TIMEFORMAT='%U %S %R'
measure() {
  local label=$1 command=$2 user system elapsed kilobytes
  # pg_waldump ends with 1 where it meets the end of WAL.
  read -r user system elapsed < <({ time /usr/bin/time -q -o "$work/time" -f %M $command >/dev/null 2>&1; } 2>&1)
  kilobytes=$(tail -1 "$work/time")
  local used=$((10#${user/./} + 10#${system/./})) passed=$((10#${elapsed/./}))
  [ "$used" -ge "${cpu[$label]:-$((used + 1))}" ] || cpu[$label]=$used
  [ "$passed" -ge "${wall[$label]:-$((passed + 1))}" ] || wall[$label]=$passed
  [ "$kilobytes" -le "${memory[$label]:-0}" ] || memory[$label]=$kilobytes
}

version=$("$bin/pg_waldump" --version | awk '{ print $3 }')
echo "pg_waldump ($version) and slotscope on the same $((bytes / 1000000)) MB of WAL, best of $rounds rounds"
for _ in $(seq "$rounds"); do
  for i in "${!labels[@]}"; do measure "${labels[i]}" "${commands[i]}"; done
done
for label in "${labels[@]}"; do
  awk -v l="$label" -v c="${cpu[$label]}" -v w="${wall[$label]}" -v m="${memory[$label]}" -v b="$bytes" 'BEGIN {
    printf "%-34s %8.3f s CPU %8.3f s wall %8.1f MiB %7.2f GB/s\n", l, c / 1e3, w / 1e3, m / 1024, b / 1e6 / (w > 0 ? w : 1) }'
done

# threshold WORDS VALUE OVER at most|at least BOUND: the limits are part of the repository, and what breaks them fails.
status=0
threshold() {
  local verdict
  verdict=$(awk -v v="$2" -v o="$3" -v kind="$4" -v bound="$5" 'BEGIN {
    r = v / (o > 0 ? o : 1)
    printf "%8.2f    (%s %s)%s", r, kind, bound, (kind == "at most" ? r <= bound : r >= bound) ? "" : "  FAILS" }')
  printf '%-46s %s\n' "$1" "$verdict"
  case $verdict in *FAILS) status=1 ;; esac
}
# to WORDS LABEL BOUND: CPU beside that of wal stats, which reads the same WAL once.
to() { threshold "CPU of $1, to wal stats" "${cpu[$2]}" "${cpu["wal stats, 1 thread"]}" "at most" "$3"; }
largest=0
for label in "${labels[@]}"; do
  case $label in wal* | audit* | ledger* | capture) [ "${memory[$label]}" -le "$largest" ] || largest=${memory[$label]} ;; esac
done
echo
threshold "CPU of wal stats, 1 thread, to pg_waldump -z" "${cpu["wal stats, 1 thread"]}" "${cpu["pg_waldump -z"]}" "at most" 0.40
threshold "wall time, 2 threads, to pg_waldump -z" "${wall["wal stats, 2 threads"]}" "${wall["pg_waldump -z"]}" "at most" 0.25
threshold "pg_waldump's text to ours, wall time" "${wall["pg_waldump, text"]}" "${wall["wal records, text, all threads"]}" "at least" 5
# packed WORDS LABEL TOOL BOUND: CPU beside that of the tool which unpacks, and of wal stats over what comes out.
packed() {
  threshold "CPU of $1, to unpacking it first" "${cpu[$2]}" \
    $((${cpu[$3]} + ${cpu["wal stats, 1 thread"]})) "at most" "$4"
}
packed "an LZ4 archive" "wal stats, LZ4, 1 thread" "lz4 -dc" 2
packed "a Zstandard archive" "wal stats, Zstandard, 1 thread" "zstd -dc" 1
to "an audit of two nodes" "audit of two nodes" 6.5
to "a ledger as text" "ledger, text" 11
to "a ledger as JSON lines" "ledger, JSON lines" 18
to "a capture" "capture" 6.5
threshold "largest memory of slotscope, MiB" "$largest" 1024 "at most" 64
exit "$status"
