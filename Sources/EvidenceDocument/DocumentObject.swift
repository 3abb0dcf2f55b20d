/// A value that a document has as an object: its members by the names that they have there, once for both directions.
///
/// The names belong to the document. A member of a Swift type can have any other name, and one that is not listed is not
/// in the document.
protocol DocumentObject: Blank, DocumentValue {
  /// Reads or writes every member.
  mutating func exchange(_ members: inout Members) throws
}

/// A value that reading fills in, member by member.
protocol Blank {
  /// Nothing known, every number 0.
  static var blank: Self { get }
}

extension DocumentObject {
  func write(to writer: DocumentWriter) throws {
    try writer.group("{", "}") {
      var (value, members) = (self, Members(to: writer))
      try value.exchange(&members)
    }
  }
  init?(form: ObjectForm<Self>) { self = form.value }
  static var kind: String { "an object" }
}

/// The members of one object, in a document that is read or written.
struct Members {
  private let source: KeyedDecodingContainer<MemberName>?
  private let target: DocumentWriter?

  init(of decoder: any Decoder) throws {
    (source, target) = (try decoder.container(keyedBy: MemberName.self), nil)
  }

  init(to writer: DocumentWriter) { (source, target) = (nil, writer) }

  /// A member that every document of this major version has: its absence is damage.
  mutating func required<Value: DocumentValue>(_ name: String, _ value: inout Value) throws {
    guard let source else { return try write(name, value) }
    let name = MemberName(stringValue: name)
    value = try Self.value(
      try Self.placed(name, in: source) { try source.decode(Value.Form.self, forKey: name) }, name, in: source)
  }

  /// A member that is left out where it is not known: nil then. All that a later minor version adds are such members.
  mutating func optional<Value: DocumentValue>(_ name: String, _ value: inout Value?) throws {
    guard let source else { return try value.map { try write(name, $0) } ?? () }
    let name = MemberName(stringValue: name)
    value = try Self.placed(name, in: source) { try source.decodeIfPresent(Value.Form.self, forKey: name) }
      .map { try Self.value($0, name, in: source) }
  }

  private func write(_ name: String, _ value: some DocumentValue) throws {
    guard let target else { return }
    target.member(name)
    try value.write(to: target)
  }

  /// Of a number that its type does not hold the decoder tells neither what it is nor where.
  private static func placed<Form>(
    _ name: MemberName, in source: KeyedDecodingContainer<MemberName>, _ decode: () throws -> Form
  ) throws -> Form {
    do { return try decode() } catch let error as DecodingError { throw error } catch {
      throw DecodingError.dataCorruptedError(
        forKey: name, in: source, debugDescription: "a number that is not known here")
    }
  }

  private static func value<Value: DocumentValue>(
    _ form: Value.Form, _ name: MemberName, in source: KeyedDecodingContainer<MemberName>
  ) throws -> Value {
    guard let value = Value(form: form) else {
      throw DecodingError.dataCorruptedError(
        forKey: name, in: source, debugDescription: "not \(Value.kind): \(String(describing: form).prefix(60))")
    }
    return value
  }
}

/// The name of a member.
struct MemberName: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { return nil }
}

/// An object as JSON has it.
struct ObjectForm<Value: DocumentObject>: Decodable {
  var value: Value

  init(from decoder: any Decoder) throws {
    value = .blank
    var members = try Members(of: decoder)
    try value.exchange(&members)
  }
}

/// A list as JSON has it.
struct ListForm<Element: DocumentValue>: Decodable {
  var elements: [Element]

  init(from decoder: any Decoder) throws {
    var list = try decoder.unkeyedContainer()
    elements = []
    elements.reserveCapacity(list.count ?? 0)
    while !list.isAtEnd {
      let form = try list.decode(Element.Form.self)
      guard let element = Element(form: form) else {
        throw DecodingError.dataCorruptedError(
          in: list, debugDescription: "not \(Element.kind): \(String(describing: form).prefix(60))")
      }
      elements.append(element)
    }
  }
}
