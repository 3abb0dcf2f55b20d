package import SlotSafety

/// Findings for a person: the most severe first, each with what to do; `-v` adds the facts and where they stand.
package enum FindingText {
  /// At most `limit` warnings and errors, or with `verbose` all findings.
  package static func lines(
    _ findings: [Finding], style: TextStyle, verbose: Bool, limit: Int = 12
  ) -> [TerminalText] {
    let shown = verbose ? findings : Array(findings.filter { $0.severity > .info }.prefix(limit))
    var lines: [TerminalText] = []
    for finding in shown {
      lines += style.warning(finding.severity, "\(finding.message)")
      if let remedy = finding.remedy { lines += style.hint("\(remedy)") }
      guard verbose else { continue }
      let ids = ([finding.ruleName] + finding.ids.dropFirst()).joined(separator: ", ")
      lines.append(.blanks(11) + style.paint("[\(ids)]", .faint))
      for fact in finding.facts {
        let place = fact.offset.map { "\(fact.path) at byte \($0)" } ?? fact.path
        let node = fact.node.map { "\($0): " } ?? ""
        lines += style.line("\(node)\(place): \(fact.fact)", indent: 11, role: .faint)
      }
    }
    let hidden = findings.count - shown.count
    if hidden > 0 { lines.append("  " + style.paint("\(hidden) more with -v", .faint)) }
    return lines
  }

  /// `1 error, 2 warnings`, or `nothing found`.
  package static func summary(_ findings: [Finding]) -> TerminalText {
    let errors = findings.count { $0.severity == .error }
    let warnings = findings.count { $0.severity == .warning }
    let parts = [(errors, "error"), (warnings, "warning")].filter { $0.0 > 0 }
      .map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" as TerminalText }
    return parts.isEmpty ? "nothing wrong was found" : parts.joined(separator: ", ")
  }
}

extension TextStyle {
  /// What is wrong, after how bad it is; later lines below the first.
  func warning(_ severity: Finding.Severity, _ text: TerminalText) -> [TerminalText] {
    let label = "\(severity.rawValue)" as TerminalText
    return Self.wrapped(text, width: width, indent: 11).enumerated().map { index, line in
      (index == 0 ? "  " + paint(label, severity.role) + .blanks(9 - label.width) : .blanks(11)) + line
    }
  }

  /// What to do about it, after an arrow.
  func hint(_ text: TerminalText) -> [TerminalText] {
    Self.wrapped(text, width: width, indent: 13).enumerated().map { index, line in
      .blanks(11) + paint((index == 0 ? "→ " : "  ") + line, .faint)
    }
  }

  /// After `First: `; later lines below the first.
  func step(_ text: TerminalText) -> [TerminalText] {
    Self.wrapped(text, width: width, indent: 7).enumerated().map { index, line in
      (index == 0 ? "First: " : .blanks(7)) + line
    }
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
