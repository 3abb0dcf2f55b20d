package import SlotSafety

/// The table of rules, for a terminal, as JSON, and as the page of the documentation.
package enum RulesText {
  /// A paragraph for each rule, by id.
  package static func list(style: TextStyle) -> String {
    var lines: [String] = []
    let width = (Rule.all.map(\.id.rawValue.count).max() ?? 0) + 2
    for rule in Rule.all {
      let head = pad(rule.id.rawValue, width) + pad(rule.severity.rawValue, 9) + pad(rule.versions, 14)
      for (index, line) in TextStyle.wrapped(rule.question, width: style.width, indent: head.count).enumerated() {
        lines.append((index == 0 ? style.paint(head, .faint) : String(repeating: " ", count: head.count)) + line)
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// What an operator who met the id wants to read.
  package static func one(_ rule: Rule, style: TextStyle) -> String {
    var lines = [
      style.paint(rule.id.rawValue, .strong)
        + "  \(rule.severity.rawValue), \(rule.versions == "all" ? "every version" : "PostgreSQL \(rule.versions)")",
      "",
    ]
    lines += TextStyle.wrapped(rule.question, width: style.width, indent: 0)
    if let remedy = rule.remedy {
      lines.append("")
      lines += TextStyle.wrapped("What to do: " + remedy, width: style.width, indent: 0)
    }
    let others = rule.family.filter { $0.id != rule.id }.map(\.id.rawValue)
    if !others.isEmpty { lines += ["", "Also with this id: \(others.joined(separator: ", "))"] }
    return lines.joined(separator: "\n") + "\n"
  }

  /// `slotscope.rules/1`.
  package static func document(_ rules: [Rule]) -> JSONValue {
    [
      "schema": "slotscope.rules/1",
      "rules": .list(rules) { rule in
        [
          "id": .string(rule.id.rawValue), "severity": .string(rule.severity.rawValue),
          "versions": .string(rule.versions), "explanation": .string(rule.question), "remedy": .text(rule.remedy),
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
    return text
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }
}
