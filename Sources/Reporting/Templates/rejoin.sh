#!/bin/sh
# Brings the old primary in {{place}} back as a standby: {{way}}.
# {{reason}}
# Made by slotscope. Read it, then run it where that directory is, as the user who owns it:
#
#   sh SCRIPT check   looks whether all is as it was when the script was made; changes nothing
#   sh SCRIPT run     does it; run again it goes on where it stopped, or finds nothing to do
#
# The environment says what no file does:
#   NEW_PRIMARY       connection string of the new primary, for a superuser (needed)
#   PRIMARY_CONNINFO  what the returned node is to stream by, as primary_conninfo (needed)
{{restore}}
#   OLD_NODE          connection string of the returned node, for a superuser; the default is its socket
#   BINDIR            where pg_ctl and the others are, if not on the path
#   START             the command that starts the server; the default is pg_ctl
#   PATIENCE          seconds to wait until it follows; the default is 60
# Other users see connection strings in the list of processes: passwords belong in ~/.pgpass.

set -eu
LC_ALL=C; export LC_ALL
PGCLIENTENCODING=UTF8; export PGCLIENTENCODING
# What is written here is this user's alone.
umask 077
# Answers of servers are in messages: nothing of them steers the terminal.
plain() { printf '%s\n' "$*" | tr -c '\n -~' '?'; }
fail() { plain "rejoin: error: $*" >&2; exit 3; }
say() { plain "rejoin: $*"; }
mode=${1:-}
case $mode in check|run) ;; *) echo "usage: sh $0 check|run" >&2; exit 64 ;; esac
[ -n "${NEW_PRIMARY:-}" ] || fail "set NEW_PRIMARY to the new primary's connection string"
[ -n "${PRIMARY_CONNINFO:-}" ] || fail "set PRIMARY_CONNINFO to what the returned node is to stream by"
{{restore_check}}
case $PRIMARY_CONNINFO in *[[:cntrl:]]*) fail "PRIMARY_CONNINFO is to be one line" ;; esac
case ${PATIENCE:-60} in *[!0-9]*) fail "PATIENCE is to be a number of seconds" ;; esac
[ "$(id -u)" != 0 ] || fail "run this as the user who owns the directory, not as root"
bin=${BINDIR:+$BINDIR/}
for program in pg_controldata pg_ctl psql; do
  command -v "$bin$program" > /dev/null || fail "$bin$program is not there: set BINDIR"
done
changes() { [ "$mode" = run ]; }
# The value of one line of pg_controldata.
control() { "${bin}pg_controldata" "$pgdata" | sed -n "s/^$1: *//p"; }
# A row of the new primary, of the old node.
new() { "${bin}psql" -XAtq -v ON_ERROR_STOP=1 -d "$NEW_PRIMARY"; }
old() { "${bin}psql" -XAtq -v ON_ERROR_STOP=1 -d "$old_node"; }
is_there() { [ -e "$1" ] || [ -h "$1" ]; }
# Files of the script lie beside the directory, where others may write: a link, or what another user put there, is none.
own() {
  if is_there "$1"; then
    [ -f "$1" ] && [ ! -h "$1" ] && [ -O "$1" ] || fail "$1 is there, and is no file of this user's: move it away"
  fi
}
# The stage that was finished last.
stage() { if is_there "$pgdata.rejoin"; then cat "$pgdata.rejoin"; fi; }
reach() {
  own "$pgdata.rejoin"
  is_there "$pgdata.rejoin" || (set -C; : > "$pgdata.rejoin")
  echo "$1" > "$pgdata.rejoin"
}
# By the lock file that the server writes. It is a file like any other: its words are a socket's folder and a number, or nothing.
find_old_node() {
  if [ -n "${OLD_NODE:-}" ]; then old_node=$OLD_NODE; return; fi
  [ -r "$pgdata/postmaster.pid" ] || fail "no postmaster.pid: set OLD_NODE"
  host=$(sed -n 5p "$pgdata/postmaster.pid")
  port=$(sed -n 4p "$pgdata/postmaster.pid")
  case $host in
  '') host=localhost ;;
  /*|@*) ;;
  *) fail "postmaster.pid names no socket: set OLD_NODE" ;;
  esac
  case $host in *[!A-Za-z0-9_./@+-]*) fail "the socket's folder needs quotes: set OLD_NODE" ;; esac
  case $port in ''|*[!0-9]*) fail "postmaster.pid names no port: set OLD_NODE" ;; esac
  old_node="host=$host port=$port user=postgres dbname=postgres"
}

# --- Is all as it was? Nothing is changed here.
pgdata={{directory}}
own "$pgdata.rejoin"
own "$pgdata.rejoin.log"
[ -f "$pgdata/PG_VERSION" ] || [ -n "$(stage)" ] || fail "$pgdata is not a data directory"
done=
running=
if [ -f "$pgdata/PG_VERSION" ]; then
  [ "$(control 'Database system identifier')" = {{system_identifier}} ] || fail "$pgdata is of another cluster"
  if "${bin}pg_ctl" -D "$pgdata" status > /dev/null 2>&1; then running=1; fi
fi
if [ -n "$running" ]; then
  find_old_node
  here=$(echo "select pg_is_in_recovery()" | old) || fail "the server in $pgdata does not answer: set OLD_NODE"
  [ "$here" = t ] || fail "the server in $pgdata runs and is not a standby: stop it, and ask slotscope again"
  done=1
elif [ -z "$(stage)" ]; then
  if [ -f "$pgdata/{{signal_file}}" ] && [ "$(control 'Latest checkpoint location')" != {{checkpoint}} ]; then
    done=1
  else
    [ "$(control 'Latest checkpoint location')" = {{checkpoint}} ] \
      && [ "$(control 'Database cluster state')" = {{state}} ] \
      || fail "$pgdata is not as it was when this script was made: ask slotscope again"
  fi
fi
[ "$(stage)" != rewinding ] || fail "pg_rewind broke off in $pgdata: only a new base backup helps now"
there=$(new <<'SLOTSCOPE'
select (select system_identifier from pg_control_system()) || ' ' || case when pg_is_in_recovery() then 'standby' else left({{segment_name}}, 8) end;
SLOTSCOPE
) || fail "the new primary does not answer"
[ "$there" = "{{system_identifier}} {{timeline_hex}}" ] \
  || fail "NEW_PRIMARY is not the new primary on timeline {{timeline}}: $there"

# --- The returned node's slot on the new primary, before a checkpoint there removes WAL that it needs.
if changes; then
  new <<'SLOTSCOPE' > /dev/null
select pg_create_physical_replication_slot({{slot}}, true)
where not exists (select from pg_replication_slots where slot_name = {{slot}});
SLOTSCOPE
fi
{{needed_segment}}
{{files}}

# --- Configuration: last lines of a file win. A line that is there already is not written again.
if [ -z "$done" ] && changes; then
  conninfo=$(printf %s "$PRIMARY_CONNINFO" | sed "s/'/''/g; s/\\\\/&&/g")
  set_to() {
    [ "$(grep "^$1 *=" "$pgdata/{{settings_file}}" 2> /dev/null | tail -n 1)" = "$1 = $2" ] || printf '%s\n' "$1 = $2" >> "$pgdata/{{settings_file}}"
  }
  set_to primary_conninfo "'$conninfo'"
  {{settings}}
fi

# --- Start.
if [ -z "$running" ] && changes; then
  if [ -n "${START:-}" ]; then
    sh -c "$START"
  else
    "${bin}pg_ctl" -D "$pgdata"{{options}} -l "$pgdata.rejoin.log" -w start > /dev/null \
      || fail "the server did not start: see $pgdata.rejoin.log"
  fi
fi
if ! changes; then say "all is as it was; nothing was changed"; exit 0; fi
find_old_node

# --- Does it follow?
target=$(echo "select {{flushed}}" | new)
# What one server says does not become what the other is told.
case $target in ''|*[!0-9A-F/]*) fail "the new primary answers no position: $target" ;; esac
waited=0
until [ "$(old 2> /dev/null <<SLOTSCOPE
select count(*) from pg_stat_wal_receiver
where status = 'streaming' and received_tli >= {{timeline}} and {{replayed}} >= '$target';
SLOTSCOPE
)" = 1 ]; do
  waited=$((waited + 1))
  [ "$waited" -le "${PATIENCE:-60}" ] || fail "it does not follow after $waited s: see the server's log"
  sleep 1
done
say "it follows timeline {{timeline}}"
{{slots}}
{{end}}
