package import ByteReading

extension ControlFile {
  /// Bytes: 64 KiB. The server writes 8 KiB (`PG_CONTROL_FILE_SIZE`).
  package static let fileSizeLimit = 65_536

  /// What `floatFormat` holds in a file of the same number format.
  static let floatFormatValue = 1_234_567.0

  /// `ControlFileData`.
  static let structure = CStructure(
    "ControlFileData",
    [
      .field("system_identifier", .u64),
      .field("pg_control_version", .u32),
      .field("catalog_version_no", .u32),
      .field("state", .u32),
      .field("time", .u64),
      .field("checkPoint", .u64),
      .field("prevCheckPoint", .u64, until: .v10),
      .field("checkPointCopy", .structure(Checkpoint.structure)),
      .field("unloggedLSN", .u64),
      .field("minRecoveryPoint", .u64),
      .field("minRecoveryPointTLI", .u32),
      .field("backupStartPoint", .u64),
      .field("backupEndPoint", .u64),
      .field("backupEndRequired", .bool),
      .field("wal_level", .u32),
      .field("wal_log_hints", .bool),
      .field("MaxConnections", .u32),
      .field("max_worker_processes", .u32),
      .field("max_wal_senders", .u32, since: .v12),
      .field("max_prepared_xacts", .u32),
      .field("max_locks_per_xact", .u32),
      .field("track_commit_timestamp", .bool),
      .field("maxAlign", .u32),
      .field("floatFormat", .u64),
      .field("blcksz", .u32),
      .field("relseg_size", .u32),
      .field("slru_pages_per_segment", .u32, since: .v19),
      .field("xlog_blcksz", .u32),
      .field("xlog_seg_size", .u32),
      .field("nameDataLen", .u32),
      .field("indexMaxKeys", .u32),
      .field("toast_max_chunk_size", .u32),
      .field("loblksize", .u32),
      .field("enableIntTimes", .bool, until: .v9_6),
      .field("float4ByVal", .bool, until: .v12),
      .field("float8ByVal", .bool),
      .field("data_checksum_version_init", .u32, since: .v19),
      .field("data_checksum_version", .u32),
      .field("default_char_signedness", .bool, since: .v18),
      .field("mock_authentication_nonce", .bytes(32), since: .v10),
      // Of all bytes before it.
      .field("crc", .u32),
    ])

  static let layouts = structure.layouts

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
    guard let crc = reader.offset(of: "crc"), let copy = reader.offset(of: "checkPointCopy") else {
      preconditionFailure("every version has a checkpoint and a checksum")
    }
    let stateNumber = try reader.u32("state")
    let (checksumError, databaseMode) = try checksum(bytes, layout, at: crc)
    return ControlFile(
      systemIdentifier: try reader.u64("system_identifier"),
      controlVersion: try reader.u32("pg_control_version"),
      catalogVersion: try reader.u32("catalog_version_no"),
      state: ClusterState(rawValue: stateNumber),
      stateNumber: stateNumber,
      time: Timestamp(unixSeconds: try reader.i64("time")),
      checkpointLSN: try reader.lsn("checkPoint"),
      priorCheckpointLSN: try reader.optionalLSN("prevCheckPoint"),
      checkpoint: try Checkpoint(parsing: bytes, at: copy, version: layoutVersion),
      unloggedLSN: try reader.lsn("unloggedLSN"),
      minRecoveryPoint: try reader.lsn("minRecoveryPoint"),
      minRecoveryPointTimeline: TimelineID(try reader.u32("minRecoveryPointTLI")),
      backupStartPoint: try reader.lsn("backupStartPoint"),
      backupEndPoint: try reader.lsn("backupEndPoint"),
      backupEndRequired: try reader.bool("backupEndRequired"),
      walLevel: try reader.i32("wal_level"),
      walLogHints: try reader.bool("wal_log_hints"),
      maxConnections: try reader.i32("MaxConnections"),
      maxWorkerProcesses: try reader.i32("max_worker_processes"),
      maxWALSenders: try reader.optionalI32("max_wal_senders"),
      maxPreparedTransactions: try reader.i32("max_prepared_xacts"),
      maxLocksPerTransaction: try reader.i32("max_locks_per_xact"),
      trackCommitTimestamp: try reader.bool("track_commit_timestamp"),
      maxAlign: try reader.u32("maxAlign"),
      floatFormatMatches: try reader.u64("floatFormat") == floatFormatValue.bitPattern,
      blockSize: try reader.u32("blcksz"),
      relationSegmentBlocks: try reader.u32("relseg_size"),
      slruPagesPerSegment: try reader.optionalU32("slru_pages_per_segment"),
      walBlockSize: try reader.u32("xlog_blcksz"),
      walSegmentSize: try reader.u32("xlog_seg_size"),
      nameDataLength: try reader.u32("nameDataLen"),
      indexMaxKeys: try reader.u32("indexMaxKeys"),
      toastMaxChunkSize: try reader.u32("toast_max_chunk_size"),
      largeObjectBlockSize: try reader.u32("loblksize"),
      integerTimestamps: try reader.optionalBool("enableIntTimes"),
      float4ByValue: try reader.optionalBool("float4ByVal"),
      float8ByValue: try reader.bool("float8ByVal"),
      dataChecksumVersion: try reader.u32("data_checksum_version"),
      dataChecksumVersionAtInit: try reader.optionalU32("data_checksum_version_init"),
      defaultCharSigned: try reader.optionalBool("default_char_signedness"),
      mockAuthenticationNonce: try reader.optionalBytes("mock_authentication_nonce").map(hexText),
      checksumError: checksumError,
      layout: layoutVersion,
      databaseMode: databaseMode)
  }

  /// What is wrong with the checksum, and what IvorySQL has before it: from its release on PostgreSQL 16 on, two bytes
  /// (`dbmode`, `casemode`) stand behind the nonce. To 17 they push the checksum four bytes further; from 18 on they lie in
  /// the padding that PostgreSQL leaves zero.
  private static func checksum(
    _ bytes: RawSpan, _ layout: CLayout, at crc: Int
  ) throws(FormatError) -> (error: FormatError?, databaseMode: UInt8?) {
    let error = try bytes.checksumError(at: crc, over: 0..<crc, field: "crc")
    guard layout.version >= ivorySQLBegins, let nonce = layout.place(of: "mock_authentication_nonce") else {
      return (error, nil)
    }
    let behind = nonce.offset + nonce.size
    let mode = try bytes.u8(at: behind, field: "dbmode")
    if behind < crc { return (error, mode == 0 ? nil : mode) }
    guard error != nil, try bytes.checksumError(at: crc + 4, over: 0..<crc + 4, field: "crc") == nil else {
      return (error, nil)
    }
    return (nil, mode)
  }

  /// The major of IvorySQL's first release whose control file differs.
  private static let ivorySQLBegins = ServerVersion.v16
}
