package import ByteReading

/// A libpq connection string, in the form `keyword = value …` or as a URI, taken apart.
///
/// Only the syntax is checked: whether libpq knows a keyword is not. Follows src/interfaces/libpq/fe-connect.c.
package struct ConnectionString: Sendable, Hashable {
  /// A keyword and its value (`PQconninfoOption`).
  package struct Parameter: Sendable, Hashable {
    /// The keyword as written, such as `host` or `dbname`; in a URI also those that stand for its parts.
    package var name: String
    /// Decoded: without quotes, backslashes or percent signs. Can be a password.
    package var value: String
    /// Neither is checked against what libpq knows.
    package init(name: String, value: String) { (self.name, self.value) = (name, value) }
  }

  /// In the order of the text; of a name that occurs twice libpq takes the last.
  package var parameters: [Parameter]

  /// The value that libpq would use: the last one of that keyword, nil where there is none. Keywords are
  /// case-sensitive.
  package subscript(_ name: String) -> String? { parameters.last { $0.name == name }?.value }

  /// Throws `FormatError` (`badSyntax`) where libpq would refuse the text.
  package init(_ text: String) throws(FormatError) {
    let bytes = Array(text.utf8)
    if let prefix = Self.uriPrefixes.first(where: { bytes.starts(with: $0.utf8) }) {
      parameters = try Self.uriParts(bytes, from: prefix.utf8.count).map { part in part.parameter }
    } else {
      parameters = try Self.keywordParts(bytes).map { part in part.parameter }
    }
  }

  /// A parameter and the bytes of the text that say it.
  struct Part {
    var parameter: Parameter
    var range: Range<Int>
    /// Of a URI, after the question mark.
    var isQuery = false
  }

  static let uriPrefixes = ["postgresql://", "postgres://"]

  static func keywordParts(_ bytes: [UInt8]) throws(FormatError) -> [Part] {
    var parts: [Part] = []
    var at = 0
    func skipBlanks() { while at < bytes.count, bytes[at].isSpace { at += 1 } }
    while true {
      skipBlanks()
      guard at < bytes.count else { return parts }
      let start = at
      while at < bytes.count, bytes[at] != UInt8(ascii: "="), !bytes[at].isSpace { at += 1 }
      let name = bytes[start..<at]
      skipBlanks()
      guard at < bytes.count, bytes[at] == UInt8(ascii: "=") else { throw syntax(at: start) }
      at += 1
      skipBlanks()
      var value: [UInt8] = []
      let quoted = at < bytes.count && bytes[at] == UInt8(ascii: "'")
      if quoted { at += 1 }
      var closed = !quoted
      while at < bytes.count {
        let byte = bytes[at]
        if quoted ? byte == UInt8(ascii: "'") : byte.isSpace {
          if quoted { (at, closed) = (at + 1, true) }
          break
        }
        at += 1
        if byte == UInt8(ascii: "\\") {
          if at < bytes.count {
            value.append(bytes[at])
            at += 1
          }
        } else {
          value.append(byte)
        }
      }
      guard closed else { throw syntax(at: start) }
      let parameter = Parameter(
        name: String(decoding: name, as: UTF8.self), value: String(decoding: value, as: UTF8.self))
      parts.append(Part(parameter: parameter, range: start..<at))
    }
  }

  static func syntax(at offset: Int) -> FormatError {
    FormatError(.badSyntax, at: offset, field: "connection string")
  }
}
