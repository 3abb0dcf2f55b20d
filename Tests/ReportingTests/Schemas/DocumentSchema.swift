import FixtureSupport

@testable import Reporting

/// The documents that have a schema in `Sources/Reporting/Schemas`.
enum DocumentSchema: String, CaseIterable {
  case inspect, timeline, show, plan, audit, rules, ledger, compare, evidence, rejoin, upgrade, status, fleet
  case walRecord = "wal-record"
  case walStats = "wal-stats"
  case walEnd = "wal-end"
  case walGaps = "wal-gaps"

  static let folder: String = Fixtures.directory.dropLast("Fixtures".count) + "Sources/Reporting/Schemas"

  /// Parsed once; what is compiled from them belongs to one test.
  private static let sources: [DocumentSchema: Result<JSONDocument, any Error>] = Dictionary(
    uniqueKeysWithValues: allCases.map { schema in
      (schema, Result { try JSONDocument(contentsOf: "\(folder)/\(schema.rawValue).schema.json") })
    })

  func load() throws -> JSONSchema { try JSONSchema(Self.sources[self]?.get() ?? .null) }

  /// Why a document does not follow its schema. Empty where it does.
  func violations(in document: JSONValue) throws -> [String] {
    try load().violations(in: document.parsed)
  }
}

extension JSONValue {
  /// As a program reads it.
  var parsed: JSONDocument {
    get throws { try JSONDocument(parsing: serialized(pretty: false)) }
  }
}
