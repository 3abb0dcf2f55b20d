package import PostgresFormat
package import SlotSafety

/// Text of a shell script whose interpolation quotes: a plain `String` does not compile.
package struct ShellSource: Sendable, Hashable, CustomStringConvertible {
  /// What the shell reads.
  package private(set) var description: String

  /// One piece below the other.
  static func lines(_ pieces: [ShellSource]) -> ShellSource {
    ShellSource(quoted: pieces.map(\.description).joined(separator: "\n"))
  }

  /// Text that was quoted already.
  fileprivate init(quoted text: String) { description = text }
}

extension ShellSource: ExpressibleByStringInterpolation {
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
    /// Shell text, as it is.
    package mutating func appendInterpolation(_ source: ShellSource) { text += source.description }
    /// One word of a command line.
    package mutating func appendInterpolation(word: String) { text += ShellText.word(word) }
    /// A path as one word of a command line.
    package mutating func appendInterpolation(path: String) { text += ShellText.path(path) }
    /// After a `#`: on one line, and plain ASCII.
    package mutating func appendInterpolation(comment: String) { text += TerminalText.ascii(comment) }
    /// A number.
    package mutating func appendInterpolation(_ number: some FixedWidthInteger) { text += "\(number)" }
    /// The eight digits of a timeline in the names of segments.
    package mutating func appendInterpolation(hex timeline: TimelineID) { text += timeline.hex }
    /// 24 digits.
    package mutating func appendInterpolation(_ segment: SegmentName) { text += segment.text }
    /// SQL, which is ASCII on one line, within a here-document that the shell does not look into.
    package mutating func appendInterpolation(_ sql: SQL) { text += sql.description }
  }
}
