package import PostgresFormat
package import SlotSafety

/// The verdict for a person: the answer, the reason for each slot, the next thing to type.
package enum AuditText {
  /// `then` is the next command line, with a line of what it is for; `now` nil keeps ages out of the text. `slots` are those
  /// whose rows are shown; all else is of all of them.
  package static func report(
    _ assessments: [Assessment], then: [String], now: Timestamp?, style: TextStyle, verbose: Bool,
    slots: SlotFilter = .all
  ) -> TerminalText {
    guard let best = assessments.first else { return "" }
    var lines: [TerminalText] = []
    if assessments.count > 1 { lines += ranking(assessments, style: style) }
    for (index, assessment) in assessments.enumerated() where index == 0 || verbose {
      if index > 0 { lines += ["", style.paint("\(assessment.standby.source)", .strong)] }
      lines += one(assessment, style: style, verbose: verbose, slots: slots)
    }
    lines += next(best, then: then, now: now, style: style, verbose: verbose)
    return lines.joined(separator: "\n") + "\n"
  }

  private static func ranking(_ assessments: [Assessment], style: TextStyle) -> [TerminalText] {
    var table = TextTable([("standby", .left), ("verdict", .left), ("WAL to", .left), ("slots that go on", .right)])
    for assessment in assessments {
      let counted = assessment.slots.filter(\.counts)
      table.add(
        [
          assessment.standby.source, assessment.verdict.rawValue, assessment.switchPoint?.description ?? "",
          "\(counted.count { $0.verdict == .ready }) of \(counted.count)",
        ], styles: [1: assessment.verdict.role])
    }
    return [style.paint("Candidates, the best first", .strong), ""] + table.lines(indent: 0, style: style) + [""]
  }

  private static func one(
    _ assessment: Assessment, style: TextStyle, verbose: Bool, slots: SlotFilter
  ) -> [TerminalText] {
    var lines = style.line("\(AuditWords.headline(assessment))", role: assessment.verdict.role)
    for other in assessment.events where other.event != assessment.event {
      lines += style.line("\(AuditWords.beside(other))", role: other.verdict.role)
    }
    if !assessment.slots.isEmpty {
      let others = assessment.events.filter { $0.event != assessment.event }
      var table = TextTable(
        [("slot", .left), ("database", .left), (others.isEmpty ? "verdict" : assessment.event.rawValue, .left)]
          + others.map { ($0.event.rawValue, .left) } + [("why", .left)])
      let selected = assessment.slots.filter { slots.selects(name: $0.slotName, plugin: $0.plugin ?? "") }
      let rows = SlotRows.of(selected, besides: others.map(\.event), foldsNone: verbose)
      for row in rows.prefix(verbose ? .max : rowLimit) {
        var styles = [2: row.verdict.role]
        for (index, other) in row.others.enumerated() { styles[3 + index] = other?.role }
        table.add(
          [row.slot, row.database, row.verdict.rawValue] + row.others.map { $0?.rawValue ?? "" } + [row.reason],
          styles: styles)
      }
      lines += [""] + (rows.isEmpty ? [] : table.lines(indent: 0, style: style))
      if rows.count > rowLimit, !verbose { lines.append(style.paint("\(rows.count - rowLimit) more with -v", .faint)) }
      let left = assessment.slots.count - selected.count
      if left > 0 { lines.append(style.paint("\(left) more without --slots", .faint)) }
    }
    lines += premises(assessment, style: style, verbose: verbose)
    // What is wrong with a slot is in its row, where it has one.
    let rowNames = Set(assessment.slots.map(\.slotName))
    let findings = assessment.findings.filter { verbose || $0.slotName.map { !rowNames.contains($0) } ?? true }
    let list = FindingText.lines(findings, style: style, verbose: verbose, limit: 6)
    if !list.isEmpty { lines += [""] + list }
    return lines
  }

  /// What was given; with -v every premise of every slot.
  private static func premises(_ assessment: Assessment, style: TextStyle, verbose: Bool) -> [TerminalText] {
    guard verbose else {
      return assessment.given.isEmpty
        ? []
        : [""]
          + assessment.given.flatMap {
            style.line("given  \($0.premise.rawValue): \($0.premise.sentence)", indent: 6)
          }
    }
    var table = TextTable([("slot", .left), ("premise", .left), ("state", .left), ("by", .left)])
    for slot in assessment.slots {
      for one in slot.premises {
        table.add([slot.slotName, one.premise.rawValue, one.state.rawValue, one.evidence], styles: [2: one.state.role])
      }
    }
    guard assessment.slots.contains(where: { !$0.premises.isEmpty }) else { return [] }
    return [""] + table.lines(indent: 0, style: style)
  }

  /// Rows without -v.
  private static let rowLimit = 30

  private static func next(
    _ best: Assessment, then: [String], now: Timestamp?, style: TextStyle, verbose: Bool
  ) -> [TerminalText] {
    var lines: [TerminalText] = [""]
    if let step = AuditWords.firstStep(best) { lines += style.step("\(step)") }
    // What is to be typed stays one line.
    if let command = then.first { lines.append("Then:  \(command)") }
    for line in then.dropFirst() {
      lines += TextStyle.wrapped("\(line)", width: style.width, indent: 7).map { .blanks(7) + $0 }
    }
    if let age = best.primary?.gatheredAt, let now, now > age {
      let seconds = now.microseconds(since: age) / 1_000_000
      if seconds > 0 {
        let open = best.primary?.isRunning == true ? "; what it and its consumers did since is open" : ""
        lines += style.line("Evidence of the primary is \(duration(seconds)) old\(open).")
      }
    }
    if !verbose { lines.append(style.paint("Every finding: -v", .faint)) }
    return lines
  }

  private static func duration(_ seconds: Int64) -> TerminalText {
    switch seconds {
    case ..<120: "\(seconds) s"
    case ..<7200: "\(seconds / 60) min"
    case ..<172_800: "\(seconds / 3600) h"
    default: "\(seconds / 86_400) days"
    }
  }
}

extension Verdict {
  var role: TextStyle.Role {
    switch self {
    case .ready: .good
    case .waiting, .fixable: .warning
    case .atRisk, .lost: .error
    case .unknown: .strong
    }
  }
}

extension SlotPremise.State {
  fileprivate var role: TextStyle.Role {
    switch self {
    case .proven: .good
    case .given: .warning
    case .open: .error
    }
  }
}
