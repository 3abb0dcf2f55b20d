package import ByteReading

extension SlotState {
  /// The first four bytes of every state file (`SLOT_MAGIC`).
  package static let magic: UInt32 = 0x0105_1CA1
  /// Bytes in front of the slot's data: magic, checksum, version, length.
  package static let headerLength = 16
  /// No version writes a larger file. Bytes after the structure are ignored, as the server does.
  package static let fileSizeLimit = 65_536

  /// The members of `ReplicationSlotPersistentData`.
  package enum Fields {
    /// By which the server goes, not by the name of the folder.
    package static let name = Field<String>("name", .bytes(64))
    /// 0: physical.
    package static let database = Field<OID>("database")
    /// A number of ``Persistency``.
    package static let persistency = Field<UInt32>("persistency")
    static let xmin = Field<TransactionID>("xmin")
    /// The oldest transaction whose catalog rows are needed.
    package static let catalogXmin = Field<TransactionID>("catalog_xmin")
    /// The oldest byte of WAL that may be needed.
    package static let restartLSN = Field<LSN>("restart_lsn")
    /// The restart_lsn that the slot had when its WAL was removed.
    package static let invalidatedAt = VersionedField<LSN>("invalidated_at", since: .v13, until: .v15)
    /// The cause, numbered by `causes(in:)`.
    package static let invalidated = VersionedField<UInt32>("invalidated", since: .v16)
    /// What the consumer has confirmed.
    package static let confirmedFlush = Field<LSN>("confirmed_flush")
    // 14 calls it initial_consistent_point.
    static let twoPhaseAt = VersionedField<LSN>("two_phase_at", since: .v14)
    static let twoPhase = VersionedField<Bool>("two_phase", since: .v14)
    static let plugin = Field<String>("plugin", .bytes(64))
    static let synced = VersionedField<Bool>("synced", since: .v17)
    static let failover = VersionedField<Bool>("failover", since: .v17)
  }

  /// `ReplicationSlotPersistentData`, which follows the header.
  static let structure = CStructure(
    "ReplicationSlotPersistentData",
    [
      Fields.name, Fields.database, Fields.persistency, Fields.xmin,
      Fields.catalogXmin, Fields.restartLSN, Fields.invalidatedAt,
      Fields.invalidated, Fields.confirmedFlush, Fields.twoPhaseAt, Fields.twoPhase,
      Fields.plugin, Fields.synced, Fields.failover,
    ])

  static let layouts = structure.layouts

  /// The byte of a state file at which the field begins.
  package static func offset<Value>(of field: Field<Value>, in version: ServerVersion) -> Int? {
    layouts[version].map { headerLength + $0.place(of: field).offset }
  }

  /// The byte of a state file at which the field begins, nil where the version lacks it.
  package static func offset<Value>(of field: VersionedField<Value>, in version: ServerVersion) -> Int? {
    layouts[version]?.place(of: field).map { headerLength + $0.offset }
  }

  /// The number in the header that a major writes (`SLOT_VERSION`).
  static func fileVersion(of version: ServerVersion) -> UInt32 {
    switch version {
    case .v9_6, .v10, .v11, .v12, .v13, .v14, .v15: 2
    case .v16: 3
    case .v17, .v18, .v19: 5
    }
  }

  /// The numbers that the causes have on disk (`ReplicationSlotInvalidationCause`); before 16 there are none.
  static func causes(in version: ServerVersion) -> [UInt32: Invalidation] {
    switch version {
    case .v9_6, .v10, .v11, .v12, .v13, .v14, .v15: [:]
    case .v16, .v17: [1: .walRemoved, 2: .rowsRemoved, 3: .walLevelInsufficient]
    case .v18, .v19: [1: .walRemoved, 2: .rowsRemoved, 4: .walLevelInsufficient, 8: .idleTimeout]
    }
  }

  /// Reads a `state` file.
  ///
  /// `version` is the major of the directory, and only that major's layout is accepted then, as by its server. Without
  /// it every known layout is, and `writtenBy` says which majors the file can be from.
  ///
  /// Checked in the server's order (`RestoreSlotFromDisk`): header present (field `header`), magic, version, length, data
  /// present (field `slotdata`), checksum; then the values that an enumeration limits. A file of 9.4 is recognized by
  /// its checksum and refused with ``FormatError/Code/unsupportedVersion``.
  package init(parsing bytes: RawSpan, version: ServerVersion? = nil) throws(FormatError) {
    try bytes.require(Self.headerLength, at: 0, field: "header")
    try bytes.checkMagic(Self.magic)
    let fileVersion = try bytes.u32(at: 8, field: "version")
    let fileLength = try bytes.u32(at: 12, field: "length")
    let versions = try Self.versions(fileVersion: fileVersion, fileLength: fileLength, among: version)
    let end = Self.headerLength + Int(fileLength)
    try bytes.require(Int(fileLength), at: Self.headerLength, field: "slotdata")
    try bytes.verifyStateChecksum(over: 8..<end)
    self = try Self.decode(bytes, versions: versions, fileVersion: fileVersion, fileLength: fileLength)
  }

  /// The majors whose server accepts this pair of numbers, oldest first.
  private static func versions(
    fileVersion: UInt32, fileLength: UInt32, among only: ServerVersion?
  ) throws(FormatError) -> [ServerVersion] {
    let candidates = only.map { [$0] } ?? ServerVersion.allCases
    func list(_ values: [UInt32]) -> String {
      var seen: [UInt32] = []
      for value in values where !seen.contains(value) { seen.append(value) }
      return seen.map(String.init).joined(separator: " or ")
    }
    let ofVersion = candidates.filter { Self.fileVersion(of: $0) == fileVersion }
    guard !ofVersion.isEmpty else {
      throw FormatError(
        .unsupportedVersion, at: 8, field: "version", expected: list(candidates.map(Self.fileVersion(of:))),
        found: String(fileVersion))
    }
    func length(_ version: ServerVersion) -> UInt32 { UInt32(layouts[version]?.size ?? 0) }
    let ofLength = ofVersion.filter { length($0) == fileLength }
    guard !ofLength.isEmpty else {
      throw FormatError(
        .badLength, at: 12, field: "length", expected: list(ofVersion.map(length)), found: String(fileLength))
    }
    return ofLength
  }

  private static func decode(
    _ bytes: RawSpan, versions: [ServerVersion], fileVersion: UInt32, fileLength: UInt32
  ) throws(FormatError) -> SlotState {
    guard let layout = versions.first.flatMap({ layouts[$0] }) else {
      preconditionFailure("a slot file is decoded for at least one version")
    }
    let reader = StructureReader(bytes, at: headerLength, layout: layout)
    let persistencyNumber = try reader[Fields.persistency]
    guard let persistency = Persistency(rawValue: persistencyNumber) else {
      throw FormatError(
        .badValue, at: reader.offset(of: Fields.persistency), field: "persistency", expected: "0, 1 or 2",
        found: String(persistencyNumber))
    }
    let restartLSN = try reader[Fields.restartLSN]
    let invalidatedAt = try reader[Fields.invalidatedAt]
    let cause = try reader[Fields.invalidated]
    let (invalidation, writtenBy) = try meaning(
      ofCause: cause, restartLSN: restartLSN, invalidatedAt: invalidatedAt, versions: versions,
      offset: reader.offset(of: Fields.invalidated) ?? 0)
    return SlotState(
      name: try reader[Fields.name],
      database: try reader[Fields.database],
      persistency: persistency,
      xmin: try reader[Fields.xmin],
      catalogXmin: try reader[Fields.catalogXmin],
      restartLSN: restartLSN,
      invalidatedAt: invalidatedAt,
      invalidation: invalidation,
      confirmedFlush: try reader[Fields.confirmedFlush],
      twoPhaseAt: try reader[Fields.twoPhaseAt],
      twoPhase: try reader[Fields.twoPhase],
      plugin: try reader[Fields.plugin],
      synced: try reader[Fields.synced],
      failover: try reader[Fields.failover],
      fileVersion: fileVersion,
      fileLength: fileLength,
      writtenBy: writtenBy)
  }

  /// Why the slot is invalid, and which of the versions can have written that.
  ///
  /// From 16 the file holds a cause. 13 to 15 clear `restart_lsn` and note where it stood; a slot with both set was used
  /// again (a standby that reconnected) and is valid.
  private static func meaning(
    ofCause cause: UInt32?, restartLSN: LSN, invalidatedAt: LSN?, versions: [ServerVersion], offset: Int
  ) throws(FormatError) -> (Invalidation?, [ServerVersion]) {
    guard let cause else {
      return (!restartLSN.isValid && invalidatedAt?.isValid == true ? .walRemoved : nil, versions)
    }
    if cause == 0 { return (nil, versions) }
    let writers = versions.filter { causes(in: $0)[cause] != nil }
    guard let first = writers.first else {
      let known = Set(versions.flatMap { causes(in: $0).keys }).union([0]).sorted()
      throw FormatError(
        .badValue, at: offset, field: "invalidated", expected: known.map(String.init).joined(separator: ", "),
        found: String(cause))
    }
    return (causes(in: first)[cause], writers)
  }
}
