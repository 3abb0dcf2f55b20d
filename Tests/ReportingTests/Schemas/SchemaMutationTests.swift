import ClusterFiles
import Evidence
import FixtureSupport
import PostgresFormat
import SlotSafety
import Testing

@testable import Reporting

/// Changed documents are refused: what the other tests accept, they accept because it is right.
@Suite struct SchemaMutationTests {
  /// Members that a document may lack, because the version or the request has none.
  private static let optional: [DocumentSchema: Set<String>] = [
    .show: [
      "prior_lsn", "logical_decoding", "max_wal_senders", "slru_pages_per_segment", "float4_pass_by_value",
      "default_char_signedness", "mock_authentication_nonce", "invalidated_at", "two_phase", "two_phase_at", "failover",
      "synced", "catchange_count", "origin_lsn", "stop_lsn", "backup_method", "backup_from", "start_time", "label",
      "stop_time", "stop_timeline_id", "incremental_from_lsn", "incremental_from_timeline_id",
    ],
    .walStats: ["record_types"],
  ]

  /// Real documents, with one element left of each list that is not told from the others by a member.
  private func samples(_ schema: DocumentSchema) async throws -> [JSONDocument] {
    let evidence = try SampleDocuments.evidence("pg17-pubsub", "publisher")
    let pair = (
      primary: try SampleDocuments.evidence("pg17-pair", "primary"),
      standby: try SampleDocuments.evidence("pg17-pair", "standby")
    )
    let node = try Fixtures.node("pg17-timelines", "data")
    // Of those that have most to tell.
    let tellers = try [("pg17-pubsub", "subscriber"), ("pg17-pair", "standby")].map { try Fixtures.node($0.0, $0.1) }
    let source = try SampleDocuments.walSource(node)
    switch schema {
    case .inspect:
      return try [evidence, SampleDocuments.live(evidence)].map {
        try InspectJSON.document(Inspection($0)).parsed.shortened
      }
    case .compare:
      return [try CompareJSON.document(EvidenceComparison(pair.primary, SampleDocuments.changed(pair.standby))).parsed]
    case .rejoin:
      return [try RejoinJSON.document(Rejoin(RejoinCase(old: pair.primary, new: pair.standby))).parsed.shortened]
    case .upgrade:
      let old = try SampleDocuments.evidence("pg17-pubsub", "subscriber")
      return try [pair.primary, old].map { old in
        try UpgradeJSON.document(Upgrade(UpgradeCase(old: old, new: nil, to: .newest))).parsed.shortened
      }
    case .status:
      let status = StatusReportTests.status([("db1", pair.primary), ("db2", pair.standby)])
      return [try StatusJSON.document(status, at: Timestamp(unixSeconds: 1)).parsed.shortened]
    case .fleet:
      let status = StatusReportTests.status([("db1", pair.primary), ("db2", pair.standby)])
      let row = FleetRow(status, cluster: "prod", at: Timestamp(unixSeconds: 1))
      return try FleetJSON.lines(FleetReport([row])).split(separator: "\n").map {
        try JSONDocument(parsing: String($0)).shortened
      }
    case .timeline: return [try TimelineJSON.document(TimelineTree([pair.primary, pair.standby])).parsed.shortened]
    case .show: return try SampleDocuments.files(in: node.path).map { try SampleDocuments.show([$0]).parsed.shortened }
    case .plan:
      return [try PlanJSON.document(makePlan(Audit(primary: pair.primary, standbys: [pair.standby]))).parsed.shortened]
    case .audit: return [try AuditJSON.document([try await SampleDocuments.exposedAssessment()]).parsed.shortened]
    case .evidence:
      var documents: [JSONDocument] = []
      for teller in tellers {
        let evidence = SampleDocuments.live(try await SampleDocuments.evidenceFile(teller))
        documents.append(try JSONDocument(parsing: EvidenceFile.encode(evidence)).shortened)
      }
      return documents
    case .rules: return [try RulesText.document(Rule.all).parsed.shortened]
    case .ledger: return try SampleDocuments.ledger().map { try JSONDocument(parsing: $0).shortened }
    case .walRecord:
      let lines = try await SampleDocuments.records(source, limit: 20)
      return try lines.suffix(3).map { try JSONDocument(parsing: $0).shortened }
    case .walStats: return [try await SampleDocuments.statistics(source, byType: true).parsed.shortened]
    case .walEnd:
      let end = try #require(evidence.wal.end)
      return [try WALEndReport.json(end).parsed]
    case .walGaps: return [try SampleDocuments.gaps(source).parsed.shortened]
    }
  }

  @Test(arguments: DocumentSchema.allCases) func aChangedDocumentIsRefused(_ name: DocumentSchema) async throws {
    let schema = try name.load()
    let optional = Self.optional[name] ?? (name == .evidence ? schema.source.optionalNames : [])
    for document in try await samples(name) {
      #expect(schema.violations(in: document) == [])
      var count = 0
      for change in document.changes where !(change.isRemoval && optional.contains(change.name)) {
        count += 1
        #expect(!schema.violations(in: change.document).isEmpty, "\(change.what)")
      }
      #expect(count > 5)
    }
  }
}

/// A document with one thing wrong.
private struct Change {
  var what: String
  /// The member's name.
  var name: String
  var isRemoval: Bool
  var document: JSONDocument
}

extension JSONDocument {
  /// Of a schema: the members that some object may lack.
  fileprivate var optionalNames: Set<String> {
    let required = Set(self["required"].elements.compactMap(\.string))
    let own = Set(self["properties"].keys).subtracting(required)
    return self["$defs"].keys.reduce(into: own) { $0.formUnion(self["$defs"][$1].optionalNames) }
  }

  /// The same with the first element of each list only.
  fileprivate var shortened: JSONDocument {
    switch self {
    case .array(let elements): .array(elements.prefix(1).map(\.shortened))
    case .object(let members): .object(members.mapValues(\.shortened))
    default: self
    }
  }

  /// Each member once left out and once of a type that no schema has; each object once with a member more.
  fileprivate var changes: [Change] {
    switch self {
    case .array(let elements):
      return elements.indices.flatMap { index in
        elements[index].changes.map { change in
          var change = change
          var changed = elements
          changed[index] = change.document
          change.document = .array(changed)
          change.what = "/\(index)\(change.what)"
          return change
        }
      }
    case .object(let members):
      var changes = [
        Change(
          what: " with one member more", name: "", isRemoval: false,
          document: .object(members.merging(["unheard_of": .null]) { old, _ in old }))
      ]
      for (name, member) in members.sorted(by: { $0.key < $1.key }) {
        func replaced(by value: JSONDocument?) -> JSONDocument {
          var changed = members
          changed[name] = value
          return .object(changed)
        }
        changes.append(Change(what: " without \(name)", name: name, isRemoval: true, document: replaced(by: nil)))
        changes.append(
          Change(
            what: " with a fraction as \(name)", name: name, isRemoval: false, document: replaced(by: .number(0.5))))
        changes += member.changes.map { change in
          var change = change
          change.document = replaced(by: change.document)
          change.what = "/\(name)\(change.what)"
          return change
        }
      }
      return changes
    default: return []
    }
  }
}
