import Evidence
import PostgresFormat
package import SlotSafety

/// `ledger --format json`: a line for each transaction, and one with the totals at the end.
package enum LedgerJSON {
  /// Writes the line with its end.
  package static func write(_ entry: LedgerEntry, to out: inout [UInt8]) {
    let transaction = entry.transaction
    let document: JSONValue = [
      "node": .string(entry.node.rawValue),
      "xid": .number(transaction.xid.rawValue),
      "commit_lsn": .text(transaction.start),
      "end_lsn": .text(transaction.end),
      "commit_time": .text(transaction.time),
      "datoid": .text(transaction.database),
      "database": .text(entry.databaseName),
      "past_fork": .bool(entry.isPastFork),
      "gid": .text(transaction.gid),
      "origin": origin(entry),
      "bytes": .text(transaction.bytes),
      "messages": .number(transaction.messages),
      "changes_catalogs": .bool(transaction.changesCatalogs),
      "complete": .bool(transaction.isWhole && transaction.database != nil),
      "relations": .list(entry.tables) { .object(members(of: $0)) },
      "other_relations": transaction.otherTables.isEmpty ? .null : .object(counts(transaction.otherTables)),
      "consumers": .list(entry.hits) {
        [
          "slot_name": .string($0.slotName), "effect": .string($0.effect.rawValue), "certain": .bool($0.isCertain),
        ]
      },
    ]
    document.serialize(pretty: false, to: &out)
    out.append(UInt8(ascii: "\n"))
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

  private static func origin(_ entry: LedgerEntry) -> JSONValue {
    guard let originID = entry.transaction.originID else { return .null }
    return [
      "roident": .number(originID), "roname": .text(entry.originName),
      "remote_lsn": .text(entry.transaction.originLSN),
    ]
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
