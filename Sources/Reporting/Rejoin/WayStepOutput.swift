import SlotSafety

/// Ordered steps, as documents and texts have them.
enum WayStepOutput {
  static func object(_ step: WayStep) -> JSONValue {
    [
      "node": .string(step.node.rawValue), "kind": .string(step.kind.rawValue), "what": .string(step.what),
      "commands": .list(step.commands) { .string($0) },
    ]
  }

  /// `node` says what a node is called. Nothing where there are no steps.
  static func lines(
    _ title: TerminalText, _ steps: [WayStep], style: TextStyle, node: (WayStep.Node) -> TerminalText
  ) -> [TerminalText] {
    guard !steps.isEmpty else { return [] }
    var lines = ["", style.paint(title, .strong)]
    for (index, step) in steps.enumerated() {
      lines += style.line("\(index + 1). \(node(step.node)): \(step.what)", indent: 2)
      // What is to be typed stays one line.
      lines += step.commands.map { "       \($0)" }
    }
    return lines
  }
}
