import Evidence
import PostgresFormat
package import SlotSafety

/// `ledger --format csv` (RFC 4180): a line for each table that a transaction changed, one without a table where it changed
/// none.
package enum LedgerCSV {
  /// The names of the columns, without a line end.
  package static let header = [
    "node", "xid", "commit_lsn", "end_lsn", "commit_time", "datoid", "database", "schema", "name", "oid", "rel",
    "inserts", "updates", "deletes", "truncates", "origin", "bytes", "past_fork", "complete", "consumers",
  ]
  .joined(separator: ",")

  /// Each with its line end.
  package static func lines(_ entry: LedgerEntry) -> String {
    let transaction = entry.transaction
    let consumers = entry.hits.map { "\($0.slotName):\($0.effect.rawValue):\($0.isCertain ? "certain" : "possible")" }
    let head = [
      entry.node.rawValue, "\(transaction.xid)", "\(transaction.start)", "\(transaction.end)", "\(transaction.time)",
      transaction.database?.description ?? "", entry.databaseName ?? "",
    ]
    let tail = [
      entry.originName ?? transaction.originID?.description ?? "", "\(transaction.bytes)", "\(entry.isPastFork)",
      "\(transaction.isWhole && transaction.database != nil)", consumers.joined(separator: " "),
    ]
    func line(_ table: [String]) -> String { (head + table + tail).map(field).joined(separator: ",") }
    func counts(_ rows: RowCounts) -> [String] {
      ["\(rows.inserts)", "\(rows.updates)", "\(rows.deletes)", "\(rows.truncates)"]
    }
    var lines = entry.tables.map { table in
      line(
        [
          table.schema ?? "", table.name ?? "", table.oid?.description ?? "", table.file?.description ?? "",
        ] + counts(table.rows))
    }
    if lines.isEmpty || !transaction.otherTables.isEmpty {
      lines.append(line(["", "", "", ""] + counts(transaction.otherTables)))
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// Quoted where it must be. Control characters are shown, not sent: the lines may end up on a terminal.
  static func field(_ text: String) -> String {
    let shown = TerminalText.escaped(text)
    // A spreadsheet would take these for the beginning of a formula.
    let isFormula = shown.unicodeScalars.first.map("=+-@".unicodeScalars.contains) ?? false
    guard isFormula || shown.unicodeScalars.contains(where: "\",;".unicodeScalars.contains) else { return shown }
    return "\"" + (isFormula ? "'" : "") + TerminalText.replacing("\"", with: "\"\"", in: shown) + "\""
  }
}
