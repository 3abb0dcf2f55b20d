/// The one line that a monitoring plugin prints: `SLOTSCOPE STATE - text | performance data`, by the guidelines that Nagios,
/// Icinga and their relatives follow. The exit code of the command says the same as the state.
package struct PluginLine: Sendable, Hashable {
  /// In the words that a plugin has for them, with the exit codes 0 to 3.
  package enum State: String, Sendable, Hashable {
    case ok = "OK", warning = "WARNING", critical = "CRITICAL", unknown = "UNKNOWN"
  }

  /// What comes first.
  package var state: State
  /// For a person; shortened where it is longer than ``textLimit``.
  package var text: String
  /// The most important first: what does not fit into ``dataLimit`` is left out, and `left_out` says how much that is.
  package var data: [Measure] = []

  /// Without performance data.
  package init(_ state: State, _ text: String) { (self.state, self.text) = (state, text) }

  /// Bytes of the text; a pager shows no more.
  package static let textLimit = 600
  /// Bytes of the performance data. With the text it stays below the 4 KiB that every server of this family reads.
  package static let dataLimit = 3000

  /// With its line end. Nothing in a name begins the performance data, ends the line or steers a display.
  package var line: String {
    let oneLine = text.split(whereSeparator: \.isNewline).joined(separator: "; ")
    let words = TerminalText.replacing("|", with: "/", in: TerminalText.escaped(oneLine))
    let head = "SLOTSCOPE \(state.rawValue) - \(Self.shortened(words, to: Self.textLimit))"
    let measures = data.map(\.description)
    var shown = measures.joined(separator: " ")
    if shown.utf8.count > Self.dataLimit {
      shown = ""
      var left = 0
      for measure in measures {
        if left == 0, shown.utf8.count + measure.utf8.count < Self.dataLimit {
          shown += measure + " "
        } else {
          left += 1
        }
      }
      shown += Measure("left_out", UInt64(left)).description
    }
    // Not every web interface escapes what a plugin prints.
    let brackets = TerminalText.replacing("<", with: "(", in: head + " | " + shown)
    return TerminalText.replacing(">", with: ")", in: brackets) + "\n"
  }

  /// The worst things by name, as many as fit, and how many more there are: `a lost, b at_risk, 5 more`.
  static func list(_ items: [(name: String, state: String)], limit: Int = 240) -> String {
    var text = ""
    for (index, item) in items.enumerated() {
      let one = "\(middleLeftOut(of: item.name)) \(item.state)"
      guard index == 0 || text.utf8.count + one.utf8.count <= limit else {
        return text + ", \(items.count - index) more"
      }
      text += (index == 0 ? "" : ", ") + one
    }
    return text
  }

  /// Long names differ at both ends.
  private static func middleLeftOut(of name: String) -> String {
    let escaped = TerminalText.escaped(name)
    return escaped.count <= 43 ? escaped : "\(escaped.prefix(20))...\(escaped.suffix(20))"
  }

  private static func shortened(_ text: String, to limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    var short = ""
    for character in text where short.utf8.count + character.utf8.count <= limit - 3 { short.append(character) }
    return short + "..."
  }
}

extension PluginLine {
  /// One value of the performance data: `'label'=value[unit];[warning];[critical];[minimum]`.
  package struct Measure: Sendable, Hashable, CustomStringConvertible {
    private var label: String
    private var value: UInt64
    private var unit: String
    private var warning: String
    private var critical: String

    /// `unit` is `B` for bytes, or nothing for a count. Thresholds are ranges: `0` means that more than 0 is too much.
    init(_ label: String, _ value: UInt64, _ unit: String = "", warning: UInt64? = nil, critical: UInt64? = nil) {
      (self.label, self.value, self.unit) = (label, value, unit)
      self.warning = warning.map(String.init) ?? ""
      self.critical = critical.map(String.init) ?? ""
    }

    /// The label in quotes where it is more than a word; characters that a label cannot have become `_`.
    package var description: String {
      var name = ""
      var isWord = true
      for scalar in TerminalText.escaped(label).unicodeScalars {
        switch scalar {
        case "'", "=", "|", "\"": name += "_"
        default:
          name.unicodeScalars.append(scalar)
          if !(scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)),
            scalar != "_"
          {
            isWord = false
          }
        }
      }
      let thresholds = warning.isEmpty && critical.isEmpty ? "" : ";\(warning);\(critical);0"
      return (isWord ? name : "'\(name)'") + "=\(value)\(unit)\(thresholds)"
    }
  }
}
