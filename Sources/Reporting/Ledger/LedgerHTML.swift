import Evidence
package import PostgresFormat
package import SlotSafety

/// A ledger as one page that needs nothing else: what each consumer is off by, the rows of every table, then the transactions.
package enum LedgerHTML {
  /// `entries` may be fewer than the transactions in `totals`; `time` is when the page was made.
  package static func page(
    _ entries: [LedgerEntry], totals: LedgerTotals, coverage: LedgerCoverage, scope: LedgerScope,
    context: PageContext = PageContext(), at time: Timestamp
  ) -> String {
    let headline = LedgerWords.headline(totals, coverage, scope)
    let isOff = totals.consumers.contains { $0.effect == .missed || $0.effect == .vanished }
    var body: HTML = "<section class=\"\(isOff ? "at_risk" : "ready")\">\n"
    if let cluster = context.cluster { body += "<p class=\"faint\">Cluster \(cluster)</p>\n" }
    body += "<h1>\(headline)</h1>\n"
    for note in LedgerWords.notes(totals, coverage, scope) {
      body += "<p class=\"next\">\(HTML.breakable(note.words))</p>\n"
    }
    for (title, part) in [
      ("What consumers are off by", consumers(totals)), ("Rows by table", tables(totals)),
      ("Transactions", transactions(entries, totals)),
    ] where !part.text.isEmpty { body += "<h2>\(title)</h2>\n\(part)" }
    body += "</section>\n\(context.footer(at: time))"
    let name = context.cluster.map { "\($0): " } ?? ""
    return HTML.page(title: "\(name)\(headline)", style: PackageResources.report_css, main: body)
  }

  private static func consumers(_ totals: LedgerTotals) -> HTML {
    var table = HTMLTable(
      "For each slot, what its consumer misses or has in excess",
      [("slot", false), ("its consumer", false), ("transactions", true), ("rows", true), ("certain", true)])
    let sorted = totals.consumers.enumerated().sorted {
      (rank($0.element.effect), $0.offset) < (rank($1.element.effect), $1.offset)
    }.map(\.element)
    for consumer in sorted {
      let isCertain = consumer.certainTransactions == consumer.transactions
      let words = consumer.effect.sentence(isCertain: isCertain)
      table.add([
        HTML.breakable(consumer.slotName), colored(consumer.effect, words), "\(consumer.transactions)",
        "\(consumer.rows)", "\(consumer.certainTransactions)",
      ])
    }
    return table.html
  }

  /// The worst first.
  private static func rank(_ effect: LedgerEffect) -> Int {
    switch effect {
    case .missed: 0
    case .vanished: 1
    case .repeated: 2
    case .pending: 3
    }
  }

  private static func colored(_ effect: LedgerEffect, _ words: String) -> HTML {
    switch effect {
    case .missed: "<span class=\"skip\">\(HTML.breakable(words))</span>"
    case .vanished: "<span class=\"gone\">\(HTML.breakable(words))</span>"
    case .repeated, .pending: HTML.breakable(words)
    }
  }

  private static func tables(_ totals: LedgerTotals) -> HTML {
    var table = HTMLTable(
      "As logical decoding sends them",
      [
        ("table", false), ("database", false), ("inserts", true), ("updates", true), ("deletes", true),
        ("truncates", true), ("transactions", true),
      ])
    for total in totals.tables.prefix(LedgerText.tableLimit) {
      let database = total.databaseName ?? total.database.map { "oid \($0)" } ?? "?"
      table.add(
        [HTML.breakable(total.table.shownName), "\(database)"] + LedgerText.counts(total.table.rows).map { "\($0)" }
          + ["\(total.transactions)"])
    }
    let rest = totals.tables.dropFirst(LedgerText.tableLimit).reduce(totals.otherTables) { $0 + $1.table.rows }
    if !rest.isEmpty { table.add(["further tables", ""] + LedgerText.counts(rest).map { "\($0)" } + [""]) }
    return table.html
  }

  private static func transactions(_ entries: [LedgerEntry], _ totals: LedgerTotals) -> HTML {
    let count = UInt64(entries.count)
    var table = HTMLTable(
      totals.transactions > count ? "The first \(count) of \(totals.transactions)" : "All of them",
      [
        ("commit", false), ("time", false), ("xid", true), ("database", false), ("size", true), ("changes", false),
        ("for consumers", false),
      ])
    for entry in entries {
      let transaction = entry.transaction
      let database = entry.databaseName ?? transaction.database.map { "oid \($0)" } ?? "?"
      table.add([
        "\(transaction.start)", HTML.time(transaction.time), "\(transaction.xid)", "\(database)",
        "\(ByteCount.text(transaction.bytes))", HTML.breakable(LedgerWords.changes(entry)), hits(entry),
      ])
    }
    return table.html
  }

  private static func hits(_ entry: LedgerEntry) -> HTML {
    LedgerWords.hits(entry).enumerated().map { index, words -> HTML in
      let shown = index < entry.hits.count ? colored(entry.hits[index].effect, words) : "\(words)"
      return index == 0 ? shown : ", \(shown)"
    }.joined()
  }
}
