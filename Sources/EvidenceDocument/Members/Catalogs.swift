import Evidence
import PostgresFormat

// Rows of catalogs, and what lies in `pg_twophase` and `pg_logical`.

extension DatabaseRow: DocumentObject {
  static var blank: Self { DatabaseRow(oid: .none, name: "") }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("oid", &oid)
    try members.required("name", &name)
    try members.required("name_is_exact", &nameIsExact)
    try members.required("tablespace", &tablespace)
    try members.required("is_template", &isTemplate)
    try members.required("allows_connections", &allowsConnections)
    try members.required("connection_limit", &connectionLimit)
  }
}

extension TablespaceRow: DocumentObject {
  static var blank: Self { TablespaceRow(oid: .none, name: "") }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("oid", &oid)
    try members.required("name", &name)
  }
}

extension SubscriptionRow: DocumentObject {
  static var blank: Self {
    SubscriptionRow(
      oid: .none, database: .none, name: "", owner: .none, enabled: false, slotName: nil, publications: [])
  }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("oid", &oid)
    try members.required("database", &database)
    try members.required("name", &name)
    try members.required("name_is_exact", &nameIsExact)
    try members.required("owner", &owner)
    try members.required("enabled", &enabled)
    try members.optional("connection_info", &connectionInfo)
    try members.optional("slot_name", &slotName)
    try members.required("publications", &publications)
    try members.required("publications_are_known", &publicationsAreKnown)
    try members.optional("two_phase_state", &twoPhaseState)
    try members.optional("failover", &failover)
    try members.optional("skip_lsn", &skipLSN)
  }
}

extension SubscribedTables: DocumentObject {
  static var blank: Self { SubscribedTables(database: .none, tables: []) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("database", &database)
    try members.required("tables", &tables)
  }
}

extension SubscribedTables.Table: DocumentObject {
  static var blank: Self { SubscribedTables.Table(row: .blank, schemaName: nil, tableName: nil) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("row", &row)
    try members.optional("schema_name", &schemaName)
    try members.optional("table_name", &tableName)
  }
}

extension SubscribedTableRow: DocumentObject {
  static var blank: Self { SubscribedTableRow(subscription: .none, relation: .none, state: "") }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("subscription", &subscription)
    try members.required("relation", &relation)
    try members.required("state", &state)
    try members.optional("lsn", &lsn)
  }
}

extension OriginEvidence: DocumentObject {
  static var blank: Self { OriginEvidence(originID: 0, name: nil, remoteLSN: nil) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("origin_id", &originID)
    try members.optional("name", &name)
    try members.optional("remote_lsn", &remoteLSN)
  }
}

extension PreparedTransaction: DocumentObject {
  static var blank: Self {
    PreparedTransaction(
      xid: .none, database: .none, preparedAt: .blank, owner: .none, gid: "")
  }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("xid", &xid)
    try members.required("database", &database)
    try members.required("prepared_at", &preparedAt)
    try members.required("owner", &owner)
    try members.required("gid", &gid)
    try members.optional("subtransaction_count", &subtransactionCount)
    try members.optional("origin_lsn", &originLSN)
  }
}

extension SnapshotEvidence: DocumentObject {
  static var blank: Self { SnapshotEvidence(lsn: .none, snapshot: .blank) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("lsn", &lsn)
    try members.required("snapshot", &snapshot)
  }
}

extension SnapshotFile: DocumentObject {
  static var blank: Self { SnapshotFile() }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("file_version", &fileVersion)
    try members.required("state", &state)
    try members.required("xmin", &xmin)
    try members.required("xmax", &xmax)
    try members.required("start_decoding_at", &startDecodingAt)
    try members.required("last_serialized_snapshot", &lastSerializedSnapshot)
    try members.required("committed_count", &committedCount)
    try members.optional("catalog_change_count", &catalogChangeCount)
  }
}
