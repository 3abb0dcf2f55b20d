import PostgresFormat

/// Text from a file, made harmless for a terminal: characters that steer a display are shown as `\xNN` or `\u{NNNN}`, so
/// that a name can neither move the cursor nor reorder what is read.
package enum TerminalText {
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
