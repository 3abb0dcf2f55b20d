/// Quoting for a POSIX shell.
package enum ShellText {
  /// One word: as it is where no character means anything to a shell, else in single quotes.
  package static func word(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "-_./+@%:,".utf8.contains(byte)
      }
    }
    guard !isPlain || text.isEmpty else { return text }
    return "'" + SQLText.replacing(["'": "'\\''"], in: text) + "'"
  }

  /// A path as one word that no program takes for an option.
  package static func path(_ path: String) -> String { word(path.hasPrefix("-") ? "./" + path : path) }

  /// A value in a configuration file: in single quotes, quotes and backslashes doubled, control characters as octal escapes: a
  /// line end within quotes is none of the value's (`guc-file.l`, `DeescapeQuotedString`).
  package static func settingValue(_ text: String) -> String {
    var body = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "'": body += "''"
      case "\\": body += "\\\\"
      case "\u{0}"..<" ", "\u{7F}":
        let digits = String(scalar.value, radix: 8)
        body += "\\" + String(repeating: "0", count: 3 - digits.utf8.count) + digits
      default: body.unicodeScalars.append(scalar)
      }
    }
    return "'" + body + "'"
  }
}
