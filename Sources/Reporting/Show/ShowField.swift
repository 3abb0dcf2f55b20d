/// One line of what `slotscope show` prints: declared once, for a person and for a program.
package struct ShowField: Sendable, Hashable {
  /// As PostgreSQL's own programs word it, where they do.
  package var label: String
  /// The column's name, where PostgreSQL has one.
  package var name: String
  /// What a program reads; null where the file says nothing.
  package var value: JSONValue
  /// Where a person wants other words than the value's; nil: the value itself.
  package var text: String?

  /// `text` is for a person alone.
  package init(_ label: String, _ name: String, _ value: JSONValue, text: String? = nil) {
    (self.label, self.name, self.value, self.text) = (label, name, value, text)
  }

  /// What a person reads: nothing where there is no value.
  package var shown: String {
    if let text { return text }
    switch value {
    case .null: return "none"
    case .bool(let flag): return flag ? "yes" : "no"
    case .integer(let number): return String(number)
    case .string(let string): return string
    case .array, .object: return value.serialized(pretty: false)
    }
  }

  /// Lines `label: value`, the values below each other; names from files cannot steer the terminal.
  package static func lines(_ fields: [ShowField], indent: Int = 0) -> [TerminalText] {
    let width = fields.map { $0.label.count }.max() ?? 0
    return fields.map { field in
      .blanks(indent) + "\(field.label):" + .blanks(width - field.label.count + 1) + "\(field.shown)"
    }
  }

  /// The fields under their names, in their order.
  package static func object(_ fields: [ShowField]) -> JSONValue {
    .object(fields.map { JSONValue.Member(name: $0.name, value: $0.value) })
  }
}
