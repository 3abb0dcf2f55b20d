package import PostgresFormat
package import SlotSafety

/// Text of a script, for psql or for a shell, whose interpolation quotes: a plain `String` does not compile.
package struct ScriptText: Sendable, Hashable, CustomStringConvertible {
  /// What psql or the shell reads.
  package private(set) var description: String

  /// Text that was quoted already, or is a part of such.
  package init(quoted text: some StringProtocol) { description = String(text) }

  /// A string literal of SQL, in ASCII (``SQLText/literal(_:)``).
  package static func literal(_ text: String) throws(QuotingError) -> ScriptText {
    ScriptText(quoted: try SQLText.literal(TerminalText.ascii(text)))
  }
  /// An argument of a command of psql (``PsqlText/argument(_:)``).
  package static func argument(_ text: String) throws(QuotingError) -> ScriptText {
    ScriptText(quoted: try PsqlText.argument(text))
  }
  /// A line that connects to the database of that name (``PsqlText/connect(database:)``).
  package static func connect(database: String) throws(QuotingError) -> ScriptText {
    ScriptText(quoted: try PsqlText.connect(database: database))
  }
  /// A body between dollar quotes that end with it (``SQLText/dollarQuoted(_:)``).
  package static func dollarQuoted(_ body: ScriptText) -> ScriptText {
    ScriptText(quoted: SQLText.dollarQuoted(body.description))
  }

  /// Its lines; none where there is no text.
  package var lines: [ScriptText] {
    if description.isEmpty { return [] }
    return description.split(separator: "\n", omittingEmptySubsequences: false).map { ScriptText(quoted: $0) }
  }
  /// Whether it has this text in it.
  package func contains(_ text: String) -> Bool { description.contains(text) }
}

extension ScriptText: ExpressibleByStringInterpolation {
  /// What the program itself says.
  package init(stringLiteral text: StaticString) { description = "\(text)" }
  /// What the program itself says, with what it has quoted.
  package init(stringInterpolation: StringInterpolation) { description = stringInterpolation.text }

  /// Takes only what is quoted, or needs no quoting.
  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""
    /// Empty.
    package init(literalCapacity: Int, interpolationCount: Int) {}
    /// What the program itself says.
    package mutating func appendLiteral(_ text: StaticString) { self.text += "\(text)" }
    /// Text of a script, as it is.
    package mutating func appendInterpolation(_ text: ScriptText) { self.text += text.description }
    /// SQL, which is ASCII on one line. A shell does not look into a here-document.
    package mutating func appendInterpolation(_ sql: SQL) { text += sql.description }
    /// SQL of the loop's slot.
    package mutating func appendInterpolation(loop sql: SQL) { text += sql.inLoop }
    /// A literal.
    package mutating func appendInterpolation(_ slot: SlotName) { text += slot.literal }
    /// A slot's name without quotes, of which it has no need.
    package mutating func appendInterpolation(bare slot: SlotName) { text += slot.description }
    /// A setting's, a variable's or a column's name, which the program has given it: what such a name cannot have is left out.
    package mutating func appendInterpolation(name: String) {
      text.unicodeScalars += name.unicodeScalars.filter { scalar in
        switch scalar {
        case "a"..."z", "0"..."9", "_": true
        default: false
        }
      }
    }
    /// One word of a command line of a shell.
    package mutating func appendInterpolation(word: String) { text += ShellText.word(word) }
    /// A path as one word of a command line of a shell.
    package mutating func appendInterpolation(path: String) { text += ShellText.path(path) }
    /// After a `#` of a shell: on one line, and plain ASCII.
    package mutating func appendInterpolation(comment: String) { text += TerminalText.ascii(comment) }
    /// After `--` of SQL: on one line.
    package mutating func appendInterpolation(remark: String) { text += TerminalText.escaped(remark) }
    /// A number.
    package mutating func appendInterpolation(_ number: some FixedWidthInteger) { text += "\(number)" }
    /// A number.
    package mutating func appendInterpolation(_ oid: OID) { text += "\(oid)" }
    /// A number.
    package mutating func appendInterpolation(_ timeline: TimelineID) { text += "\(timeline)" }
    /// The eight digits of a timeline in the names of segments.
    package mutating func appendInterpolation(hex timeline: TimelineID) { text += timeline.hex }
    /// 24 digits.
    package mutating func appendInterpolation(_ segment: SegmentName) { text += segment.text }
    /// `17`.
    package mutating func appendInterpolation(_ version: ServerVersion) { text += "\(version)" }
  }
}

extension Sequence<ScriptText> {
  /// All of them, with the same between each two.
  package func joined(by separator: ScriptText = "\n") -> ScriptText {
    ScriptText(quoted: map(\.description).joined(separator: separator.description))
  }
}
