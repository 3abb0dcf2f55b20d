import Testing

@testable import PostgresFormat

/// The part of TOML that definitions are written in: what it says, and one test for each way in which it may be wrong.
@Suite struct TOMLDocumentTests {
  private func read(_ text: String) throws -> [String] {
    try TOMLDocument(Array(text.utf8)).entries.map { entry in
      let value =
        switch entry.value {
        case .string(let text): text
        case .strings(let texts): texts.map { "\($0.value)@\($0.line)" }.joined(separator: "|")
        case .boolean(let value): "\(value)"
        case .integer(let value): "\(value)"
        }
      return "\(entry.line) \(entry.table ?? "-").\(entry.name)=\(value)"
    }
  }

  @Test(arguments: [
    ("", []), ("# only a comment", []), ("a = \"x\"", ["1 -.a=x"]), ("a='x\\y'  # c\n", ["1 -.a=x\\y"]),
    ("\u{FEFF}a = \"x\"", ["1 -.a=x"]), ("a = \"x\"\r\nb = \"y\"\r\n", ["1 -.a=x", "2 -.b=y"]),
    ("[nodes]\n\"db 1\" = 'h'\n[ other ] # c\nx = true", ["2 nodes.db 1=h", "4 other.x=true"]),
    ("a = [\n  'x', # one\n\n  \"y\",\n]\nb = []", ["1 -.a=x@2|y@4", "6 -.b="]),
    ("a = \"\\\"\\\\\\t\\u00e9\\U0001F600\"", ["1 -.a=\"\\\té😀"]), ("a = -5\nb = 0", ["1 -.a=-5", "2 -.b=0"]),
    ("a = \"# no comment\"", ["1 -.a=# no comment"]), ("[t]\na = ''\n[u]\na = ''", ["2 t.a=", "4 u.a="]),
  ])
  func whatItSays(text: String, expected: [String]) throws { #expect(try read(text) == expected) }

  @Test(arguments: [
    ("a = x", 1, "a string in quotes", "x without quotes"), ("a = ", 1, "a value", "the end of the file"),
    ("\n\na", 3, "= after the name a", "the end of the file"), ("a = \"x", 1, "\" at the end", "the end of the file"),
    ("a = 'x\nb = 1", 1, "' at the end", "the end of the line"), ("a = \"x\" y", 1, "the end of the line", "y"),
    ("a = [\n'x'\n'y']", 3, ", or ] after", "'y']"),
    ("a = ['x',\n\n", 1, "] at the end of the list", "the end of the file"),
    ("a = [1]", 1, "a string in quotes, or ]", "1]"), ("[a", 1, "] after the name a", "the end of the file"),
    ("[]", 1, "the name of a table", "]"), ("[[a]]", 1, "single brackets", "a list of tables"),
    ("[a.b]", 1, "] after the name", "a table in a table"), ("a.b = 1", 1, "= after the name", "a name with a dot"),
    ("a = {x = 1}", 1, "a string in quotes", "a table in braces"),
    ("a = \"\"\"x\"\"\"", 1, "a string on one line", "three quotes"),
    ("a = 1\na = 2", 2, "each name once", "a a second time"), ("[t]\n[t]", 2, "each table once", "[t] a second time"),
    ("a = \"\\q\"", 1, "one of \\\"", "q\""), ("a = \"\\u12\"", 1, "4 hexadecimal digits", "\""),
    ("a = \"\\uD800\"", 1, "a character's number", "none"), ("a = \"\u{1}\"", 1, "without control", "the byte 1"),
    ("a = 2026-11-29", 1, "a string in quotes", "2026-11-29 without quotes"),
    ("a = 007", 1, "quotes", "007 without quotes"),
    ("= 1", 1, "a name, or a table", "= 1"), ("a = 1.5", 1, "quotes", "1.5 without quotes"),
  ])
  func whatIsWrongIsSaidWithItsLine(text: String, line: Int, expected: String, found: String) throws {
    let refusal = #expect(throws: TOMLDocument.Refusal.self) { try TOMLDocument(Array(text.utf8)) }
    #expect(refusal?.line == line, "\(text): \(String(describing: refusal))")
    #expect(refusal?.expected.contains(expected) == true, "\(text): \(String(describing: refusal))")
    #expect(refusal?.found.contains(found) == true, "\(text): \(String(describing: refusal))")
  }

  @Test func whatIsNoTextOrTooMuchIsRefused() {
    let wrong = #expect(throws: TOMLDocument.Refusal.self) { try TOMLDocument(Array("a = 'x'\n".utf8) + [0xFF]) }
    #expect(wrong?.line == 2 && wrong?.expected == "text in UTF-8")
    let long = #expect(throws: TOMLDocument.Refusal.self) {
      try TOMLDocument([UInt8](repeating: UInt8(ascii: "\n"), count: TOMLDocument.sizeLimit + 1))
    }
    #expect(long?.found.contains("65537") == true)
  }

  /// Any bytes are read or refused: no beginning and no change of one byte ends the process.
  @Test func damagedTextIsReadOrRefused() {
    let text = Array("a = [\"x\\u00e9\", 'y'] # c\r\n[nodes]\n\"b c\" = \"host=x\\n\"\nd = -12\ne = true\n".utf8)
    for count in text.indices { _ = try? TOMLDocument(Array(text[..<count])) }
    for index in text.indices {
      for byte in [0, 0x09, 0x0A, 0x0D, 0x22, 0x23, 0x27, 0x5B, 0x5C, 0x5D, 0x7F, 0x80, 0xC3, 0xFF] as [UInt8] {
        var changed = text
        changed[index] = byte
        _ = try? TOMLDocument(changed)
      }
    }
  }
}
