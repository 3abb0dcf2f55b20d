import ClusterFiles
import Evidence
import FixtureSupport
import PostgresFormat
import Testing

/// pg_class and pg_namespace of one database against what the running server said.
@Suite struct DatabaseCatalogsTests {
  private static let fixtures = ["pg13-catalogs", "pg17-catalogs", "pg19-catalogs"]

  private func read(_ name: String) throws -> (node: FixtureNode, database: DatabaseRow, catalogs: DatabaseCatalogs) {
    let node = try Fixtures.node(name, "data")
    let version = try #require(ServerVersion(name: node.versionName))
    let databases = SharedCatalogs(dataDirectory: node.path, version: version).databases
    let database = try #require(databases.first { $0.name == "postgres" })
    return (node, database, DatabaseCatalogs(dataDirectory: node.path, version: version, database: database))
  }

  @Test(arguments: fixtures) func relationsAgreeWithTheServer(name: String) throws {
    let (node, _, catalogs) = try read(name)
    #expect(catalogs.problems.isEmpty)
    let expected = node.truth["relations"].elements
    #expect(expected.count > 300)
    #expect(catalogs.relations.map(describe) == expected.map(describe))
    let namespaces = node.truth["namespaces"].elements.map { "\($0["oid"].integer ?? 0) \($0["nspname"].string ?? "")" }
    #expect(catalogs.namespaces.map { "\($0.oid) \($0.name)" } == namespaces)
  }

  private func describe(_ row: RelationRow) -> String {
    "\(row.oid) \(row.name) \(row.namespace) \(row.fileNumber) \(row.tablespace) \(row.isShared) \(row.persistence) "
      + row.kind
  }
  private func describe(_ truth: JSONDocument) -> String {
    func number(_ name: String) -> String { truth[name].integer.map(String.init) ?? "?" }
    func text(_ name: String) -> String { truth[name].string ?? "?" }
    return "\(number("oid")) \(text("relname")) \(number("relnamespace")) \(number("relfilenode")) "
      + "\(number("reltablespace")) \(truth["relisshared"].bool ?? false) \(text("relpersistence")) \(text("relkind"))"
  }

  @Test func fileNumbersLeadToRelationsAlsoThroughTheMap() throws {
    let (node, database, catalogs) = try read("pg17-catalogs")
    let table = try #require(catalogs.relations.first { $0.name == "t" && $0.kind == "r" })
    #expect(table.fileNumber != table.oid, "TRUNCATE gave it a new file")
    #expect(catalogs.relation(tablespace: database.tablespace, fileNumber: table.fileNumber) == table)
    #expect(catalogs.relation(tablespace: OID(1664), fileNumber: table.fileNumber) == nil)
    let path = node.truth["catalogs"].elements.first { $0["rel"].string == "pg_class" }?["path"].string
    let number = try #require(path?.split(separator: "/").last.flatMap { UInt32($0) })
    #expect(catalogs.relation(tablespace: database.tablespace, fileNumber: OID(number))?.name == "pg_class")
  }

  @Test func aDatabaseWithoutAFolderIsAProblem() throws {
    let (node, database, _) = try read("pg17-catalogs")
    for tablespace in [OID(1663), OID(99_999)] {
      var other = database
      (other.oid, other.tablespace) = (OID(77_777), tablespace)
      let catalogs = DatabaseCatalogs(dataDirectory: node.path, version: .v17, database: other)
      #expect(catalogs.relations.isEmpty)
      #expect(catalogs.problems.map(\.subject) == ["relation_map"])
    }
  }
}
