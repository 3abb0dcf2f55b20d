package import PostgresFormat

/// The figures of `pg_waldump --stats`, for a person and for a program.
package enum WALStatisticsReport {
  /// Only managers or types that occur; sizes in bytes, and the share of each figure in its column's total.
  package static func text(
    _ statistics: WALStatistics, byType: Bool, version: ServerVersion, style: TextStyle
  ) -> TerminalText {
    var table = TextTable([
      (byType ? "record type" : "resource manager", .left), ("records", .right), ("", .right), ("record bytes", .right),
      ("", .right), ("image bytes", .right), ("", .right), ("all bytes", .right), ("", .right),
    ])
    let total = statistics.total
    for (name, counter) in rows(statistics, byType: byType, version: version) where counter.count > 0 {
      table.add(cells(name, counter, of: total))
    }
    table.add(cells("Total", total, of: total), styles: [0: .strong])
    let range: TerminalText = statistics.firstRecord.map { "WAL from \($0) to \(statistics.end ?? $0)\n\n" } ?? ""
    return range + table.lines(indent: 0, style: style).joined(separator: "\n") + "\n"
  }

  private static func cells(
    _ name: String, _ counter: WALStatistics.Counter, of total: WALStatistics.Counter
  ) -> [String] {
    [
      name, "\(counter.count)", percent(counter.count, of: total.count),
      "\(counter.recordBytes)", percent(counter.recordBytes, of: total.recordBytes),
      "\(counter.imageBytes)", percent(counter.imageBytes, of: total.imageBytes),
      "\(counter.totalBytes)", percent(counter.totalBytes, of: total.totalBytes),
    ]
  }

  /// With one digit after the point, rounded: `12.5 %`.
  private static func percent(_ part: UInt64, of whole: UInt64) -> String {
    guard whole > 0 else { return "0.0 %" }
    let tenths = UInt64((Double(part) * 1000 / Double(whole)).rounded())
    return "\(tenths / 10).\(tenths % 10) %"
  }

  /// By resource manager or record type, with the names of that major.
  static func rows(
    _ statistics: WALStatistics, byType: Bool, version: ServerVersion
  ) -> [(name: String, counter: WALStatistics.Counter)] {
    guard byType else { return statistics.managers.map { ($0.manager.name, $0.counter) } }
    let names = RecordTypeNames(version)
    return statistics.types.map { ("\($0.manager.name)/\(names.name($0.manager, info: $0.info))", $0.counter) }
  }

  /// `slotscope.wal-stats/1`: by resource manager, or with `byType` by record type.
  package static func json(
    _ statistics: WALStatistics, byType: Bool, version: ServerVersion, walk: WalkSummary
  ) -> JSONValue {
    let total = statistics.total
    var members: [JSONValue.Member] = [
      JSONValue.Member(name: "schema", value: "slotscope.wal-stats/1"),
      JSONValue.Member(name: "records", value: .number(total.count)),
      JSONValue.Member(name: "record_bytes", value: .number(total.recordBytes)),
      JSONValue.Member(name: "fpi_bytes", value: .number(total.imageBytes)),
    ]
    members += walk.members
    members.append(
      JSONValue.Member(
        name: "resource_managers", value: .list(rows(statistics, byType: false, version: version), object)))
    if byType {
      members.append(
        JSONValue.Member(
          name: "record_types", value: .list(rows(statistics, byType: true, version: version), object)))
    }
    return .object(members)
  }

  private static func object(_ row: (name: String, counter: WALStatistics.Counter)) -> JSONValue {
    [
      "name": .string(row.name), "count": .number(row.counter.count),
      "record_bytes": .number(row.counter.recordBytes), "fpi_bytes": .number(row.counter.imageBytes),
    ]
  }
}
