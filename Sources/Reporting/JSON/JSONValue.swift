import PostgresFormat

/// A JSON document in the making: objects keep the order in which their members were written, null is a value.
///
/// The documents' contract wants null where the files tell nothing, 64-bit numbers as strings, and a stable order; an
/// encoder derived from types gives none of these. For a document per run; the record stream has a writer of its own.
package enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case integer(Int64)
  case string(String)
  case array([JSONValue])
  case object([Member])

  /// A name and its value in an object; nothing keeps a name from standing twice.
  package struct Member: Sendable, Hashable {
    /// As it is; it is escaped when it is written.
    package var name: String
    /// Null is written too: a member that a file does not tell of is there all the same.
    package var value: JSONValue
  }
}

extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByNilLiteral
{
  /// Keeps the order of the literal.
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(elements.map { Member(name: $0, value: $1) })
  }
  /// In the order of the literal.
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// A string, never null.
  package init(stringLiteral value: String) { self = .string(value) }
  /// true or false, never null.
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  /// Exact up to 2^53 for readers that take numbers as double precision.
  package init(integerLiteral value: Int64) { self = .integer(value) }
  /// null.
  package init(nilLiteral: ()) { self = .null }
}

extension JSONValue {
  /// The text of a value, null where there is none: LSNs, 64-bit identifiers, times, names.
  package static func text(_ value: (some CustomStringConvertible)?) -> JSONValue {
    value.map { .string($0.description) } ?? .null
  }
  /// For values of up to 53 bits, which every reader takes exactly; larger ones go as ``text(_:)``.
  package static func number(_ value: (some BinaryInteger)?) -> JSONValue {
    value.map { .integer(Int64(clamping: $0)) } ?? .null
  }
  /// null where it is not known.
  package static func flag(_ value: Bool?) -> JSONValue { value.map { .bool($0) } ?? .null }
  /// An array of what `make` gives for each element.
  package static func list<S: Sequence>(_ values: S, _ make: (S.Element) -> JSONValue) -> JSONValue {
    .array(values.map(make))
  }

  /// The document as text: two blanks a level when `pretty`, else one line. Ends without a line end.
  package func serialized(pretty: Bool) -> String {
    var out: [UInt8] = []
    write(to: &out, level: pretty ? 0 : nil)
    return String(decoding: out, as: UTF8.self)
  }

  private func write(to out: inout [UInt8], level: Int?) {
    switch self {
    case .null: out += "null".utf8
    case .bool(let value): out += (value ? "true" : "false").utf8
    case .integer(let value): out += String(value).utf8
    case .string(let value): Self.write(string: value, to: &out)
    case .array(let values):
      Self.write(values, "[", "]", to: &out, level: level) { $0.write(to: &$1, level: $2) }
    case .object(let members):
      Self.write(members, "{", "}", to: &out, level: level) { member, out, level in
        Self.write(string: member.name, to: &out)
        out += (level == nil ? ":" : ": ").utf8
        member.value.write(to: &out, level: level)
      }
    }
  }

  private static func write<T>(
    _ items: [T], _ open: Unicode.Scalar, _ close: Unicode.Scalar, to out: inout [UInt8], level: Int?,
    each: (T, inout [UInt8], Int?) -> Void
  ) {
    out.append(UInt8(ascii: open))
    for (index, item) in items.enumerated() {
      if index > 0 { out.append(UInt8(ascii: ",")) }
      newLine(level.map { $0 + 1 }, to: &out)
      each(item, &out, level.map { $0 + 1 })
    }
    if !items.isEmpty { newLine(level, to: &out) }
    out.append(UInt8(ascii: close))
  }

  private static func newLine(_ level: Int?, to out: inout [UInt8]) {
    guard let level else { return }
    out.append(UInt8(ascii: "\n"))
    out += repeatElement(UInt8(ascii: " "), count: 2 * level)
  }

  /// A byte of a string that stands in JSON as it is.
  @inline(__always)
  static func isPlain(_ byte: UInt8) -> Bool {
    0x20..<0x7F ~= byte && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  /// A JSON string: quotes, backslashes and all that steers a display escaped, so that a document printed to a terminal
  /// does nothing to it.
  package static func write(string: String, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    defer { out.append(UInt8(ascii: "\"")) }
    // Most text is plain, and goes at once.
    guard !string.utf8.allSatisfy(isPlain) else {
      out += string.utf8
      return
    }
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\"".utf8
      case "\\": out += "\\\\".utf8
      case "\n": out += "\\n".utf8
      case "\r": out += "\\r".utf8
      case "\t": out += "\\t".utf8
      case _ where scalar.steersDisplay: out += scalar.jsonEscape.utf8
      default: out += String(scalar).utf8
      }
    }
  }
}
