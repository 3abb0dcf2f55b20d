/// How text is marked on a terminal: with colour where it is one and nobody has asked for plain text.
package struct TextStyle: Sendable {
  /// What a piece of text is, from which its looks follow.
  package enum Role: Sendable { case strong, faint, good, warning, error }

  /// Whether escape sequences are written at all.
  package var colour: Bool
  /// Whoever knows the terminal decides.
  package init(colour: Bool) { self.colour = colour }

  /// For files, pipes and NO_COLOR.
  package static let plain = TextStyle(colour: false)

  /// The text between the role's escape sequence (SGR) and the reset; the text itself must be escaped already.
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
