package import ByteReading

extension SnapshotFile {
  /// `SNAPBUILD_MAGIC`.
  package static let magic: UInt32 = 0x51A1_E001
  /// Bytes in front of the builder: magic, checksum, version, length.
  static let headerLength = 16
  /// Bytes: 64 MiB, room for sixteen million transactions.
  package static let fileSizeLimit = 64 << 20

  /// The members of `SnapBuild` that are read.
  enum Fields {
    static let state = Field<Int32>("state")
    static let xmin = Field<TransactionID>("xmin")
    static let xmax = Field<TransactionID>("xmax")
    static let startDecodingAt = Field<LSN>("start_decoding_at")
    static let lastSerializedSnapshot = Field<LSN>("last_serialized_snapshot")
    static let runningXcntSpace = VersionedField<UInt64>("running.xcnt_space", until: .v13)
    static let committedXcnt = Field<UInt64>("committed.xcnt")
    static let catchangeXcnt = VersionedField<UInt64>("catchange.xcnt", since: .v16)
  }

  /// `SnapBuild`, which the server writes out as it stands in memory. Its pointers mean nothing.
  static let structure = CStructure(
    "SnapBuild",
    [
      Fields.state, CStructure.Member("context", .pointer), Fields.xmin, Fields.xmax,
      Fields.startDecodingAt,
      // 14 calls it initial_consistent_point.
      CStructure.Member("two_phase_at", .u64, since: .v14), CStructure.Member("initial_xmin_horizon", .u32),
      CStructure.Member("building_full_snapshot", .bool, since: .v10),
      CStructure.Member("in_slot_creation", .bool, since: .v17), CStructure.Member("snapshot", .pointer),
      Fields.lastSerializedSnapshot, CStructure.Member("reorder", .pointer),
      // To 13 a structure of the running transactions stands here; 10 to 13 never fill it.
      CStructure.Member("running.xmin", .u32, until: .v13), CStructure.Member("running.xmax", .u32, until: .v13),
      CStructure.Member("running.xcnt", .u64, until: .v13), Fields.runningXcntSpace,
      CStructure.Member("running.xip", .pointer, until: .v13),
      CStructure.Member("next_phase_at", .u32, since: .v14), Fields.committedXcnt,
      CStructure.Member("committed.xcnt_space", .u64),
      CStructure.Member("committed.includes_all_transactions", .bool),
      CStructure.Member("committed.xip", .pointer), Fields.catchangeXcnt,
      CStructure.Member("catchange.xip", .pointer, since: .v16),
    ])

  static let layouts = structure.layouts

  /// `SNAPBUILD_VERSION` of a major.
  static func fileVersion(of version: ServerVersion) -> UInt32 {
    switch version {
    case .v9_6, .v10, .v11, .v12, .v13: 2
    case .v14, .v15: 4
    case .v16: 5
    case .v17, .v18, .v19: 6
    }
  }

  /// Reads a `.snap` file of `pg_logical/snapshots`.
  ///
  /// With `version` only that major's number is accepted, as by its server. Checked: magic, version, length (here it is
  /// that of the whole file), checksum, and that the counts of transactions fill the file exactly.
  package init(parsing bytes: RawSpan, version: ServerVersion? = nil) throws(FormatError) {
    try bytes.require(Self.headerLength, at: 0, field: "header")
    try bytes.checkMagic(Self.magic)
    let fileVersion = try bytes.u32(at: 8, field: "version")
    let candidates = version.map { [$0] } ?? ServerVersion.allCases
    guard let match = candidates.first(where: { Self.fileVersion(of: $0) == fileVersion }),
      let layout = Self.layouts[match]
    else {
      throw FormatError(
        .unsupportedVersion, at: 8, field: "version",
        expected: Set(candidates.map(Self.fileVersion(of:))).sorted().map(String.init).joined(separator: ", "),
        found: String(fileVersion))
    }
    try bytes.require(layout.size, at: Self.headerLength, field: "SnapBuild")
    let length = try bytes.u32(at: 12, field: "length")
    guard Int(length) == bytes.byteCount else {
      throw FormatError(
        Int(length) > bytes.byteCount ? .tooShort : .tooLong, at: 12, field: "length", expected: "\(length) bytes",
        found: "\(bytes.byteCount) bytes")
    }
    try bytes.verifyStateChecksum(over: 8..<bytes.byteCount)
    let reader = StructureReader(bytes, at: Self.headerLength, layout: layout)
    let committed = try reader[Fields.committedXcnt]
    let catalogChanges = try reader[Fields.catchangeXcnt]
    let runningSpace = try reader[Fields.runningXcntSpace] ?? 0
    let stored = UInt64(bytes.byteCount - Self.headerLength - layout.size)
    let (partial, overflow) = committed.addingReportingOverflow(catalogChanges ?? 0)
    let (entries, overflow2) = partial.addingReportingOverflow(runningSpace)
    guard !overflow, !overflow2, stored % 4 == 0, entries == stored / 4 else {
      throw FormatError(
        .badLength, at: reader.offset(of: Fields.committedXcnt), field: "committed.xcnt",
        expected: "\(stored / 4) transactions in the file", found: String(overflow || overflow2 ? .max : entries))
    }
    self.init(
      fileVersion: fileVersion,
      state: try reader[Fields.state],
      xmin: try reader[Fields.xmin],
      xmax: try reader[Fields.xmax],
      startDecodingAt: try reader[Fields.startDecodingAt],
      lastSerializedSnapshot: try reader[Fields.lastSerializedSnapshot],
      committedCount: committed,
      catalogChangeCount: catalogChanges)
  }
}
