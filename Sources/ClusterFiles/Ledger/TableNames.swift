package import Evidence
package import PostgresFormat

/// Finds the names of tables in the catalogs of data directories of one cluster; a database's are read when first asked for.
///
/// Nodes of a cluster share file numbers, so what one directory lacks another may have. Names are as of the files.
package struct TableNames {
  private struct Node {
    var evidence: Evidence
    var directory: DataDirectory
  }
  private var nodes: [Node] = []
  /// Of the first directory that has the database or the origin.
  private var databaseNames: [OID: String] = [:]
  private var originNames: [UInt16: String] = [:]
  /// A record names the tables that TRUNCATE gave new files; before 11 they look like rewritten ones.
  private var marksTruncate = true
  private var catalogs: [OID: DatabaseCatalogs?] = [:]
  /// Catalogs of so many databases are kept at a time.
  private static let cacheLimit = 8

  /// What the catalogs say of a table, as far as it is asked for here.
  private struct Relation {
    var oid: OID
    var schema: String?
    var name: String
    var holdsUserRows: Bool
  }
  private struct Place: Hashable {
    var database: OID
    var table: TableChanges.Table
  }
  /// Looked up once: transactions come by the million, and change the same tables. nil: the catalogs do not have it.
  private var relations: [Place: Relation?] = [:]
  private static let relationLimit = 1 << 14

  /// Without a data directory nothing has a name.
  package init() {}

  /// Adds a data directory, to be asked after those added before.
  package mutating func add(_ evidence: Evidence, directory: DataDirectory) {
    nodes.append(Node(evidence: evidence, directory: directory))
    for row in evidence.databases where databaseNames[row.oid] == nil {
      databaseNames[row.oid] = row.name
    }
    for origin in evidence.origins where originNames[origin.originID] == nil {
      originNames[origin.originID] = origin.name
    }
    marksTruncate = marksTruncate && evidence.version?.has(.logicalTruncate) == true
  }

  /// datname in the first directory that has it; nil where none does.
  package func databaseName(_ oid: OID) -> String? { databaseNames[oid] }

  /// roname of the replication origin (`RepOriginId`) in the first directory that has it; nil where none does.
  package func originName(_ originID: UInt16) -> String? { originNames[originID] }

  /// The tables of a transaction that consumers are sent rows of. Tables known to hold out-of-line values, system catalogs,
  /// sequences, and copies that a rewriting ALTER TABLE filled are left out.
  package mutating func tables(of transaction: LedgerTransaction) -> [NamedTable] {
    guard let database = transaction.database, database.isValid else {
      return transaction.tables.map { $0.unnamed }
    }
    var named: [NamedTable] = []
    named.reserveCapacity(transaction.tables.count)
    for changes in transaction.tables {
      guard let relation = relation(of: changes.table, in: database) else {
        named.append(changes.unnamed)
        continue
      }
      guard relation.holdsUserRows else { continue }
      var rows = changes.rows
      if marksTruncate, changes.isRewrite(of: relation.oid, in: transaction) {
        rows.inserts &-= min(changes.copies ?? 0, rows.inserts)
      }
      guard !rows.isEmpty else { continue }
      // TRUNCATE names a table by its OID, rows by its file.
      if let index = named.firstIndex(where: { $0.oid == relation.oid }) {
        named[index].file = changes.table.file ?? named[index].file
        named[index].rows = named[index].rows + rows
      } else {
        named.append(
          NamedTable(
            oid: relation.oid, schema: relation.schema, name: relation.name, file: changes.table.file, rows: rows))
      }
    }
    return named
  }

  private mutating func relation(of table: TableChanges.Table, in database: OID) -> Relation? {
    let place = Place(database: database, table: table)
    if let known = relations[place] { return known }
    if relations.count >= Self.relationLimit { relations = [:] }
    var found: Relation?
    if let catalogs = catalogs(of: database), let row = catalogs.relation(of: table) {
      found = Relation(
        oid: row.oid, schema: catalogs.namespaceName(row.namespace), name: row.name, holdsUserRows: row.holdsUserRows)
    }
    relations[place] = .some(found)
    return found
  }

  private mutating func catalogs(of database: OID) -> DatabaseCatalogs? {
    if let known = catalogs[database] { return known }
    if catalogs.count >= Self.cacheLimit { catalogs = [:] }
    let found = nodes.lazy.compactMap { node -> DatabaseCatalogs? in
      guard let version = node.evidence.version else { return nil }
      let row = node.evidence.databases.first { $0.oid == database } ?? DatabaseRow(oid: database, name: "")
      let catalogs = DatabaseCatalogs(
        dataDirectory: node.directory.path, in: node.directory.storage, version: version, database: row,
        oldestXID: node.evidence.control?.value.checkpoint.oldestXID)
      return catalogs.relations.isEmpty ? nil : catalogs
    }.first
    catalogs[database] = .some(found)
    return found
  }
}

extension TableChanges.Table {
  fileprivate var oid: OID? { if case .relation(let oid) = self { oid } else { nil } }
  fileprivate var file: RelationLocator? { if case .file(let file) = self { file } else { nil } }
}

extension TableChanges {
  fileprivate var unnamed: NamedTable {
    NamedTable(oid: table.oid, schema: nil, name: nil, file: table.file, rows: rows)
  }

  /// Rows that ALTER TABLE or REFRESH copied into a new file, which the table then got: no consumer is sent them. A new
  /// table's first file has its OID for a number; a table that TRUNCATE gave a new file is named by its record.
  fileprivate func isRewrite(of relation: OID, in transaction: LedgerTransaction) -> Bool {
    guard copies != nil, let file = table.file, relation.rawValue != file.number else { return false }
    return !transaction.tables.contains { $0.table.oid == relation }
  }
}

extension RelationRow {
  /// `FirstNormalObjectId`.
  private static let firstUserOID = OID(16_384)

  fileprivate var holdsUserRows: Bool { kind != "t" && kind != "S" && oid >= Self.firstUserOID }
}

extension DatabaseCatalogs {
  /// The relation that the WAL names by its file or its OID, then.
  fileprivate func relation(of table: TableChanges.Table) -> RelationRow? {
    switch table {
    case .relation(let oid): return relation(oid: oid) ?? droppedRelation(oid: oid)
    case .file(let file):
      let number = OID(file.number)
      return relation(tablespace: file.tablespace, fileNumber: number)
        ?? earlierRelation(tablespace: file.tablespace, fileNumber: number)
    }
  }
}
