/// One pass over a text, byte by byte. It is valid UTF-8, and all that has a meaning here is ASCII.
struct TOMLReader {
  typealias Refusal = TOMLDocument.Refusal

  private let bytes: [UInt8]
  private var at = 0
  private var line = 1

  init(_ bytes: [UInt8]) {
    // A byte order mark, as some editors write it.
    self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
  }

  mutating func readAll() throws(Refusal) -> ([TOMLDocument.Entry], [TOMLDocument.Text]) {
    var entries: [TOMLDocument.Entry] = []
    var tables: [TOMLDocument.Text] = []
    var seen: Set<[String]> = []
    var table: String?
    while true {
      try skipEmptyLines()
      guard let byte = current else { return (entries, tables) }
      let start = line
      if byte == UInt8(ascii: "[") {
        let name = try readHeader()
        guard !tables.contains(where: { $0.value == name }) else {
          throw Refusal(line: start, expected: "each table once", found: "[\(name)] a second time")
        }
        tables.append(TOMLDocument.Text(name, line: start))
        table = name
      } else {
        let name = try readName("a name, or a table in brackets")
        skipBlanks()
        if current == UInt8(ascii: ".") {
          throw refusal("= after the name", "a name with a dot, which is not read here")
        }
        guard take("=") else { throw refusal("= after the name \(name)", foundHere) }
        skipBlanks()
        let value = try readValue()
        guard seen.insert([table ?? "", table == nil ? "" : "t", name]).inserted else {
          throw Refusal(line: start, expected: "each name once", found: "\(name) a second time")
        }
        entries.append(TOMLDocument.Entry(table: table, name: name, value: value, line: start))
      }
      try endLine()
    }
  }

  // MARK: names and values

  private mutating func readHeader() throws(Refusal) -> String {
    at += 1
    if current == UInt8(ascii: "[") {
      throw refusal("a table in single brackets", "a list of tables, which is not read here")
    }
    skipBlanks()
    let name = try readName("the name of a table")
    skipBlanks()
    if current == UInt8(ascii: ".") { throw refusal("] after the name", "a table in a table, which is not read here") }
    guard take("]") else { throw refusal("] after the name \(name)", foundHere) }
    return name
  }

  private mutating func readName(_ expected: String) throws(Refusal) -> String {
    switch current {
    case UInt8(ascii: "\""), UInt8(ascii: "'"): return try readString()
    default: break
    }
    let start = at
    while let byte = current, Self.isBare(byte) { at += 1 }
    guard at > start else { throw refusal(expected, foundHere) }
    return String(decoding: bytes[start..<at], as: UTF8.self)
  }

  private mutating func readValue() throws(Refusal) -> TOMLDocument.Value {
    switch current {
    case UInt8(ascii: "\""), UInt8(ascii: "'"): return .string(try readString())
    case UInt8(ascii: "["): return .strings(try readList())
    case UInt8(ascii: "{"):
      throw refusal("a string in quotes, or a list of them", "a table in braces, which is not read here")
    default: break
    }
    let start = at
    while let byte = current, Self.isBare(byte) || "+.:".utf8.contains(byte) { at += 1 }
    let word = String(decoding: bytes[start..<at], as: UTF8.self)
    switch word {
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    case "":
      throw refusal("a value: a string in quotes, or a list of them in brackets", foundHere)
    default:
      // TOML has no zeros in front.
      let digits = word.drop { $0 == "-" || $0 == "+" }
      if let number = Int64(word), digits.utf8.count == 1 || digits.first != "0" { return .integer(number) }
      at = start
      throw refusal("a string in quotes", "\(word) without quotes")
    }
  }

  private mutating func readList() throws(Refusal) -> [TOMLDocument.Text] {
    let opened = line
    at += 1
    var list: [TOMLDocument.Text] = []
    while true {
      try skipEmptyLines()
      if take("]") { return list }
      guard let byte = current else {
        throw Refusal(line: opened, expected: "] at the end of the list that begins here", found: "the end of the file")
      }
      guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") else {
        throw refusal("a string in quotes, or ] at the end of the list", foundHere)
      }
      let start = line
      list.append(TOMLDocument.Text(try readString(), line: start))
      try skipEmptyLines()
      if take(",") { continue }
      guard current == nil || current == UInt8(ascii: "]") else {
        throw refusal(", or ] after the string in the list", foundHere)
      }
    }
  }

  /// A basic or a literal string, on one line.
  private mutating func readString() throws(Refusal) -> String {
    guard let quote = current else { throw refusal("a string in quotes", foundHere) }
    if bytes[at...].starts(with: [quote, quote, quote]) {
      throw refusal("a string on one line", "a string in three quotes, which is not read here")
    }
    at += 1
    let isLiteral = quote == UInt8(ascii: "'")
    var text: [UInt8] = []
    while let byte = current, byte != UInt8(ascii: "\n") {
      at += 1
      switch byte {
      case quote: return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\") where !isLiteral: text += try readEscape()
      case 0..<0x20 where byte != UInt8(ascii: "\t") && byte != UInt8(ascii: "\r"), 0x7F:
        throw refusal("text without control characters in the string", "the byte \(byte)")
      case UInt8(ascii: "\r"):
        guard current == UInt8(ascii: "\n") else {
          throw refusal("text without control characters in the string", "a carriage return")
        }
      default: text.append(byte)
      }
    }
    throw refusal(
      "\(isLiteral ? "'" : "\"") at the end of the string",
      current == nil ? "the end of the file" : "the end of the line")
  }

  private mutating func readEscape() throws(Refusal) -> [UInt8] {
    guard let byte = current else { throw refusal("a character after the backslash", "the end of the file") }
    at += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "u"), UInt8(ascii: "U"):
      let count = byte == UInt8(ascii: "u") ? 4 : 8
      var number: UInt32 = 0
      for _ in 0..<count {
        guard let digit = current.flatMap(\.hexDigit), number >> 28 == 0 else {
          throw refusal("\(count) hexadecimal digits after \\\(Character(UnicodeScalar(byte)))", foundHere)
        }
        number = number << 4 | UInt32(digit)
        at += 1
      }
      guard let scalar = UnicodeScalar(number) else { throw refusal("a character's number", "a number that is none") }
      return Array(String(Character(scalar)).utf8)
    default:
      at -= 1
      throw refusal(
        "one of \\\" \\\\ \\b \\t \\n \\f \\r \\u after a backslash (in 'single quotes' it means itself)", foundHere)
    }
  }

  // MARK: between them

  private var current: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func take(_ wanted: Unicode.Scalar) -> Bool {
    guard current == UInt8(ascii: wanted) else { return false }
    at += 1
    return true
  }

  private static func isBare(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  private mutating func skipBlanks() {
    while current == UInt8(ascii: " ") || current == UInt8(ascii: "\t") { at += 1 }
  }

  /// Blanks, comments and line ends.
  private mutating func skipEmptyLines() throws(Refusal) {
    while true {
      skipBlanks()
      try skipComment()
      if current == UInt8(ascii: "\r"), at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "\n") { at += 1 }
      guard current == UInt8(ascii: "\n") else { return }
      at += 1
      line += 1
    }
  }

  private mutating func skipComment() throws(Refusal) {
    guard current == UInt8(ascii: "#") else { return }
    while let byte = current, byte != UInt8(ascii: "\n") { at += 1 }
  }

  /// Nothing but a comment may follow on the same line.
  private mutating func endLine() throws(Refusal) {
    skipBlanks()
    try skipComment()
    if current == UInt8(ascii: "\r") { at += 1 }
    guard current == nil || current == UInt8(ascii: "\n") else { throw refusal("the end of the line", foundHere) }
  }

  /// What stands here, for a message.
  private var foundHere: String {
    guard let byte = current else { return "the end of the file" }
    if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { return "the end of the line" }
    let rest = bytes[at...].prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    let words = String(decoding: rest, as: UTF8.self)
    return words.count > 24 ? "\(words.prefix(24))…" : words
  }

  private func refusal(_ expected: String, _ found: String) -> Refusal {
    Refusal(line: line, expected: expected, found: found)
  }
}
