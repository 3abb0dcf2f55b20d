package import SlotSafety

/// Fixed text of what is written, kept as a file of its own in `Sources/Reporting/Templates` and made part of the program.
///
/// `{{name}}` is filled with what was quoted for its place; what comes in is not looked through again. Alone on its line it takes
/// any number of lines, which are indented as it is, and none at all where it is empty. `{{+}}` begins a line of a block that goes
/// on the line before where both fit (``PlanScriptText``).
package enum Template {
  /// What `{{+}}` becomes.
  package static let joint: ScriptText = "\u{2}"

  /// The lines of the template with all of these values, each of which has its place in it.
  package static func lines(
    _ bytes: [UInt8], _ values: [String: ScriptText] = [:]
  ) throws(QuotingError) -> [ScriptText] {
    var unused = Set(values.keys)
    func value(_ name: Substring) throws(QuotingError) -> ScriptText {
      if name == "+" { return joint }
      unused.remove(String(name))
      guard let value = values[String(name)] else { throw .placeholder(String(name)) }
      return value
    }
    var lines: [ScriptText] = []
    for line in ScriptText(quoted: String(decoding: bytes, as: UTF8.self)).lines.dropLast().map(\.description) {
      let indent = line.prefix { $0 == " " }
      let parts = line.split(separator: "{{", omittingEmptySubsequences: false)
      if parts.count == 2, parts[0] == indent, parts[1].hasSuffix("}}") {
        for text in try value(parts[1].dropLast(2)).lines {
          lines.append(text.description.isEmpty ? text : "\(ScriptText(quoted: indent))\(text)")
        }
        continue
      }
      var text = ScriptText(quoted: parts[0])
      for part in parts.dropFirst() {
        guard let end = part.firstRange(of: "}}") else { throw .placeholder(String(part)) }
        text = "\(text)\(try value(part[..<end.lowerBound]))\(ScriptText(quoted: part[end.upperBound...]))"
      }
      lines += text.description.isEmpty ? [text] : text.lines
    }
    if let name = unused.min() { throw .placeholder(name) }
    return lines
  }
}
