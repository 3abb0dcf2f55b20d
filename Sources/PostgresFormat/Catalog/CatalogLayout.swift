/// The columns of a system catalog for all major versions at once, in their order on disk, each with the versions that have
/// it; columns after the last one that slotscope needs are left out. Follows src/include/catalog/pg_*.h.
package struct CatalogLayout: Sendable {
  /// What a column is: its width and alignment in bytes, or that it has a length of its own.
  package enum ColumnType: Sendable, Hashable {
    case bool
    /// A single byte (`"char"`).
    case char
    case int4
    case float4
    case oid
    case xid
    case lsn
    /// 64 bytes, ended by a NUL.
    case name
    case text
    case textArray

    /// Bytes; nil for a column with a length of its own.
    var width: Int? {
      switch self {
      case .bool, .char: 1
      case .int4, .float4, .oid, .xid: 4
      case .lsn: 8
      case .name: 64
      case .text, .textArray: nil
      }
    }
    var alignment: Int {
      switch self {
      case .bool, .char, .name: 1
      case .int4, .float4, .oid, .xid, .text, .textArray: 4
      case .lsn: 8
      }
    }
  }

  /// A column as the catalog declares it; `attnum` is its place among those that the version has.
  package struct Column: Sendable {
    /// `attname`, as in `datfrozenxid`.
    package var name: String
    /// What `atttypid` stands for, as far as reading the bytes needs it.
    package var type: ColumnType
    /// The first version that has the column; nil: all.
    package var since: ServerVersion?
    /// The last version that has the column; nil: all.
    package var until: ServerVersion?

    static func column(
      _ name: String, _ type: ColumnType, since: ServerVersion? = nil, until: ServerVersion? = nil
    ) -> Column {
      Column(name: name, type: type, since: since, until: until)
    }
  }

  /// The catalog's name, with `pg_` in front.
  package var name: String
  /// The catalog's own oid.
  package var relation: OID
  /// The first version that has the catalog; nil: all.
  package var since: ServerVersion?
  private var allColumns: [Column]

  init(_ name: String, relation: UInt32, since: ServerVersion? = nil, _ columns: [Column]) {
    (self.name, self.relation, self.since, allColumns) = (name, OID(relation), since, columns)
  }

  /// Whether `version` has the catalog.
  package func exists(in version: ServerVersion) -> Bool { version >= since ?? version }

  /// The columns that `version` stores as columns. A hidden oid, to 11, is none.
  package func columns(in version: ServerVersion) -> [Column] {
    allColumns.filter { version >= $0.since ?? version && version <= $0.until ?? version }
  }
}

extension CatalogLayout {
  /// `pg_database` up to `dattablespace`: shared, and found by the relation map of `global`.
  package static let database = CatalogLayout(
    "pg_database", relation: 1262,
    [
      .column("oid", .oid, since: .v12),
      .column("datname", .name),
      .column("datdba", .oid),
      .column("encoding", .int4),
      .column("datcollate", .name, until: .v14),
      .column("datctype", .name, until: .v14),
      .column("datlocprovider", .char, since: .v15),
      .column("datistemplate", .bool),
      .column("datallowconn", .bool),
      .column("dathasloginevt", .bool, since: .v17),
      .column("datconnlimit", .int4),
      .column("datlastsysoid", .oid, until: .v14),
      .column("datfrozenxid", .xid),
      .column("datminmxid", .xid),
      .column("dattablespace", .oid),
    ])

  /// `pg_tablespace` up to `spcname`: shared.
  package static let tablespace = CatalogLayout(
    "pg_tablespace", relation: 1213,
    [
      .column("oid", .oid, since: .v12),
      .column("spcname", .name),
    ])

  /// `pg_subscription` up to `subpublications`: shared, 10 and later.
  package static let subscription = CatalogLayout(
    "pg_subscription", relation: 6100, since: .v10,
    [
      .column("oid", .oid, since: .v12),
      .column("subdbid", .oid),
      .column("subskiplsn", .lsn, since: .v15),
      .column("subname", .name),
      .column("subowner", .oid),
      .column("subenabled", .bool),
      .column("subbinary", .bool, since: .v14),
      .column("substream", .bool, since: .v14, until: .v15),
      .column("substream", .char, since: .v16),
      .column("subtwophasestate", .char, since: .v15),
      .column("subdisableonerr", .bool, since: .v15),
      .column("subpasswordrequired", .bool, since: .v16),
      .column("subrunasowner", .bool, since: .v16),
      .column("subfailover", .bool, since: .v17),
      .column("subretaindeadtuples", .bool, since: .v19),
      .column("submaxretention", .int4, since: .v19),
      .column("subretentionactive", .bool, since: .v19),
      .column("subserver", .oid, since: .v19),
      .column("subconninfo", .text),
      .column("subslotname", .name),
      .column("subsynccommit", .text),
      .column("subwalrcvtimeout", .text, since: .v19),
      .column("subpublications", .textArray),
    ])

  /// `pg_replication_origin`: shared; never had a hidden oid.
  package static let replicationOrigin = CatalogLayout(
    "pg_replication_origin", relation: 6000,
    [
      .column("roident", .oid),
      .column("roname", .text),
    ])

  /// `pg_subscription_rel`: one in each database, found by way of pg_class; never had a hidden oid.
  package static let subscribedTable = CatalogLayout(
    "pg_subscription_rel", relation: 6102, since: .v10,
    [
      .column("srsubid", .oid),
      .column("srrelid", .oid),
      .column("srsubstate", .char),
      .column("srsublsn", .lsn),
    ])

  /// `pg_publication` up to `pubname`: one in each database, found by way of pg_class; 10 and later.
  package static let publication = CatalogLayout(
    "pg_publication", relation: 6104, since: .v10,
    [
      .column("oid", .oid, since: .v12),
      .column("pubname", .name),
    ])

  /// `pg_namespace` up to `nspname`: one in each database, found by way of pg_class.
  package static let namespace = CatalogLayout(
    "pg_namespace", relation: 2615,
    [
      .column("oid", .oid, since: .v12),
      .column("nspname", .name),
    ])

  /// `pg_class` up to `relkind`: one in each database, found by that database's relation map.
  package static let relation = CatalogLayout(
    "pg_class", relation: 1259,
    [
      .column("oid", .oid, since: .v12),
      .column("relname", .name),
      .column("relnamespace", .oid),
      .column("reltype", .oid),
      .column("reloftype", .oid),
      .column("relowner", .oid),
      .column("relam", .oid),
      .column("relfilenode", .oid),
      .column("reltablespace", .oid),
      .column("relpages", .int4),
      .column("reltuples", .float4),
      .column("relallvisible", .int4),
      .column("relallfrozen", .int4, since: .v18),
      .column("reltoastrelid", .oid),
      .column("relhasindex", .bool),
      .column("relisshared", .bool),
      .column("relpersistence", .char),
      .column("relkind", .char),
    ])
}
