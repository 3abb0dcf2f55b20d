/// How text is marked on a terminal: with colour where it is one and nobody has asked for plain text.
package struct TextStyle: Sendable {
  package enum Role: Sendable { case strong, faint, good, warning, error }

  package var colour: Bool
  package init(colour: Bool) { self.colour = colour }

  package static let plain = TextStyle(colour: false)

  package func paint(_ text: String, _ role: Role) -> String {
    guard colour, !text.isEmpty else { return text }
    let code =
      switch role {
      case .strong: "1"
      case .faint: "2"
      case .good: "32"
      case .warning: "33"
      case .error: "31"
      }
    return "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }

  /// A sentence broken at blanks so that no line is longer than `width`, later lines indented.
  package static func wrapped(_ text: String, width: Int, indent: Int) -> [String] {
    let room = max(20, width - indent)
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ", omittingEmptySubsequences: true) {
      if line.isEmpty {
        line = String(word)
      } else if line.count + 1 + word.count <= room {
        line += " " + word
      } else {
        lines.append(line)
        line = String(word)
      }
    }
    if !line.isEmpty { lines.append(line) }
    return lines
  }
}
