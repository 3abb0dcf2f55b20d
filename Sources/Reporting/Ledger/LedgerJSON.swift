import Evidence
import PostgresFormat
package import SlotSafety

/// `ledger --format json`: a line for each transaction, and one with the totals at the end.
package enum LedgerJSON {
  /// Writes the line with its end. No value is made of it first: there may be many millions.
  package static func write(_ entry: LedgerEntry, to out: inout ByteWriter) {
    let transaction = entry.transaction
    out.text(entry.node == .primary ? #"{"node":"primary","xid":"# : #"{"node":"standby","xid":"#)
    out.decimal(transaction.xid.rawValue)
    out.text(#","commit_lsn":""#)
    out.lsn(transaction.start)
    out.text(#"","end_lsn":""#)
    out.lsn(transaction.end)
    out.text(#"","commit_time":""#)
    out.utcTime(transaction.time)
    out.text(#"","datoid":"#)
    quoted(transaction.database, &out) { $1.decimal($0.rawValue) }
    out.text(#","database":"#)
    out.json(entry.databaseName)
    out.text(entry.isPastFork ? #","past_fork":true,"gid":"# : #","past_fork":false,"gid":"#)
    out.json(transaction.gid)
    out.text(#","origin":"#)
    origin(entry, &out)
    out.text(#","bytes":""#)
    out.decimal(transaction.bytes)
    out.text(#"","messages":"#)
    out.integer(transaction.messages)
    out.text(transaction.changesCatalogs ? #","changes_catalogs":true"# : #","changes_catalogs":false"#)
    out.text(entry.isComplete ? #","complete":true,"relations":["# : #","complete":false,"relations":["#)
    for index in entry.tables.indices {
      if index > 0 { out.text(",") }
      relation(entry.tables[index], &out)
    }
    out.text(#"],"other_relations":"#)
    if transaction.otherTables.isEmpty {
      out.text("null")
    } else {
      out.text("{")
      counts(transaction.otherTables, &out)
      out.text("}")
    }
    out.text(#","consumers":["#)
    for index in entry.hits.indices {
      out.text(index > 0 ? #",{"slot_name":"# : #"{"slot_name":"#)
      out.json(entry.hits[index].slotName)
      out.text(#","effect":"#)
      out.json(entry.hits[index].effect.rawValue)
      out.text(entry.hits[index].isCertain ? #","certain":true}"# : #","certain":false}"#)
    }
    out.text("]}\n")
  }

  /// What `write` writes, in quotes; null for none.
  @inline(__always)
  private static func quoted<Value>(
    _ value: Value?, _ out: inout ByteWriter, _ write: (Value, inout ByteWriter) -> Void
  ) {
    guard let value else { return out.text("null") }
    out.text("\"")
    write(value, &out)
    out.text("\"")
  }

  private static func origin(_ entry: LedgerEntry, _ out: inout ByteWriter) {
    guard let originID = entry.transaction.originID else { return out.text("null") }
    out.text(#"{"roident":"#)
    out.decimal(UInt64(originID))
    out.text(#","roname":"#)
    out.json(entry.originName)
    out.text(#","remote_lsn":"#)
    quoted(entry.transaction.originLSN, &out) { $1.lsn($0) }
    out.text("}")
  }

  private static func relation(_ table: NamedTable, _ out: inout ByteWriter) {
    out.text(#"{"schema":"#)
    out.json(table.schema)
    out.text(#","name":"#)
    out.json(table.name)
    out.text(#","oid":"#)
    quoted(table.oid, &out) { $1.decimal($0.rawValue) }
    out.text(#","rel":"#)
    quoted(table.file, &out) { $1.relation($0) }
    out.text(",")
    counts(table.rows, &out)
    out.text("}")
  }

  private static func counts(_ rows: RowCounts, _ out: inout ByteWriter) {
    out.text(#""inserts":"#)
    out.integer(rows.inserts)
    out.text(#","updates":"#)
    out.integer(rows.updates)
    out.text(#","deletes":"#)
    out.integer(rows.deletes)
    out.text(#","truncates":"#)
    out.integer(rows.truncates)
  }

  /// The totals, what was not read, and whose positions they were; without a line end.
  package static func end(_ totals: LedgerTotals, _ coverage: LedgerCoverage, scope: LedgerScope) -> String {
    let document: JSONValue = [
      "end": true,
      "schema": "slotscope.ledger/1",
      "fork_lsn": .text(scope.fork),
      "earliest_fork_lsn": .text(scope.earliestFork),
      "promoted": scope.fork == nil ? .null : .bool(scope.isPromoted),
      "decoding": .text(scope.decoding),
      "transactions": .number(totals.transactions),
      "listed": .number(coverage.listed),
      "past_fork": .number(totals.pastFork),
      "unclear": .number(totals.unclear),
      "messages": .number(coverage.messages),
      "bytes": .text(totals.bytes),
      "rows": .object(counts(totals.rows)),
      "complete": .bool(coverage.unread.isEmpty && totals.unclear == 0),
      "unread": .list(coverage.unread) {
        [
          "node": .string($0.node.rawValue), "from_lsn": .text($0.range.lowerBound),
          "to_lsn": $0.range.upperBound == LSN(.max) ? .null : .text($0.range.upperBound),
          "slot_names": .list(scope.slots(touching: $0.range, on: $0.node)) { .string($0) },
        ]
      },
      "consumers": .list(totals.consumers) {
        [
          "slot_name": .string($0.slotName), "effect": .string($0.effect.rawValue),
          "transactions": .number($0.transactions), "rows": .number($0.rows),
          "certain_transactions": .number($0.certainTransactions), "certain_rows": .number($0.certainRows),
        ]
      },
      "relations": .list(totals.tables) { total in
        .object(
          [
            JSONValue.Member(name: "datoid", value: .text(total.database)),
            JSONValue.Member(name: "database", value: .text(total.databaseName)),
          ] + members(of: total.table) + [
            JSONValue.Member(name: "transactions", value: .number(total.transactions))
          ])
      },
      "other_relations": totals.otherTables.isEmpty ? .null : .object(counts(totals.otherTables)),
    ]
    return document.serialized(pretty: false)
  }

  private static func members(of table: NamedTable) -> [JSONValue.Member] {
    [
      JSONValue.Member(name: "schema", value: .text(table.schema)),
      JSONValue.Member(name: "name", value: .text(table.name)),
      JSONValue.Member(name: "oid", value: .text(table.oid)),
      JSONValue.Member(name: "rel", value: .text(table.file)),
    ] + counts(table.rows)
  }

  private static func counts(_ rows: RowCounts) -> [JSONValue.Member] {
    [
      JSONValue.Member(name: "inserts", value: .number(rows.inserts)),
      JSONValue.Member(name: "updates", value: .number(rows.updates)),
      JSONValue.Member(name: "deletes", value: .number(rows.deletes)),
      JSONValue.Member(name: "truncates", value: .number(rows.truncates)),
    ]
  }
}
