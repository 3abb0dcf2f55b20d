import SlotSafety

/// Lines of a script: what is too long for one goes on in the next, as a person would break it.
enum PlanScriptText {
  private static let width = 118

  /// Whether it is one line.
  static func fits(_ text: ScriptText, indent: Int) -> Bool { indent + text.description.utf8.count <= width }

  /// SQL in lines of at most 118 columns, as far as it has blanks: broken where a person would, before `and`, after a comma, outside
  /// of parentheses rather than within. A plain literal goes on as a second one, which SQL joins.
  static func lines(_ sql: ScriptText, indent: Int = 0) -> [ScriptText] {
    var lines: [ScriptText] = []
    var rest = pieces(of: sql.description)[...]
    var start = String(repeating: " ", count: indent)
    while !rest.isEmpty {
      let count = piecesOfLine(rest, start.utf8.count)
      let isInLiteral = rest[rest.startIndex + count - 1].endsInLiteral && count < rest.count
      let text = rest.prefix(count).map(\.text).joined()
      let isLast = count == rest.count
      lines.append(
        ScriptText(
          quoted: start + (isLast || isInLiteral ? text : String(text.dropLast())) + (isInLiteral ? "'" : "")))
      start = String(repeating: " ", count: indent + 2) + (isInLiteral ? "'" : "")
      rest = rest.dropFirst(count)
    }
    return lines
  }

  /// What may stand in any order, each on the first line where it fits.
  static func filled(_ parts: [ScriptText]) -> [ScriptText] {
    var lines: [ScriptText] = []
    for part in parts {
      if let place = lines.firstIndex(where: { fits("\($0) \(part)", indent: 0) }) {
        lines[place] = "\(lines[place]) \(part)"
      } else {
        lines.append(part)
      }
    }
    return lines
  }

  /// Lines of a block, the long ones broken. One that begins with a ``Template/joint`` goes on the line before where both fit, and
  /// where both together take fewer lines than each by itself.
  static func laidOut(_ lines: [ScriptText]) -> [ScriptText] {
    var result: [ScriptText] = []
    var last: (text: ScriptText, indent: Int, start: Int)?
    for line in lines {
      let indent = line.description.prefix { $0 == " " }.count
      var text = line.description.dropFirst(indent)
      let isJoined = text.hasPrefix(Template.joint.description)
      if isJoined { text = text.dropFirst() }
      let own = ScriptText(quoted: text)
      let apart = Self.lines(own, indent: indent)
      if isJoined, let end = result.last, fits("\(end) \(own)", indent: 0) {
        result[result.count - 1] = "\(end) \(own)"
        last = nil
        continue
      }
      if isJoined, let (before, indent, start) = last {
        let whole = Self.lines("\(before) \(own)", indent: indent)
        if whole.count < result.count - start + apart.count {
          result.replaceSubrange(start..., with: whole)
          last = nil
          continue
        }
      }
      last = (own, indent, result.count)
      result += apart
    }
    return result
  }

  /// How many pieces go on a line: all that fit, or as far as the best place among its last columns.
  private static func piecesOfLine(_ pieces: ArraySlice<Piece>, _ start: Int) -> Int {
    var column = start
    var (count, best, bestRank) = (0, 1, Int.max)
    for (piece, next) in zip(pieces, pieces.dropFirst().map { $0 as Piece? } + [nil]) {
      column += piece.text.utf8.count
      let end = column + (piece.endsInLiteral ? 1 : piece.text.hasSuffix(" ") ? -1 : 0)
      if end > width, count > 0 { return best }
      count += 1
      guard let next, column > width * 3 / 5 else {
        best = count
        continue
      }
      let rank = rank(of: piece, before: next)
      if rank <= bestRank { (best, bestRank) = (count, rank) }
    }
    return count
  }

  /// The lower, the better a place to end a line.
  private static func rank(of piece: Piece, before next: Piece) -> Int {
    if piece.endsInLiteral { return 100 + 10 * piece.depth }
    let isClause =
      ["and ", "or ", "from ", "where ", "else ", "left ", "case "].contains(next.text) || piece.text.hasSuffix(", ")
    return 10 * piece.depth + (isClause ? 0 : 6)
  }

  /// A part of SQL, up to and with a blank at which a line may end.
  private struct Piece {
    var text: String
    var endsInLiteral: Bool
    /// How many parentheses are open at its end.
    var depth: Int
  }

  private static func pieces(of sql: String) -> [Piece] {
    enum Place { case outside, literal, escapes, identifier }
    var pieces: [Piece] = []
    var (place, text, last, depth) = (Place.outside, "", Character(" "), 0)
    for index in sql.indices {
      let character = sql[index]
      text.append(character)
      switch (place, character) {
      case (.outside, "'"): place = last == "E" ? .escapes : .literal
      case (.outside, "\""): place = .identifier
      case (.outside, "("): depth += 1
      case (.outside, ")"): depth -= 1
      case (.literal, "'"), (.escapes, "'"), (.identifier, "\""): place = .outside
      // Not before the end of a literal: nothing would be left of it.
      case (.literal, " ") where sql[sql.index(after: index)] == "'": break
      // What psql's own command takes stands on its line.
      case (.outside, " ") where text.hasSuffix("\\gset "): break
      case (.outside, " "), (.literal, " "):
        pieces.append(Piece(text: text, endsInLiteral: place == .literal, depth: depth))
        text = ""
      default: break
      }
      last = character
    }
    return pieces + [Piece(text: text, endsInLiteral: false, depth: depth)]
  }

  /// What a person reads, as SQL of type text: a literal, or `format()` where it speaks of the loop's slot or of what a server
  /// has.
  static func message(
    _ words: Words, before: String = "", found: SQL? = nil, hint: Words? = nil
  ) throws(QuotingError) -> ScriptText {
    let (format, arguments) = parts(words, before: before, found: found, hint: hint)
    if hint == nil, arguments.count == 1, format.hasSuffix("; found: %s"), arguments[0].hasPrefix("current_setting('") {
      return "\(try plain(String(format.dropLast(2)))) || \(ScriptText(quoted: arguments[0]))"
    }
    return try formatted(format, arguments)
  }

  /// The same for `raise`, which has a format of its own.
  static func raised(
    _ words: Words, before: String, found: SQL?, hint: Words? = nil
  ) throws(QuotingError) -> ScriptText {
    let (format, arguments) = parts(words, before: before, found: found, hint: hint)
    let text = format.split(separator: "%%", omittingEmptySubsequences: false).map { $0.replacing("%s", with: "%") }
      .joined(separator: "%%")
    return ([try .literal(text)] + arguments.map(ScriptText.init)).joined(by: ", ")
  }

  /// What a server has, and what to do about it, as SQL of type text that is never null.
  static func actual(_ found: SQL, hint: Words?) throws(QuotingError) -> ScriptText {
    let (format, arguments) = parts("", before: "", found: found, hint: hint)
    if format == "%s" {
      let isText = arguments[0].hasPrefix("current_setting('") || arguments[0].hasPrefix("(select ")
      let argument = ScriptText(quoted: arguments[0])
      return isText ? argument : "concat(\(argument))"
    }
    return try formatted(format, arguments)
  }

  private static func formatted(_ format: String, _ arguments: [String]) throws(QuotingError) -> ScriptText {
    if arguments.isEmpty { return try plain(format) }
    return "format(\(try ScriptText.literal(format)), \(arguments.map(ScriptText.init).joined(by: ", ")))"
  }

  private static func plain(_ format: String) throws(QuotingError) -> ScriptText {
    try .literal(format.replacing("%%", with: "%"))
  }

  /// A format for SQL's `format()` and its arguments, which are SQL.
  private static func parts(_ words: Words, before: String, found: SQL?, hint: Words?) -> (String, [String]) {
    var (format, arguments) = words.inLoop
    format = before + format
    if let found {
      if !format.isEmpty { format += "; found: " }
      let sql = found.inLoop
      if let text = plainLiteral(sql) {
        format += text
      } else if sql.hasPrefix("format('"), let end = sql.firstRange(of: "', ") {
        format += sql[..<end.lowerBound].dropFirst("format('".count)
        arguments.append(String(sql[end.upperBound...].dropLast()))
      } else {
        format += "%s"
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

  /// The text of a literal in which nothing is escaped.
  private static func plainLiteral(_ sql: String) -> Substring? {
    guard sql.utf8.count > 2, sql.hasPrefix("'"), sql.hasSuffix("'") else { return nil }
    let text = sql.dropFirst().dropLast()
    return text.contains("'") || text.contains("%") ? nil : text
  }
}
