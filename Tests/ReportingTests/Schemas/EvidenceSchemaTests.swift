import ByteReading
import Evidence
import EvidenceDocument
import FixtureSupport
import PostgresFormat
import Testing

@testable import Reporting

/// The schema of evidence files and the types that are encoded into them tell of the same members.
@Suite struct EvidenceSchemaTests {
  /// The fullest document that the schema allows is evidence in which nothing is left open: a member that the schema lacks
  /// would be nil. Encoded again it is the same: a member that the schema has too many would be gone.
  @Test func theFullestDocumentIsEvidenceWithoutAGap() throws {
    let schema = try DocumentSchema.evidence.load()
    // Each turn takes the next of all values and alternatives that there are.
    for turn in 0..<24 {
      let document = schema.source.fullest(in: schema.source, turn: turn)
      #expect(schema.violations(in: try document.parsed) == [])
      let evidence = try Self.read(document)
      #expect(Self.gaps(in: evidence) == [])
      #expect(try Self.written(evidence) == document.parsed)
    }
  }

  /// A member that is not there, wherever it was, is not known, and nothing is put in its place; or it is one that every
  /// document has, by the schema too, and the refusal names it.
  @Test(arguments: 0..<4) func aMemberThatIsAbsentIsNotKnownOrIsNamed(turn: Int) throws {
    let schema = try DocumentSchema.evidence.load()
    let document = schema.source.fullest(in: schema.source, turn: turn)
    var (known, named) = (0, 0)
    for (name, rest) in document.withoutOneMember {
      let isAllowed = schema.violations(in: try rest.parsed) == []
      switch Self.reading(rest) {
      case .success(let evidence):
        known += 1
        #expect(isAllowed, "\(name) is required")
        #expect(try Self.written(evidence) == rest.parsed, "\(name)")
      case .failure(let refusal):
        named += 1
        #expect(!isAllowed, "\(name) is not required")
        switch refusal {
        case .noDocument: #expect(name == "schema")
        case .damaged(let what):
          #expect(what.hasPrefix("\(name) is missing") || what.hasPrefix("not a cause"), "\(what)")
        default: Issue.record("\(name): \(refusal)")
        }
      }
    }
    #expect(known > 100 && named > 200)
  }

  /// Whatever a later minor version adds, in every object there is.
  @Test(arguments: 0..<4) func membersThatAreNotKnownAreSkipped(turn: Int) throws {
    let schema = try DocumentSchema.evidence.load()
    let document = schema.source.fullest(in: schema.source, turn: turn)
    let later: JSONValue = ["x", 1, true, [["y": .null]]]
    let extended = document.adding(.init(name: "zz_later", value: later))
    #expect(schema.violations(in: try extended.parsed).count > 50)
    #expect(try Self.read(extended) == Self.read(document))
  }

  private static func read(_ document: JSONValue) throws -> Evidence { try reading(document).get() }

  private static func reading(_ document: JSONValue) -> Result<Evidence, EvidenceDocument.Refusal> {
    Result { () throws(EvidenceDocument.Refusal) in
      try EvidenceDocument.read(Array(document.serialized(pretty: false).utf8))
    }
  }

  private static func written(_ evidence: Evidence) throws -> JSONDocument {
    try JSONDocument(parsing: String(decoding: try EvidenceDocument.write(evidence), as: UTF8.self))
  }

  /// All lists of values in the schema, and no others, are those of the code.
  @Test func valuesAreThoseOfTheCode() throws {
    func texts(_ values: [String]) -> Set<JSONDocument> { Set(values.map { .string($0) }) }
    func numbers(_ values: [UInt32]) -> Set<JSONDocument> { Set(values.map { .integer(Int64($0)) }) }
    let code: Set<Set<JSONDocument>> = [
      texts(Origin.Kind.allCases.map(\.rawValue)), texts(ServerVersion.allCases.map(\.name)),
      numbers(ClusterState.allCases.map(\.rawValue)), texts(FormatError.Code.allCases.map(\.rawValue)),
      numbers(SlotState.Persistency.allCases.map(\.rawValue)), texts(SlotState.Invalidation.allCases.map(\.rawValue)),
      texts(SlotLeftover.Kind.allCases.map(\.rawValue)), texts(WALStop.Reason.allCases.map(\.rawValue)),
      texts(TimelineChange.Kind.allCases.map(\.rawValue)), texts(DatabaseBody.Operation.allCases.map(\.rawValue)),
      texts(SettingAssignment.Origin.allCases.map(\.rawValue)), texts(Evidence.Role.allCases.map(\.rawValue)),
      texts(LogEvent.Kind.allCases.map(\.rawValue)), texts(WALFolderContents.Stray.Kind.allCases.map(\.rawValue)),
    ]
    let lists = try DocumentSchema.evidence.load().source.lists
    #expect(Set(lists) == code)
  }

  /// Where a value holds nil.
  private static func gaps(in value: Any, at place: String = "") -> [String] {
    let mirror = Mirror(reflecting: value)
    if mirror.displayStyle == .optional, mirror.children.isEmpty { return [place] }
    return mirror.children.flatMap { gaps(in: $0.value, at: place + "/" + ($0.label ?? "")) }
  }
}

extension JSONDocument {
  /// Every `enum` in a schema.
  fileprivate var lists: [Set<JSONDocument>] {
    let own = self["enum"].elements
    return (own.isEmpty ? [] : [Set(own)])
      + ["properties", "$defs"].flatMap { group in self[group].keys.flatMap { self[group][$0].lists } }
  }

  /// A document with every member that a schema knows, and one element in each list.
  fileprivate func fullest(in root: JSONDocument, turn: Int) -> JSONValue {
    if let name = self["$ref"].string?.dropFirst("#/$defs/".count) {
      // Its other form is for times that text cannot tell.
      if name == "timestamp" { return "2026-11-21T10:04:40.501179Z" }
      return root["$defs"][String(name)].fullest(in: root, turn: turn)
    }
    for (choice, value) in [("enum", true), ("anyOf", false)] where !self[choice].isNull {
      let choices = self[choice].elements
      let chosen = choices[turn % choices.count]
      return value ? chosen.asValue : chosen.fullest(in: root, turn: turn)
    }
    if !self["const"].isNull { return self["const"].asValue }
    switch self["type"].string {
    case "object":
      return .object(
        self["properties"].keys.map { .init(name: $0, value: self["properties"][$0].fullest(in: root, turn: turn)) })
    case "array": return [self["items"].fullest(in: root, turn: turn)]
    case "boolean": return true
    case "integer": return 1
    // The one pattern is that of positions.
    default: return self["pattern"].isNull ? "x" : "0/00000028"
    }
  }

  private var asValue: JSONValue {
    if case .integer(let number) = self { .integer(number) } else { .text(string) }
  }
}

extension JSONValue {
  /// The document without one of its members, for each of them at any depth, with that member's name.
  fileprivate var withoutOneMember: [(name: String, rest: JSONValue)] {
    switch self {
    case .object(let members):
      members.indices.flatMap { index in
        var others = members
        let member = others.remove(at: index)
        let deeper = member.value.withoutOneMember.map { name, rest in
          var changed = members
          changed[index].value = rest
          return (name: name, rest: JSONValue.object(changed))
        }
        return [(name: member.name, rest: JSONValue.object(others))] + deeper
      }
    case .array(let elements):
      elements.indices.flatMap { index in
        elements[index].withoutOneMember.map { name, rest in
          var changed = elements
          changed[index] = rest
          return (name: name, rest: JSONValue.array(changed))
        }
      }
    default: []
    }
  }

  /// The same with one member more in each object.
  fileprivate func adding(_ member: Member) -> JSONValue {
    switch self {
    case .object(let members):
      .object(members.map { Member(name: $0.name, value: $0.value.adding(member)) } + [member])
    case .array(let elements): .array(elements.map { $0.adding(member) })
    default: self
    }
  }
}
