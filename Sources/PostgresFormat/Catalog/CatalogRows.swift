/// Rows of the shared catalogs that slotscope reads from heap files without a server.

/// A row of `pg_database`.
package struct DatabaseRow: Sendable, Hashable {
  /// `oid`: what slots, commits and relation locators name a database by; also its folder in `base`.
  package var oid: OID
  /// Invalid UTF-8 is replaced; `nameIsExact` is false then, and the name must not be used in SQL.
  package var name: String
  /// Whether `datname` was valid UTF-8: a shared catalog does not say in which encoding a name is.
  package var nameIsExact: Bool
  /// `dattablespace`: where relations are whose `reltablespace` is 0; 1663 is pg_default.
  package var tablespace: OID
  /// `datistemplate`: CREATE DATABASE may copy it without being its owner.
  package var isTemplate: Bool
  /// `datallowconn`; false for template0.
  package var allowsConnections: Bool
  /// -2: left half-dropped by an interrupted DROP DATABASE.
  package var connectionLimit: Int32

  /// A row whose values are known already. Unless told otherwise: in pg_default, no template, open, without a limit.
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
package struct TablespaceRow: Sendable, Hashable {
  /// `oid`: 1663 pg_default, 1664 pg_global, others the name of a link in `pg_tblspc`.
  package var oid: OID
  /// `spcname`; invalid UTF-8 is replaced.
  package var name: String
  /// A row that is known already.
  package init(oid: OID, name: String) { (self.oid, self.name) = (oid, name) }
}

/// A row of `pg_subscription` (10 and later). The connection string has its password removed.
package struct SubscriptionRow: Sendable, Hashable {
  /// `oid`: the worker's origin is called `pg_` and this number.
  package var oid: OID
  /// `subdbid`: the database that the changes are applied to.
  package var database: OID
  /// `subname`: also the name of the slot at the publisher, unless slot_name says otherwise. Invalid UTF-8 is replaced.
  package var name: String
  /// As for a database: false where invalid UTF-8 was replaced.
  package var nameIsExact = true
  /// `subowner`: the role that owns the subscription.
  package var owner: OID
  /// `subenabled`: whether a worker shall run for it.
  package var enabled: Bool
  /// nil where the column is NULL (19, with a foreign server) or could not be read.
  package var connectionInfo: String?
  /// nil where the column is NULL.
  package var slotName: String?
  /// Empty also where the list is not in the row itself; `publicationsAreKnown` is false then.
  package var publications: [String]
  /// Whether `publications` is all of `subpublications`; false where the list is out of line in a TOAST table.
  package var publicationsAreKnown = true
  /// 15 and later: `d`, `p` or `e`.
  package var twoPhaseState: String?
  /// 17 and later.
  package var failover: Bool?
  /// `subskiplsn` (15 and later): the end of the publisher's transaction that is to be left out; 0/0: none.
  package var skipLSN: LSN?

  /// A row whose values are known already.
  package init(
    oid: OID, database: OID, name: String, nameIsExact: Bool = true, owner: OID, enabled: Bool,
    connectionInfo: String? = nil, slotName: String?, publications: [String], publicationsAreKnown: Bool = true,
    twoPhaseState: String? = nil, failover: Bool? = nil, skipLSN: LSN? = nil
  ) {
    (self.oid, self.database, self.name, self.nameIsExact) = (oid, database, name, nameIsExact)
    (self.owner, self.enabled, self.connectionInfo, self.slotName) = (owner, enabled, connectionInfo, slotName)
    (self.publications, self.publicationsAreKnown) = (publications, publicationsAreKnown)
    (self.twoPhaseState, self.failover, self.skipLSN) = (twoPhaseState, failover, skipLSN)
  }
}

/// A row of `pg_subscription_rel` (10 and later): how far the first copy of a subscription's table is.
package struct SubscribedTableRow: Sendable, Hashable {
  /// `srsubid`.
  package var subscription: OID
  /// `srrelid`: the table at the subscriber.
  package var relation: OID
  /// `srsubstate`: `i` to be copied, `d` being copied, `f` copied (14 and later), `s` synchronized up to `lsn`, `r` ready.
  package var state: String
  /// `srsublsn`: the publisher's position for the states `s` and `r`; nil where the column is NULL.
  package var lsn: LSN?

  /// A row whose values are known already.
  package init(subscription: OID, relation: OID, state: String, lsn: LSN? = nil) {
    (self.subscription, self.relation, self.state, self.lsn) = (subscription, relation, state, lsn)
  }
}

/// A row of `pg_replication_origin`.
package struct ReplicationOriginRow: Sendable, Hashable {
  /// `roident`: 1 to 65535; the origin's number in WAL and in `pg_logical/replorigin_checkpoint`.
  package var originID: UInt16
  /// `roname`: that of a subscription is `pg_OID`, while tables are copied first `pg_OID_RELATION`.
  package var name: String
}

/// A row of `pg_namespace`: a schema of one database.
package struct NamespaceRow: Sendable, Hashable {
  /// `oid`: what `relnamespace` of pg_class refers to.
  package var oid: OID
  /// `nspname`; invalid UTF-8 is replaced.
  package var name: String
}

/// The first columns of a row of `pg_class`: what the WAL's file numbers stand for in one database.
package struct RelationRow: Sendable, Hashable {
  /// `oid`: it stays when a rewrite gives the relation another file number.
  package var oid: OID
  /// `relname`, without the schema; invalid UTF-8 is replaced.
  package var name: String
  /// `relnamespace`: the oid of the schema.
  package var namespace: OID
  /// `relfilenode`; 0 for a mapped relation, whose number is in the relation map.
  package var fileNumber: OID
  /// 0: the database's own.
  package var tablespace: OID
  /// `relisshared`: one for all databases; its files are in `global`.
  package var isShared: Bool
  /// `p` permanent, `u` unlogged, `t` temporary.
  package var persistence: String
  /// `r` table, `i` index, `S` sequence, `t` TOAST table, `v` view, `m` materialized view, `p` partitioned table, …
  package var kind: String
}

/// A row of `pg_publication`.
package struct PublicationRow: Sendable, Hashable {
  /// `oid`.
  package var oid: OID
  /// `pubname`, by which consumers ask for it.
  package var name: String
  /// The transaction that made it; nil where that is long ago, or the row was changed since.
  package var insertedBy: TransactionID?
  /// A row whose values are known already.
  package init(oid: OID, name: String, insertedBy: TransactionID?) {
    (self.oid, self.name, self.insertedBy) = (oid, name, insertedBy)
  }
}
