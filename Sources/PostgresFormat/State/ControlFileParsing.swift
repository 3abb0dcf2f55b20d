package import ByteReading

extension ControlFile {
  /// Bytes: 64 KiB. The server writes 8 KiB (`PG_CONTROL_FILE_SIZE`).
  package static let fileSizeLimit = 65_536

  /// What `floatFormat` holds in a file of the same number format.
  static let floatFormatValue = 1_234_567.0

  /// The members of `ControlFileData` that are read.
  package enum Fields {
    /// Made with the cluster; its copies have it too.
    package static let systemIdentifier = Field<UInt64>("system_identifier")
    static let controlVersion = Field<UInt32>("pg_control_version")
    /// CATALOG_VERSION_NO of the server that wrote the catalogs.
    package static let catalogVersion = Field<UInt32>("catalog_version_no")
    /// A number of ``ClusterState``.
    package static let state = Field<UInt32>("state")
    static let time = Field<Int64>("time")
    static let checkpointLSN = Field<LSN>("checkPoint")
    static let priorCheckpointLSN = VersionedField<LSN>("prevCheckPoint", until: .v10)
    static let checkpoint = Field<Checkpoint>("checkPointCopy", .structure(Checkpoint.structure))
    static let unloggedLSN = Field<LSN>("unloggedLSN")
    static let minRecoveryPoint = Field<LSN>("minRecoveryPoint")
    static let minRecoveryPointTimeline = Field<TimelineID>("minRecoveryPointTLI")
    static let backupStartPoint = Field<LSN>("backupStartPoint")
    static let backupEndPoint = Field<LSN>("backupEndPoint")
    static let backupEndRequired = Field<Bool>("backupEndRequired")
    static let walLevel = Field<Int32>("wal_level")
    static let walLogHints = Field<Bool>("wal_log_hints")
    static let maxConnections = Field<Int32>("MaxConnections")
    static let maxWorkerProcesses = Field<Int32>("max_worker_processes")
    static let maxWALSenders = VersionedField<Int32>("max_wal_senders", since: .v12)
    static let maxPreparedTransactions = Field<Int32>("max_prepared_xacts")
    static let maxLocksPerTransaction = Field<Int32>("max_locks_per_xact")
    static let trackCommitTimestamp = Field<Bool>("track_commit_timestamp")
    static let maxAlign = Field<UInt32>("maxAlign")
    static let floatFormat = Field<UInt64>("floatFormat")
    static let blockSize = Field<UInt32>("blcksz")
    static let relationSegmentBlocks = Field<UInt32>("relseg_size")
    static let slruPagesPerSegment = VersionedField<UInt32>("slru_pages_per_segment", since: .v19)
    static let walBlockSize = Field<UInt32>("xlog_blcksz")
    static let walSegmentSize = Field<UInt32>("xlog_seg_size")
    static let nameDataLength = Field<UInt32>("nameDataLen")
    static let indexMaxKeys = Field<UInt32>("indexMaxKeys")
    static let toastMaxChunkSize = Field<UInt32>("toast_max_chunk_size")
    static let largeObjectBlockSize = Field<UInt32>("loblksize")
    static let integerTimestamps = VersionedField<Bool>("enableIntTimes", until: .v9_6)
    static let float4ByValue = VersionedField<Bool>("float4ByVal", until: .v12)
    static let float8ByValue = Field<Bool>("float8ByVal")
    static let dataChecksumVersionAtInit = VersionedField<UInt32>("data_checksum_version_init", since: .v19)
    static let dataChecksumVersion = Field<UInt32>("data_checksum_version")
    static let defaultCharSigned = VersionedField<Bool>("default_char_signedness", since: .v18)
    static let mockAuthenticationNonce = VersionedField<[UInt8]>("mock_authentication_nonce", .bytes(32), since: .v10)
    // Of all bytes before it.
    static let crc = Field<UInt32>("crc")
  }

  /// `ControlFileData`.
  static let structure = CStructure(
    "ControlFileData",
    [
      Fields.systemIdentifier, Fields.controlVersion, Fields.catalogVersion,
      Fields.state, Fields.time, Fields.checkpointLSN, Fields.priorCheckpointLSN,
      Fields.checkpoint, Fields.unloggedLSN, Fields.minRecoveryPoint,
      Fields.minRecoveryPointTimeline, Fields.backupStartPoint, Fields.backupEndPoint,
      Fields.backupEndRequired, Fields.walLevel, Fields.walLogHints,
      Fields.maxConnections, Fields.maxWorkerProcesses, Fields.maxWALSenders,
      Fields.maxPreparedTransactions, Fields.maxLocksPerTransaction, Fields.trackCommitTimestamp,
      Fields.maxAlign, Fields.floatFormat, Fields.blockSize, Fields.relationSegmentBlocks,
      Fields.slruPagesPerSegment, Fields.walBlockSize, Fields.walSegmentSize,
      Fields.nameDataLength, Fields.indexMaxKeys, Fields.toastMaxChunkSize,
      Fields.largeObjectBlockSize, Fields.integerTimestamps, Fields.float4ByValue,
      Fields.float8ByValue, Fields.dataChecksumVersionAtInit, Fields.dataChecksumVersion,
      Fields.defaultCharSigned, Fields.mockAuthenticationNonce, Fields.crc,
    ])

  static let layouts = structure.layouts

  /// The byte of the control file at which the field begins.
  package static func offset<Value>(of field: Field<Value>, in version: ServerVersion) -> Int? {
    layouts[version]?.place(of: field).offset
  }

  /// Reads `global/pg_control`.
  ///
  /// The layout follows from the control version; `version` (of PG_VERSION) only chooses among majors that share one.
  /// A number of no supported release is ``FormatError/Code/unsupportedVersion``, with the version's name where it is 9.4
  /// or 9.5; a number that makes sense with its bytes swapped is ``FormatError/Code/wrongByteOrder``. A wrong checksum does
  /// not throw: the fields are read, and `checksumError` says what stands there.
  package init(parsing bytes: RawSpan, version: ServerVersion? = nil) throws(FormatError) {
    let controlVersion = try bytes.u32(at: 8, field: "pg_control_version")
    let catalogVersion = try bytes.u32(at: 12, field: "catalog_version_no")
    let candidates = Self.versions(controlVersion: controlVersion)
    let byCatalog = candidates.first { Self.catalogVersion(of: $0) == catalogVersion }
    guard let chosen = candidates.first(where: { $0 == version }) ?? byCatalog ?? candidates.first,
      let layout = Self.layouts[chosen]
    else {
      throw Self.unsupported(controlVersion, catalogVersion, in: bytes)
    }
    try bytes.require(layout.size, at: 0, field: "ControlFileData")
    self = try Self.decode(bytes, layout: layout, layoutVersion: chosen)
  }

  private static func unsupported(
    _ controlVersion: UInt32, _ catalogVersion: UInt32, in bytes: RawSpan
  ) -> FormatError {
    // The server's own test for a file of the other byte order.
    if controlVersion % 65_536 == 0 && controlVersion != 0 {
      return FormatError(
        .wrongByteOrder, at: 8, field: "pg_control_version", expected: "little-endian",
        found: "\(controlVersion.byteSwapped) in big-endian order")
    }
    let found: String
    switch (controlVersion, catalogVersion) {
    case (controlVersionOf9_4And9_5, catalogVersionOf9_4): found = "942 (PostgreSQL 9.4)"
    case (controlVersionOf9_4And9_5, catalogVersionOf9_5): found = "942 (PostgreSQL 9.5)"
    case (controlVersionOf9_4And9_5, _): found = "942 (PostgreSQL 9.4 or 9.5)"
    default: found = String(controlVersion)
    }
    let known = ServerVersion.allCases.map(controlVersion(of:))
    return FormatError(
      .unsupportedVersion, at: 8, field: "pg_control_version",
      expected: Set(known).sorted().map(String.init).joined(separator: ", "), found: found)
  }

  private static func decode(
    _ bytes: RawSpan, layout: CLayout, layoutVersion: ServerVersion
  ) throws(FormatError) -> ControlFile {
    let reader = StructureReader(bytes, at: 0, layout: layout)
    let crc = reader.offset(of: Fields.crc)
    let stateNumber = try reader[Fields.state]
    let (checksumError, databaseMode) = try checksum(bytes, layout, at: crc)
    return ControlFile(
      systemIdentifier: try reader[Fields.systemIdentifier],
      controlVersion: try reader[Fields.controlVersion],
      catalogVersion: try reader[Fields.catalogVersion],
      state: ClusterState(rawValue: stateNumber),
      stateNumber: stateNumber,
      time: Timestamp(unixSeconds: try reader[Fields.time]),
      checkpointLSN: try reader[Fields.checkpointLSN],
      priorCheckpointLSN: try reader[Fields.priorCheckpointLSN],
      checkpoint: try Checkpoint(parsing: bytes, at: reader.offset(of: Fields.checkpoint), version: layoutVersion),
      unloggedLSN: try reader[Fields.unloggedLSN],
      minRecoveryPoint: try reader[Fields.minRecoveryPoint],
      minRecoveryPointTimeline: try reader[Fields.minRecoveryPointTimeline],
      backupStartPoint: try reader[Fields.backupStartPoint],
      backupEndPoint: try reader[Fields.backupEndPoint],
      backupEndRequired: try reader[Fields.backupEndRequired],
      walLevel: try reader[Fields.walLevel],
      walLogHints: try reader[Fields.walLogHints],
      maxConnections: try reader[Fields.maxConnections],
      maxWorkerProcesses: try reader[Fields.maxWorkerProcesses],
      maxWALSenders: try reader[Fields.maxWALSenders],
      maxPreparedTransactions: try reader[Fields.maxPreparedTransactions],
      maxLocksPerTransaction: try reader[Fields.maxLocksPerTransaction],
      trackCommitTimestamp: try reader[Fields.trackCommitTimestamp],
      maxAlign: try reader[Fields.maxAlign],
      floatFormatMatches: try reader[Fields.floatFormat] == floatFormatValue.bitPattern,
      blockSize: try reader[Fields.blockSize],
      relationSegmentBlocks: try reader[Fields.relationSegmentBlocks],
      slruPagesPerSegment: try reader[Fields.slruPagesPerSegment],
      walBlockSize: try reader[Fields.walBlockSize],
      walSegmentSize: try reader[Fields.walSegmentSize],
      nameDataLength: try reader[Fields.nameDataLength],
      indexMaxKeys: try reader[Fields.indexMaxKeys],
      toastMaxChunkSize: try reader[Fields.toastMaxChunkSize],
      largeObjectBlockSize: try reader[Fields.largeObjectBlockSize],
      integerTimestamps: try reader[Fields.integerTimestamps],
      float4ByValue: try reader[Fields.float4ByValue],
      float8ByValue: try reader[Fields.float8ByValue],
      dataChecksumVersion: try reader[Fields.dataChecksumVersion],
      dataChecksumVersionAtInit: try reader[Fields.dataChecksumVersionAtInit],
      defaultCharSigned: try reader[Fields.defaultCharSigned],
      mockAuthenticationNonce: try reader[Fields.mockAuthenticationNonce].map(hexText),
      checksumError: checksumError,
      layout: layoutVersion,
      databaseMode: databaseMode)
  }

  /// What is wrong with the checksum, and what IvorySQL has before it: from its release on PostgreSQL 16 on, two bytes
  /// (`dbmode`, `casemode`) stand after the nonce. To 17 they push the checksum four bytes further; from 18 on they lie in
  /// the padding that PostgreSQL leaves zero.
  private static func checksum(
    _ bytes: RawSpan, _ layout: CLayout, at crc: Int
  ) throws(FormatError) -> (error: FormatError?, databaseMode: UInt8?) {
    let error = try bytes.checksumError(at: crc, over: 0..<crc, field: "crc")
    guard layout.version >= ivorySQLBegins, let nonce = layout.place(of: Fields.mockAuthenticationNonce) else {
      return (error, nil)
    }
    let after = nonce.offset + nonce.size
    let mode = try bytes.u8(at: after, field: "dbmode")
    if after < crc { return (error, mode == 0 ? nil : mode) }
    guard error != nil, try bytes.checksumError(at: crc + 4, over: 0..<crc + 4, field: "crc") == nil else {
      return (error, nil)
    }
    return (nil, mode)
  }

  /// The major of IvorySQL's first release whose control file differs.
  private static let ivorySQLBegins = ServerVersion.v16
}
