import ByteReading
import Evidence
import FixtureSupport
import PostgresFormat
import SlotSafety
import Testing

@testable import Reporting

/// What the schemas say: every member is described, no object is open, and the values are those of the code.
@Suite struct SchemaContentTests {
  /// A schema within a schema, with its place.
  private func parts(_ schema: JSONDocument, _ place: String = "") -> [(place: String, schema: JSONDocument)] {
    var parts = [(place: place, schema: schema)]
    for group in ["properties", "$defs"] {
      for name in schema[group].keys { parts += self.parts(schema[group][name], "\(place)/\(group)/\(name)") }
    }
    for (index, part) in schema["anyOf"].elements.enumerated() { parts += self.parts(part, "\(place)/anyOf/\(index)") }
    if !schema["items"].isNull { parts += self.parts(schema["items"], "\(place)/items") }
    return parts
  }

  @Test(arguments: DocumentSchema.allCases) func everyMemberIsDescribed(_ document: DocumentSchema) throws {
    let source = try document.load().source
    #expect(source["$id"].string == "urn:slotscope:\(document.rawValue):1")
    #expect(source["title"].string?.isEmpty == false && source["description"].string?.isEmpty == false)
    for (place, part) in parts(source) where !place.contains("/anyOf/") {
      for name in part["properties"].keys {
        #expect(part["properties"][name]["description"].string?.hasSuffix(".") == true, "\(place)/\(name)")
      }
    }
  }

  /// A member may be null only where its description says what that means.
  @Test(arguments: DocumentSchema.allCases) func nullHasAMeaning(_ document: DocumentSchema) throws {
    for (place, part) in parts(try document.load().source) where !place.contains("/anyOf/") {
      let isNullable =
        part["type"].elements.contains(.string("null")) || part["enum"].elements.contains(.null)
        || part["anyOf"].elements.contains { $0["type"].string == "null" }
      if isNullable { #expect(part["description"].string?.contains("Null: ") == true, "\(place)") }
    }
  }

  @Test(arguments: DocumentSchema.allCases) func noObjectIsOpen(_ document: DocumentSchema) throws {
    for (place, part) in parts(try document.load().source) where part["type"].string == "object" {
      #expect(part["additionalProperties"].bool == false, "\(place)")
      // Of evidence nothing may be known in some objects.
      #expect(document == .evidence || !part["required"].elements.isEmpty, "\(place)")
    }
  }

  /// The values of all members of a name, in all schemas that have it, null apart.
  private func values(_ name: String, in document: DocumentSchema) throws -> [Set<String>] {
    parts(try document.load().source).filter {
      $0.place.hasSuffix("/properties/\(name)") && !$0.place.contains("/anyOf/")
    }
    .map { part in
      let schema = part.schema["anyOf"][0]["enum"].isNull ? part.schema : part.schema["anyOf"][0]
      return Set(schema["enum"].elements.compactMap(\.string))
    }
    .filter { !$0.isEmpty }
  }

  private func expect(
    _ name: String, in documents: [DocumentSchema], _ values: some Sequence<String>,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let wanted = Set(values)
    for document in documents {
      let found = try self.values(name, in: document)
      #expect(!found.isEmpty && found.allSatisfy { $0 == wanted }, "\(document) \(name)", sourceLocation: location)
    }
  }

  @Test func valuesAreThoseOfTheCode() throws {
    try expect("severity", in: [.inspect, .timeline, .audit, .rules], Finding.Severity.allCases.map(\.rawValue))
    try expect("change", in: [.compare], SlotChange.Kind.allCases.map(\.rawValue))
    try expect("role", in: [.inspect, .timeline, .audit, .compare], Evidence.Role.allCases.map(\.rawValue))
    try expect("major", in: [.inspect, .plan, .audit, .compare], ServerVersion.allCases.map(\.name))
    try expect("invalidation_reason", in: [.inspect, .show, .audit], SlotState.Invalidation.allCases.map(\.rawValue))
    try expect("persistency", in: [.inspect, .show, .audit], SlotState.Persistency.allCases.map { "\($0)" })
    try expect("wal_level", in: [.inspect], WALLevel.allCases.map(\.name))
    try expect("end_reason", in: [.inspect], WALStop.Reason.allCases.map(\.rawValue))
    try expect("kind", in: [.inspect], SlotLeftover.Kind.allCases.map(\.rawValue))
    try expect("state", in: [.inspect, .compare], ClusterState.allCases.map(\.name))
    #expect(
      try Set(values("state", in: .audit)) == [
        Set(ClusterState.allCases.map(\.name)), Set(SlotPremise.State.allCases.map(\.rawValue)),
      ])
    try expect("way", in: [.rejoin], Rejoin.Way.allCases.map(\.rawValue))
    try expect("effect", in: [.rejoin], RejoinSlot.Effect.allCases.map(\.rawValue))
    try expect("node", in: [.rejoin, .upgrade], WayStep.Node.allCases.map(\.rawValue))
    try expect("kind", in: [.rejoin, .upgrade], WayStep.Kind.allCases.map(\.rawValue))
    try expect("check", in: [.upgrade], Upgrade.Check.Kind.allCases.map(\.rawValue))
    try expect("first_unread", in: [.upgrade], UnreadWAL.Record.Kind.allCases.map(\.rawValue))
    try expect("format", in: [.show], FileFormat.allCases.map(\.rawValue))
    try expect("node", in: [.plan], PlanNode.allCases.map(\.rawValue))
    try expect("reason", in: [.inspect], Retention.Reason.allCases.map(\.rawValue))
    try expect("node", in: [.ledger], LedgerScope.Node.allCases.map(\.rawValue))
    try expect("effect", in: [.ledger], LedgerEffect.allCases.map(\.rawValue))
    try expect("stage", in: [.plan], PlanStage.allCases.map(\.rawValue))
    try expect("approach", in: [.plan], Plan.Approach.allCases.map(\.rawValue))
    try expect("reason", in: [.plan], PlanExclusion.Reason.allCases.map(\.rawValue))
    try expect("reason", in: [.walEnd, .walStats, .walRecord], WALStop.Reason.allCases.map(\.rawValue))
    let verdicts = try DocumentSchema.audit.load().source["$defs"]["verdict"]["enum"].elements
    #expect(verdicts.compactMap(\.string) == Verdict.allCases.map(\.rawValue))
    let show = try DocumentSchema.show.load().source
    func shown(_ definition: String, _ name: String) -> Set<String> {
      Set(show["$defs"][definition]["properties"][name]["enum"].elements.compactMap(\.string))
    }
    #expect(shown("control_file", "state") == Set(ClusterState.allCases.map(\.name)))
    #expect(shown("format_error", "code") == Set(FormatError.Code.allCases.map(\.rawValue)))
    let versions = show["$defs"]["file"]["properties"]["server_versions"]["items"]["enum"].elements
    #expect(Set(versions.compactMap(\.string)) == Set(ServerVersion.allCases.map(\.name)))
  }

  @Test func fatesAreThoseOfTheCode() throws {
    let fates: [SlotInspection.Fate] = [
      .fine, .lost(.walRemoved), .vanishes, .damaged, .walMissing, .beyondEnd(LSN(1)), .lostNext(.walRemoved),
      .cannotDecode, .skips(until: nil), .unfinished, .lostByReplay(.rowsRemoved),
    ]
    for fate in fates {
      switch fate {
      // A new fate has to be added to the list above.
      case .fine, .lost, .vanishes, .damaged, .walMissing, .beyondEnd, .lostNext, .lostByReplay, .cannotDecode, .skips,
        .unfinished:
        break
      }
    }
    try expect("fate", in: [.inspect], fates.map(\.word))
    #expect(Set(SlotGauges.fates) == Set(fates.map(\.word)), "the metrics have a series for each")
  }

  @Test func forksAreThoseOfTheCode() throws {
    let fork = parts(try DocumentSchema.walRecord.load().source).first { $0.place.hasSuffix("/properties/fork") }
    let names = Fork.allCases.map { "\($0.name)" }.joined(separator: "|")
    #expect(fork?.schema["pattern"].string == "^(\(names)|[0-9]+)$")
  }
}
