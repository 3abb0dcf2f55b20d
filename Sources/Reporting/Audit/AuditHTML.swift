package import PostgresFormat
package import SlotSafety

/// The verdict as one page that needs nothing else: a picture of the timelines and slots, the table, every finding.
///
/// Every text from a file is escaped by ``HTML``; there is no script in it.
package enum AuditHTML {
  /// `assessments` in the order of ``Audit/assessments()``; `time` is when the page was made.
  package static func page(_ assessments: [Assessment], at time: Timestamp) -> String {
    let title = assessments.first.map(AuditWords.headline) ?? "Nothing was judged"
    var body: HTML = ""
    for (index, assessment) in assessments.enumerated() {
      body += section(assessment, rank: assessments.count > 1 ? index + 1 : nil)
    }
    body +=
      "\n<footer>Made by slotscope at \(time.description). Positions on disk are bounds; what was left open was never rounded up.</footer>"
    return HTML.page(title: title, style: PackageResources.audit_css, main: body)
  }

  /// A cell with a verdict.
  static func badge(_ verdict: Verdict) -> HTML {
    "<td><span class=\"badge \(verdict.rawValue)\">\(verdict.rawValue)</span></td>"
  }

  private static func section(_ assessment: Assessment, rank: Int?) -> HTML {
    var html: HTML = "<section class=\"\(assessment.verdict.rawValue)\">\n"
    if let rank { html += "<p class=\"rank\">Candidate \(rank)</p>\n" }
    html += "<h1>\(AuditWords.headline(assessment))</h1>\n"
    for other in assessment.events where other.event != assessment.event {
      html += "<p>\(AuditWords.beside(other))</p>\n"
    }
    if let step = AuditWords.firstStep(assessment) { html += "<p class=\"next\"><b>First:</b> \(step)</p>\n" }
    html +=
      "<table class=\"nodes\"><tr><th>node</th><th>source</th><th>version</th><th>state</th><th>timeline</th><th>WAL to</th><th>gathered</th></tr>\n"
    for (name, node) in [("primary", assessment.primary), ("standby", assessment.standby)] {
      guard let node else { continue }
      html += row(
        [
          name, node.source, node.version?.name ?? "", node.state?.name ?? "", node.timeline?.description ?? "",
          node.endOfWAL?.description ?? "", node.gatheredAt?.description ?? "",
        ])
    }
    html += "</table>\n"
    html += AuditPicture.svg(assessment)
    html += "<table><tr><th>slot</th><th>database</th><th>verdict</th><th>why</th><th>rules</th></tr>\n"
    for slot in assessment.slots {
      html +=
        "<tr><td>\(slot.slotName)</td><td>\(slot.databaseName ?? (slot.isLogical ? "" : "(physical)"))</td>"
      html += badge(slot.verdict)
      let ids = AuditWords.ids(slot.findings).joined(separator: " ")
      html += "<td>\(AuditWords.reason(slot))</td><td>\(ids)</td></tr>\n"
    }
    html += "</table>\n"
    if !assessment.findings.isEmpty { html += "<h2>Findings</h2>\n" }
    for finding in assessment.findings {
      html +=
        "<details class=\"\(finding.severity.rawValue)\"><summary><b>\(finding.id)</b> \(finding.message)</summary>\n"
      if let remedy = finding.remedy { html += "<p>\(remedy)</p>\n" }
      html += "<ul>"
      for fact in finding.facts {
        let place = fact.offset.map { "\(fact.path) at byte \($0)" } ?? fact.path
        html +=
          "<li>\([fact.node, place].compactMap { $0 }.joined(separator: ": ")): \(fact.fact)</li>"
      }
      html += "</ul></details>\n"
    }
    return html + "</section>\n"
  }

  private static func row(_ cells: [String]) -> HTML {
    "<tr>\(cells.map { cell -> HTML in "<td>\(cell)</td>" }.joined())</tr>\n"
  }
}
