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
  package static func write(_ entry: LedgerEntry, to out: inout ByteWriter) {
    for table in entry.tables { line(entry, table, table.rows, &out) }
    let others = entry.transaction.otherTables
    if entry.tables.isEmpty || !others.isEmpty { line(entry, nil, others, &out) }
  }

  private static func line(_ entry: LedgerEntry, _ table: NamedTable?, _ rows: RowCounts, _ out: inout ByteWriter) {
    let transaction = entry.transaction
    out.string(entry.node.rawValue)
    out.text(",")
    out.decimal(transaction.xid.rawValue)
    out.text(",")
    out.lsn(transaction.start)
    out.text(",")
    out.lsn(transaction.end)
    out.text(",")
    out.utcTime(transaction.time)
    out.text(",")
    if let database = transaction.database { out.decimal(database.rawValue) }
    out.text(",")
    field(entry.databaseName, &out)
    out.text(",")
    field(table?.schema, &out)
    out.text(",")
    field(table?.name, &out)
    out.text(",")
    if let oid = table?.oid { out.decimal(oid.rawValue) }
    out.text(",")
    if let file = table?.file { out.relation(file) }
    for count in [rows.inserts, rows.updates, rows.deletes, rows.truncates] {
      out.text(",")
      out.decimal(count)
    }
    out.text(",")
    field(entry.originName ?? transaction.originID?.description, &out)
    out.text(",")
    out.decimal(transaction.bytes)
    out.text(entry.isPastFork ? ",true," : ",false,")
    out.text(entry.isComplete ? "true," : "false,")
    let consumers = entry.hits.map { "\($0.slotName):\($0.effect.rawValue):\($0.isCertain ? "certain" : "possible")" }
    field(consumers.joined(separator: " "), &out)
    out.text("\n")
  }

  private static func field(_ text: String?, _ out: inout ByteWriter) {
    if let text { out.string(field(text)) }
  }

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
