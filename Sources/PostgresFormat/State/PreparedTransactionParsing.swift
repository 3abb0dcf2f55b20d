package import ByteReading

extension PreparedTransaction {
  /// `TWOPHASE_MAGIC` of 9.6 and 10, and of 11 and later.
  package static let magics: [UInt32] = [0x57F9_4533, 0x57F9_4534]
  /// `GIDSIZE`: bytes of the identifier with its NUL, at most.
  static let gidSizeLimit = 200
  /// Bytes: 64 MiB, room for millions of subtransactions, locks and messages. The server's own limit is 1 GiB (`MaxAllocSize`).
  package static let fileSizeLimit = 64 << 20

  /// The members of `TwoPhaseFileHeader` that are read.
  enum Fields {
    static let xid = Field<TransactionID>("xid")
    static let database = Field<OID>("database")
    static let preparedAt = Field<Int64>("prepared_at")
    static let owner = Field<OID>("owner")
    static let subtransactionCount = Field<Int32>("nsubxacts")
    static let gidLength = Field<UInt16>("gidlen")
    static let originLSN = VersionedField<LSN>("origin_lsn", since: .v11)
  }

  /// `TwoPhaseFileHeader` (`xl_xact_prepare` from 13 on). The identifier follows at the next multiple of 8.
  static let structure = CStructure(
    "TwoPhaseFileHeader",
    [
      CStructure.Member("magic", .u32), CStructure.Member("total_len", .u32), Fields.xid,
      Fields.database, Fields.preparedAt, Fields.owner, Fields.subtransactionCount,
      CStructure.Member("ncommitrels", .u32), CStructure.Member("nabortrels", .u32),
      CStructure.Member("ncommitstats", .u32, since: .v15), CStructure.Member("nabortstats", .u32, since: .v15),
      CStructure.Member("ninvalmsgs", .u32), CStructure.Member("initfileinval", .bool), Fields.gidLength,
      Fields.originLSN, CStructure.Member("origin_timestamp", .u64, since: .v11),
    ])

  static let layouts = structure.layouts

  static func magic(of version: ServerVersion) -> UInt32 { version <= .v10 ? magics[0] : magics[1] }

  /// Reads a file of `pg_twophase`. 11 to 14 and 15 and later share a magic number; without `version` the length of the
  /// identifier tells them apart, which stands where the other layout has zeros.
  ///
  /// Checked in the server's order (`ReadTwoPhaseFile`): size and alignment of the checksum, magic, stored length,
  /// checksum; then the identifier.
  package init(parsing bytes: RawSpan, version: ServerVersion? = nil) throws(FormatError) {
    try bytes.require(Self.layouts[version ?? .v9_6]?.size ?? 0, at: 0, field: "TwoPhaseFileHeader")
    let end = bytes.byteCount - 4
    guard end % 8 == 0 else {
      throw FormatError(
        .badLength, at: end, field: "crc", expected: "a checksum at a multiple of 8", found: "one at \(end)")
    }
    let candidates = version.map { [$0] } ?? ServerVersion.allCases
    let magic = try bytes.u32(at: 0, field: "magic")
    let matching = candidates.filter { Self.magic(of: $0) == magic }
    guard !matching.isEmpty else {
      if let only = candidates.first { try bytes.checkMagic(Self.magic(of: only)) }
      throw FormatError(.badMagic, at: 0, field: "magic", found: hex32(magic))
    }
    let length = try bytes.u32(at: 4, field: "total_len")
    guard Int(length) == bytes.byteCount else {
      throw FormatError(
        .badLength, at: 4, field: "total_len", expected: "\(bytes.byteCount) bytes", found: "\(length) bytes")
    }
    try bytes.verifyChecksum(at: end, over: 0..<end, field: "crc")

    var failure: FormatError?
    for candidate in matching {
      do throws(FormatError) {
        self = try Self.decode(bytes, version: candidate, end: end)
        return
      } catch {
        failure = failure ?? error
      }
    }
    throw failure ?? FormatError(.badValue, at: 0, field: "TwoPhaseFileHeader")
  }

  private static func decode(
    _ bytes: RawSpan, version: ServerVersion, end: Int
  ) throws(FormatError) -> PreparedTransaction {
    guard let layout = layouts[version] else { preconditionFailure("every version has a layout") }
    let reader = StructureReader(bytes, at: 0, layout: layout)
    let gidLength = Int(try reader[Fields.gidLength])
    let gidStart = layout.size.roundedUp(toMultipleOf: 8)
    guard (1...gidSizeLimit).contains(gidLength), gidStart + gidLength <= end else {
      throw FormatError(
        .badLength, at: reader.offset(of: Fields.gidLength), field: "gidlen", expected: "1 to \(gidSizeLimit)",
        found: String(gidLength))
    }
    let gid = try bytes.terminatedBytes(at: gidStart, width: gidLength, field: "gid")
    guard gid.count == gidLength - 1 else {
      throw FormatError(
        .badValue, at: gidStart + gid.count, field: "gid", expected: "\(gidLength - 1) bytes and a NUL",
        found: "\(gid.count) bytes before a NUL")
    }
    return PreparedTransaction(
      xid: try reader[Fields.xid],
      database: try reader[Fields.database],
      preparedAt: Timestamp(postgresMicroseconds: try reader[Fields.preparedAt]),
      owner: try reader[Fields.owner],
      gid: String(decoding: gid, as: UTF8.self),
      subtransactionCount: try reader[Fields.subtransactionCount],
      originLSN: try reader[Fields.originLSN])
  }
}
