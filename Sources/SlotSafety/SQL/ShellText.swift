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

  /// A value in a configuration file: in single quotes, quotes and backslashes doubled (`guc-file.l`).
  package static func settingValue(_ text: String) -> String {
    "'" + SQLText.replacing(["'": "''", "\\": "\\\\"], in: text) + "'"
  }
}
