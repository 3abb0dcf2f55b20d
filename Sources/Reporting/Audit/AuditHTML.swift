package import PostgresFormat
package import SlotSafety

/// The verdict as one page that needs nothing else: a picture of the timelines and slots, the table, every finding.
///
/// Every text from a file goes through ``escaped(_:)``; there is no script in it.
package enum AuditHTML {
  /// `assessments` in the order of ``Audit/assessments()``; `time` is when the page was made.
  package static func page(_ assessments: [Assessment], at time: Timestamp) -> String {
    let title = assessments.first.map(AuditWords.headline) ?? "Nothing was judged"
    var body = ""
    for (index, assessment) in assessments.enumerated() {
      body += section(assessment, rank: assessments.count > 1 ? index + 1 : nil)
    }
    return """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <title>\(escaped(title))</title>
      <style>
      \(style)
      </style></head><body><main>
      \(body)
      <footer>Made by slotscope at \(time.description). Positions on disk are bounds; what was left open was never rounded up.</footer>
      </main></body></html>

      """
  }

  private static func section(_ assessment: Assessment, rank: Int?) -> String {
    var html = "<section class=\"\(assessment.verdict.rawValue)\">\n"
    if let rank { html += "<p class=\"rank\">Candidate \(rank)</p>\n" }
    html += "<h1>\(escaped(AuditWords.headline(assessment)))</h1>\n"
    for other in assessment.events where other.event != assessment.event {
      html += "<p>\(escaped(AuditWords.beside(other)))</p>\n"
    }
    if let step = assessment.firstStep { html += "<p class=\"next\"><b>First:</b> \(escaped(step))</p>\n" }
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
        "<tr><td>\(escaped(slot.slotName))</td><td>\(escaped(slot.databaseName ?? (slot.isLogical ? "" : "(physical)")))</td>"
      html += "<td><span class=\"badge \(slot.verdict.rawValue)\">\(slot.verdict.rawValue)</span></td>"
      let ids = AuditWords.ids(slot.findings).joined(separator: " ")
      html += "<td>\(escaped(AuditWords.reason(slot)))</td><td>\(escaped(ids))</td></tr>\n"
    }
    html += "</table>\n"
    if !assessment.findings.isEmpty { html += "<h2>Findings</h2>\n" }
    for finding in assessment.findings {
      html +=
        "<details class=\"\(finding.severity.rawValue)\"><summary><b>\(escaped(finding.id))</b> \(escaped(finding.message))</summary>\n"
      if let remedy = finding.remedy { html += "<p>\(escaped(remedy))</p>\n" }
      html += "<ul>"
      for fact in finding.facts {
        let place = fact.offset.map { "\(fact.path) at byte \($0)" } ?? fact.path
        html +=
          "<li>\(escaped([fact.node, place].compactMap { $0 }.joined(separator: ": "))): \(escaped(fact.fact))</li>"
      }
      html += "</ul></details>\n"
    }
    return html + "</section>\n"
  }

  private static func row(_ cells: [String]) -> String {
    "<tr>" + cells.map { "<td>\(escaped($0))</td>" }.joined() + "</tr>\n"
  }

  /// Text made harmless in HTML, in elements and in quoted attributes; controls are shown, not sent.
  package static func escaped(_ text: String) -> String {
    var out = ""
    for scalar in TerminalText.escaped(text).unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "'": out += "&#39;"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }

  private static let style = """
    :root{--bg:#fff;--fg:#1b1f24;--faint:#667;--line:#d5d9e0;--good:#1a7f37;--warn:#9a6700;--bad:#cf222e;--none:#6e7781;--card:#f6f8fa}
    @media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--faint:#8b949e;--line:#30363d;--good:#3fb950;--warn:#d29922;--bad:#f85149;--none:#8b949e;--card:#161b22}}
    body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,sans-serif}
    main{max-width:70rem;margin:0 auto;padding:1rem}
    h1{font-size:1.4rem;border-left:.4rem solid var(--none);padding-left:.8rem}
    .ready>h1{border-color:var(--good)}.waiting>h1,.fixable>h1{border-color:var(--warn)}.at_risk>h1,.lost>h1{border-color:var(--bad)}
    table{border-collapse:collapse;width:100%;margin:1rem 0}td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
    th{color:var(--faint);font-weight:500}.badge{color:var(--bg);background:var(--none);border-radius:.6rem;padding:0 .5rem;white-space:nowrap}
    .badge.ready{background:var(--good)}.badge.waiting,.badge.fixable{background:var(--warn)}.badge.at_risk,.badge.lost{background:var(--bad)}
    details{background:var(--card);border-left:.25rem solid var(--none);margin:.4rem 0;padding:.3rem .7rem}details.error{border-color:var(--bad)}details.warning{border-color:var(--warn)}
    svg{width:100%;height:auto;background:var(--card);border-radius:.4rem}svg text{fill:var(--fg);font:12px system-ui,sans-serif}svg .faint{fill:var(--faint)}
    footer,.rank{color:var(--faint);font-size:.85rem}
    """
}
