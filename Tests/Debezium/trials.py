"""Failovers of a real Debezium: trials.py SLOTSCOPE LAB ENGINE-PYTHON FIRST-PORT MAJOR...

In each trial a connector reads a failover slot, the primary is killed, `slotscope audit` is asked with what the connector stored, the
standby is promoted, and the connector goes on there from that. Where the answer was ready, each row that the new primary has must have
arrived once, and none that it has not; where it was not, nothing is demanded of what arrives."""
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import time

slotscope, lab, python, first_port = sys.argv[1:5]
here = os.path.dirname(os.path.abspath(__file__))
root = os.path.join(subprocess.check_output([lab, "data"], text=True).strip(), f"debezium-{os.getpid()}")
failures = []


class Server:
    def __init__(self, major, name, port):
        self.major, self.port = major, port
        self.folder = f"{root}/{name}"
        servers.append(self)

    def run(self, *words, **options):
        return subprocess.run([lab, "exec", self.major, *words], check=True, text=True, capture_output=True, **options).stdout

    def sql(self, text):
        return self.run("psql", "-h", "127.0.0.1", "-p", self.port, "-U", "postgres", "-XAtqc", text).strip()

    def configure(self, text):
        self.run("sh", "-c", f"cat >>{self.folder}/postgresql.auto.conf", input=text + f"\nport = {self.port}\n")

    def control(self, *words):
        self.run("sh", "-c", f'exec pg_ctl -D "$0" -w -l "$0.log" "$@" >/dev/null', self.folder, *words)

    def wait(self, condition, seconds=60):
        for _ in range(seconds * 5):
            if self.sql(condition) == "t":
                return
            time.sleep(0.2)
        raise TimeoutError(condition)


class Connector:
    def __init__(self, server, offsets, sink, *properties):
        self.log = open(sink + ".log", "a")
        self.process = subprocess.Popen(
            [python, f"{here}/engine.py", server.port, offsets, sink, *properties], stdin=subprocess.PIPE, stdout=self.log, stderr=self.log)
        connectors.append(self)

    def stop(self):
        self.process.stdin.close()
        self.process.wait(60)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def stored(path):
    """The key and value of offsets.dat: byte arrays in a serialized HashMap."""
    data = open(path, "rb").read()
    texts = []
    for match in re.finditer(rb"(?:\x78\x70|\x71\x00\x7e\x00\x02)(....)", data, re.S):
        length = struct.unpack(">I", match[1])[0]
        text = data[match.end() : match.end() + length]
        if 0 < length == len(text) and text[:1] in b"[{":
            texts.append(text.decode())
    return texts


def arrived(sink):
    return [int(line) for line in open(sink)] if os.path.exists(sink) else []


def wait_for(sink, identifier, connector, seconds=60):
    for _ in range(seconds * 5):
        if identifier in arrived(sink):
            return True
        if connector.process.poll() is not None:
            return False
        time.sleep(0.2)
    return False


connectors, servers = [], []


def end_all():
    for connector in connectors:
        if connector.process.poll() is None:
            connector.kill()
    for server in servers:
        if os.path.exists(server.folder + "/postmaster.pid"):
            subprocess.run([lab, "exec", server.major, "pg_ctl", "-D", server.folder, "-m", "immediate", "-w", "stop"], capture_output=True)
    connectors.clear()
    servers.clear()


def trial(major, kind, port):
    name = f"{kind}-{major}"
    primary, standby = Server(major, name + "-primary", str(port)), Server(major, name + "-standby", str(port + 1))
    offsets, sink = f"{root}/{name}-offsets.dat", f"{root}/{name}-sink"
    primary.run("initdb", "-D", primary.folder, "-A", "trust", "-U", "postgres", "--wal-segsize=1")
    primary.configure("wal_level = logical\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''")
    primary.control("start")
    primary.sql("CREATE TABLE orders (id int PRIMARY KEY, note text)")
    primary.sql("CREATE PUBLICATION orders FOR TABLE orders")
    primary.sql("SELECT pg_create_physical_replication_slot('sb', true)")
    standby.run("pg_basebackup", "-D", standby.folder, "-h", "127.0.0.1", "-p", primary.port, "-U", "postgres", "-X", "stream", "-c", "fast", "-R", "-S", "sb")
    standby.configure(
        f"primary_conninfo = 'host=127.0.0.1 port={primary.port} user=postgres dbname=postgres'\nsync_replication_slots = on\n"
        "hot_standby_feedback = on")
    if kind == "barrier":
        primary.sql("ALTER SYSTEM SET synchronized_standby_slots = 'sb'")
        primary.sql("SELECT pg_reload_conf()")
    standby.control("start")
    count = 0

    def insert(server, number):
        nonlocal count
        for _ in range(number):
            count += 1
            server.sql(f"INSERT INTO orders VALUES ({count}, repeat('x', 100))")
        return count

    flush = ["offset.flush.interval.ms=3600000"] if kind == "stale" else []
    connector = Connector(primary, offsets, sink, *flush)
    for _ in range(300):
        if primary.sql("SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'orders_cdc' AND active") == "1":
            break
        time.sleep(0.2)
    time.sleep(2)
    wait_for(sink, insert(primary, 5), connector)
    if kind == "stale":
        connector.stop()
        connector = Connector(primary, offsets, sink, *flush)
        wait_for(sink, insert(primary, 3), connector)
    # A slot is synchronized for good once its consumer has gone on from where the standby could begin.
    for _ in range(60):
        wait_for(sink, insert(primary, 1), connector)
        primary.sql("SELECT pg_log_standby_snapshot()")
        time.sleep(2)
        if standby.sql("SELECT synced AND NOT temporary FROM pg_replication_slots WHERE slot_name = 'orders_cdc'") == "t":
            break
    else:
        raise TimeoutError("the slot is not synchronized")
    if kind == "old":
        # The consumer's store is set back to what it was, while the slots go on.
        time.sleep(1)
        shutil.copy(offsets, offsets + ".old")
    wait_for(sink, insert(primary, 5), connector)
    if kind == "old":
        time.sleep(3)
        primary.sql("SELECT pg_log_standby_snapshot()")
        position = primary.sql("SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = 'orders_cdc'")
        standby.wait(f"SELECT confirmed_flush_lsn >= '{position}' FROM pg_replication_slots WHERE slot_name = 'orders_cdc'", 120)
    if kind == "ahead":
        standby.control("stop")
        wait_for(sink, insert(primary, 6), connector)
    if kind == "stale":
        connector.kill()
    else:
        time.sleep(1)
        connector.stop()
    if kind != "ahead":
        standby.wait(f"SELECT pg_last_wal_replay_lsn() >= '{primary.sql('SELECT pg_current_wal_flush_lsn()')}'")
    primary.control("stop", "-m", "immediate")
    if kind != "ahead":
        standby.control("stop")
    if kind == "old":
        shutil.copy(offsets + ".old", offsets)

    key, value = stored(offsets)
    rest, record = offsets + ".json", offsets + ".record"
    partition = json.loads(key)[1]
    open(rest, "w").write(json.dumps({"offsets": [{"partition": partition, "offset": json.loads(value)}]}))
    open(record, "w").write(f"{key} {value}\n")
    words = ["--assume", "primary-down"] + ([] if kind == "stale" else ["--assume", "consumer-stopped"])
    verdicts = set()
    for file in [offsets, rest, record]:
        audit = subprocess.run(
            [slotscope, "audit", "--primary", primary.folder, "--standby", standby.folder, "--consumer", f"orders_cdc={file}", "--format", "json", *words],
            capture_output=True, text=True)
        try:
            slots = {slot["slot_name"]: slot["verdict"] for slot in json.loads(audit.stdout)["slots"]}
            verdicts.add(slots["orders_cdc"])
        except Exception:
            failures.append(f"{name}: audit says {audit.returncode} {audit.stdout[:500]} {audit.stderr}")

    standby.control("start")
    standby.control("promote")
    standby.wait("SELECT NOT pg_is_in_recovery()")
    connector = Connector(standby, offsets, sink)
    time.sleep(2)
    goes_on = wait_for(sink, insert(standby, 10), connector, 40)
    connector.stop()
    rows = {int(line) for line in standby.sql("SELECT id FROM orders").split()}
    standby.control("stop", "-m", "immediate")
    came = arrived(sink)
    # What was sent before the store was set back is not there for a consumer that was set back with it; it is here, once.
    lost, phantom, twice = rows - set(came), set(came) - rows, {one for one in came if came.count(one) > 1}
    is_exact = goes_on and not lost and not phantom and not (twice and kind != "stale")
    print(f"{name}: {'/'.join(sorted(verdicts))}; lost {len(lost)}, missing on the new primary {len(phantom)}, repeated {len(twice)}, goes on {goes_on}", flush=True)
    if len(verdicts) != 1:
        failures.append(f"{name}: the three forms of one offset give {verdicts}")
    if "ready" in verdicts and not is_exact:
        failures.append(f"{name}: ready, and it did not go on exactly once")
    if kind in ("safe", "barrier") and (verdicts != {"ready"} or not is_exact):
        failures.append(f"{name}: it goes on exactly once, and the offset proves it, but it is {verdicts}")


subprocess.run(["install", "-d", "-m", "1777", root], check=True)
port = int(first_port)
for major in sys.argv[5:]:
    for kind in os.environ.get("KINDS", "safe barrier ahead old stale").split():
        try:
            trial(major, kind, port)
        except Exception as error:
            failures.append(f"{kind}-{major}: {error} {getattr(error, 'stderr', '')}")
        finally:
            end_all()
        port += 2
if failures:
    print("\n".join(failures), file=sys.stderr)
    print(f"the nodes are in {root}", file=sys.stderr)
    sys.exit(1)
shutil.rmtree(root)
