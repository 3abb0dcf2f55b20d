package import ByteReading

extension DatabaseRow: CatalogRow {
  package static var layout: CatalogLayout { .database }
  package var catalogKey: UInt32 { oid.rawValue }
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
  package static var layout: CatalogLayout { .tablespace }
  package var catalogKey: UInt32 { oid.rawValue }
  package init(_ tuple: CatalogTuple) throws(FormatError) {
    self.init(oid: try tuple.requiredOID(), name: CatalogText(try tuple.requiredBytes("spcname")).text)
  }
}

extension SubscriptionRow: CatalogRow {
  package static var layout: CatalogLayout { .subscription }
  package var catalogKey: UInt32 { oid.rawValue }
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
      failover: tuple.number("subfailover").map { $0 != 0 })
  }
}

extension ReplicationOriginRow: CatalogRow {
  package static var layout: CatalogLayout { .replicationOrigin }
  package var catalogKey: UInt32 { UInt32(originID) }
  package init(_ tuple: CatalogTuple) throws(FormatError) {
    let number = try tuple.requiredNumber("roident")
    guard let originID = UInt16(exactly: number) else {
      throw FormatError(.badValue, at: 0, field: "roident", expected: "1 to 65535", found: "\(number)")
    }
    self.init(originID: originID, name: CatalogText(try tuple.requiredBytes("roname")).text)
  }
}

extension NamespaceRow: CatalogRow {
  package static var layout: CatalogLayout { .namespace }
  package var catalogKey: UInt32 { oid.rawValue }
  package init(_ tuple: CatalogTuple) throws(FormatError) {
    self.init(oid: try tuple.requiredOID(), name: CatalogText(try tuple.requiredBytes("nspname")).text)
  }
}

extension RelationRow: CatalogRow {
  package static var layout: CatalogLayout { .relation }
  package var catalogKey: UInt32 { oid.rawValue }
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
