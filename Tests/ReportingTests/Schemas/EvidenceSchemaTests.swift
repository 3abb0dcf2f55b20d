import ByteReading
import ClusterFiles
import Evidence
import FixtureSupport
import FoundationEssentials
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
      let evidence = try EvidenceCoding.decoder.decode(
        Evidence.self, from: Data(document.serialized(pretty: false).utf8))
      #expect(Self.gaps(in: evidence) == [])
      let encoded = String(decoding: try EvidenceCoding.encoder.encode(evidence), as: UTF8.self)
      #expect(try JSONDocument(parsing: encoded) == document.parsed)
    }
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
