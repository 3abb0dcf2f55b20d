package import Evidence
package import PostgresFormat

/// Names of single relations in a data directory, by their files; a database's catalogs are read when first asked for.
package struct RelationNames {
  private let evidence: Evidence
  private let directory: DataDirectory
  private var catalogs: [OID: DatabaseCatalogs] = [:]
  /// Databases that are kept.
  private static let limit = 8

  /// Reads nothing yet.
  package init(_ evidence: Evidence, directory: DataDirectory) {
    (self.evidence, self.directory) = (evidence, directory)
  }

  /// `schema.table` as the files have it now; nil where they do not have it.
  package mutating func name(of file: RelationLocator) -> String? {
    guard file.database.isValid, let catalogs = catalogs(of: file.database),
      let relation = catalogs.relation(tablespace: file.tablespace, fileNumber: OID(file.number))
    else { return nil }
    return (catalogs.namespaceName(relation.namespace).map { $0 + "." } ?? "") + relation.name
  }

  private mutating func catalogs(of database: OID) -> DatabaseCatalogs? {
    if let known = catalogs[database] { return known }
    guard let version = evidence.version, catalogs.count < Self.limit else { return nil }
    let row = evidence.databases.first { $0.oid == database } ?? DatabaseRow(oid: database, name: "")
    let found = DatabaseCatalogs(
      dataDirectory: directory.path, in: directory.storage, version: version, database: row,
      oldestXID: evidence.control?.value.checkpoint.oldestXID)
    catalogs[database] = found
    return found
  }
}
