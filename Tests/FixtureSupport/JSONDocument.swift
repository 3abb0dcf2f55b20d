/// A parsed JSON document that a test walks by names and positions; what is not there is `.null`.
package enum JSONDocument: Sendable, Hashable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSONDocument])
  case object([String: JSONDocument])

  package init(contentsOf path: String) throws { try self.init(parsing: try FileTree.contents(of: path)) }

  package init(parsing text: some StringProtocol) throws { try self.init(parsing: Array(text.utf8)) }

  /// Refuses what RFC 8259 does not allow, a name that stands twice in an object, and what follows the value.
  package init(parsing bytes: [UInt8]) throws {
    var parser = JSONParser(bytes)
    self = try parser.document()
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
