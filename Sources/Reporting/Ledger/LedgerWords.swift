import Evidence
import PostgresFormat
import SlotSafety

/// What a ledger says in sentences, the same for a terminal and a page.
enum LedgerWords {
  /// What it is about, in a line.
  static func headline(_ totals: LedgerTotals, _ coverage: LedgerCoverage, _ scope: LedgerScope) -> String {
    let doubt = coverage.unread.isEmpty ? "" : ", as far as the WAL is there"
    guard let fork = scope.fork else {
      return "\(count(totals.transactions, "transaction")) with \(count(totals.rows.rowCount, "row"))\(doubt)"
    }
    let where_ = scope.isPromoted ? "the new primary left at \(fork)" : "the standby would leave at \(fork)"
    let earlier = scope.earliestFork.map { "; its recovery may end before, from \($0) on, as an audit tells" } ?? ""
    return "\(count(totals.pastFork, "transaction")) on the old primary only, which \(where_)\(earlier)\(doubt)"
  }

  static func count(_ number: UInt64, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

  /// What is open, or wrong with all of it.
  static func notes(
    _ totals: LedgerTotals, _ coverage: LedgerCoverage, _ scope: LedgerScope
  ) -> [(words: String, role: TextStyle.Role?)] {
    var notes: [(words: String, role: TextStyle.Role?)] = coverage.unread.prefix(20).map { part in
      let end = part.range.upperBound == LSN(.max) ? "the end" : "\(part.range.upperBound)"
      let slots = scope.slots(touching: part.range, on: part.node)
      let names =
        slots.prefix(5).joined(separator: ", ")
        + (slots.count > 5 ? " and \(slots.count - 5) more" : "")
      return (
        "WAL of the \(part.node.rawValue) from \(part.range.lowerBound) to \(end) could not be read: what was committed there is not known"
          + (slots.isEmpty ? "." : "; it may concern the consumers of \(names)."), .warning
      )
    }
    for decoding in [scope.skipped, scope.decoding].compactMap({ $0 }) {
      notes.append(("\(decoding.prefix(1).uppercased())\(decoding.dropFirst()).", .error))
    }
    if totals.unclear > 0 {
      notes.append(
        (
          "Of \(count(totals.unclear, "transaction")) rows may be missing: begun before the WAL that is here, or written without logical decoding.",
          .warning
        ))
    }
    if coverage.messages > 0 {
      notes.append(("Besides \(count(coverage.messages, "logical message")) outside of transactions.", nil))
    }
    return notes
  }

  /// What a transaction is for each consumer.
  static func hits(_ entry: LedgerEntry) -> [String] {
    let hits = entry.hits.map { "\($0.slotName): \($0.isCertain ? "" : "perhaps ")\($0.effect.word)" }
    return hits + (entry.node == .standby ? ["on the new timeline"] : [])
  }

  /// `public.t +3 ~1 -2`: inserted, updated, deleted.
  static func changes(_ entry: LedgerEntry) -> String {
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
