package import ByteReading

/// A JSON value as other programs write it. Numbers keep their digits: positions go past what a double holds exactly.
package enum JSONNode: Sendable, Hashable {
  case null
  case bool(Bool)
  /// As it is written.
  case number(String)
  case string(String)
  case array([JSONNode])
  /// In the order of the text; of a name that is there twice the last one counts.
  case object([Member])

  /// A name and its value in an object.
  package struct Member: Sendable, Hashable {
    /// Decoded.
    package var name: String
    /// Of any kind.
    package var value: JSONNode
  }

  /// A member of an object; nil where there is none, and for what is no object.
  package subscript(_ name: String) -> JSONNode? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.name == name }?.value
  }

  /// nil for what is no string.
  package var string: String? { if case .string(let text) = self { text } else { nil } }
}

/// Takes JSON values apart that follow one another, with space between them or none. Depth and number of the parts of one value
/// are bounded, and so is what it takes of memory.
package struct JSONReader: Sendable {
  private let bytes: [UInt8]
  private(set) var offset = 0
  private var partsLeft = 0

  /// Arrays and objects within one another.
  static let depthLimit = 32
  /// Values within one value.
  static let partLimit = 100_000

  /// Nothing is read yet.
  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// nil at the end.
  package mutating func next() throws(FormatError) -> JSONNode? {
    skipSpace()
    guard offset < bytes.count else { return nil }
    partsLeft = Self.partLimit
    return try value(depth: 0)
  }

  private mutating func skipSpace() {
    while offset < bytes.count, bytes[offset].isSpace { offset += 1 }
  }

  private func error(_ expected: String) -> FormatError {
    let found = offset < bytes.count ? String(UnicodeScalar(bytes[offset])) : nil
    return FormatError(
      found == nil ? .tooShort : .badSyntax, at: offset, field: "JSON", expected: expected, found: found)
  }

  private mutating func value(depth: Int) throws(FormatError) -> JSONNode {
    partsLeft -= 1
    guard depth < Self.depthLimit, partsLeft >= 0 else {
      throw FormatError(
        .tooLong, at: offset, field: "JSON",
        expected: "\(Self.partLimit) values, \(Self.depthLimit) within one another at most")
    }
    skipSpace()
    guard offset < bytes.count else { throw error("a value") }
    switch bytes[offset] {
    case UInt8(ascii: "{"): return try object(depth)
    case UInt8(ascii: "["): return try array(depth)
    case UInt8(ascii: "\""): return .string(try text())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(_ text: String, _ value: JSONNode) throws(FormatError) -> JSONNode {
    guard bytes[offset...].starts(with: text.utf8) else { throw error(text) }
    offset += text.utf8.count
    return value
  }

  private mutating func number() throws(FormatError) -> JSONNode {
    let digits = bytes[offset...].prefix { $0.isDigit || "+-.eE".utf8.contains($0) }
    guard let first = digits.first, first.isDigit || first == UInt8(ascii: "-"), digits.count <= 64 else {
      throw error("a value")
    }
    offset += digits.count
    return .number(String(decoding: digits, as: UTF8.self))
  }

  private mutating func array(_ depth: Int) throws(FormatError) -> JSONNode {
    var found: [JSONNode] = []
    try list { (reader) throws(FormatError) in found.append(try reader.value(depth: depth + 1)) }
    return .array(found)
  }

  private mutating func object(_ depth: Int) throws(FormatError) -> JSONNode {
    var found: [JSONNode.Member] = []
    try members { (name, reader) throws(FormatError) in
      found.append(JSONNode.Member(name: name, value: try reader.value(depth: depth + 1)))
    }
    return .object(found)
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard offset < bytes.count, bytes[offset] == byte else { return false }
    offset += 1
    return true
  }

  /// A string; what is not UTF-8 and half a surrogate pair become U+FFFD.
  private mutating func text() throws(FormatError) -> String {
    offset += 1
    var text: [UInt8] = []
    while offset < bytes.count {
      let byte = bytes[offset]
      offset += 1
      if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        continue
      }
      guard offset < bytes.count else { break }
      let escaped = bytes[offset]
      offset += 1
      switch escaped {
      case UInt8(ascii: "n"): text.append(0x0A)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "r"): text.append(0x0D)
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0C)
      case UInt8(ascii: "u"): text += Array(String(try scalar()).utf8)
      default: text.append(escaped)
      }
    }
    throw error("the end of a string")
  }

  private mutating func scalar() throws(FormatError) -> UnicodeScalar {
    let first = try unit()
    if (0xD800..<0xDC00).contains(first), bytes[offset...].starts(with: "\\u".utf8) {
      offset += 2
      let second = try unit()
      guard (0xDC00..<0xE000).contains(second) else { return "\u{FFFD}" }
      return UnicodeScalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) ?? "\u{FFFD}"
    }
    return UnicodeScalar(first) ?? "\u{FFFD}"
  }

  private mutating func unit() throws(FormatError) -> UInt32 {
    guard offset + 4 <= bytes.count else { throw error("four hexadecimal digits") }
    var value: UInt32 = 0
    for byte in bytes[offset..<offset + 4] {
      guard let digit = byte.hexDigit else { throw error("four hexadecimal digits") }
      value = value << 4 | UInt32(digit)
    }
    offset += 4
    return value
  }
}

extension JSONReader {
  /// Takes an object apart that may have any number of members: `body` is given each name, and reads the value.
  mutating func members(
    _ body: (String, inout JSONReader) throws(FormatError) -> Void
  ) throws(FormatError) {
    skipSpace()
    guard take(UInt8(ascii: "{")) else { throw error("{") }
    skipSpace()
    if take(UInt8(ascii: "}")) { return }
    while true {
      skipSpace()
      guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else { throw error("a name") }
      let name = try text()
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw error(":") }
      try body(name, &self)
      skipSpace()
      if take(UInt8(ascii: "}")) { return }
      guard take(UInt8(ascii: ",")) else { throw error(", or }") }
    }
  }

  /// The same of an array: each element is a value of its own.
  mutating func elements(_ body: (JSONNode) throws(FormatError) -> Void) throws(FormatError) {
    try list { (reader) throws(FormatError) in
      guard let element = try reader.next() else { throw reader.error("a value") }
      try body(element)
    }
  }

  /// An array, of which `body` reads one element after the other.
  private mutating func list(_ body: (inout JSONReader) throws(FormatError) -> Void) throws(FormatError) {
    skipSpace()
    guard take(UInt8(ascii: "[")) else { throw error("[") }
    skipSpace()
    if take(UInt8(ascii: "]")) { return }
    while true {
      try body(&self)
      skipSpace()
      if take(UInt8(ascii: "]")) { return }
      guard take(UInt8(ascii: ",")) else { throw error(", or ]") }
    }
  }
}
