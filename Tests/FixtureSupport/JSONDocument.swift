import FoundationEssentials

/// A parsed JSON document that a test walks by names and positions; what is not there is `.null`.
package enum JSONDocument: Sendable, Hashable, Decodable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSONDocument])
  case object([String: JSONDocument])

  package init(contentsOf path: String) throws {
    let bytes = try FileTree.contents(of: path)
    self = try JSONDecoder().decode(JSONDocument.self, from: Data(bytes))
  }

  package init(parsing text: String) throws {
    self = try JSONDecoder().decode(JSONDocument.self, from: Data(text.utf8))
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int64.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONDocument].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONDocument].self))
    }
  }

  package subscript(name: String) -> JSONDocument {
    if case .object(let members) = self { members[name] ?? .null } else { .null }
  }
  package subscript(index: Int) -> JSONDocument {
    if case .array(let elements) = self, elements.indices.contains(index) { elements[index] } else { .null }
  }

  /// The names of an object's members, sorted.
  package var keys: [String] { if case .object(let members) = self { members.keys.sorted() } else { [] } }
  /// The elements of an array.
  package var elements: [JSONDocument] { if case .array(let elements) = self { elements } else { [] } }
  package var isNull: Bool { self == .null }
  package var string: String? { if case .string(let value) = self { value } else { nil } }
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  /// A whole number, also one that is spelled as a string, as PostgreSQL's 64-bit columns are.
  package var integer: Int64? {
    switch self {
    case .integer(let value): value
    case .string(let text): Int64(text)
    default: nil
    }
  }
}
