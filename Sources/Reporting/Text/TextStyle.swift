/// How text is set: with color where it goes to a terminal and nobody has asked for plain text, and within its columns.
package struct TextStyle: Sendable {
  /// What a piece of text is, from which its looks follow.
  package enum Role: Sendable { case strong, faint, good, warning, error }

  /// Whether escape sequences are written at all.
  package var color: Bool
  /// What tables and lines have to fit into. nil in a file or pipe: a row is one line there, however long, for whatever reads
  /// it, and only sentences break, at ``defaultWidth``.
  package var columns: Int?
  /// Where sentences break, whether there are columns or not.
  package var width: Int
  /// Whoever knows the terminal decides. Sentences break at its columns unless told otherwise.
  package init(color: Bool, columns: Int? = nil, width: Int? = nil) {
    (self.color, self.columns, self.width) = (color, columns, width ?? columns ?? Self.defaultWidth)
  }

  /// Columns at which sentences break where there is no terminal.
  package static let defaultWidth = 100

  /// For files, pipes and NO_COLOR.
  package static let plain = TextStyle(color: false)

  /// The text between the role's escape sequence (SGR) and the reset.
  package func paint(_ text: TerminalText, _ role: Role) -> TerminalText {
    guard color, !text.isEmpty else { return text }
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

  /// A line that begins with so many blanks; where it does not fit it is broken at blanks, and goes on two further in.
  package func line(_ text: TerminalText, indent: Int = 0, role: Role? = nil) -> [TerminalText] {
    var parts = [text]
    if let columns, indent + text.width > columns {
      parts = Self.wrapped(text, width: columns, indent: indent + 2)
    }
    return parts.enumerated().map { index, part in
      .blanks(index == 0 ? indent : indent + 2) + (role.map { paint(part, $0) } ?? part)
    }
  }

  /// A sentence broken at blanks so that no line is longer than `width`, later lines indented.
  package static func wrapped(_ text: TerminalText, width: Int, indent: Int) -> [TerminalText] {
    let room = max(20, width - indent)
    var lines: [TerminalText] = []
    var line: TerminalText = ""
    for word in text.words {
      if line.isEmpty {
        line = word
      } else if line.width + 1 + word.width <= room {
        line += " " + word
      } else {
        lines.append(line)
        line = word
      }
    }
    if !line.isEmpty { lines.append(line) }
    return lines
  }
}
