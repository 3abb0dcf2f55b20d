import PostgresFormat

/// Text for a terminal. What is interpolated is escaped: characters that steer a display are shown as `\xNN` or `\u{NNNN}`, so
/// that a name can neither move the cursor nor reorder what is read. Only what is written here as a literal is taken as it
/// stands.
///
/// There is no way from a `String` to one of these but through an interpolation.
package struct TerminalText: Sendable, Hashable, CustomStringConvertible, ExpressibleByStringInterpolation {
  /// As it is written out.
  package private(set) var text: String

  /// What the program itself says.
  package init(stringLiteral value: String) { text = value }

  /// Literals with what was put between them.
  package init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

  /// A part of one that is.
  private init(part: some StringProtocol) { text = String(part) }

  /// Takes literals as they stand and escapes the rest.
  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    /// Room for a text of this size.
    package init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

    /// What the program itself says.
    package mutating func appendLiteral(_ literal: String) { text += literal }

    /// A text that is one already.
    package mutating func appendInterpolation(_ piece: TerminalText) { text += piece.text }

    /// Everything else, made harmless.
    package mutating func appendInterpolation(_ value: some CustomStringConvertible) {
      text += TerminalText.escaped(value.description)
    }
  }

  /// As it is written out.
  package var description: String { text }

  /// One text after the other.
  package static func + (a: TerminalText, b: TerminalText) -> TerminalText { "\(a)\(b)" }
  /// Adds a text.
  package static func += (a: inout TerminalText, b: TerminalText) { a.text += b.text }

  /// So many blanks; none where that is below 0.
  static func blanks(_ count: Int) -> TerminalText { TerminalText(part: String(repeating: " ", count: max(0, count))) }

  /// Nothing.
  var isEmpty: Bool { text.isEmpty }

  /// Columns that it takes; escape sequences must not be in it.
  var width: Int { DisplayWidth.of(text) }

  /// With blanks after it, up to that width.
  func padded(to width: Int) -> TerminalText { self + .blanks(width - self.width) }

  /// What stands between blanks.
  var words: [TerminalText] {
    text.split(separator: " ", omittingEmptySubsequences: true).map(TerminalText.init(part:))
  }

  /// Its lines, empty ones too.
  package var lines: [TerminalText] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map(TerminalText.init(part:))
  }

  /// Without blanks at its end.
  var trimmed: TerminalText {
    var part = text[...]
    while part.last == " " { part.removeLast() }
    return TerminalText(part: part)
  }
}

extension Sequence<TerminalText> {
  /// All of them, with this between two.
  package func joined(separator: TerminalText = "") -> TerminalText {
    var (out, isFirst) = (TerminalText(""), true)
    for text in self {
      if !isFirst { out += separator }
      out += text
      isFirst = false
    }
    return out
  }
}

/// What other languages are made of, which have their own rules on top.
extension TerminalText {
  /// The text itself where nothing in it does harm.
  package static func escaped(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: \.steersDisplay) else { return text }
    var out = ""
    for scalar in text.unicodeScalars {
      guard scalar.steersDisplay else {
        out.unicodeScalars.append(scalar)
        continue
      }
      let digits = String(scalar.value, radix: 16, uppercase: true)
      out += scalar.value < 0x100 ? "\\x" + (digits.utf8.count < 2 ? "0" : "") + digits : "\\u{\(digits)}"
    }
    return out
  }

  /// The same with every character beyond ASCII escaped: for whoever may not understand them.
  package static func ascii(_ text: String) -> String {
    var out = ""
    for scalar in escaped(text).unicodeScalars {
      if scalar.isASCII {
        out.unicodeScalars.append(scalar)
      } else {
        out += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      }
    }
    return out
  }

  /// Replaces one character wherever it stands, also where a combining mark follows it: the two are another `Character`, but
  /// not to whoever reads the output.
  package static func replacing(_ wanted: Unicode.Scalar, with replacement: String, in text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      if scalar == wanted { out += replacement } else { out.unicodeScalars.append(scalar) }
    }
    return out
  }
}
