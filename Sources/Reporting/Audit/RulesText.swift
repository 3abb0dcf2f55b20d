package import SlotSafety

/// The table of rules, for a terminal, as JSON, and as the page of the documentation.
package enum RulesText {
  /// A paragraph for each rule, by id.
  package static func list(style: TextStyle) -> TerminalText {
    var lines: [TerminalText] = []
    let width = (Rule.all.map(\.id.rawValue.count).max() ?? 0) + 2
    for rule in Rule.all {
      let head = pad(rule.id.rawValue, width) + pad(rule.severity.rawValue, 9) + pad(rule.versions, 14)
      for (index, line) in TextStyle.wrapped("\(rule.question)", width: style.width, indent: head.width).enumerated() {
        lines.append((index == 0 ? style.paint(head, .faint) : .blanks(head.width)) + line)
      }
    }
    lines += ["", "What no file shows by itself (--assume ID):"]
    let room = (Premise.allCases.map(\.rawValue.count).max() ?? 0) + 2
    for premise in Premise.allCases {
      let head = pad(premise.rawValue, room)
      for (index, line) in TextStyle.wrapped("\(premise.sentence)", width: style.width, indent: room).enumerated() {
        lines.append((index == 0 ? style.paint(head, .faint) : .blanks(room)) + line)
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// What an operator who met the id wants to read.
  package static func one(_ rule: Rule, style: TextStyle) -> TerminalText {
    var lines = [
      style.paint("\(rule.id.rawValue)", .strong)
        + "  \(rule.severity.rawValue), \(rule.versions == "all" ? "every version" : "PostgreSQL \(rule.versions)")",
      "",
    ]
    lines += TextStyle.wrapped("\(rule.question)", width: style.width, indent: 0)
    if let remedy = rule.remedy {
      lines.append("")
      lines += TextStyle.wrapped("What to do: \(remedy)", width: style.width, indent: 0)
    }
    let others = rule.family.filter { $0.id != rule.id }.map(\.id.rawValue)
    if !others.isEmpty { lines += ["", "Also with this id: \(others.joined(separator: ", "))"] }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The same of a premise.
  package static func one(_ premise: Premise, style: TextStyle) -> TerminalText {
    let lines: [TerminalText] = [
      "\(premise.sentence)", "What settles it: \(premise.settledBy)", "\(given(premise))",
    ]
    return style.paint("\(premise.rawValue)", .strong) + "  premise\n"
      + lines.map { "\n" + TextStyle.wrapped($0, width: style.width, indent: 0).joined(separator: "\n") + "\n" }
      .joined()
  }

  private static func given(_ premise: Premise) -> String {
    premise.isAssumable
      ? "Whoever knows it says so: --assume \(premise.rawValue). Open, it leaves a verdict at_risk; given, the verdict says so."
      : "It cannot be given: whoever knows how far a consumer is gives its position."
  }

  /// `slotscope.rules/1`.
  package static func document(_ rules: [Rule], _ premises: [Premise] = Premise.allCases) -> JSONValue {
    [
      "schema": "slotscope.rules/1",
      "rules": .list(rules) { rule in
        [
          "id": .string(rule.id.rawValue), "severity": .string(rule.severity.rawValue),
          "versions": .string(rule.versions), "explanation": .string(rule.question), "remedy": .text(rule.remedy),
        ]
      },
      "premises": .list(premises) { premise in
        [
          "id": .string(premise.rawValue), "sentence": .string(premise.sentence),
          "settled_by": .string(premise.settledBy), "assumable": .bool(premise.isAssumable),
        ]
      },
    ]
  }

  /// As the documentation has it; a test compares the two.
  package static func markdown() -> String {
    var text = """
      # The rules

      Printed by `slotscope rules --format markdown`. Ids stay as they are; scripts and alerts may go by them. A: nodes, settings
      and single facts. L: a logical slot before promotion. N: its consumer after promotion. F: physical slots and followers. In
      words: one node by itself (`inspect`), and timelines. Findings of A13.open have the id A13 in documents, too; its rule is a
      member beside it.

      | id | severity | versions | what it asks | what to do |
      |---|---|---|---|---|

      """
    for rule in Rule.all {
      text +=
        "| \(rule.id.rawValue) | \(rule.severity.rawValue) | \(rule.versions) | \(rule.question) | \(rule.remedy ?? "") |\n"
    }
    text += """

      ## Premises

      What must be so for a verdict and no file shows by itself. Each is proven, given (`--assume ID`) or open in a verdict; an open
      one is never `ready`, and a given one is told beside `ready`. Three more stand under every verdict: the sources are the nodes'
      present state; nobody moves slots between the look and the promotion; and a consumer keeps a position of its own, unless
      the evidence says otherwise.

      | id | what must be so | what settles it | `--assume` |
      |---|---|---|---|

      """
    for premise in Premise.allCases {
      text +=
        "| \(premise.rawValue) | \(premise.sentence) | \(premise.settledBy) | \(premise.isAssumable ? "takes it" : "no") |\n"
    }
    return text
  }

  private static func pad(_ text: String, _ width: Int) -> TerminalText {
    "\(text)" + .blanks(max(1, width - text.count))
  }
}
