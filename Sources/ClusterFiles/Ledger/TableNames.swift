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
    guard let database = transaction.database, database.isValid, let catalogs = catalogs(of: database) else {
      return transaction.tables.map { $0.unnamed }
    }
    var named: [NamedTable] = []
    /// In `named`: TRUNCATE names a table by its OID, rows by its file.
    var places: [OID: Int] = [:]
    let truncated = Set(transaction.tables.compactMap { $0.table.oid })
    for changes in transaction.tables {
      guard let relation = catalogs.relation(of: changes.table) else {
        named.append(changes.unnamed)
        continue
      }
      guard relation.holdsUserRows else { continue }
      var rows = changes.rows
      if marksTruncate, changes.isRewrite(of: relation, truncated: truncated) {
        rows.inserts &-= min(changes.copies ?? 0, rows.inserts)
      }
      guard !rows.isEmpty else { continue }
      var table = NamedTable(
        oid: relation.oid, schema: catalogs.namespaceName(relation.namespace), name: relation.name,
        file: changes.table.file, rows: rows)
      if let index = places[relation.oid] {
        table.file = table.file ?? named[index].file
        table.rows = table.rows + named[index].rows
        named[index] = table
      } else {
        places[relation.oid] = named.count
        named.append(table)
      }
    }
    return named
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
  fileprivate func isRewrite(of relation: RelationRow, truncated: Set<OID>) -> Bool {
    guard copies != nil, let file = table.file else { return false }
    return relation.oid.rawValue != file.number && !truncated.contains(relation.oid)
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
