package import SlotSafety

/// Findings for a person: the most severe first, each with what to do; `-v` adds the facts and where they stand.
package enum FindingText {
  /// At most `limit` warnings and errors, or with `verbose` all findings.
  package static func lines(
    _ findings: [Finding], style: TextStyle, verbose: Bool, limit: Int = 12
  ) -> [String] {
    let shown = verbose ? findings : Array(findings.filter { $0.severity > .info }.prefix(limit))
    var lines: [String] = []
    for finding in shown {
      let label = finding.severity.rawValue
      let painted = style.paint(label, finding.severity.role)
      let body = TextStyle.wrapped(TerminalText.escaped(finding.message), width: style.width, indent: 11)
      for (index, line) in body.enumerated() {
        let lead = index == 0 ? "  " + painted + String(repeating: " ", count: 9 - label.count) : "           "
        lines.append(lead + line)
      }
      if let remedy = finding.remedy {
        for (index, line) in TextStyle.wrapped(TerminalText.escaped(remedy), width: style.width, indent: 13)
          .enumerated()
        {
          lines.append("           " + style.paint((index == 0 ? "→ " : "  ") + line, .faint))
        }
      }
      guard verbose else { continue }
      let ids = ([finding.ruleName] + finding.ids.dropFirst()).joined(separator: ", ")
      lines.append("           " + style.paint("[\(ids)]", .faint))
      for fact in finding.facts {
        let place = fact.offset.map { "\(fact.path) at byte \($0)" } ?? fact.path
        let node = fact.node.map { "\($0): " } ?? ""
        lines += style.line(TerminalText.escaped("\(node)\(place): \(fact.fact)"), indent: 11, role: .faint)
      }
    }
    let hidden = findings.count - shown.count
    if hidden > 0 { lines.append("  " + style.paint("\(hidden) more with -v", .faint)) }
    return lines
  }

  /// `1 error, 2 warnings`, or `nothing found`.
  package static func summary(_ findings: [Finding]) -> String {
    let errors = findings.count { $0.severity == .error }
    let warnings = findings.count { $0.severity == .warning }
    let parts = [(errors, "error"), (warnings, "warning")].filter { $0.0 > 0 }
      .map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
    return parts.isEmpty ? "nothing wrong was found" : parts.joined(separator: ", ")
  }
}

extension Finding.Severity {
  var role: TextStyle.Role {
    switch self {
    case .info: .faint
    case .warning: .warning
    case .error: .error
    }
  }
}
