/// Reads one JSON text (RFC 8259) strictly, and shares no code with what slotscope itself reads and writes JSON with: what it
/// prints is held against the standard and not against itself. Foundation's decoder finds the type of each value by trial, and
/// that took a seventh of the suite's time.
struct JSONParser {
  /// What is wrong, and at which byte.
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  private let bytes: [UInt8]
  private var place = 0
  private var depth = 0
  private static let depthLimit = 512

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(Failure) -> JSONDocument {
    let document = try value()
    skipSpace()
    guard place == bytes.count else { throw failure("more after the value") }
    return document
  }

  private func failure(_ what: String) -> Failure { Failure(description: "no JSON: \(what) at byte \(place)") }

  private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { place += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    place += 1
    return true
  }

  private mutating func value() throws(Failure) -> JSONDocument {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(_ word: StaticString, _ value: JSONDocument) throws(Failure) -> JSONDocument {
    let isThere = word.description.utf8.elementsEqual(bytes[place..<min(place + word.utf8CodeUnitCount, bytes.count)])
    guard isThere else { throw failure("no value") }
    place += word.utf8CodeUnitCount
    return value
  }

  private mutating func enter() throws(Failure) {
    depth += 1
    guard depth <= Self.depthLimit else { throw failure("more than \(Self.depthLimit) levels") }
    place += 1
    skipSpace()
  }

  private mutating func object() throws(Failure) -> JSONDocument {
    try enter()
    defer { depth -= 1 }
    var members: [String: JSONDocument] = [:]
    if take(UInt8(ascii: "}")) { return .object(members) }
    repeat {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw failure("no name") }
      let name = try string()
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw failure("no colon") }
      guard members.updateValue(try value(), forKey: name) == nil else { throw failure("\"\(name)\" a second time") }
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw failure("no end of an object") }
    return .object(members)
  }

  private mutating func array() throws(Failure) -> JSONDocument {
    try enter()
    defer { depth -= 1 }
    var elements: [JSONDocument] = []
    if take(UInt8(ascii: "]")) { return .array(elements) }
    repeat {
      elements.append(try value())
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw failure("no end of an array") }
    return .array(elements)
  }

  // MARK: Text

  private mutating func string() throws(Failure) -> String {
    place += 1
    let start = place
    while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { place += 1 }
    if next == UInt8(ascii: "\"") {
      place += 1
      return try text(bytes[start..<place - 1])
    }
    var content = Array(bytes[start..<place])
    while let byte = next, byte >= 0x20 {
      place += 1
      if byte == UInt8(ascii: "\"") { return try text(content[...]) }
      if byte == UInt8(ascii: "\\") { try escape(into: &content) } else { content.append(byte) }
    }
    throw failure(place < bytes.count ? "a control character" : "no end of a text")
  }

  private func text(_ content: ArraySlice<UInt8>) throws(Failure) -> String {
    guard let text = String(validating: content, as: UTF8.self) else { throw failure("no UTF-8 before") }
    return text
  }

  private mutating func escape(into content: inout [UInt8]) throws(Failure) {
    guard let letter = next else { throw failure("no end of a text") }
    place += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(letter)
    case UInt8(ascii: "b"): content.append(0x08)
    case UInt8(ascii: "f"): content.append(0x0C)
    case UInt8(ascii: "n"): content.append(0x0A)
    case UInt8(ascii: "r"): content.append(0x0D)
    case UInt8(ascii: "t"): content.append(0x09)
    case UInt8(ascii: "u"): content += Array(String(Character(try scalar())).utf8)
    default: throw failure("\\ before another letter")
    }
  }

  /// After `\u`; of those above U+FFFF both halves.
  private mutating func scalar() throws(Failure) -> Unicode.Scalar {
    let first = try unit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw failure("half a character") }
    let second = try unit()
    guard (0xDC00..<0xE000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { throw failure("half a character") }
    return scalar
  }

  private mutating func unit() throws(Failure) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = next.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
        throw failure("no hexadecimal digit")
      }
      unit = unit << 4 | UInt32(digit)
      place += 1
    }
    return unit
  }

  // MARK: Numbers

  private mutating func digits() throws(Failure) {
    let start = place
    while let byte = next, (0x30...0x39).contains(byte) { place += 1 }
    guard place > start else { throw failure("no digit") }
  }

  private mutating func number() throws(Failure) -> JSONDocument {
    let start = place
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) { try digits() }
    let isPlain = next != UInt8(ascii: ".") && next != UInt8(ascii: "e") && next != UInt8(ascii: "E")
    if take(UInt8(ascii: ".")) { try digits() }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits()
    }
    let text = String(decoding: bytes[start..<place], as: UTF8.self)
    if isPlain, let whole = Int64(text) { return .integer(whole) }
    guard let value = Double(text), value.isFinite else { throw failure("a number out of range before") }
    // `1.0` is as whole as `1` is.
    if !isPlain, let whole = Int64(exactly: value) { return .integer(whole) }
    return .number(value)
  }
}
