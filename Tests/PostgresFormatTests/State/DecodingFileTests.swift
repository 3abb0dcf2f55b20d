import ByteReading
import Testing

@testable import PostgresFormat

@Suite struct SnapshotFileTests {
  private func parse(_ bytes: [UInt8], _ version: ServerVersion? = nil) throws(FormatError) -> SnapshotFile {
    try SnapshotFile(parsing: bytes.span.bytes, version: version)
  }

  /// From the format's table: offsets from the start of the file.
  @Test(arguments: [
    (ServerVersion.v9_6, 144, ["last_serialized_snapshot": 64, "running.xcnt_space": 96, "committed.xcnt": 112]),
    (.v13, 144, ["building_full_snapshot": 52, "running.xcnt_space": 96, "committed.xcnt": 112]),
    (.v15, 128, ["two_phase_at": 48, "last_serialized_snapshot": 72, "next_phase_at": 88, "committed.xcnt": 96]),
    (.v16, 144, ["building_full_snapshot": 60, "committed.xcnt": 96, "catchange.xcnt": 128]),
    (.v19, 144, ["in_slot_creation": 61, "committed.includes_all_transactions": 112, "catchange.xcnt": 128]),
  ])
  func fieldsStandWhereTheHeadersPutThem(version: ServerVersion, size: Int, offsets: [String: Int]) throws {
    let layout = try #require(SnapshotFile.layouts[version])
    #expect(layout.size + 16 == size)
    for (field, offset) in offsets { #expect(layout.place(named: field).map { $0.offset + 16 } == offset, "\(field)") }
  }

  @Test func realOnes() throws {
    let fifteen = try parse(Vectors.snapshot15)
    #expect(fifteen.fileVersion == 4 && fifteen.state == 2 && fifteen.xmin == TransactionID(730))
    #expect(fifteen.committedCount == 0 && fifteen.catalogChangeCount == nil)
    #expect(fifteen.startDecodingAt == LSN(0x500_0058))
    let nineteen = try parse(Vectors.snapshot19, .v19)
    #expect(nineteen.fileVersion == 6 && nineteen.xmax == TransactionID(668) && nineteen.catalogChangeCount == 0)
  }

  /// The bytes of 9.6 are those of 9.4, but for the checksum.
  @Test func committedTransactionsAreCounted() throws {
    var bytes = Vectors.snapshot9_4
    bytes = bytes.replacing(bytes.checksum(of: 8..<bytes.count), at: 4)
    let snapshot = try parse(bytes, .v9_6)
    #expect(snapshot.committedCount == 1 && snapshot.lastSerializedSnapshot == LSN(0x16E_6F60))
  }

  @Test func aFileOfNinePointFour() {
    let expected = FormatError(
      .unsupportedVersion, at: 4, field: "checksum", expected: "PostgreSQL 9.6 or later", found: "PostgreSQL 9.4")
    #expect(throws: expected) { _ = try parse(Vectors.snapshot9_4) }
  }

  @Test func aWrongMagic() {
    #expect(throws: FormatError(.badMagic, at: 0, field: "magic", expected: "0x51A1E001", found: "0x51A1E000")) {
      _ = try parse(Vectors.snapshot15.replacing(UInt8(0), at: 0))
    }
  }

  @Test func theVersionOfAnotherMajor() {
    #expect(throws: FormatError(.unsupportedVersion, at: 8, field: "version", expected: "5", found: "4")) {
      _ = try parse(Vectors.snapshot15, .v16)
    }
  }

  @Test func aLengthThatIsNotTheFiles() {
    #expect(throws: FormatError(.tooLong, at: 12, field: "length", expected: "128 bytes", found: "129 bytes")) {
      _ = try parse(Vectors.snapshot15 + [0])
    }
    #expect(throws: FormatError(.tooShort, at: 12, field: "length", expected: "4294967295 bytes", found: "128 bytes")) {
      _ = try parse(Vectors.snapshot15.replacing(UInt32.max, at: 12))
    }
  }

  @Test func aWrongChecksum() {
    let error = #expect(throws: FormatError.self) { _ = try parse(Vectors.snapshot15.replacing(UInt8(1), at: 127)) }
    #expect(error?.code == .badChecksum)
  }

  @Test func countsThatDoNotFillTheFile() {
    var bytes = Vectors.snapshot19.replacing(UInt64.max, at: 96)
    bytes = bytes.replacing(bytes.checksum(of: 8..<bytes.count), at: 4)
    let error = #expect(throws: FormatError.self) { _ = try parse(bytes) }
    #expect(error?.code == .badLength && error?.field == "committed.xcnt" && error?.offset == 96)
  }
}

@Suite struct OriginProgressTests {
  private func parse(_ bytes: [UInt8]) throws(FormatError) -> [OriginProgress] {
    try OriginProgress.list(parsing: bytes.span.bytes)
  }

  @Test func twoOrigins() throws {
    #expect(
      try parse(Vectors.origins17) == [
        OriginProgress(originID: 1, remoteLSN: LSN(0xAB_CD00)),
        OriginProgress(originID: 2, remoteLSN: LSN(0x1_0234_5678)),
      ])
  }

  @Test func noOrigins() throws {
    var bytes = Array(Vectors.origins17.prefix(4))
    bytes += [0, 0, 0, 0]
    #expect(try parse(bytes.replacing(bytes.checksum(of: 0..<4), at: 4)).isEmpty)
  }

  @Test func aWrongMagic() {
    #expect(throws: FormatError(.badMagic, at: 0, field: "magic", expected: "0x1257DADE", found: "0x1257DADF")) {
      _ = try parse(Vectors.origins17.replacing(UInt8(0xDF), at: 0))
    }
  }

  @Test func anIncompleteEntry() {
    let error = #expect(throws: FormatError.self) { _ = try parse(Array(Vectors.origins17.dropLast())) }
    #expect(error?.code == .badLength && error?.offset == 20)
  }

  @Test func aWrongChecksum() {
    #expect(throws: FormatError(.badChecksum, at: 36, field: "crc", expected: "0x97976031", found: "0x00000000")) {
      _ = try parse(Vectors.origins17.replacing(UInt32(0), at: 36))
    }
  }

  @Test func aFileWithoutRoomForAChecksum() {
    let error = #expect(throws: FormatError.self) { _ = try parse(Array(Vectors.origins17.prefix(7))) }
    #expect(error?.code == .tooShort)
  }
}

@Suite struct PreparedTransactionTests {
  private func parse(_ bytes: [UInt8], _ version: ServerVersion? = nil) throws(FormatError) -> PreparedTransaction {
    try PreparedTransaction(parsing: bytes.span.bytes, version: version)
  }

  private func resealed(_ bytes: [UInt8]) -> [UInt8] {
    bytes.replacing(bytes.checksum(of: 0..<bytes.count - 4), at: bytes.count - 4)
  }

  @Test(arguments: [
    (Vectors.prepared9_6, ServerVersion.v9_6, UInt32(550)), (Vectors.prepared13, .v13, 487),
    (Vectors.prepared19, .v19, 664),
  ])
  func everyLayoutWithAndWithoutItsVersion(bytes: [UInt8], version: ServerVersion, xid: UInt32) throws {
    let prepared = try parse(bytes, version)
    #expect(prepared == (try parse(bytes)))
    #expect(prepared.xid == TransactionID(xid) && prepared.gid == "gid one" && prepared.owner == OID(10))
    #expect(prepared.preparedAt.description.hasPrefix("2026-11-21T"))
    #expect((prepared.originLSN == nil) == (version == .v9_6))
  }

  @Test func fieldsStandWhereTheHeadersPutThem() {
    let offsets = [ServerVersion.v9_6: (46, 48), .v10: (46, 48), .v11: (46, 64), .v14: (46, 64), .v15: (54, 72)]
    for (version, (gidLength, size)) in offsets {
      #expect(PreparedTransaction.layouts[version]?.place(named: "gidlen")?.offset == gidLength)
      #expect(PreparedTransaction.layouts[version]?.size == size)
    }
  }

  @Test func aWrongMagic() {
    let error = #expect(throws: FormatError.self) { _ = try parse(Vectors.prepared19.replacing(UInt8(0x32), at: 0)) }
    #expect(error?.code == .badMagic && error?.found == "0x57F94532")
    #expect(throws: FormatError(.badMagic, at: 0, field: "magic", expected: "0x57F94533", found: "0x57F94534")) {
      _ = try parse(Vectors.prepared19, .v9_6)
    }
  }

  @Test func aStoredLengthThatIsNotTheFiles() {
    let expected = FormatError(.badLength, at: 4, field: "total_len", expected: "220 bytes", found: "221 bytes")
    #expect(throws: expected) { _ = try parse(Vectors.prepared19.replacing(UInt32(221), at: 4)) }
  }

  @Test func aChecksumThatIsNotAligned() {
    let error = #expect(throws: FormatError.self) { _ = try parse(Vectors.prepared19 + [0]) }
    #expect(error?.code == .badLength && error?.field == "crc")
  }

  @Test func aWrongChecksum() {
    let error = #expect(throws: FormatError.self) { _ = try parse(Vectors.prepared19.replacing(UInt8(1), at: 100)) }
    #expect(error?.code == .badChecksum && error?.offset == 216)
  }

  @Test(arguments: [UInt16(0), 201, 65_535])
  func anIdentifierOfImpossibleLength(length: UInt16) {
    let error = #expect(throws: FormatError.self) {
      _ = try parse(resealed(Vectors.prepared9_6.replacing(length, at: 46)))
    }
    #expect(error?.code == .badLength && error?.field == "gidlen")
  }

  @Test func anIdentifierWithoutItsEnd() {
    let error = #expect(throws: FormatError.self) {
      _ = try parse(resealed(Vectors.prepared9_6.replacing(UInt16(9), at: 46)))
    }
    #expect(error?.code == .badValue && error?.field == "gid")
  }
}
