/// A piece of a page. What is interpolated is escaped, so that a text of others cannot become part of the page: only what is
/// written here as a literal is taken as it stands.
///
/// There is no way from a `String` to one of these but through an interpolation.
package struct HTML: Sendable, Hashable, ExpressibleByStringInterpolation {
  /// The page's own text.
  package private(set) var text: String

  /// What the program itself says.
  package init(stringLiteral value: String) { text = value }

  /// Literals with what was put between them.
  package init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

  /// Nothing.
  init() { text = "" }

  /// Takes literals as they stand and escapes the rest.
  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    /// Room for a piece of this size.
    package init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

    /// What the program itself says.
    package mutating func appendLiteral(_ literal: String) { text += literal }

    /// A piece that is one already.
    package mutating func appendInterpolation(_ piece: HTML) { text += piece.text }

    /// Everything else, made harmless in elements and in quoted attributes.
    package mutating func appendInterpolation(_ value: some CustomStringConvertible) {
      text += HTML.escaped(value.description)
    }
  }

  /// A page that needs nothing else: no script, no request, its own style. `main` is all that stands in it.
  static func page(title: String, style: [UInt8], main: HTML) -> String {
    let style = HTML(stringLiteral: String(decoding: style.dropLast(), as: UTF8.self))
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <title>\(title)</title>
      <style>
      \(style)
      </style></head><body><main>
      \(main)
      </main></body></html>

      """
    return page.text
  }

  /// One piece after the other.
  static func + (a: HTML, b: HTML) -> HTML { "\(a)\(b)" }
  /// Adds a piece.
  static func += (a: inout HTML, b: HTML) { a.text += b.text }

  /// Text made harmless in HTML, in elements and in quoted attributes; controls are shown, not sent.
  package static func escaped(_ text: String) -> String {
    var out = ""
    for scalar in TerminalText.escaped(text).unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "'": out += "&#39;"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}

extension Sequence<HTML> {
  /// All of them, one after the other.
  func joined() -> HTML { reduce(into: HTML()) { $0 += $1 } }
}
