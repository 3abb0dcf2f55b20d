import PostgresFormat
import SlotSafety

/// Many clusters, a row each, the worst first.
package enum FleetText {
  /// Rows that are ready are counted and not listed, unless `verbose`.
  package static func report(_ report: FleetReport, style: TextStyle, verbose: Bool) -> TerminalText {
    let count = report.rows.count
    let words = Verdict.allCases.reversed().compactMap { verdict -> String? in
      let count = report.count(verdict)
      return count == 0 ? nil : "\(count) \(verdict.rawValue)"
    }
    let shard = report.shard.map { " (part \($0.text))" } ?? ""
    var lines = style.line(
      "\(count) cluster\(count == 1 ? "" : "s")\(shard): \(words.isEmpty ? "nothing was asked" : words.joined(separator: ", "))",
      role: report.verdict.role)
    for gap in report.gaps { lines += style.line("missing: \(gap)", indent: 2, role: .error) }
    var table = TextTable([
      ("cluster", .left), ("verdict", .left), ("crash", .left), ("switchover", .left), ("primary", .left),
      ("candidate", .left), ("nodes", .right), ("slots ready", .right), ("not received", .right), ("retains", .right),
      ("age", .right), ("why", .left),
    ])
    let listed = report.rows.filter { verbose || $0.verdict != .ready }
    for row in listed {
      let whole = row.unreadNodes == 0 ? "\(row.nodes)" : "\(row.nodes - row.unreadNodes) of \(row.nodes)"
      let ready = row.slots == 0 ? "" : "\(row.readySlots) of \(row.slots)"
      let lag = row.lagBytes.map { ByteCount.text($0) } ?? ""
      let retained = row.retainedBytes.map { ByteCount.text($0) } ?? ""
      let age = row.ageSeconds.map { StatusWords.duration(seconds: $0) } ?? ""
      var cells: [String] = [row.cluster, row.verdict.rawValue, row.crash?.rawValue ?? ""]
      cells += [row.switchover?.rawValue ?? "", row.primary ?? "", row.candidate ?? "", whole, ready]
      cells += [lag, retained, age, row.headline]
      table.add(
        cells,
        styles: [1: row.verdict.role, 2: row.crash?.role ?? .faint, 3: row.switchover?.role ?? .faint])
    }
    let rows = table.lines(indent: 0, style: style)
    if !rows.isEmpty { lines += [""] + rows }
    let left = report.rows.count - listed.count
    if left > 0 { lines.append(style.paint("\(left) that are ready with -v", .faint)) }
    return lines.joined(separator: "\n") + "\n"
  }
}
