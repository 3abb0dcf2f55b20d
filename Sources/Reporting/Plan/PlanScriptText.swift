import SlotSafety

/// Lines of a script: what is too long for one goes on in the next, as a person would break it.
enum PlanScriptText {
  private static let width = 120

  /// Whether it is one line.
  static func fits(_ sql: String, indent: Int) -> Bool { indent + sql.utf8.count <= width }

  /// SQL in lines of at most 120 columns, as far as it has blanks. A plain literal goes on as a second one, which SQL joins.
  static func lines(_ sql: String, indent: Int) -> [String] {
    let margin = String(repeating: " ", count: indent)
    var lines: [String] = []
    var line = margin
    var isInLiteral = false
    for piece in pieces(of: sql) {
      let more = piece.text.utf8.count + (piece.endsInLiteral ? 1 : piece.text.hasSuffix(" ") ? -1 : 0)
      if line.utf8.count + more > width, line.utf8.count > indent {
        lines.append(isInLiteral ? line + "'" : String(line.dropLast()))
        line = margin + "  " + (isInLiteral ? "'" : "")
      }
      line += piece.text
      isInLiteral = piece.endsInLiteral
    }
    return lines + [line]
  }

  /// The text up to and with each blank at which a line may end.
  private static func pieces(of sql: String) -> [(text: String, endsInLiteral: Bool)] {
    enum Place { case outside, literal, escapes, identifier }
    var pieces: [(text: String, endsInLiteral: Bool)] = []
    var (place, text, last) = (Place.outside, "", Character(" "))
    for index in sql.indices {
      let character = sql[index]
      text.append(character)
      switch (place, character) {
      case (.outside, "'"): place = last == "E" ? .escapes : .literal
      case (.outside, "\""): place = .identifier
      case (.literal, "'"), (.escapes, "'"), (.identifier, "\""): place = .outside
      // Not before the end of a literal: nothing would be left of it.
      case (.literal, " ") where sql[sql.index(after: index)] == "'": break
      // What psql's own command takes stands on its line.
      case (.outside, " ") where text.hasSuffix("\\gset "): break
      case (.outside, " "), (.literal, " "):
        pieces.append((text, place == .literal))
        text = ""
      default: break
      }
      last = character
    }
    return pieces + [(text, false)]
  }

  /// What a person reads, as SQL of type text: a literal, or `format()` where it speaks of the loop's slot or of what a server
  /// has.
  static func message(_ words: Words, before: String = "", found: SQL? = nil, hint: Words? = nil) throws(QuotingError)
    -> String
  {
    let (format, arguments) = parts(words, before: before, found: found, hint: hint)
    if hint == nil, arguments.count == 1, format.hasSuffix("; found: %s"), arguments[0].hasPrefix("current_setting('") {
      return try literal(String(format.dropLast(2)).replacing("%%", with: "%")) + " || " + arguments[0]
    }
    guard arguments.isEmpty else {
      return "format(\(try literal(format)), \(arguments.joined(separator: ", ")))"
    }
    return try literal(format.replacing("%%", with: "%"))
  }

  /// The same for `raise`, which has a format of its own.
  static func raised(_ words: Words, before: String, found: SQL?, hint: Words? = nil) throws(QuotingError) -> String {
    let (format, arguments) = parts(words, before: before, found: found, hint: hint)
    let text = format.split(separator: "%%", omittingEmptySubsequences: false).map { $0.replacing("%s", with: "%") }
      .joined(separator: "%%")
    return ([try literal(text)] + arguments).joined(separator: ", ")
  }

  /// A format for SQL's `format()` and its arguments.
  private static func parts(_ words: Words, before: String, found: SQL?, hint: Words?) -> (String, [String]) {
    var (format, arguments) = words.inLoop
    format = before + format
    if let found {
      let sql = found.inLoop
      if let text = plainLiteral(sql) {
        format += "; found: " + text
      } else if sql.hasPrefix("format('"), let end = sql.firstRange(of: "', ") {
        format += "; found: " + sql[..<end.lowerBound].dropFirst("format('".count)
        arguments.append(String(sql[end.upperBound...].dropLast()))
      } else {
        format += "; found: %s"
        arguments.append(sql)
      }
    }
    if let hint {
      let more = hint.inLoop
      format += ". " + more.format
      arguments += more.arguments
    }
    return (format, arguments)
  }

  private static func literal(_ text: String) throws(QuotingError) -> String {
    try SQLText.literal(TerminalText.ascii(text))
  }

  /// What a server has, and what to do about it, as SQL of type text that is never null.
  static func actual(_ found: SQL, hint: Words?) throws(QuotingError) -> String {
    let sql = found.inLoop
    var (format, arguments) = ("%s", [sql])
    if let text = plainLiteral(sql) {
      (format, arguments) = (String(text), [])
    } else if sql.hasPrefix("format('"), let end = sql.firstRange(of: "', ") {
      format = String(sql[..<end.lowerBound].dropFirst("format('".count))
      arguments = [String(sql[end.upperBound...].dropLast())]
    }
    if let hint {
      let more = hint.inLoop
      format += ". " + more.format
      arguments += more.arguments
    }
    if format == "%s" {
      let isText = arguments[0].hasPrefix("current_setting('") || arguments[0].hasPrefix("(select ")
      return isText ? arguments[0] : "concat(\(arguments[0]))"
    }
    guard arguments.isEmpty else {
      return "format(\(try literal(format)), \(arguments.joined(separator: ", ")))"
    }
    return try literal(format.replacing("%%", with: "%"))
  }

  /// The text of a literal in which nothing is escaped.
  private static func plainLiteral(_ sql: String) -> Substring? {
    guard sql.utf8.count > 2, sql.hasPrefix("'"), sql.hasSuffix("'") else { return nil }
    let text = sql.dropFirst().dropLast()
    return text.contains("'") || text.contains("%") ? nil : text
  }
}
