# A Patroni cluster of three nodes on loopback, in the root of ha-root. Sourced by the tests beside it.
#
# What a site has on three machines lies here in one root: a node's files are under /var/lib/ha/NAME, its gate's settings in
# /etc/slotscope/NAME.conf.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$("$here/ha-root" path)
home=/var/lib/ha
base=${SLOTSCOPE_HA_PORT:-20400}
pids=()

fail() { echo "test-ha: FAILED: $*" >&2; exit 1; }
note() { echo "test-ha: $*"; }
inside() { "$here/ha-root" run "$@"; }

# Ports of a node, by its number.
sql_port() { echo $((base + 20 + $1)); }
api_port() { echo $((base + 10 + $1)); }
number() { echo "${1#n}"; }
ports="$(sql_port 1),$(sql_port 2),$(sql_port 3)"
hosts=127.0.0.1,127.0.0.1,127.0.0.1
# Whichever node is the primary.
primary="host=$hosts port=$ports user=postgres target_session_attrs=read-write connect_timeout=3"

sql() { inside psql -XqAt -v ON_ERROR_STOP=1 -d "$primary dbname=${2:-shop}" -c "$1"; }
sql_on() { inside psql -XqAt -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$(sql_port "$(number "$1")")" -U postgres -d "${3:-shop}" -c "$2"; }

# Waits until a command says yes; $1 seconds at most.
wait_for() {
  local limit=$1 what=$2 end
  shift 2
  end=$((SECONDS + limit))
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || { show_logs; fail "$what: not within $limit s"; }
    sleep 0.3
  done
}

show_logs() {
  local node
  for node in n1 n2 n3; do
    [ ! -e "$root$home/$node.log" ] || { echo "--- $node" && tail -n 25 "$root$home/$node.log"; }
  done >&2
}

prepare() {
  rm -rf --one-file-system "${root:?}$home"
  mkdir -p "$root$home" "$root/etc/slotscope" "$root/usr/share/slotscope/hooks"
  rm -f "$root"/etc/slotscope/*.conf
  chown "$(chroot "$root" id -u postgres):$(chroot "$root" id -g postgres)" "$root$home"
  "$here/ha-root" swift "$1"
  install -m 755 "$1" "$root/usr/bin/slotscope"
  install -m 755 "$here/../../Sources/Packaging/Hooks/slotscope-gate" "$root/usr/share/slotscope/hooks/"
  inside slotscope --version >/dev/null || fail "$1 does not run in $root"
}

start_etcd() {
  setsid "$here/ha-root" run etcd --name e --data-dir "$home/etcd" --log-level error \
    --listen-client-urls "http://127.0.0.1:$base" --advertise-client-urls "http://127.0.0.1:$base" \
    --listen-peer-urls "http://127.0.0.1:$((base + 1))" --initial-advertise-peer-urls "http://127.0.0.1:$((base + 1))" \
    --initial-cluster "e=http://127.0.0.1:$((base + 1))" > "$root$home/etcd.log" 2>&1 &
  pids+=($!)
  wait_for 20 "etcd" inside etcdctl --endpoints "127.0.0.1:$base" endpoint health
}

# configure NODE: Patroni's file. $slots and $failover_slots say what the cluster is about.
configure() {
  local node=$1 number others
  number=$(number "$node")
  others=$(for other in n1 n2 n3; do [ "$other" = "$node" ] || printf '%s,' "$other"; done)
  {
    cat <<YAML
scope: ha
name: $node
restapi: {listen: "127.0.0.1:$(api_port "$number")", connect_address: "127.0.0.1:$(api_port "$number")"}
etcd3: {host: "127.0.0.1:$base"}
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 2
    retry_timeout: 5
    maximum_lag_on_failover: 100000000
    postgresql:
      use_pg_rewind: true
      use_slots: true
      parameters:
        wal_level: logical
        hot_standby_feedback: 'on'
        wal_keep_size: 256MB
        wal_receiver_status_interval: 1s
        checkpoint_timeout: 30s
        log_min_messages: warning
YAML
    [ -z "${slots:-}" ] || printf '    slots: %s\n' "$slots"
    [ -z "${failover_slots:-}" ] || printf '    ignore_slots: [{type: logical}]\n'
    cat <<YAML
  initdb: [{auth-local: trust}, {auth-host: trust}, {encoding: UTF8}]
  pg_hba: ["local all all trust", "host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust"]
postgresql:
  listen: "127.0.0.1:$(sql_port "$number")"
  connect_address: "127.0.0.1:$(sql_port "$number")"
  data_dir: $home/$node
  bin_dir: /usr/lib/postgresql/17/bin
  pgpass: $home/$node.pgpass
  authentication:
    superuser: {username: postgres}
    replication: {username: postgres}
    rewind: {username: postgres}
  pre_promote: env SLOTSCOPE_GATE_CONF=/etc/slotscope/$node.conf /usr/share/slotscope/hooks/slotscope-gate
  parameters:
    unix_socket_directories: $home
YAML
    if [ -n "${failover_slots:-}" ]; then
      printf '    sync_replication_slots: "on"\n    synchronized_standby_slots: "%s"\n' "${others%,}"
    fi
  } > "$root$home/$node.yml"
}

# gate_of NODE LINE…: its settings, as README has them, and these.
gate_of() {
  local node=$1
  shift
  {
    case "$*" in *SLOTSCOPE_PRIMARY=*) ;; *) echo "SLOTSCOPE_PRIMARY=$home/primary.json" ;; esac
    echo "SLOTSCOPE_STANDBY=$home/$node"
    echo "SLOTSCOPE_MAX_AGE=300"
    echo "SLOTSCOPE_STATE=$home/$node.tries"
    echo "SLOTSCOPE_OVERRIDE=$home/promote-anyway"
    printf '%s\n' "$@"
  } > "$root/etc/slotscope/$node.conf"
}

start_node() {
  setsid "$here/ha-root" run patroni "$home/$1.yml" >> "$root$home/$1.log" 2>&1 &
  echo $! > "$root$home/$1.patroni"
  pids+=($!)
}

leader() { inside patronictl -c "$home/n1.yml" list -f json 2>/dev/null | tr '{' '\n' | sed -n 's/.*"Member": "\([^"]*\)".*"Role": "Leader".*"State": "running".*/\1/p'; }
is_leader() { [ "$(leader)" = "$1" ] && [ "$(sql 'select not pg_is_in_recovery()' postgres)" = t ]; }
has_leader() { local found; found=$(leader) && [ -n "$found" ] && is_leader "$found"; }
streams() { [ "$(sql "select count(*) from pg_stat_replication where application_name = '$1' and state = 'streaming'" postgres)" = 1 ]; }
all_stream() { local node; for node in n1 n2 n3; do [ "$node" = "$(leader)" ] || streams "$node" || return 1; done; }

start_cluster() {
  local node
  for node in n1 n2 n3; do configure "$node"; done
  start_node n1
  wait_for 60 "the first primary" is_leader n1
  start_node n2
  start_node n3
  wait_for 90 "two standbys" all_stream
}

# crash NODE: its machine is gone, as far as processes go.
crash() {
  local postmaster
  postmaster=$(head -n 1 "$root$home/$1/postmaster.pid")
  kill -9 "$(cat "$root$home/$1.patroni")" "$postmaster" 2>/dev/null || :
  wait_for 20 "the end of $1" no_server "$1"
  rm -f "$root$home/$1/postmaster.pid" "$root$home/.s.PGSQL.$(sql_port "$(number "$1")")"*
}
no_server() { ! inside pg_isready -q -h 127.0.0.1 -p "$(sql_port "$(number "$1")")"; }

switchover() { inside patronictl -c "$home/n1.yml" switchover ha --leader "$1" --candidate "$2" --force; }

# What the timer does.
capture() { inside slotscope capture "$primary dbname=postgres" -o "$home/primary.json" || fail "capture"; }

# Lines of a node's gate since the last mark.
mark() { local node; for node in n1 n2 n3; do wc -l < "$root$home/$node.log" > "$root$home/$node.mark"; done; }
gate_says() { tail -n "+$(($(cat "$root$home/$1.mark") + 1))" "$root$home/$1.log" | grep "$2"; }

stop_all() {
  local pid node
  for node in n1 n2 n3; do
    [ ! -e "$root$home/$node.patroni" ] || kill "$(cat "$root$home/$node.patroni")" 2>/dev/null || :
  done
  sleep 4
  for node in n1 n2 n3; do
    pid=$(head -n 1 "$root$home/$node/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid" 2>/dev/null || :
  done
  for pid in "${pids[@]}"; do kill -TERM -- "-$pid" 2>/dev/null || :; done
}
