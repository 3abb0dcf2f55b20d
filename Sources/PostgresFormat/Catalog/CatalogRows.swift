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

  package init(
    oid: OID, name: String, nameIsExact: Bool = true, tablespace: OID = OID(1663), isTemplate: Bool = false,
    allowsConnections: Bool = true, connectionLimit: Int32 = -1
  ) {
    (self.oid, self.name, self.nameIsExact, self.tablespace) = (oid, name, nameIsExact, tablespace)
    (self.isTemplate, self.allowsConnections) = (isTemplate, allowsConnections)
    self.connectionLimit = connectionLimit
  }
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
  /// As for a database: false where invalid UTF-8 was replaced.
  package var nameIsExact = true
  package var owner: OID
  package var enabled: Bool
  /// nil where the column is NULL (19, with a foreign server) or could not be read.
  package var connectionInfo: String?
  /// nil where the column is NULL.
  package var slotName: String?
  /// Empty also where the list is not in the row itself; `publicationsAreKnown` is false then.
  package var publications: [String]
  package var publicationsAreKnown = true
  /// 15 and later: `d`, `p` or `e`.
  package var twoPhaseState: String?
  /// 17 and later.
  package var failover: Bool?

  package init(
    oid: OID, database: OID, name: String, nameIsExact: Bool = true, owner: OID, enabled: Bool,
    connectionInfo: String? = nil, slotName: String?, publications: [String], publicationsAreKnown: Bool = true,
    twoPhaseState: String? = nil, failover: Bool? = nil
  ) {
    (self.oid, self.database, self.name, self.nameIsExact) = (oid, database, name, nameIsExact)
    (self.owner, self.enabled, self.connectionInfo, self.slotName) = (owner, enabled, connectionInfo, slotName)
    (self.publications, self.publicationsAreKnown) = (publications, publicationsAreKnown)
    (self.twoPhaseState, self.failover) = (twoPhaseState, failover)
  }
}

/// A row of `pg_replication_origin`.
package struct ReplicationOriginRow: Sendable, Hashable, Codable {
  package var originID: UInt16
  package var name: String
}

/// A row of `pg_namespace`: a schema of one database.
package struct NamespaceRow: Sendable, Hashable, Codable {
  package var oid: OID
  package var name: String
}

/// The first columns of a row of `pg_class`: what the WAL's file numbers stand for in one database.
package struct RelationRow: Sendable, Hashable, Codable {
  package var oid: OID
  package var name: String
  package var namespace: OID
  /// `relfilenode`; 0 for a mapped relation, whose number is in the relation map.
  package var fileNumber: OID
  /// 0: the database's own.
  package var tablespace: OID
  package var isShared: Bool
  /// `p` permanent, `u` unlogged, `t` temporary.
  package var persistence: String
  /// `r` table, `i` index, `S` sequence, `t` TOAST table, `v` view, `m` materialized view, `p` partitioned table, …
  package var kind: String
}
