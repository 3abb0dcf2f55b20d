package import PostgresFormat

/// SQL whose interpolation quotes: a name goes in as a literal, and a plain `String` does not compile.
///
/// A value of a slot is written in two ways: as a literal where the SQL stands for this slot alone (``description``), and as a
/// column of the variable `slot` where a script goes through a list (``inLoop``).
package struct SQL: Sendable, Hashable, CustomStringConvertible {
  fileprivate var parts: [SlotTextPart]

  /// Text that was quoted already.
  fileprivate init(quoted text: String) { parts = [.text(text)] }

  /// A name that needs no quotes.
  init(checked name: SlotName) { self.init(quoted: name.description) }

  /// A string literal (``SQLText/literal(_:)``).
  package static func literal(_ text: String) throws(QuotingError) -> SQL { SQL(quoted: try SQLText.literal(text)) }

  /// An identifier in double quotes (``SQLText/identifier(_:)``).
  package static func identifier(_ name: String) throws(QuotingError) -> SQL {
    SQL(quoted: try SQLText.identifier(name))
  }

  /// The bytes of a text, of type `bytea` (``SQLText/bytes(_:)``).
  package static func bytes(_ text: String) throws(QuotingError) -> SQL { SQL(quoted: try SQLText.bytes(text)) }

  /// Said in two ways: for one slot by itself; and in a loop, where `slot` is a row of the list, and `here` what the server has
  /// under that name.
  static func dual(_ alone: SQL, inLoop: SQL) -> SQL {
    var sql: SQL = ""
    sql.parts = [.dual(alone: alone.description, inLoop: inLoop.inLoop)]
    return sql
  }

  /// For the slot itself.
  package var description: String { parts.map { $0.text(\.literal) }.joined() }

  /// For every slot of a list, in its turn.
  package var inLoop: String { parts.map { $0.inLoop }.joined() }

  /// Names as literals with commas between; `null` for none.
  static func list(_ names: [SlotName]) -> SQL {
    SQL(quoted: names.isEmpty ? "null" : names.map(\.literal).joined(separator: ", "))
  }

  /// The same with a text of the program's own in the place of that list.
  package func naming(_ names: [SlotName], _ text: String) -> SQL {
    names.isEmpty ? self : SQL(quoted: description.replacing(SQL.list(names).description, with: text))
  }

  /// Whether it differs from slot to slot.
  package var isAboutSlot: Bool { parts.contains(where: \.isAboutSlot) }

  /// One piece after the other.
  package static func + (a: SQL, b: SQL) -> SQL { "\(a)\(b)" }
  /// The same SQL for the same slot.
  package static func == (a: SQL, b: SQL) -> Bool { a.description == b.description }
  /// As `==`.
  package func hash(into hasher: inout Hasher) { hasher.combine(description) }
}

extension SQL: ExpressibleByStringInterpolation {
  /// What the program itself says.
  package init(stringLiteral text: StaticString) { parts = [.text("\(text)")] }
  /// What the program itself says, with what it has quoted.
  package init(stringInterpolation: StringInterpolation) { parts = stringInterpolation.parts }

  /// Takes only what is quoted, or needs no quoting.
  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var parts: [SlotTextPart] = []
    /// Empty.
    package init(literalCapacity: Int, interpolationCount: Int) {}
    /// What the program itself says.
    package mutating func appendLiteral(_ text: StaticString) { parts.append(.text("\(text)")) }
    /// SQL, as it is.
    package mutating func appendInterpolation(_ sql: SQL) { parts += sql.parts }
    /// In a loop, the column of the slot in its turn.
    package mutating func appendInterpolation(_ value: SlotValue) { parts.append(.slot(value)) }
    /// A literal.
    package mutating func appendInterpolation(_ name: SlotName) { parts.append(.text(name.literal)) }
    /// A literal.
    package mutating func appendInterpolation(_ plugin: PluginName) { parts.append(.text(plugin.literal)) }
    /// A literal, of whatever type the context asks for.
    package mutating func appendInterpolation(_ lsn: LSN) { parts.append(.text("'\(lsn)'")) }
    /// A number.
    package mutating func appendInterpolation(_ timeline: TimelineID) { parts.append(.text("\(timeline)")) }
    /// The eight digits that begin the name of a segment, without quotes.
    package mutating func appendInterpolation(hex timeline: TimelineID) {
      parts.append(.text(String(UInt32Hex.padded(timeline.rawValue))))
    }
    /// A number.
    package mutating func appendInterpolation(_ xid: TransactionID) { parts.append(.text("\(xid)")) }
    /// A number.
    package mutating func appendInterpolation(_ oid: OID) { parts.append(.text("\(oid)")) }
    /// A number.
    package mutating func appendInterpolation(_ number: some BinaryInteger) { parts.append(.text("\(number)")) }
    /// A word of the program's own.
    package mutating func appendInterpolation(_ word: StaticString) { parts.append(.text("\(word)")) }
  }
}

/// A text for people that may speak of a slot.
package struct Words: Sendable, Hashable, CustomStringConvertible {
  fileprivate var parts: [SlotTextPart]

  /// Of the slot itself.
  package var description: String { parts.map { $0.text(\.words) }.joined() }

  /// Of every slot of a list: a format for SQL's `format()`, and its arguments as SQL.
  package var inLoop: (format: String, arguments: [String]) {
    var (format, arguments) = ("", [String]())
    for part in parts {
      switch part {
      case .text(let text): format += SQLText.replacing(["%": "%%"], in: text)
      case .slot(let value):
        format += "%s"
        arguments.append(value.inLoop)
      case .dual: break
      }
    }
    return (format, arguments)
  }

  /// One text after the other.
  package static func + (a: Words, b: Words) -> Words { "\(a)\(b)" }
  /// The same text of the same slot.
  package static func == (a: Words, b: Words) -> Bool { a.description == b.description }
  /// As `==`.
  package func hash(into hasher: inout Hasher) { hasher.combine(description) }
}

extension Words: ExpressibleByStringInterpolation {
  /// Any text: it is escaped where it is written.
  package init(stringLiteral text: String) { parts = [.text(text)] }
  /// Any text: it is escaped where it is written.
  package init(stringInterpolation: StringInterpolation) { parts = stringInterpolation.parts }

  /// Takes anything that has words.
  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var parts: [SlotTextPart] = []
    /// Empty.
    package init(literalCapacity: Int, interpolationCount: Int) {}
    /// What stands between.
    package mutating func appendLiteral(_ text: String) { parts.append(.text(text)) }
    /// A word of the program's own.
    package mutating func appendInterpolation(_ words: Words) { parts += words.parts }
    /// In a loop, the column of the slot in its turn.
    package mutating func appendInterpolation(_ value: SlotValue) { parts.append(.slot(value)) }
    /// Anything that has words.
    package mutating func appendInterpolation(_ value: some CustomStringConvertible) {
      parts.append(.text(value.description))
    }
  }
}

/// A piece of text, or a value in its place.
private enum SlotTextPart: Sendable {
  case text(String)
  case slot(SlotValue)
  case dual(alone: String, inLoop: String)

  var isAboutSlot: Bool { if case .text = self { false } else { true } }

  func text(_ form: (SlotValue) -> String) -> String {
    switch self {
    case .text(let text): text
    case .slot(let value): form(value)
    case .dual(let alone, _): alone
    }
  }

  var inLoop: String { if case .dual(_, let inLoop) = self { inLoop } else { text(\.inLoop) } }
}
