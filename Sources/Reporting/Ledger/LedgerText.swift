import Evidence
import PostgresFormat
package import SlotSafety

/// `ledger` for a person: what it is about, what each consumer is off by, the totals of every table, then the transactions.
package enum LedgerText {
  /// `entries` may be fewer than the transactions in `totals`: it says how many more there are.
  package static func report(
    _ entries: [LedgerEntry], totals: LedgerTotals, coverage: LedgerCoverage, scope: LedgerScope, style: TextStyle
  ) -> TerminalText {
    var lines = style.line(headline(totals, coverage, scope), role: .strong)
    lines += notes(totals, coverage, scope, style: style)
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

  private static func headline(_ totals: LedgerTotals, _ coverage: LedgerCoverage, _ scope: LedgerScope) -> TerminalText
  {
    let doubt = coverage.unread.isEmpty ? "" : ", as far as the WAL is there"
    guard let fork = scope.fork else {
      return "\(count(totals.transactions, "transaction")) with \(count(totals.rows.rowCount, "row"))\(doubt)"
    }
    let where_ = scope.isPromoted ? "the new primary left at \(fork)" : "the standby would leave at \(fork)"
    let earlier = scope.earliestFork.map { "; its recovery may end before, from \($0) on, as an audit tells" } ?? ""
    return "\(count(totals.pastFork, "transaction")) on the old primary only, which \(where_)\(earlier)\(doubt)"
  }

  private static func count(_ number: UInt64, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

  private static func notes(
    _ totals: LedgerTotals, _ coverage: LedgerCoverage, _ scope: LedgerScope, style: TextStyle
  ) -> [TerminalText] {
    var lines = coverage.unread.prefix(20).flatMap { part in
      let end = part.range.upperBound == LSN(.max) ? "the end" : "\(part.range.upperBound)"
      let slots = scope.slots(touching: part.range, on: part.node)
      let names =
        slots.prefix(5).joined(separator: ", ")
        + (slots.count > 5 ? " and \(slots.count - 5) more" : "")
      return style.line(
        "WAL of the \(part.node.rawValue) from \(part.range.lowerBound) to \(end) could not be read: what was committed there is not known"
          + (slots.isEmpty ? "." : "; it may concern the consumers of \(names)."),
        role: .warning)
    }
    for decoding in [scope.skipped, scope.decoding].compactMap({ $0 }) {
      lines += style.line("\(decoding.prefix(1).uppercased())\(decoding.dropFirst()).", role: .error)
    }
    if totals.unclear > 0 {
      lines += style.line(
        "Of \(count(totals.unclear, "transaction")) rows may be missing: begun before the WAL that is here, or written without logical decoding.",
        role: .warning)
    }
    if coverage.messages > 0 {
      lines.append("Besides \(count(coverage.messages, "logical message")) outside of transactions.")
    }
    return lines
  }

  private static func consumers(_ totals: LedgerTotals, style: TextStyle) -> [TerminalText] {
    var table = TextTable([
      ("slot", .left), ("its consumer", .left), ("transactions", .right), ("rows", .right),
      ("of these certain", .right),
    ])
    for consumer in totals.consumers {
      let certain =
        consumer.certainTransactions == 0
        ? "" : "\(consumer.certainTransactions) (\(count(consumer.certainRows, "row")))"
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

  private static let tableLimit = 50

  private static func counts(_ rows: RowCounts) -> [String] {
    [rows.inserts, rows.updates, rows.deletes, rows.truncates].map { $0 == 0 ? "" : "\($0)" }
  }

  private static func transactions(_ entries: [LedgerEntry], style: TextStyle) -> [TerminalText] {
    var table = TextTable([
      ("xid", .right), ("commit", .left), ("time", .left), ("database", .left), ("size", .right), ("origin", .left),
      ("changes", .left), ("for consumers", .left),
    ])
    for entry in entries {
      let transaction = entry.transaction
      var hits = entry.hits.map { "\($0.slotName): \($0.isCertain ? "" : "perhaps ")\($0.effect.word)" }
      if entry.node == .standby { hits.append("on the new timeline") }
      table.add([
        "\(transaction.xid)", "\(transaction.start)", "\(transaction.time)",
        entry.databaseName ?? transaction.database.map { "oid \($0)" } ?? "?", ByteCount.text(transaction.bytes),
        entry.originName ?? transaction.originID.map { "origin \($0)" } ?? "", changes(entry),
        hits.joined(separator: ", "),
      ])
    }
    return table.isEmpty ? [] : table.lines(indent: 2, style: style)
  }

  /// `public.t +3 ~1 -2`: inserted, updated, deleted.
  private static func changes(_ entry: LedgerEntry) -> String {
    var parts = entry.tables.prefix(4).map { "\($0.shownName) \($0.rows.signs)" }
    let rest = entry.tables.dropFirst(4).reduce(entry.transaction.otherTables) { $0 + $1.rows }
    if !rest.isEmpty { parts.append("further tables \(rest.signs)") }
    if entry.transaction.messages > 0 { parts.append(count(entry.transaction.messages, "message")) }
    if parts.isEmpty { parts.append(entry.transaction.changesCatalogs ? "catalogs only" : "no rows") }
    if !entry.transaction.isWhole { parts.append("perhaps more") }
    return parts.joined(separator: ", ")
  }
}

extension RowCounts {
  fileprivate var signs: String {
    let parts = [(inserts, "+"), (updates, "~"), (deletes, "-")].filter { $0.0 > 0 }.map { "\($0.1)\($0.0)" }
    return (parts + (truncates > 0 ? ["truncated"] : [])).joined(separator: " ")
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
  fileprivate var word: String { self == .vanished ? "missing on the new primary" : rawValue }

  var role: TextStyle.Role {
    switch self {
    case .missed, .vanished: .error
    case .repeated: .warning
    case .pending: .faint
    }
  }
}
