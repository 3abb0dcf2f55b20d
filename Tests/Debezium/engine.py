"""A real Debezium: engine.py PORT OFFSETS SINK [PROPERTY=VALUE...] runs the connector until its standard input ends, and appends
the key of each row that it passes on to SINK. Exit code 0: it was stopped in order; 3: it ended by itself."""
import json
import os
import sys
import threading

from pydbzengine import BasePythonChangeHandler, DebeziumJsonEngine

port, offsets, sink = sys.argv[1:4]
properties = {
    "name": "orders",
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
    "offset.storage": "org.apache.kafka.connect.storage.FileOffsetBackingStore",
    "offset.storage.file.filename": offsets,
    "offset.flush.interval.ms": "200",
    "database.hostname": "127.0.0.1",
    "database.port": port,
    "database.user": "postgres",
    "database.password": "none",
    "database.dbname": "postgres",
    "topic.prefix": "shop",
    "plugin.name": "pgoutput",
    "slot.name": "orders_cdc",
    "slot.failover": "true",
    "publication.name": "orders",
    "publication.autocreate.mode": "disabled",
    "snapshot.mode": "no_data",
    "table.include.list": "public.orders",
    "errors.max.retries": "0",
    **dict(word.split("=", 1) for word in sys.argv[4:]),
}


class Sink(BasePythonChangeHandler):
    def handleJsonBatch(self, records):
        with open(sink, "a") as file:
            for record in records:
                after = json.loads(str(record.value() or "null"))
                after = (after or {}).get("payload", after or {}).get("after")
                if after:
                    file.write(f"{after['id']}\n")


engine = DebeziumJsonEngine(properties, Sink())
asked = False


def wait():
    global asked
    sys.stdin.read()
    asked = True
    engine.close()


threading.Thread(target=wait, daemon=True).start()
try:
    engine.run()
except BaseException as error:
    print(error, file=sys.stderr)
os._exit(0 if asked else 3)
