import ByteReading
import Testing

@testable import PostgresFormat

@Suite struct ControlFileTests {
  static let vectors: [(ServerVersion, [UInt8])] = [
    (.v9_6, Vectors.control9_6), (.v10, Vectors.control10), (.v11, Vectors.control11), (.v12, Vectors.control12),
    (.v13, Vectors.control13), (.v15, Vectors.control15), (.v16, Vectors.control16), (.v17, Vectors.control17),
    (.v18, Vectors.control18), (.v19, Vectors.control19),
  ]

  private func parse(_ bytes: [UInt8], _ version: ServerVersion? = nil) throws(FormatError) -> ControlFile {
    try ControlFile(parsing: bytes.span.bytes, version: version)
  }

  /// From the layout tables of the format: absolute offsets, by major.
  @Test(arguments: [
    (ServerVersion.v9_6, 264, [48, 128, 136, 168, 180, -1, 192, 196, 200, 208, 228, 250, 252, -1, 256]),
    (.v10, 296, [48, 128, 136, 168, 180, -1, 192, 196, 200, 208, 228, 249, 252, 256, 288]),
    (.v11, 288, [40, 120, 128, 160, 172, -1, 184, 188, 192, 200, 220, 241, 244, 248, 280]),
    (.v12, 296, [40, 128, 136, 168, 180, 188, 196, 200, 204, 208, 228, 249, 252, 256, 288]),
    (.v13, 296, [40, 128, 136, 168, 180, 188, 196, 200, 204, 208, 228, 248, 252, 256, 288]),
    (.v14, 296, [40, 128, 136, 168, 180, 188, 196, 200, 204, 208, 228, 248, 252, 256, 288]),
    (.v15, 296, [40, 128, 136, 168, 180, 188, 196, 200, 204, 208, 228, 248, 252, 256, 288]),
    (.v16, 296, [40, 128, 136, 168, 180, 188, 196, 200, 204, 208, 228, 248, 252, 256, 288]),
    (.v17, 296, [40, 128, 136, 168, 180, 188, 196, 200, 204, 208, 228, 248, 252, 256, 288]),
    (.v18, 296, [40, 128, 136, 168, 180, 188, 196, 200, 204, 208, 228, 248, 252, 257, 292]),
    (.v19, 312, [40, 136, 144, 176, 188, 196, 204, 208, 212, 216, 240, 260, 268, 273, 308]),
  ])
  func fieldsStandWhereTheHeadersPutThem(version: ServerVersion, size: Int, offsets: [Int]) throws {
    let layout = try #require(ControlFile.layouts[version])
    let fields = [
      "checkPointCopy", "unloggedLSN", "minRecoveryPoint", "backupEndRequired", "MaxConnections", "max_wal_senders",
      "max_locks_per_xact", "track_commit_timestamp", "maxAlign", "floatFormat", "xlog_seg_size", "float8ByVal",
      "data_checksum_version", "mock_authentication_nonce", "crc",
    ]
    #expect(layout.size == size)
    for (field, offset) in zip(fields, offsets) {
      #expect(layout.place(named: field)?.offset ?? -1 == offset, "\(field)")
    }
  }

  @Test(arguments: [
    (ServerVersion.v9_6, 80, [-1, 20, -1, 28, 36, 56, 64, 72]), (.v11, 80, [-1, 20, -1, 28, 36, 56, 64, 72]),
    (.v12, 88, [-1, -1, 24, 32, 40, 64, 72, 80]), (.v16, 88, [-1, -1, 24, 32, 40, 64, 72, 80]),
    (.v17, 88, [20, -1, 24, 32, 40, 64, 72, 80]), (.v19, 96, [20, -1, 32, 40, -1, 72, 80, 88]),
  ])
  func theCheckpointsFieldsToo(version: ServerVersion, size: Int, offsets: [Int]) throws {
    let layout = try #require(Checkpoint.layouts[version])
    let fields = [
      "wal_level", "nextXidEpoch", "nextFullXid", "nextOid", "nextMultiOffset", "time", "oldestCommitTsXid",
      "oldestActiveXid",
    ]
    #expect(layout.size == size)
    for (field, offset) in zip(fields, offsets) {
      #expect(layout.place(named: field)?.offset ?? -1 == offset, "\(field)")
    }
    if version == .v19 { #expect(layout.place(named: "nextMultiOffset64")?.offset == 48) }
  }

  @Test(arguments: vectors)
  func everyMajorReads(version: ServerVersion, bytes: [UInt8]) throws {
    let control = try parse(bytes)
    #expect(control.checksumMatches && control.state == .shutDown && control.floatFormatMatches)
    #expect(control.layout == version && control.version == version)
    // The files of 11 and 12 are from builds before their release.
    #expect((control.catalogVersion == ControlFile.catalogVersion(of: version)) == (version != .v11 && version != .v12))
    #expect(control.hasKnownCatalogs)
    #expect(control.checkpoint.timeline == TimelineID(1) && control.checkpoint.redo == control.checkpointLSN)
    #expect(control.walLevel == WALLevel.logical.rawValue && control.maxConnections == 100)
    #expect(control.blockSize == 8192 && control.walSegmentSize == 16 << 20 && control.maxAlign == 8)
    #expect((control.mockAuthenticationNonce == nil) == (version == .v9_6))
    #expect((control.maxWALSenders == nil) == (version < .v12))
  }

  @Test func theNewestInDetail() throws {
    let control = try parse(Vectors.control19)
    #expect(control.systemIdentifier == 7_710_560_360_414_206_268)
    #expect(control.catalogVersion == 202_610_061)
    #expect(control.time.description == "2026-11-21T10:02:58Z")
    #expect(control.checkpointLSN == LSN(0x500_3B70) && control.priorCheckpointLSN == nil)
    #expect(control.checkpoint.walLevel == 2 && control.checkpoint.logicalDecodingEnabled == true)
    #expect(control.checkpoint.nextXID == FullTransactionID(epoch: 0, xid: 674))
    #expect(control.checkpoint.nextOID == OID(16395) && control.checkpoint.nextMultiOffset == 1)
    #expect(control.checkpoint.oldestXID == TransactionID(654))
    #expect(control.maxLocksPerTransaction == 128 && control.slruPagesPerSegment == 32)
    #expect(control.dataChecksumVersion == 1 && control.dataChecksumVersionAtInit == 1)
    #expect(control.defaultCharSigned == true && control.mockAuthenticationNonce?.hasPrefix("1feb85c98d11") == true)
  }

  @Test func aRunningStandby() throws {
    let control = try parse(Vectors.control18Standby)
    #expect(control.state == .inArchiveRecovery && control.minRecoveryPoint == LSN(0x302_B7F0))
    #expect(
      control.minRecoveryPointTimeline == TimelineID(1) && control.checkpoint.oldestActiveXID == TransactionID(753))
  }

  @Test func theDirectorysVersionChoosesAmongThoseThatShareANumber() throws {
    var bytes = Vectors.control16.replacing(UInt32(202_399_999), at: 12)
    bytes = bytes.replacing(bytes.checksum(of: 0..<288), at: 288)
    let unknown = try parse(bytes)
    #expect(unknown.checksumMatches && unknown.version == nil)
    #expect(unknown.layout == .v13 && !unknown.hasKnownCatalogs)
    #expect(try parse(bytes, .v15).layout == .v15)
    #expect(try parse(Vectors.control17, .v15).layout == .v17)
  }

  @Test func aWrongChecksumIsReportedAndTheFieldsRead() throws {
    let control = try parse(Vectors.control19.replacing(UInt8(6), at: 16))
    #expect(control.state == .inProduction && !control.checksumMatches)
    #expect(control.checksumError?.code == .badChecksum && control.checksumError?.offset == 308)
    #expect(control.checksumError?.found == "0x07D2277D")
  }

  @Test func anUnknownStateKeepsItsNumber() throws {
    let control = try parse(Vectors.control19.replacing(UInt32(99), at: 16))
    #expect(control.state == nil && control.stateNumber == 99)
  }

  @Test func aFileOfNinePointFourAndNinePointFive() {
    let known = "960, 1002, 1100, 1201, 1300, 1700, 1800, 1905"
    func expected(_ found: String) -> FormatError {
      FormatError(.unsupportedVersion, at: 8, field: "pg_control_version", expected: known, found: found)
    }
    #expect(throws: expected("942 (PostgreSQL 9.4)")) { _ = try parse(Vectors.control9_4) }
    #expect(throws: expected("942 (PostgreSQL 9.5)")) {
      _ = try parse(Vectors.control9_4.replacing(UInt32(201_510_051), at: 12))
    }
    #expect(throws: expected("942 (PostgreSQL 9.4 or 9.5)")) {
      _ = try parse(Vectors.control9_4.replacing(UInt32(1), at: 12))
    }
    #expect(throws: expected("1701")) { _ = try parse(Vectors.control17.replacing(UInt32(1701), at: 8)) }
  }

  @Test func theOtherByteOrder() {
    let expected = FormatError(
      .wrongByteOrder, at: 8, field: "pg_control_version", expected: "little-endian",
      found: "1800 in big-endian order")
    #expect(throws: expected) { _ = try parse(Vectors.control18.replacing(UInt32(1800).byteSwapped, at: 8)) }
  }

  @Test func aFileThatEndsTooEarly() {
    #expect(
      throws: FormatError(.tooShort, at: 311, field: "ControlFileData", expected: "312 bytes", found: "311 bytes")
    ) {
      _ = try parse(Array(Vectors.control19.dropLast()))
    }
    #expect(throws: FormatError.self) { _ = try parse([]) }
  }

  /// IvorySQL's two bytes after the nonce, and its checksum after them.
  @Test(arguments: [
    (ServerVersion.v16, Vectors.control16, 288, 292), (.v17, Vectors.control17, 288, 292),
    (.v18, Vectors.control18, 289, 292),
  ])
  func ivorySQLHasTwoBytesMore(version: ServerVersion, original: [UInt8], mode: Int, crc: Int) throws {
    var bytes = original
    (bytes[mode], bytes[mode + 1]) = (1, 2)
    let checksum = CRC32C.checksum(Array(bytes[..<crc]).span.bytes)
    bytes.replaceSubrange(crc..<crc + 4, with: withUnsafeBytes(of: checksum.littleEndian, Array.init))
    let control = try parse(bytes, version)
    #expect(control.checksumMatches && control.databaseMode == 1 && control.isIvorySQL)
    let plain = try parse(original, version)
    #expect(plain.checksumMatches && !plain.isIvorySQL)
    #expect(control.systemIdentifier == plain.systemIdentifier && control.checkpoint == plain.checkpoint)
    // A damaged file is damaged in both.
    bytes[100] ^= 1
    let damaged = try parse(bytes, version)
    #expect(!damaged.checksumMatches)
    bytes = original
    bytes[100] ^= 1
    #expect(try parse(bytes, version).databaseMode == nil)
  }
}
