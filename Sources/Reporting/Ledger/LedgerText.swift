import Evidence
import PostgresFormat
package import SlotSafety

/// `ledger` for a person: what it is about, what each consumer is off by, the totals of every table, then the transactions.
package enum LedgerText {
  /// `entries` may be fewer than the transactions in `totals`: it says how many more there are.
  package static func report(
    _ entries: [LedgerEntry], totals: LedgerTotals, coverage: LedgerCoverage, scope: LedgerScope, style: TextStyle
  ) -> TerminalText {
    var lines = style.line("\(LedgerWords.headline(totals, coverage, scope))", role: .strong)
    for note in LedgerWords.notes(totals, coverage, scope) { lines += style.line("\(note.words)", role: note.role) }
    lines += section("Consumers", consumers(totals, style: style), style: style)
    lines += section("Tables", tables(totals, style: style), style: style)
    lines += section("Transactions", transactions(entries, style: style), style: style)
    if totals.transactions > UInt64(entries.count) {
      lines.append(style.paint("  and \(totals.transactions - UInt64(entries.count)) more (--limit)", .faint))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func section(_ title: TerminalText, _ body: [TerminalText], style: TextStyle) -> [TerminalText] {
    body.isEmpty ? [] : ["", style.paint(title, .strong)] + body
  }

  private static func consumers(_ totals: LedgerTotals, style: TextStyle) -> [TerminalText] {
    var table = TextTable([
      ("slot", .left), ("its consumer", .left), ("transactions", .right), ("rows", .right),
      ("of these certain", .right),
    ])
    for consumer in totals.consumers {
      let certain =
        consumer.certainTransactions == 0
        ? "" : "\(consumer.certainTransactions) (\(LedgerWords.count(consumer.certainRows, "row")))"
      let isCertain = consumer.certainTransactions == consumer.transactions
      table.add(
        [
          consumer.slotName, consumer.effect.sentence(isCertain: isCertain), "\(consumer.transactions)",
          "\(consumer.rows)", certain,
        ],
        styles: [1: consumer.effect.role])
    }
    return table.isEmpty ? [] : table.lines(indent: 2, style: style)
  }

  private static func tables(_ totals: LedgerTotals, style: TextStyle) -> [TerminalText] {
    var table = TextTable([
      ("database", .left), ("table", .left), ("inserts", .right), ("updates", .right), ("deletes", .right),
      ("truncates", .right), ("transactions", .right),
    ])
    for total in totals.tables.prefix(tableLimit) {
      table.add(
        [total.databaseName ?? total.database.map { "oid \($0)" } ?? "?", total.table.shownName]
          + counts(total.table.rows) + ["\(total.transactions)"])
    }
    let rest = totals.tables.dropFirst(tableLimit).reduce(totals.otherTables) { $0 + $1.table.rows }
    if !rest.isEmpty { table.add(["", "further tables"] + counts(rest)) }
    return table.isEmpty ? [] : table.lines(indent: 2, style: style)
  }

  /// Tables that have a row of their own.
  static let tableLimit = 50

  static func counts(_ rows: RowCounts) -> [String] {
    [rows.inserts, rows.updates, rows.deletes, rows.truncates].map { $0 == 0 ? "" : "\($0)" }
  }

  private static func transactions(_ entries: [LedgerEntry], style: TextStyle) -> [TerminalText] {
    var table = TextTable([
      ("xid", .right), ("commit", .left), ("time", .left), ("database", .left), ("size", .right), ("origin", .left),
      ("changes", .left), ("for consumers", .left),
    ])
    for entry in entries {
      let transaction = entry.transaction
      table.add([
        "\(transaction.xid)", "\(transaction.start)", "\(transaction.time)",
        entry.databaseName ?? transaction.database.map { "oid \($0)" } ?? "?", ByteCount.text(transaction.bytes),
        entry.originName ?? transaction.originID.map { "origin \($0)" } ?? "", LedgerWords.changes(entry),
        LedgerWords.hits(entry).joined(separator: ", "),
      ])
    }
    return table.isEmpty ? [] : table.lines(indent: 2, style: style)
  }
}

extension NamedTable {
  /// `public.orders`; what the WAL has for a name where the catalogs have none.
  var shownName: String {
    if let name { return schema.map { "\($0).\(name)" } ?? name }
    return file?.description ?? oid.map { "oid \($0)" } ?? "?"
  }
}

extension LedgerEffect {
  func sentence(isCertain: Bool) -> String {
    switch self {
    case .missed: isCertain ? "misses" : "may miss"
    case .vanished: isCertain ? "has, and the new primary lacks" : "may have, and the new primary lacks"
    case .repeated: "gets again, if it goes on from the slot's position"
    case .pending: "is sent next, if it has not confirmed since"
    }
  }

  /// Beside a transaction, where documents have the name.
  var word: String { self == .vanished ? "missing on the new primary" : rawValue }

  var role: TextStyle.Role {
    switch self {
    case .missed, .vanished: .error
    case .repeated: .warning
    case .pending: .faint
    }
  }
}
