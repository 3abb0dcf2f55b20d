package import PostgresFormat
import SlotSafety

/// Many clusters for a browser: one index page, the worst first.
package enum FleetHTML {
  /// `time` is when the page was made.
  package static func page(_ report: FleetReport, at time: Timestamp) -> String {
    let bad = report.rows.count { $0.verdict != .ready }
    let title = "\(report.rows.count) cluster\(report.rows.count == 1 ? "" : "s"), \(bad) of them not ready"
    var body: HTML = "<section class=\"\(report.verdict.rawValue)\">\n<h1>\(title)</h1>\n"
    for gap in report.gaps { body += "<p class=\"next\">Missing: \(gap)</p>\n" }
    var table = HTMLTable(
      "The worst first",
      ["cluster", "verdict", "crash", "switchover", "primary", "candidate", "nodes", "slots ready", "retains", "why"])
    for row in report.rows {
      var cells: [HTML] = [HTML.breakable(row.cluster)]
      for verdict in [row.verdict, row.crash, row.switchover] {
        cells.append(verdict.map { .badge($0.rawValue) } ?? "")
      }
      cells += [
        row.primary ?? "", row.candidate ?? "", "\(row.nodes - row.unreadNodes) of \(row.nodes)",
        "\(row.readySlots) of \(row.slots)", row.retainedBytes.map(ByteCount.text) ?? "", row.headline,
      ].map(HTML.breakable)
      table.add(cells)
    }
    body += "\(table.html)</section>\n<footer>Made by slotscope at \(time.description).</footer>"
    return HTML.page(title: title, style: PackageResources.report_css, main: body)
  }
}

/// The same as gauges.
package enum FleetPrometheus {
  /// The page's text. `time` is when they were asked.
  package static func metrics(_ report: FleetReport, labels: [MetricsPage.Label] = [], at time: Timestamp) -> String {
    var page = MetricsPage(
      isUp: report.gaps.isEmpty && report.rows.allSatisfy { $0.unreadNodes == 0 && $0.nodes > 0 }, common: labels,
      question: "audit", at: time)
    func label(_ row: FleetRow) -> MetricsPage.Label { MetricsPage.Label("cluster", row.cluster) }
    page.states(
      "slotscope_cluster_verdict", "Whether a cluster's consumers would survive: 1 for the verdict that holds.",
      "verdict",
      all: Verdict.allCases.map { (state: $0, word: $0.rawValue) },
      of: report.rows.flatMap { row in
        let events: [(String, Verdict?)] = [
          ("decisive", row.verdict), ("crash", row.crash), ("switchover", row.switchover),
        ]
        return events.compactMap { event, verdict in
          verdict.map { (labels: [label(row), MetricsPage.Label("event", event)], state: $0) }
        }
      })
    page.family(
      "slotscope_cluster_nodes_unread", "Nodes that could not be read.",
      report.rows.map { .init([label($0)], $0.unreadNodes) })
    page.family(
      "slotscope_cluster_retained_bytes", "WAL that the slot retains that retains most, in bytes.",
      report.rows.compactMap { row in row.retainedBytes.map { .init([label(row)], $0) } })
    page.family(
      "slotscope_cluster_evidence_age_seconds", "Since the oldest evidence of a node was gathered.",
      report.rows.compactMap { row in row.ageSeconds.map { .init([label(row)], $0) } })
    return page.text
  }
}
