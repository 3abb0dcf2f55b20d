import FixtureSupport
import PostgresFormat

/// What each form of output must be, whatever names are in it. Each answers with what is wrong, nil where nothing is.
enum OutputRules {
  static func objection(_ bytes: [UInt8], format: String) -> String? {
    guard let text = String(validating: bytes, as: UTF8.self) else { return "not UTF-8" }
    if let scalar = text.unicodeScalars.first(where: { $0.steersDisplay && $0 != "\n" }) {
      return "U+\(String(scalar.value, radix: 16)) as it is"
    }
    return switch format {
    case "json": json(text)
    case "html": html(text)
    case "nagios": nagios(text)
    case "prometheus": prometheus(text)
    case "csv": csv(text)
    case "sql": sql(text)
    default: nil
    }
  }

  /// One document, or one a line.
  private static func json(_ text: String) -> String? {
    if text.isEmpty || (try? JSONDocument(parsing: text)) != nil { return nil }
    for line in text.split(separator: "\n") where (try? JSONDocument(parsing: String(line))) == nil {
      return "no JSON: \(line.prefix(200))"
    }
    return nil
  }

  /// Elements and attributes of the program's own only, and nothing that is read as either.
  private static func html(_ text: String) -> String? {
    let elements: Set<Substring> = [
      "html", "head", "meta", "title", "style", "body", "main", "section", "h1", "h2", "h3", "p", "table", "thead",
      "tbody", "tr", "th", "td", "span", "details", "summary", "ul", "li", "div", "footer", "strong", "code", "b",
      "small",
      "svg", "g", "text", "line", "rect", "circle", "path", "pre", "em", "a", "br", "tspan", "polyline", "ol", "dl",
      "dt", "dd", "article", "figure", "figcaption", "caption", "time", "wbr", "input", "label", "defs", "pattern",
    ]
    var rest = Substring(text)
    if rest.hasPrefix("<!doctype html>") || rest.hasPrefix("<!DOCTYPE html>") { rest = rest.dropFirst(15) }
    while let start = rest.unicodeScalars.firstIndex(of: "<") {
      rest = rest[rest.unicodeScalars.index(after: start)...]
      guard let end = rest.unicodeScalars.firstIndex(of: ">") else { return "an element without an end" }
      let tag = rest[..<end]
      rest = rest[rest.unicodeScalars.index(after: end)...]
      let name = tag.drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber }
      guard elements.contains(name) else { return "an element \(tag.prefix(60))" }
      let attributes = tag.drop { $0 == "/" }.dropFirst(name.count)
      guard (try? #/(\s+[a-zA-Z][a-zA-Z0-9:-]*(="[^"<>]*")?)*\s*\/?/#.wholeMatch(in: attributes)) != nil else {
        return "attributes \(attributes.prefix(100))"
      }
      if attributes.contains("onzz") { return "an attribute from a name" }
    }
    return nil
  }

  private static func nagios(_ text: String) -> String? {
    let lines = text.unicodeScalars.count { $0 == "\n" }
    if lines != 1 || !text.hasSuffix("\n") { return "\(lines) lines" }
    return text.unicodeScalars.count { $0 == "|" } == 1 ? nil : "a bar from a name"
  }

  private static func prometheus(_ text: String) -> String? {
    let sample = #/[a-z_]+(\{[a-z_]+="([^"\\\n]|\\["\\n])*"(,[a-z_]+="([^"\\\n]|\\["\\n])*")*\})? -?[0-9.e+]+/#
      .matchingSemantics(.unicodeScalar)
    for line in text.split(separator: "\n") {
      let isComment = line.hasPrefix("# HELP ") || line.hasPrefix("# TYPE ")
      if !isComment, (try? sample.wholeMatch(in: line)) ?? nil == nil { return "the line \(line.prefix(200))" }
    }
    return nil
  }

  /// RFC 4180, the same number of fields in each row, and no formula.
  private static func csv(_ text: String) -> String? {
    var rows: [[String]] = [[""]]
    var isQuoted = false
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": isQuoted.toggle()
      case "," where !isQuoted: rows[rows.count - 1].append("")
      case "\n" where !isQuoted: rows.append([""])
      default: rows[rows.count - 1][rows[rows.count - 1].count - 1].unicodeScalars.append(scalar)
      }
    }
    if isQuoted { return "an open quote" }
    if rows.last == [""] { rows.removeLast() }
    if let row = rows.first(where: { $0.count != rows[0].count }) { return "\(row.count) fields: \(row)" }
    let formula = rows.joined().first { field in
      let first = field.unicodeScalars.first
      return first.map("=+@".unicodeScalars.contains) ?? false || first == "-" && Double(field) == nil
    }
    return formula.map { "a formula: \($0)" }
  }

  /// Outside of quotes and comments nothing of a name, every one of which has `zz` in it.
  private static func sql(_ text: String) -> String? {
    let rest = SQLSkeleton(text).text
    guard let place = rest.split(separator: "\n").first(where: { $0.contains("zz") }) else { return nil }
    return "outside of quotes: \(place)"
  }
}

/// A script for psql without what stands in quotes and comments.
struct SQLSkeleton {
  private(set) var text = ""

  init(_ script: String) {
    let bytes = Array(script.utf8)
    var place = 0
    var out: [UInt8] = []
    var isLineStart = true
    var isMetaCommand = false
    func skip(to quote: UInt8, escapes: Bool) {
      place += 1
      while place < bytes.count {
        if escapes, bytes[place] == UInt8(ascii: "\\") {
          place += 2
        } else if bytes[place] != quote {
          place += 1
        } else if place + 1 < bytes.count, bytes[place + 1] == quote {
          place += 2
        } else {
          break
        }
      }
      place += 1
    }
    while place < bytes.count {
      let byte = bytes[place]
      if isLineStart { isMetaCommand = byte == UInt8(ascii: "\\") }
      isLineStart = byte == 0x0A
      switch byte {
      case UInt8(ascii: "'"):
        let isEscaped = isMetaCommand || out.last == UInt8(ascii: "E")
        skip(to: byte, escapes: isEscaped)
      case UInt8(ascii: "\""): skip(to: byte, escapes: false)
      case UInt8(ascii: "-") where place + 1 < bytes.count && bytes[place + 1] == byte:
        while place < bytes.count, bytes[place] != 0x0A { place += 1 }
      case UInt8(ascii: "$"):
        let tag = bytes[(place + 1)...].prefix {
          $0 == 0x5F || (0x30...0x39).contains($0) || (0x61...0x7A).contains($0)
        }
        let end = place + 1 + tag.count
        guard end < bytes.count, bytes[end] == byte else { fallthrough }
        let mark = Array(bytes[place...end])
        place = end + 1
        while place < bytes.count, !bytes[place...].starts(with: mark) { place += 1 }
        place += mark.count
      default:
        out.append(byte)
        place += 1
      }
    }
    text = String(decoding: out, as: UTF8.self)
  }
}
