import PostgresFormat

/// Quoting for psql's own commands, whose arguments follow other rules than SQL.
package enum PsqlText {
  /// An argument of a backslash command in single quotes: a quote doubled, backslash and control characters escaped. In
  /// single quotes psql replaces no variable and runs no backticks. ASCII alone: see ``SQLText``.
  package static func argument(_ text: String) throws(QuotingError) -> String {
    try SQLText.requireText(text)
    var body = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "'": body += "''"
      case "\\": body += "\\\\"
      case "\n": body += "\\n"
      case "\t": body += "\\t"
      case "\r": body += "\\r"
      case "\u{0}"..<" ", "\u{7F}": body += "\\x" + SQLText.hex(UInt8(truncatingIfNeeded: scalar.value))
      case _ where !scalar.isASCII: body += String(scalar).utf8.map { "\\x" + SQLText.hex($0) }.joined()
      default: body.unicodeScalars.append(scalar)
      }
    }
    return "'" + body + "'"
  }

  /// `\set NAME VALUE`. The name is the program's own.
  package static func assignment(_ variable: StaticString, _ value: String) throws(QuotingError) -> String {
    "\\set \(variable) \(try argument(value))"
  }

  /// A line that connects to the database of that name on the same server, as the same user.
  ///
  /// The name travels inside a connection string, in a variable, and is taken out of it in double quotes: given plainly,
  /// a name like `dbname=x` or `postgres://x` would be understood as one and lead to another server, and psql would
  /// strip double quotes from it.
  package static func connect(database: String) throws(QuotingError) -> String {
    guard !database.isEmpty else { throw .empty }
    let quoted = SQLText.replacing(["\\": "\\\\", "'": "\\'"], in: database)
    return try assignment("database_conninfo", "dbname='\(quoted)'")
      + " \\connect -reuse-previous=on :\"database_conninfo\" \\encoding UTF8"
  }
}
