/// One pass over a text, line by line. It is valid UTF-8, and all that has a meaning here is ASCII.
struct YAMLReader {
  typealias Refusal = YAMLScalars.Refusal
  private typealias Text = ArraySlice<UInt8>

  private struct Line {
    /// From 1.
    var number: Int
    /// Blanks in front of it.
    var indent: Int
    /// The rest, without blanks at its end.
    var text: Text
  }

  private var lines: [Line] = []
  private var at = 0
  private let places: Set<[String]>
  private var values: [[String]: YAMLScalars.Scalar] = [:]

  init(_ bytes: [UInt8], places: Set<[String]>) {
    self.places = places
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    for (index, line) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      let rest = line.drop { $0 == UInt8(ascii: " ") }
      let end = rest.lastIndex { !Self.isBlank($0) && $0 != UInt8(ascii: "\r") }
      lines.append(
        Line(number: index + 1, indent: line.count - rest.count, text: end.map { rest[...$0] } ?? rest.prefix(0)))
    }
  }

  mutating func readAll() throws(Refusal) -> [[String]: YAMLScalars.Scalar] {
    skipEmptyLines()
    if at < lines.count, lines[at].indent == 0, lines[at].text.first == UInt8(ascii: "%") {
      throw refusal("a mapping", "a directive, which is not read here")
    }
    if at < lines.count, isMark("---") { at += 1 }
    if let first = current { try node(first.indent, inside: -1, path: [], depth: 0) }
    skipEmptyLines()
    if at < lines.count, isMark("...") {
      at += 1
      skipEmptyLines()
    }
    guard at >= lines.count else {
      throw refusal(
        "the end of the file", isMark("---") ? "a second document" : "a line that is indented less than the first")
    }
    return values
  }

  // MARK: lines

  /// The next line that says something; nil at the end of the document.
  private var current: Line? {
    mutating get {
      skipEmptyLines()
      return at < lines.count && !isMark("---") && !isMark("...") ? lines[at] : nil
    }
  }

  private mutating func skipEmptyLines() {
    while at < lines.count, lines[at].text.isEmpty || lines[at].text.first == UInt8(ascii: "#") { at += 1 }
  }

  private func isMark(_ mark: String) -> Bool {
    let line = lines[at]
    return line.indent == 0 && line.text.starts(with: mark.utf8)
      && (line.text.count == 3 || Self.isBlank(line.text.dropFirst(3).first))
  }

  private func refusal(_ expected: String, _ found: String) -> Refusal {
    Refusal(line: lines.isEmpty ? 1 : lines[min(at, lines.count - 1)].number, expected: expected, found: found)
  }

  private static func isBlank(_ byte: UInt8?) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

  private static func isDash(_ text: Text) -> Bool {
    text.first == UInt8(ascii: "-") && (text.count == 1 || isBlank(text.dropFirst().first))
  }

  private static func isComment(_ text: Text) -> Bool { text.isEmpty || text.first == UInt8(ascii: "#") }

  // MARK: mappings and sequences

  /// What begins in the current line, which is indented by `indent`, in a collection that is indented by `inside`. No `path`: in a list.
  private mutating func node(_ indent: Int, inside: Int, path: [String]?, depth: Int) throws(Refusal) {
    guard depth < YAMLScalars.depthLimit else {
      throw refusal("\(YAMLScalars.depthLimit) levels at most", "more of them")
    }
    guard let line = current else { return }
    if Self.isDash(line.text) {
      if let path { try refuseAbove(path, "a list") }
      return try sequence(indent, depth: depth)
    }
    let text = try withoutProperties(line.text, path)
    if try keyEnd(text) != nil { return try mapping(indent, path: path, depth: depth) }
    try scalar(text, inside: inside, path: path)
  }

  private mutating func sequence(_ indent: Int, depth: Int) throws(Refusal) {
    while let line = current, line.indent == indent, Self.isDash(line.text) {
      let rest = line.text.dropFirst().drop(while: Self.isBlank)
      let text = try withoutProperties(rest, nil)
      if Self.isComment(text) {
        at += 1
        guard let next = current, next.indent > indent else { continue }
        try node(next.indent, inside: indent, path: nil, depth: depth + 1)
      } else {
        // What follows the dash is as much indented as it stands in its line.
        lines[at] = Line(number: line.number, indent: indent + text.startIndex - line.text.startIndex, text: text)
        try node(lines[at].indent, inside: indent, path: nil, depth: depth + 1)
      }
    }
    if let line = current, line.indent > indent { throw indentation() }
  }

  private mutating func mapping(_ indent: Int, path: [String]?, depth: Int) throws(Refusal) {
    while let line = current, line.indent == indent, !Self.isDash(line.text) {
      let text = try withoutProperties(line.text, nil)
      guard let end = try keyEnd(text) else { throw refusal("a name with a colon after it", "a line without") }
      let name = try key(text[..<end])
      let place = path.map { $0 + [name] }
      if name == "<<", let path { try refuseAbove(path, "a mapping that is merged in") }
      try value(text[end...].dropFirst().drop(while: Self.isBlank), indent, path: place, depth: depth)
    }
    if let line = current, line.indent > indent || line.indent == indent { throw indentation() }
  }

  private func indentation() -> Refusal {
    refusal("a line that is indented as those above it", "one that is not")
  }

  private mutating func value(_ rest: Text, _ indent: Int, path: [String]?, depth: Int) throws(Refusal) {
    let text = try withoutProperties(rest, path)
    guard Self.isComment(text) else { return try scalar(text, inside: indent, path: path) }
    at += 1
    guard let next = current else { return }
    // A list in a mapping may be indented as the mapping is.
    let isList = next.indent == indent && Self.isDash(next.text)
    guard next.indent > indent || isList else { return }
    try node(next.indent, inside: isList ? indent - 1 : indent, path: path, depth: depth + 1)
  }

  /// Without anchors and tags in front of it. A tag may make anything of what follows.
  private func withoutProperties(_ text: Text, _ path: [String]?) throws(Refusal) -> Text {
    var text = text
    while text.first == UInt8(ascii: "&") || text.first == UInt8(ascii: "!") {
      if text.first == UInt8(ascii: "!"), let path { try refuseAbove(path, "a tag") }
      text = text.drop { !Self.isBlank($0) }.drop(while: Self.isBlank)
    }
    return text
  }

  // MARK: names

  /// Where the colon after a name is; nil where the line is no entry of a mapping.
  private func keyEnd(_ text: Text) throws(Refusal) -> Int? {
    guard text.first != UInt8(ascii: "\t") else { throw refusal("blanks in front of the line", "a tab") }
    if text.first == UInt8(ascii: "?"), text.count == 1 || Self.isBlank(text.dropFirst().first) {
      throw refusal("a name with a colon after it", "a name after a question mark, which is not read here")
    }
    var index = text.startIndex
    if let quote = text.first, Self.isQuote(quote) {
      guard let close = Self.closingQuote(text) else { return nil }
      index = text[(close + 1)...].firstIndex { !Self.isBlank($0) } ?? text.endIndex
      return index < text.endIndex && isColon(text, index) ? index : nil
    }
    guard let first = text.first, !"[{*|>".utf8.contains(first) else { return nil }
    while index < text.endIndex {
      if isColon(text, index) { return index }
      if text[index] == UInt8(ascii: "#"), index > text.startIndex, Self.isBlank(text[index - 1]) { return nil }
      index += 1
    }
    return nil
  }

  private func isColon(_ text: Text, _ index: Int) -> Bool {
    text[index] == UInt8(ascii: ":") && (index + 1 == text.endIndex || Self.isBlank(text[index + 1]))
  }

  private func key(_ text: Text) throws(Refusal) -> String {
    let end = text.lastIndex { !Self.isBlank($0) }
    let text = end.map { text[...$0] } ?? text
    guard let quote = text.first, Self.isQuote(quote) else { return String(decoding: text, as: UTF8.self) }
    return try unquoted(text)
  }

  // MARK: scalars

  private mutating func scalar(_ text: Text, inside: Int, path: [String]?) throws(Refusal) {
    let line = lines[at].number
    switch text.first {
    case UInt8(ascii: "|")?, UInt8(ascii: ">")?:
      if let path { try refuseAbove(path, "a text in several lines") }
      at += 1
      while at < lines.count, lines[at].text.isEmpty || lines[at].indent > inside { at += 1 }
    case UInt8(ascii: "[")?, UInt8(ascii: "{")?:
      if let path { try refuseAbove(path, "a value in brackets") }
      try skipFlow(from: text)
    case UInt8(ascii: "*")?:
      if let path { try refuseAbove(path, "an alias") }
      at += 1
    case UInt8(ascii: "\"")?, UInt8(ascii: "'")?:
      guard let close = Self.closingQuote(text) else {
        if let path { try refuseAbove(path, "a text in several lines") }
        return try skipQuoted(from: text, inside: inside)
      }
      guard Self.isComment(text[(close + 1)...].drop(while: Self.isBlank)) else {
        throw refusal("the end of the line after the closing quote", "something else")
      }
      if matters(path) { try keep(try unquoted(text[...close]), line, path) }
      at += 1
    case UInt8(ascii: "@")?, UInt8(ascii: "`")?, UInt8(ascii: "%")?:
      throw refusal("a value", "a character with which none can begin")
    default: try plain(text, line, inside: inside, path: path)
    }
  }

  /// Without quotes; it may go on in lines that are indented more.
  private mutating func plain(_ text: Text, _ line: Int, inside: Int, path: [String]?) throws(Refusal) {
    var words: [String] = []
    var text = text
    while true {
      let bare = Self.withoutComment(text)
      guard try keyEnd(bare) == nil else {
        throw refusal("quotes around a value with a colon and a blank in it", "none")
      }
      if matters(path) { words.append(String(decoding: bare, as: UTF8.self)) }
      at += 1
      guard let next = current, next.indent > inside else { break }
      text = next.text
    }
    let value = words.joined(separator: " ")
    if !["", "~", "null", "Null", "NULL"].contains(value) { try keep(value, line, path) }
  }

  private static func withoutComment(_ text: Text) -> Text {
    var index = text.startIndex
    while index < text.endIndex {
      if text[index] == UInt8(ascii: "#"), index == text.startIndex || isBlank(text[index - 1]) {
        let end = text[..<index].lastIndex { !isBlank($0) }
        return end.map { text[...$0] } ?? text.prefix(0)
      }
      index += 1
    }
    return text
  }

  private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }

  /// In the line in which the text begins, with a quote.
  private static func closingQuote(_ text: Text) -> Int? {
    guard let quote = text.first else { return nil }
    return closingQuote(quote, text, from: text.startIndex + 1)
  }

  private static func closingQuote(_ quote: UInt8, _ text: Text, from start: Int) -> Int? {
    var index = start
    while index < text.endIndex {
      if quote == UInt8(ascii: "\""), text[index] == UInt8(ascii: "\\") {
        index += 2
        continue
      }
      guard text[index] == quote else {
        index += 1
        continue
      }
      // In single quotes two of them are one.
      guard quote == UInt8(ascii: "'"), index + 1 < text.endIndex, text[index + 1] == quote else { return index }
      index += 2
    }
    return nil
  }

  private func unquoted(_ text: Text) throws(Refusal) -> String {
    var out: [UInt8] = []
    let isSingle = text.first == UInt8(ascii: "'")
    var index = text.startIndex + 1
    while index < text.endIndex - 1 {
      var byte = text[index]
      if byte == UInt8(ascii: isSingle ? "'" : "\\") {
        index += 1
        byte = text[index]
        guard isSingle || "\"\\/".utf8.contains(byte) else {
          throw refusal("\\\" or \\\\ after a backslash in double quotes", "another escape, which is not read here")
        }
      }
      out.append(byte)
      index += 1
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// A text in quotes that goes on in the lines below.
  private mutating func skipQuoted(from text: Text, inside: Int) throws(Refusal) {
    let (start, quote) = (at, text.first ?? 0)
    at += 1
    while at < lines.count {
      let line = lines[at]
      guard line.text.isEmpty || line.indent > inside else { break }
      if let close = Self.closingQuote(quote, line.text, from: line.text.startIndex) {
        guard Self.isComment(line.text[(close + 1)...].drop(while: Self.isBlank)) else { break }
        at += 1
        return
      }
      at += 1
    }
    at = start
    throw refusal("a closing quote", "none")
  }

  /// A list or mapping in brackets, over as many lines as it takes.
  private mutating func skipFlow(from text: Text) throws(Refusal) {
    let start = at
    var open: [UInt8] = []
    var text = text
    while true {
      var (index, mayQuote) = (text.startIndex, true)
      scan: while index < text.endIndex {
        let byte = text[index]
        switch byte {
        case UInt8(ascii: "["), UInt8(ascii: "{"):
          open.append(byte)
          guard open.count < YAMLScalars.depthLimit else {
            throw refusal("\(YAMLScalars.depthLimit) levels at most", "more of them")
          }
        case UInt8(ascii: "]"), UInt8(ascii: "}"):
          // The codes of both closing brackets are two after those of the opening ones.
          guard open.popLast().map({ $0 + 2 }) == byte else { throw refusal("brackets in pairs", "one too many") }
        case UInt8(ascii: "#") where index == text.startIndex || Self.isBlank(text[index - 1]): break scan
        case _ where Self.isQuote(byte) && mayQuote:
          guard let close = Self.closingQuote(byte, text, from: index + 1) else {
            throw refusal("a closing quote in the same line", "none")
          }
          index = close
        default: break
        }
        mayQuote = "[{,:".utf8.contains(byte) || mayQuote && Self.isBlank(byte)
        index += 1
        if open.isEmpty { break }
      }
      at += 1
      if open.isEmpty {
        guard Self.isComment(text[index...].drop(while: Self.isBlank)) else {
          at -= 1
          throw refusal("the end of the line after the closing bracket", "something else")
        }
        return
      }
      guard at < lines.count else {
        at = start
        throw refusal("a closing bracket", "none")
      }
      text = lines[at].text
    }
  }

  // MARK: places

  /// One of the places, or where a mapping has to be that leads to one.
  private func matters(_ path: [String]?) -> Bool {
    path.map { path in places.contains { $0.starts(with: path) } } ?? false
  }

  private mutating func keep(_ value: String, _ line: Int, _ path: [String]?) throws(Refusal) {
    guard let path else { return }
    guard places.contains(path) else { return try refuseAbove(path, "a text", line: line) }
    guard values.updateValue(YAMLScalars.Scalar(value: value, line: line), forKey: path) == nil else {
      throw Refusal(line: line, expected: "\(path.joined(separator: ".")) once", found: "it a second time")
    }
  }

  /// What may say, or hide, something about one of the places.
  private func refuseAbove(_ path: [String], _ found: String, line: Int? = nil) throws(Refusal) {
    guard let place = places.sorted(by: { $0.joined() < $1.joined() }).first(where: { $0.starts(with: path) }) else {
      return
    }
    let name = place.joined(separator: ".")
    throw Refusal(
      line: line ?? lines[min(at, lines.count - 1)].number, expected: "\(name) as plain text on one line",
      found: "\(found), which is not read here")
  }
}
