package import ByteReading

extension DatabaseRow: CatalogRow {
  /// The columns of `pg_database`.
  package static var layout: CatalogLayout { .database }
  /// `oid`.
  package var catalogKey: UInt64 { UInt64(oid.rawValue) }
  /// Reads a row. Throws ``FormatError`` where a column that is never NULL has no value.
  package init(_ tuple: CatalogTuple) throws(FormatError) {
    let name = CatalogText(try tuple.requiredBytes("datname"))
    self.init(
      oid: try tuple.requiredOID(), name: name.text, nameIsExact: name.isExact,
      tablespace: OID(try tuple.requiredNumber("dattablespace")),
      isTemplate: try tuple.requiredNumber("datistemplate") != 0,
      allowsConnections: try tuple.requiredNumber("datallowconn") != 0,
      connectionLimit: Int32(bitPattern: try tuple.requiredNumber("datconnlimit")))
  }
}

extension TablespaceRow: CatalogRow {
  /// The columns of `pg_tablespace`.
  package static var layout: CatalogLayout { .tablespace }
  /// `oid`.
  package var catalogKey: UInt64 { UInt64(oid.rawValue) }
  /// Reads a row. Throws ``FormatError`` where a column that is never NULL has no value.
  package init(_ tuple: CatalogTuple) throws(FormatError) {
    self.init(oid: try tuple.requiredOID(), name: CatalogText(try tuple.requiredBytes("spcname")).text)
  }
}

extension SubscriptionRow: CatalogRow {
  /// The columns of `pg_subscription`.
  package static var layout: CatalogLayout { .subscription }
  /// `oid`.
  package var catalogKey: UInt64 { UInt64(oid.rawValue) }
  /// Reads a row, without the password in `subconninfo`. Throws ``FormatError`` where a column that is never NULL has
  /// no value.
  package init(_ tuple: CatalogTuple) throws(FormatError) {
    let name = CatalogText(try tuple.requiredBytes("subname"))
    let publications = tuple.array("subpublications")
    self.init(
      oid: try tuple.requiredOID(), database: OID(try tuple.requiredNumber("subdbid")), name: name.text,
      nameIsExact: name.isExact, owner: OID(try tuple.requiredNumber("subowner")),
      enabled: try tuple.requiredNumber("subenabled") != 0,
      connectionInfo: tuple.bytes("subconninfo").map { SecretRedaction.redactingPassword(CatalogText($0).text) },
      slotName: tuple.bytes("subslotname").map { CatalogText($0).text },
      publications: (publications ?? []).map { CatalogText($0).text },
      publicationsAreKnown: publications != nil,
      twoPhaseState: tuple.number("subtwophasestate").map { String(catalogCharacter: $0) },
      failover: tuple.number("subfailover").map { $0 != 0 }, skipLSN: tuple.lsn("subskiplsn"))
  }
}

extension SubscribedTableRow: CatalogRow {
  /// The columns of `pg_subscription_rel`.
  package static var layout: CatalogLayout { .subscribedTable }
  /// `srsubid` and `srrelid`: the catalog has no oid.
  package var catalogKey: UInt64 { UInt64(subscription.rawValue) << 32 | UInt64(relation.rawValue) }
  /// Reads a row. Throws ``FormatError`` where a column that is never NULL has no value.
  package init(_ tuple: CatalogTuple) throws(FormatError) {
    self.init(
      subscription: OID(try tuple.requiredNumber("srsubid")), relation: OID(try tuple.requiredNumber("srrelid")),
      state: String(catalogCharacter: try tuple.requiredNumber("srsubstate")), lsn: tuple.lsn("srsublsn"))
  }
}

extension PublicationRow: CatalogRow {
  /// The columns of `pg_publication`.
  package static var layout: CatalogLayout { .publication }
  /// `oid`.
  package var catalogKey: UInt64 { UInt64(oid.rawValue) }
  /// Reads a row. Throws ``FormatError`` where a column that is never NULL has no value.
  package init(_ tuple: CatalogTuple) throws(FormatError) {
    self.init(
      oid: try tuple.requiredOID(), name: CatalogText(try tuple.requiredBytes("pubname")).text,
      insertedBy: tuple.insertedBy)
  }
}

extension ReplicationOriginRow: CatalogRow {
  /// The columns of `pg_replication_origin`.
  package static var layout: CatalogLayout { .replicationOrigin }
  /// `roident`.
  package var catalogKey: UInt64 { UInt64(originID) }
  /// Reads a row. Throws ``FormatError/Code/badValue`` for a `roident` beyond 16 bits, as wide as WAL and progress file
  /// have it.
  package init(_ tuple: CatalogTuple) throws(FormatError) {
    let number = try tuple.requiredNumber("roident")
    guard let originID = UInt16(exactly: number) else {
      throw FormatError(.badValue, at: 0, field: "roident", expected: "1 to 65535", found: "\(number)")
    }
    self.init(originID: originID, name: CatalogText(try tuple.requiredBytes("roname")).text)
  }
}

extension NamespaceRow: CatalogRow {
  /// The columns of `pg_namespace`.
  package static var layout: CatalogLayout { .namespace }
  /// `oid`.
  package var catalogKey: UInt64 { UInt64(oid.rawValue) }
  /// Reads a row. Throws ``FormatError`` where a column that is never NULL has no value.
  package init(_ tuple: CatalogTuple) throws(FormatError) {
    self.init(oid: try tuple.requiredOID(), name: CatalogText(try tuple.requiredBytes("nspname")).text)
  }
}

extension RelationRow: CatalogRow {
  /// The first columns of `pg_class`.
  package static var layout: CatalogLayout { .relation }
  /// `oid`.
  package var catalogKey: UInt64 { UInt64(oid.rawValue) }
  /// Reads a row. Throws ``FormatError`` where a column that is never NULL has no value.
  package init(_ tuple: CatalogTuple) throws(FormatError) {
    self.init(
      oid: try tuple.requiredOID(), name: CatalogText(try tuple.requiredBytes("relname")).text,
      namespace: OID(try tuple.requiredNumber("relnamespace")),
      fileNumber: OID(try tuple.requiredNumber("relfilenode")),
      tablespace: OID(try tuple.requiredNumber("reltablespace")),
      isShared: try tuple.requiredNumber("relisshared") != 0,
      persistence: String(catalogCharacter: try tuple.requiredNumber("relpersistence")),
      kind: String(catalogCharacter: try tuple.requiredNumber("relkind")))
  }
}

/// Text from a catalog. It is in the encoding of the database that was connected when it was written, which need not be
/// UTF-8.
private struct CatalogText {
  var text: String
  var isExact: Bool
  init(_ bytes: [UInt8]) {
    let exact = String(validating: bytes, as: UTF8.self)
    text = exact ?? String(decoding: bytes, as: UTF8.self)
    isExact = exact != nil
  }
}

extension String {
  /// A column of type `"char"`.
  fileprivate init(catalogCharacter code: UInt32) {
    self = String(decoding: [UInt8(truncatingIfNeeded: code)], as: UTF8.self)
  }
}
