/// A JSON Schema (draft 2020-12), as far as the documents' schemas use the language: `type`, `properties`, `required`,
/// `additionalProperties` (true or false), `items`, `enum`, `const`, `pattern`, `anyOf`, and `$ref` to `#/$defs/…`.
///
/// A keyword that it does not know is refused and not skipped: a constraint that nobody checks would look like one that
/// holds.
package struct JSONSchema {
  /// What is wrong with the schema itself, with the place in it: `/properties/a: unknown keyword maximum`.
  package struct Defect: Error, Hashable, CustomStringConvertible {
    package var description: String
    init(_ place: String, _ what: String) { description = "\(place.isEmpty ? "/" : place): \(what)" }
  }

  /// As it was read.
  package let source: JSONDocument
  private let root: Rule
  private let definitions: [String: Rule]

  package init(_ source: JSONDocument) throws(Defect) {
    self.source = source
    root = try Rule(source, at: "", isRoot: true)
    var definitions: [String: Rule] = [:]
    for name in source["$defs"].keys { definitions[name] = try Rule(source["$defs"][name], at: "/$defs/\(name)") }
    self.definitions = definitions
    for rule in [root] + definitions.values {
      if let missing = rule.references.first(where: { definitions[$0] == nil }) {
        throw Defect("", "no definition is named \(missing)")
      }
    }
  }

  /// Where and why a document does not follow the schema: `/slots/0/slot_name: is no string`. Empty where it does.
  package func violations(in document: JSONDocument) -> [String] { violations(of: root, document, at: "") }

  /// The keywords of one schema.
  fileprivate struct Rule {
    var types: [String] = []
    var properties: [String: Rule] = [:]
    var required: [String] = []
    var isClosed = false
    /// One, or none.
    var items: [Rule] = []
    /// Of `enum` and `const`; nil where any value is allowed.
    var values: [JSONDocument]?
    var pattern: Regex<AnyRegexOutput>?
    var patternText = ""
    var alternatives: [Rule] = []
    /// The name of a definition.
    var reference: String?
  }
}

extension JSONSchema {
  private func violations(of rule: Rule, _ value: JSONDocument, at place: String) -> [String] {
    func complain(_ what: String) -> String { "\(place.isEmpty ? "/" : place): \(what)" }
    if !rule.types.isEmpty && !rule.types.contains(where: value.isOf) {
      return [complain("is no \(rule.types.joined(separator: " or "))")]
    }
    var found: [String] = []
    if let values = rule.values, !values.contains(value) { found.append(complain("is not one of the values allowed")) }
    if let pattern = rule.pattern, let text = value.string, text.firstMatch(of: pattern) == nil {
      found.append(complain("\"\(text)\" does not match \(rule.patternText)"))
    }
    if case .object(let members) = value {
      for name in rule.required where members[name] == nil { found.append(complain("lacks \(name)")) }
      for (name, member) in members.sorted(by: { $0.key < $1.key }) {
        if let rule = rule.properties[name] {
          found += violations(of: rule, member, at: "\(place)/\(name)")
        } else if rule.isClosed {
          found.append(complain("has a member \(name) that the schema does not know"))
        }
      }
    }
    if let rule = rule.items.first {
      for (index, element) in value.elements.enumerated() {
        found += violations(of: rule, element, at: "\(place)/\(index)")
      }
    }
    if !rule.alternatives.isEmpty {
      // The alternative that comes nearest says best what is wrong.
      let attempts = rule.alternatives.map { violations(of: $0, value, at: place) }
      found += attempts.min { $0.count < $1.count } ?? []
    }
    if let rule = rule.reference.flatMap({ definitions[$0] }) { found += violations(of: rule, value, at: place) }
    return found
  }
}

extension JSONSchema.Rule {
  /// Keywords that only describe.
  private static let annotations: Set<String> = ["title", "description"]
  private static let typeNames: Set<String> = ["null", "boolean", "integer", "number", "string", "array", "object"]

  fileprivate init(_ schema: JSONDocument, at place: String, isRoot: Bool = false) throws(JSONSchema.Defect) {
    func refuse(_ what: String) -> JSONSchema.Defect { JSONSchema.Defect(place, what) }
    guard case .object(let members) = schema else { throw refuse("a schema must be an object") }
    for (keyword, value) in members.sorted(by: { $0.key < $1.key }) {
      switch keyword {
      case "type":
        types = value.string.map { [$0] } ?? value.elements.compactMap(\.string)
        guard !types.isEmpty, types.allSatisfy(Self.typeNames.contains) else { throw refuse("type is not known") }
      case "properties":
        for name in value.keys { properties[name] = try Self(value[name], at: "\(place)/properties/\(name)") }
      case "required":
        required = value.elements.compactMap(\.string)
        guard required.count == value.elements.count else { throw refuse("required must be a list of names") }
      case "additionalProperties":
        guard let flag = value.bool else { throw refuse("additionalProperties must be true or false") }
        isClosed = !flag
      case "items": items = [try Self(value, at: "\(place)/items")]
      case "enum": values = value.elements
      case "const": values = [value]
      case "pattern":
        patternText = value.string ?? ""
        guard let regex = try? Regex(patternText), !patternText.isEmpty else { throw refuse("pattern is none") }
        pattern = regex
      case "anyOf":
        for (index, alternative) in value.elements.enumerated() {
          alternatives.append(try Self(alternative, at: "\(place)/anyOf/\(index)"))
        }
        guard !alternatives.isEmpty else { throw refuse("anyOf must be a list of schemas") }
      case "$ref":
        guard let text = value.string, text.hasPrefix("#/$defs/") else { throw refuse("$ref is not to #/$defs") }
        reference = String(text.dropFirst("#/$defs/".count))
      case "$schema" where isRoot:
        guard value.string == "https://json-schema.org/draft/2020-12/schema" else { throw refuse("another draft") }
      case "$id" where isRoot, "$defs" where isRoot: break
      default:
        guard Self.annotations.contains(keyword) else { throw refuse("unknown keyword \(keyword)") }
      }
    }
    if isClosed, let name = required.first(where: { properties[$0] == nil }) {
      throw refuse("\(name) is required and not allowed")
    }
  }

  /// All definitions that are named in it.
  fileprivate var references: [String] {
    (reference.map { [$0] } ?? []) + properties.values.flatMap(\.references) + items.flatMap(\.references)
      + alternatives.flatMap(\.references)
  }
}

extension JSONDocument {
  /// Whether the value is of the type that a schema gives this name.
  fileprivate func isOf(type: String) -> Bool {
    switch self {
    case .null: type == "null"
    case .bool: type == "boolean"
    case .integer: type == "integer" || type == "number"
    case .number: type == "number"
    case .string: type == "string"
    case .array: type == "array"
    case .object: type == "object"
    }
  }
}
