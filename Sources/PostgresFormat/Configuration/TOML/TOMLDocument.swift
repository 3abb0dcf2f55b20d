/// The part of TOML 1.0 that the definition of a cluster needs: tables of one level, names, strings, lists of strings, booleans and
/// whole numbers. What TOML has beyond that is refused with its name, and so is what TOML itself refuses.
package struct TOMLDocument: Sendable, Hashable {
  /// A string and the line in which it begins, from 1.
  package struct Text: Sendable, Hashable {
    /// Decoded: without quotes and escapes.
    package var value: String
    /// From 1.
    package var line: Int
    /// A string in its place.
    package init(_ value: String, line: Int) { (self.value, self.line) = (value, line) }
  }

  /// What stands after the equals sign.
  package enum Value: Sendable, Hashable {
    case string(String)
    case strings([Text])
    case boolean(Bool)
    case integer(Int64)
  }

  /// `name = value`.
  package struct Entry: Sendable, Hashable {
    /// The `[table]` above it; nil before the first one.
    package var table: String?
    /// Decoded, as a name may be quoted.
    package var name: String
    /// What it is set to.
    package var value: Value
    /// That of the name, from 1.
    package var line: Int
  }

  /// What is wrong, where, and what was expected there. Both are phrases that go on from "expected" and "found".
  package struct Refusal: Error, Sendable, Hashable {
    /// From 1.
    package var line: Int
    /// `a string in quotes`.
    package var expected: String
    /// `the number 5`; it may quote the text, which is to be escaped where it is shown.
    package var found: String
    /// A line and both phrases.
    package init(line: Int, expected: String, found: String) {
      (self.line, self.expected, self.found) = (line, expected, found)
    }
  }

  /// In the order of the text.
  package var entries: [Entry] = []
  /// The `[table]` headers, also of those without entries.
  package var tables: [Text] = []

  /// Bytes of a text that is read.
  package static let sizeLimit = 64 << 10

  /// Reads the whole text; nothing of it counts where any of it is wrong.
  package init(_ bytes: [UInt8]) throws(Refusal) {
    guard bytes.count <= Self.sizeLimit else {
      throw Refusal(line: 1, expected: "\(Self.sizeLimit) bytes at most", found: "\(bytes.count) bytes")
    }
    guard let wrong = Self.firstInvalidByte(bytes) else {
      var reader = TOMLReader(bytes)
      (entries, tables) = try reader.readAll()
      return
    }
    throw Refusal(
      line: 1 + bytes[..<wrong].count { $0 == UInt8(ascii: "\n") }, expected: "text in UTF-8",
      found: "bytes that are none")
  }

  /// The start of the first piece that is no UTF-8; nil where all of it is.
  private static func firstInvalidByte(_ bytes: [UInt8]) -> Int? {
    guard String(validating: bytes, as: UTF8.self) == nil else { return nil }
    // The longest valid beginning, line by line.
    var start = 0
    while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
      guard String(validating: bytes[start...end], as: UTF8.self) != nil else { return start }
      start = end + 1
    }
    return start
  }
}
