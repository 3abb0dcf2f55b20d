package import PostgresFormat

/// The table of `pg_waldump --stats`, in its words and figures.
///
/// Follows `XLogDumpDisplayStats` in src/bin/pg_waldump/pg_waldump.c.
package enum WALDumpStatistics {
  /// By resource manager, or with `byType` by record type. Without a record the range is empty: `0/0`.
  package static func text(_ statistics: WALStatistics, byType: Bool, version: ServerVersion) -> String {
    let wording = RecordWording(version)
    let total = statistics.total
    var text = ""
    if wording.describesSPGiST {
      text = "WAL statistics between \(lsn(statistics.firstRecord, wording)) and \(lsn(statistics.end, wording)):\n"
    }
    text += line(["Type", "N", "(%)", "Record size", "(%)", "FPI size", "(%)", "Combined size", "(%)"])
    text += line(["----", "-", "---", "-----------", "---", "--------", "---", "-------------", "---"])
    for (name, counter) in WALStatisticsReport.rows(statistics, byType: byType, version: version) {
      text += left(name, 27)
      for (value, whole) in [
        (counter.count, total.count), (counter.recordBytes, total.recordBytes),
        (counter.imageBytes, total.imageBytes), (counter.totalBytes, total.totalBytes),
      ] { text += " \(right(String(value), 20)) (\(right(percent(value, of: whole), 6)))" }
      text += "\n"
    }
    text += line(["", "--------", "", "--------", "", "--------", "", "--------"])
    let shares = [total.recordBytes, total.imageBytes].map { "[\(percent($0, of: total.totalBytes))%]" }
    text += left("Total", 27) + " \(right(String(total.count), 20)) \(left("", 9))"
    text += "\(right(String(total.recordBytes), 20)) \(left(shares[0], 9))"
    text += "\(right(String(total.imageBytes), 20)) \(left(shares[1], 9))"
    return text + "\(right(String(total.totalBytes), 20)) [100%]\n"
  }

  private static func lsn(_ position: LSN?, _ wording: RecordWording) -> String {
    guard let position else { return wording.padsLSNs ? "0/00000000" : "0/0" }
    if wording.padsLSNs { return position.description }
    let (high, low) = (position.rawValue >> 32, position.rawValue & 0xFFFF_FFFF)
    return "\(String(high, radix: 16, uppercase: true))/\(String(low, radix: 16, uppercase: true))"
  }

  /// `%-27s %20s %8s %20s %8s …`.
  private static func line(_ cells: [String]) -> String {
    cells.enumerated().map { index, cell in
      index == 0 ? left(cell, 27) : right(cell, index % 2 == 1 ? 20 : 8)
    }.joined(separator: " ") + "\n"
  }

  private static func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.utf8.count))
  }

  private static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.utf8.count)) + text
  }

  /// `%.2f` of a hundred times the part.
  private static func percent(_ part: UInt64, of whole: UInt64) -> String {
    guard whole > 0 else { return "0.00" }
    let hundredths = UInt64((100 * (100 * Double(part) / Double(whole))).rounded(.toNearestOrEven))
    let rest = String(hundredths % 100)
    return "\(hundredths / 100).\(rest.utf8.count < 2 ? "0" + rest : rest)"
  }
}
