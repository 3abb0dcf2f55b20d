/// Rows of the shared catalogs that slotscope reads from heap files without a server.

/// A row of `pg_database`.
package struct DatabaseRow: Sendable, Hashable, Codable {
  package var oid: OID
  /// Invalid UTF-8 is replaced; `nameIsExact` is false then, and the name must not be used in SQL.
  package var name: String
  package var nameIsExact: Bool
  package var tablespace: OID
  package var isTemplate: Bool
  package var allowsConnections: Bool
  /// -2: left half-dropped by an interrupted DROP DATABASE.
  package var connectionLimit: Int32
}

/// A row of `pg_tablespace`.
package struct TablespaceRow: Sendable, Hashable, Codable {
  package var oid: OID
  package var name: String
}

/// A row of `pg_subscription` (10 and later). The connection string has its password removed.
package struct SubscriptionRow: Sendable, Hashable, Codable {
  package var oid: OID
  package var database: OID
  package var name: String
  package var owner: OID
  package var enabled: Bool
  /// nil where the column is NULL (19, with a foreign server) or could not be read.
  package var connectionInfo: String?
  /// nil where the column is NULL.
  package var slotName: String?
  package var publications: [String]
  /// 15 and later: `d`, `p` or `e`.
  package var twoPhaseState: String?
  /// 17 and later.
  package var failover: Bool?
}

/// A row of `pg_replication_origin`.
package struct ReplicationOriginRow: Sendable, Hashable, Codable {
  package var originID: UInt16
  package var name: String
}
