import PostgresFormat

/// Quoting for SQL that psql reads, one function for each place in which a name or a text may stand.
///
/// Holds under both settings of `standard_conforming_strings`, and for what psql itself looks for in SQL: a variable
/// (`:name`) is never formed, as a leading colon is written as an escape.
///
/// The result is ASCII: what psql takes for the end of a text depends on the client encoding, and a server that lies about
/// it could move that end after a character of several bytes.
package enum SQLText {
  /// An identifier: always in double quotes, a double quote within doubled. One beyond printable ASCII is written with
  /// Unicode escapes, which identifiers take whatever `standard_conforming_strings` is.
  package static func identifier(_ name: String) throws(QuotingError) -> String {
    try requireText(name)
    guard !name.isEmpty else { throw .empty }
    guard name.unicodeScalars.contains(where: { $0.steersDisplay || !$0.isASCII }) else {
      return "\"" + replacing(["\"": "\"\""], in: name) + "\""
    }
    var body = ""
    for scalar in name.unicodeScalars {
      switch scalar {
      case "\"": body += "\"\""
      case "\\": body += "\\\\"
      case _ where scalar.steersDisplay || !scalar.isASCII: body += "\\+" + UInt32Hex.padded(scalar.value).suffix(6)
      default: body.unicodeScalars.append(scalar)
      }
    }
    return "U&\"" + body + "\""
  }

  /// A string literal: plain where the text is printable without a backslash and a leading colon, else with escapes (`E''`).
  ///
  /// Characters beyond ASCII are written as their bytes in UTF-8.
  package static func literal(_ text: String) throws(QuotingError) -> String {
    try requireText(text)
    var body = ""
    var needsEscapes = false
    for scalar in text.unicodeScalars {
      switch scalar {
      case "'": body += "''"
      case "\\":
        body += "\\\\"
        needsEscapes = true
      case "\n":
        body += "\\n"
        needsEscapes = true
      case ":" where body.isEmpty:
        body = "\\x3a"
        needsEscapes = true
      case "\u{0}"..<" ", "\u{7F}":
        body += "\\x" + hex(UInt8(truncatingIfNeeded: scalar.value))
        needsEscapes = true
      case _ where !scalar.isASCII:
        body += String(scalar).utf8.map { "\\x" + hex($0) }.joined()
        needsEscapes = true
      default: body.unicodeScalars.append(scalar)
      }
    }
    return (needsEscapes ? "E'" : "'") + body + "'"
  }

  /// The bytes of a text in an expression of type `bytea`, without anything in it that could need quoting.
  package static func bytes(_ text: String) throws(QuotingError) -> String {
    try requireText(text)
    return "decode('" + text.utf8.map(hex).joined() + "', 'hex')"
  }

  /// A body between dollar quotes, with a tag that neither the body has nor its end together with the tag.
  package static func dollarQuoted(_ body: String) -> String {
    var tag = "$$"
    var number = 0
    while !endsFirst(Array(body.utf8), Array(tag.utf8)) {
      number += 1
      tag = "$q\(number)$"
    }
    return tag + body + tag
  }

  /// Whether the first place of `tag` in `body` and `tag` together is the end of the body.
  private static func endsFirst(_ body: [UInt8], _ tag: [UInt8]) -> Bool {
    let text = body + tag
    return !body.indices.contains { start in text[start...].starts(with: tag) }
  }

  /// Text without a zero byte, which neither SQL nor psql can carry.
  static func requireText(_ text: String) throws(QuotingError) {
    if text.utf8.contains(0) { throw .zeroByte }
  }

  /// Replaces single Unicode scalars. Never whole characters: a quote followed by a combining mark is another character
  /// to Swift, but a quote to a server.
  static func replacing(_ replacements: [Unicode.Scalar: String], in text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      if let replacement = replacements[scalar] { result += replacement } else { result.unicodeScalars.append(scalar) }
    }
    return result
  }

  static func hex(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }
}
