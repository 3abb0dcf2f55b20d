import ClusterFiles
import FixtureSupport
import PostgresFormat
import Testing

/// The shared catalogs as read from files against what the running server said.
@Suite struct SharedCatalogsTests {
  @Test(arguments: Fixtures.names) func fixturesAgreeWithTheirServers(name: String) throws {
    for node in try Fixtures.nodes(name) { try expectAgreement(node) }
  }

  @Test(
    .enabled(if: !Fixtures.externalFolders.isEmpty, "SLOTSCOPE_CASES is not set"), arguments: Fixtures.externalFolders)
  func externalCasesAgreeWithTheirServers(folder: String) throws {
    for node in try Fixtures.nodes(inFolder: folder) { try expectAgreement(node) }
  }

  private func expectAgreement(_ node: FixtureNode) throws {
    let version = try #require(ServerVersion(name: node.versionName))
    let catalogs = SharedCatalogs(dataDirectory: node.path, version: version)
    #expect(catalogs.problems.isEmpty, "\(node)")

    let databases = Dictionary(uniqueKeysWithValues: catalogs.databases.map { (Int64($0.oid.rawValue), $0.name) })
    let expected = node.truth["databases"].elements.map { ($0["oid"].integer ?? -1, $0["datname"].string ?? "") }
    #expect(databases == Dictionary(uniqueKeysWithValues: expected), "\(node)")
    #expect(catalogs.databases.allSatisfy { $0.tablespace == OID(1663) && $0.connectionLimit == -1 }, "\(node)")
    #expect(catalogs.databases.filter { $0.isTemplate }.map(\.name).sorted() == ["template0", "template1"], "\(node)")
    #expect(catalogs.databases.filter { !$0.allowsConnections }.map(\.name) == ["template0"], "\(node)")

    #expect(catalogs.tablespaces.map(\.name) == ["pg_default", "pg_global"], "\(node)")
    #expect(
      catalogs.subscriptions.map(Subscription.init) == node.truth["subscriptions"].elements.map(Subscription.init))

    let origins = Dictionary(uniqueKeysWithValues: catalogs.origins.map { (Int64($0.originID), $0.name) })
    let named = node.truth["origins"].elements.map { ($0["roident"].integer ?? -1, $0["roname"].string ?? "") }
    #expect(origins == Dictionary(uniqueKeysWithValues: named), "\(node)")
  }

  /// 13 and 17 store it with pglz, 19 with lz4.
  @Test(arguments: ["pg13-catalogs", "pg17-catalogs", "pg19-catalogs"])
  func longConnectionStringsAreUnpackedAndLoseTheirPasswords(name: String) throws {
    let node = try Fixtures.node(name, "data")
    let version = try #require(ServerVersion(name: node.versionName))
    let truth = try #require(node.truth["connection_strings"].elements.first)
    let length = try #require(truth["length"].integer)
    #expect(try #require(truth["stored"].integer) < length / 10)
    let subscription = try #require(SharedCatalogs(dataDirectory: node.path, version: version).subscriptions.first)
    let connectionInfo = try #require(subscription.connectionInfo)
    #expect(connectionInfo.hasPrefix("host=nowhere"))
    #expect(!connectionInfo.contains("sekrit"))
  }

  @Test func commitsFromTheWALGoBeforeTheCommitLog() throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let all = Set((3..<5000).map { TransactionID($0) })
    let aborted = SharedCatalogs(
      dataDirectory: node.path, version: .v17, outcomes: TransactionOutcomes(aborted: all))
    let untouched = SharedCatalogs(dataDirectory: node.path, version: .v17)
    #expect(aborted.databases == untouched.databases, "hint bits say that these are committed")
    #expect(aborted.origins.count == untouched.origins.count - 1, "one has none and asks")
  }

  private struct Subscription: Equatable {
    var name: String?
    var slotName: String?
    var enabled: Bool?
    var database: Int64?
    var publications: [String?]

    init(_ row: SubscriptionRow) {
      (name, slotName, enabled) = (row.name, row.slotName, row.enabled)
      (database, publications) = (Int64(row.database.rawValue), row.publications)
    }
    init(_ truth: JSONDocument) {
      (name, slotName) = (truth["subname"].string, truth["subslotname"].string)
      (enabled, database) = (truth["subenabled"].bool, truth["subdbid"].integer)
      publications = truth["subpublications"].elements.map(\.string)
    }
  }
}
