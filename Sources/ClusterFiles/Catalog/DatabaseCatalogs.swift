package import Evidence
package import PostgresFormat

/// The relations of one database and their schemas: what the file numbers in WAL records stand for.
///
/// Names are as of the files. A file number that is not found belongs to a relation that was rewritten or dropped since,
/// or is newer than the last checkpoint.
package struct DatabaseCatalogs: Sendable, Hashable {
  /// Ordered by oid.
  package var relations: [RelationRow] = []
  /// Ordered by oid.
  package var namespaces: [NamespaceRow] = []
  /// `pg_subscription_rel`, where it was asked for.
  package var subscribedTables: [SubscribedTableRow] = []
  /// `pg_publication`, where it was asked for.
  package var publications: [PublicationRow] = []
  /// A catalog that has one may lack rows.
  package var problems: [Problem] = []

  private struct FileKey: Hashable {
    var tablespace: OID
    var fileNumber: OID
  }
  /// Positions in ``relations``.
  private var positions: [FileKey: Int] = [:]
  /// The relations of files that were replaced since, and relations that were dropped.
  private var earlierFiles: [FileKey: OID] = [:]
  private var dropped: [OID: RelationRow] = [:]

  /// The parameters are those of ``SharedCatalogs/init(dataDirectory:in:version:oldestXID:outcomes:)``, the database, and whether
  /// the tables of its subscriptions, and its publications, are asked for.
  package init(
    dataDirectory: String, in storage: any ClusterStorage = PosixStorage(), version: ServerVersion,
    database: DatabaseRow, oldestXID: TransactionID? = nil,
    outcomes: TransactionOutcomes = TransactionOutcomes(), subscribedTables wanted: Bool = false,
    publications wantsPublications: Bool = false
  ) {
    let path = Self.folder(of: database, dataDirectory: dataDirectory, in: storage, version: version)
    guard
      let folder = CatalogFolder(
        dataDirectory: dataDirectory, in: storage, path: path, version: version, problems: &problems)
    else { return }
    var commitLog = CommitLogReader(
      dataDirectory: dataDirectory, in: storage, version: version, oldestXID: oldestXID, outcomes: outcomes)
    var earlier: [RelationRow] = []
    relations = folder.mappedRows(&commitLog, &problems) { earlier = $0 }
    for relation in earlier where !relation.isShared && relation.fileNumber.isValid {
      let tablespace = relation.tablespace.isValid ? relation.tablespace : database.tablespace
      let key = FileKey(tablespace: tablespace, fileNumber: relation.fileNumber)
      earlierFiles[key] = relation.rewritten ?? relation.oid
      dropped[relation.oid] = relation
    }
    for (position, relation) in relations.enumerated() where !relation.isShared {
      let fileNumber = relation.fileNumber.isValid ? relation.fileNumber : folder.map.fileNumber(of: relation.oid)
      let tablespace = relation.tablespace.isValid ? relation.tablespace : database.tablespace
      if let fileNumber { positions[FileKey(tablespace: tablespace, fileNumber: fileNumber)] = position }
    }
    // These are not mapped catalogs: pg_class knows their files.
    if let file = fileNumber(of: .namespace) { namespaces = folder.rows(inFile: file, &commitLog, &problems) }
    if wanted, let file = fileNumber(of: .subscribedTable) {
      subscribedTables = folder.rows(inFile: file, &commitLog, &problems)
    }
    if wantsPublications, let file = fileNumber(of: .publication) {
      publications = folder.rows(inFile: file, &commitLog, &problems)
    }
    problems += commitLog.problems
  }

  private func fileNumber(of catalog: CatalogLayout) -> OID? {
    relation(oid: catalog.relation).flatMap { $0.fileNumber.isValid ? $0.fileNumber : nil }
  }

  /// The relation whose files have this number in this tablespace.
  package func relation(tablespace: OID, fileNumber: OID) -> RelationRow? {
    positions[FileKey(tablespace: tablespace, fileNumber: fileNumber)].map { relations[$0] }
  }

  /// The relation that had a file of this number before it was rewritten, emptied or dropped, where the row of pg_class that
  /// says so has not been removed yet; else the one with that number for an OID, which is that of its first file.
  package func earlierRelation(tablespace: OID, fileNumber: OID) -> RelationRow? {
    let oid = earlierFiles[FileKey(tablespace: tablespace, fileNumber: fileNumber)] ?? fileNumber
    return relation(oid: oid) ?? dropped[oid]
  }

  /// A relation that is not in pg_class any more, as above.
  package func droppedRelation(oid: OID) -> RelationRow? { dropped[oid] }

  /// nil where pg_class has no live row of this OID.
  package func relation(oid: OID) -> RelationRow? { relations.first(ordered: oid, by: \.oid) }

  /// nspname; nil where pg_namespace has no live row of this OID.
  package func namespaceName(_ oid: OID) -> String? { namespaces.first(ordered: oid, by: \.oid)?.name }

  /// `base/OID`, or for a database in another tablespace the folder of this version in it, which has the catalog version in its
  /// name.
  private static func folder(
    of database: DatabaseRow, dataDirectory: String, in storage: any ClusterStorage, version: ServerVersion
  ) -> String {
    let defaultTablespace = OID(1663)
    guard database.tablespace != defaultTablespace else { return "base/\(database.oid)" }
    let tablespace = "pg_tblspc/\(database.tablespace)"
    let entries = try? storage.entries(of: dataDirectory + "/" + tablespace)
    let own = entries?.last { $0.name.hasPrefix("PG_\(version.name)_") }?.name ?? "PG_\(version.name)"
    return "\(tablespace)/\(own)/\(database.oid)"
  }
}

extension Array {
  /// The element with this key, where all are ordered by it.
  fileprivate func first<Key: Comparable>(ordered key: Key, by keys: KeyPath<Element, Key>) -> Element? {
    let index = partitionPoint { $0[keyPath: keys] >= key }
    return index < count && self[index][keyPath: keys] == key ? self[index] : nil
  }
}

extension RelationRow {
  /// The relation for which this one was made while it was rewritten, and with which it changed files (`make_new_heap`).
  fileprivate var rewritten: OID? {
    let prefix = "pg_temp_"
    return name.hasPrefix(prefix) ? UInt32(name.dropFirst(prefix.count)).map { OID($0) } : nil
  }
}
