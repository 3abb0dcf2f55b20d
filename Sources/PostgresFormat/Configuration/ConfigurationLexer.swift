/// The tokens of postgresql.conf and recovery.conf, by the rule that the longest match wins and that at equal length
/// the kind named first here does.
///
/// The lexer is the same in all versions. No token spans a line, and no backslash continues one. Follows
/// src/backend/utils/misc/guc-file.l.
struct ConfigurationLexer {
  enum Kind {
    case identifier
    case qualifiedIdentifier
    case quotedString
    case unquotedString
    case integer
    case real
    case equals
    case endOfLine
    case endOfFile
    /// A byte that begins no token.
    case error
  }

  struct Token {
    var kind: Kind
    var range: Range<Int>
    /// From 1. The end of a line belongs to the line it ends.
    var line: Int
  }

  let bytes: [UInt8]
  private(set) var position = 0
  /// The line of the next token.
  private(set) var line = 1

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func next() -> Token {
    skipBlanksAndComment()
    let start = position
    guard start < bytes.count else { return Token(kind: .endOfFile, range: start..<start, line: line) }
    let (kind, end) = match(at: start)
    position = end
    let token = Token(kind: kind, range: start..<end, line: line)
    if kind == .endOfLine { line += 1 }
    return token
  }

  /// Goes on after the end of this line, as the server does after an error. Says whether the file goes on.
  mutating func skipLine() -> Bool {
    while position < bytes.count, bytes[position] != newline { position += 1 }
    guard position < bytes.count else { return false }
    position += 1
    line += 1
    return true
  }

  private mutating func skipBlanksAndComment() {
    while position < bytes.count, Self.isBlank(bytes[position]) { position += 1 }
    guard position < bytes.count, bytes[position] == UInt8(ascii: "#") else { return }
    while position < bytes.count, bytes[position] != newline { position += 1 }
  }

  private func match(at start: Int) -> (Kind, end: Int) {
    switch bytes[start] {
    case newline: return (.endOfLine, start + 1)
    case UInt8(ascii: "="): return (.equals, start + 1)
    case UInt8(ascii: "'"):
      if let end = quotedStringEnd(from: start) { return (.quotedString, end) }
    case let byte where Self.isLetter(byte): return word(from: start)
    default:
      if let number = number(from: start) { return number }
    }
    return (.error, start + 1)
  }

  private func word(from start: Int) -> (Kind, end: Int) {
    let identifier = end(from: start + 1, while: Self.isLetterOrDigit)
    var qualified = identifier
    if byte(identifier) == UInt8(ascii: "."), let next = byte(identifier + 1), Self.isLetter(next) {
      qualified = end(from: identifier + 1, while: Self.isLetterOrDigit)
    }
    let unquoted = end(from: identifier) { Self.isLetterOrDigit($0) || "-.:/".utf8.contains($0) }
    if unquoted > qualified { return (.unquotedString, unquoted) }
    return qualified > identifier ? (.qualifiedIdentifier, qualified) : (.identifier, identifier)
  }

  /// The last place where the string could be closed: of two quotes in a row the first one, if the rest never closes.
  private func quotedStringEnd(from start: Int) -> Int? {
    var lastClose: Int?
    var at = start + 1
    while let current = byte(at), current != newline {
      if current == UInt8(ascii: "'") {
        lastClose = at + 1
        guard byte(at + 1) == UInt8(ascii: "'") else { break }
        at += 2
      } else if current == UInt8(ascii: "\\") {
        guard let escaped = byte(at + 1), escaped != newline else { break }
        at += 2
      } else {
        at += 1
      }
    }
    return lastClose
  }

  private func number(from start: Int) -> (Kind, end: Int)? {
    var digitsStart = start
    if "+-".utf8.contains(bytes[start]) { digitsStart += 1 }
    let digits = end(from: digitsStart, while: Self.isDigit)
    var integer = start
    if digits > digitsStart { integer = end(from: digits, while: Self.isUnitLetter) }
    if digits == digitsStart + 1, byte(digitsStart) == UInt8(ascii: "0"), byte(digits) == UInt8(ascii: "x") {
      let hexadecimal = end(from: digits + 1, while: Self.isHexDigit)
      if hexadecimal > digits + 1 { integer = max(integer, end(from: hexadecimal, while: Self.isUnitLetter)) }
    }
    var real = start
    if byte(digits) == UInt8(ascii: ".") {
      real = end(from: digits + 1, while: Self.isDigit)
      if let mark = byte(real), "eE".utf8.contains(mark) {
        var exponent = real + 1
        if let sign = byte(exponent), "+-".utf8.contains(sign) { exponent += 1 }
        let exponentEnd = end(from: exponent, while: Self.isDigit)
        if exponentEnd > exponent { real = exponentEnd }
      }
    }
    if integer > start, integer >= real { return (.integer, integer) }
    return real > start ? (.real, real) : nil
  }

  private var newline: UInt8 { UInt8(ascii: "\n") }

  private func byte(_ at: Int) -> UInt8? { at < bytes.count ? bytes[at] : nil }

  private func end(from start: Int, while accepted: (UInt8) -> Bool) -> Int {
    var at = start
    while at < bytes.count, accepted(bytes[at]) { at += 1 }
    return at
  }

  private static func isBlank(_ byte: UInt8) -> Bool { " \t\r".utf8.contains(byte) }
  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
  private static func isHexDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
  }
  private static func isUnitLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }
  private static func isLetter(_ byte: UInt8) -> Bool {
    byte >= 0x80 || byte == UInt8(ascii: "_") || isUnitLetter(byte)
  }
  private static func isLetterOrDigit(_ byte: UInt8) -> Bool { isLetter(byte) || isDigit(byte) }
}
