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

  /// Writes the lines with their ends.
  package static func write(_ entry: LedgerEntry, to out: inout [UInt8]) {
    let transaction = entry.transaction
    let consumers = entry.hits.map { "\($0.slotName):\($0.effect.rawValue):\($0.isCertain ? "certain" : "possible")" }
    let head = fields([
      entry.node.rawValue, "\(transaction.xid)", "\(transaction.start)", "\(transaction.end)", "\(transaction.time)",
      transaction.database?.description ?? "", entry.databaseName ?? "",
    ])
    let tail = fields([
      entry.originName ?? transaction.originID?.description ?? "", "\(transaction.bytes)", "\(entry.isPastFork)",
      "\(transaction.isWhole && transaction.database != nil)", consumers.joined(separator: " "),
    ])
    func line(_ table: String, _ rows: RowCounts) {
      out += "\(head),\(table),\(rows.inserts),\(rows.updates),\(rows.deletes),\(rows.truncates),\(tail)\n".utf8
    }
    for table in entry.tables {
      let names = [
        table.schema ?? "", table.name ?? "", table.oid?.description ?? "", table.file?.description ?? "",
      ]
      line(fields(names), table.rows)
    }
    if entry.tables.isEmpty || !transaction.otherTables.isEmpty { line(",,,", transaction.otherTables) }
  }

  private static func fields(_ texts: [String]) -> String { texts.map(field).joined(separator: ",") }

  /// Quoted where it must be. Control characters are shown, not sent: the lines may end up on a terminal.
  static func field(_ text: String) -> String {
    // Most are letters, numbers, positions and times, and go as they are.
    let isPlain = text.utf8.allSatisfy { 0x2D...0x3A ~= $0 || 0x41...0x5A ~= $0 || 0x5F...0x7A ~= $0 }
    if isPlain, text.utf8.first != UInt8(ascii: "-") { return text }
    let shown = TerminalText.escaped(text)
    // A spreadsheet would take these for the beginning of a formula.
    let isFormula = shown.unicodeScalars.first.map("=+-@＝＋－＠".unicodeScalars.contains) ?? false
    guard isFormula || shown.unicodeScalars.contains(where: "\",;".unicodeScalars.contains) else { return shown }
    return "\"" + (isFormula ? "'" : "") + TerminalText.replacing("\"", with: "\"\"", in: shown) + "\""
  }
}
