import ByteReading
import Testing

@testable import PostgresFormat

extension [UInt8] {
  /// A slot file whose checksum is right again.
  var slotResealed: [UInt8] {
    replacing(checksum(of: 8..<count), at: 4)
  }
}

@Suite struct SlotStateTests {
  private func parse(_ bytes: [UInt8], _ version: ServerVersion? = nil) throws(FormatError) -> SlotState {
    try SlotState(parsing: bytes.span.bytes, version: version)
  }

  /// From the layout table of the format: offsets from the start of the file, by major.
  @Test(arguments: [
    (ServerVersion.v9_6, 160, ["confirmed_flush": 104, "plugin": 112]),
    (.v12, 160, ["confirmed_flush": 104, "plugin": 112]),
    (.v13, 168, ["invalidated_at": 104, "confirmed_flush": 112, "plugin": 120]),
    (.v14, 184, ["invalidated_at": 104, "confirmed_flush": 112, "two_phase_at": 120, "two_phase": 128, "plugin": 129]),
    (.v15, 184, ["invalidated_at": 104, "confirmed_flush": 112, "two_phase_at": 120, "two_phase": 128, "plugin": 129]),
    (.v16, 184, ["invalidated": 104, "confirmed_flush": 112, "two_phase_at": 120, "two_phase": 128, "plugin": 129]),
    (.v17, 184, ["invalidated": 104, "two_phase": 128, "plugin": 129, "synced": 193, "failover": 194]),
    (.v19, 184, ["invalidated": 104, "two_phase": 128, "plugin": 129, "synced": 193, "failover": 194]),
  ])
  func fieldsStandWhereTheHeadersPutThem(version: ServerVersion, length: Int, offsets: [String: Int]) throws {
    let layout = try #require(SlotState.layouts[version])
    #expect(layout.size == length)
    let common = ["name": 16, "database": 80, "persistency": 84, "xmin": 88, "catalog_xmin": 92, "restart_lsn": 96]
    for (field, offset) in common.merging(offsets, uniquingKeysWith: { $1 }) {
      #expect(layout.place(named: field).map { $0.offset + 16 } == offset, "\(field)")
    }
  }

  @Test func layoutAOfTwelve() throws {
    let slot = try parse(Vectors.slot12LogPlain, .v12)
    #expect(
      slot
        == SlotState(
          name: "log_plain", database: OID(12673), catalogXmin: TransactionID(490), restartLSN: LSN(0x15F_F200),
          confirmedFlush: LSN(0x162_2288), plugin: "test_decoding", fileVersion: 2, fileLength: 160, writtenBy: [.v12]))
    #expect(slot.isLogical)
    #expect(try parse(Vectors.slot12LogPlain).writtenBy == [.v9_6, .v10, .v11, .v12])
  }

  @Test func layoutBKnowsThatWALWasRemoved() throws {
    let slot = try parse(Vectors.slot13LogLost)
    #expect(slot.restartLSN == .none)
    #expect(slot.invalidatedAt == LSN(0x15F_EFE0))
    #expect(slot.invalidation == .walRemoved)
    #expect(slot.confirmedFlush == LSN(0x15F_F018))
    #expect(slot.writtenBy == [.v13])
    let physical = try parse(Vectors.slot13PhysReserved)
    #expect(!physical.isLogical && physical.invalidation == nil && physical.restartLSN == LSN(0x500_0058))
  }

  @Test func aReconnectedPhysicalSlotIsValidAgain() throws {
    let bytes = Vectors.slot13PhysReserved.replacing(UInt64(0x1000), at: 104).slotResealed
    #expect(try parse(bytes).invalidation == nil)
    #expect(try parse(bytes).invalidatedAt == LSN(0x1000))
  }

  @Test func layoutCHasAnOddPluginOffset() throws {
    let fourteen = try parse(Vectors.slot14LogPlain, .v14)
    #expect(fourteen.twoPhase == false && fourteen.twoPhaseAt == LSN(0x16B_08B0) && fourteen.plugin == "test_decoding")
    let fifteen = try parse(Vectors.slot15LogTwophase)
    #expect(fifteen.twoPhase == true && fifteen.twoPhaseAt == LSN(0x153_72A0) && fifteen.plugin == "test_decoding")
    #expect(fifteen.synced == nil && fifteen.failover == nil)
    #expect(fifteen.writtenBy == [.v14, .v15])
  }

  @Test func sameCauseDifferentNumber() throws {
    let sixteen = try parse(Vectors.slot16SbyLvl)
    #expect(sixteen.invalidation == .walLevelInsufficient && sixteen.writtenBy == [.v16])
    #expect(sixteen.restartLSN == LSN(0x304_A448) && sixteen.plugin == "pgoutput")
    let seventeen = try parse(Vectors.slot17SbyLvl)
    #expect(seventeen.invalidation == .walLevelInsufficient && seventeen.writtenBy == [.v17])
    let nineteen = try parse(Vectors.slot19SbyLvl)
    #expect(nineteen.invalidation == .walLevelInsufficient && nineteen.writtenBy == [.v18, .v19])
    let idle = try parse(Vectors.slot18Idle1, .v18)
    #expect(idle.invalidation == .idleTimeout && idle.restartLSN == LSN(0x305_CB58) && idle.writtenBy == [.v18])
  }

  @Test func syncedAndFailover() throws {
    let slot = try parse(Vectors.slot17FoTemp)
    #expect(slot.synced == true && slot.failover == true && slot.twoPhase == true && slot.twoPhaseAt == LSN.none)
    #expect(slot.writtenBy == [.v17, .v18, .v19])
    let nineteen = try parse(Vectors.slot19LogFailover, .v19)
    #expect(nineteen.synced == false && nineteen.failover == true && nineteen.twoPhaseAt == LSN(0x179_1E38))
    #expect(try parse(Vectors.slot19LogTemp).persistency == .temporary)
  }

  @Test func trailingBytesAreIgnored() throws {
    #expect(try parse(Vectors.slot18Idle1 + [1, 2, 3]) == parse(Vectors.slot18Idle1))
  }

  @Test func aNameThatIsNotUTF8IsRepaired() throws {
    let bytes = Vectors.slot18Idle1.replacing(UInt8(0xFF), at: 16).slotResealed
    #expect(try parse(bytes).name == "\u{FFFD}dle1")
  }

  // Malformations, in the order in which the server would meet them.

  @Test func anEmptyOrShortHeader() {
    #expect(throws: FormatError(.tooShort, at: 0, field: "header", expected: "16 bytes", found: "0 bytes")) {
      _ = try parse([])
    }
    #expect(throws: FormatError(.tooShort, at: 15, field: "header", expected: "16 bytes", found: "15 bytes")) {
      _ = try parse(Array(Vectors.slot18Idle1.prefix(15)))
    }
  }

  @Test func aWrongMagic() {
    #expect(throws: FormatError(.badMagic, at: 0, field: "magic", expected: "0x01051CA1", found: "0x01051CA2")) {
      _ = try parse(Vectors.slot18Idle1.replacing(UInt32(0x0105_1CA2), at: 0))
    }
  }

  @Test func theOtherByteOrder() {
    #expect(throws: FormatError(.wrongByteOrder, at: 0, field: "magic", expected: "0x01051CA1", found: "0xA11C0501")) {
      _ = try parse(Vectors.slot18Idle1.replacing(UInt32(0xA11C_0501), at: 0))
    }
  }

  @Test func anUnknownVersion() {
    #expect(throws: FormatError(.unsupportedVersion, at: 8, field: "version", expected: "2 or 3 or 5", found: "4")) {
      _ = try parse(Vectors.slot18Idle1.replacing(UInt32(4), at: 8))
    }
  }

  @Test func theVersionOfAnotherMajor() {
    #expect(throws: FormatError(.unsupportedVersion, at: 8, field: "version", expected: "5", found: "3")) {
      _ = try parse(Vectors.slot16SbyLvl, .v17)
    }
    #expect(throws: FormatError(.badLength, at: 12, field: "length", expected: "184", found: "168")) {
      _ = try parse(Vectors.slot13LogLost, .v14)
    }
  }

  @Test func aWrongLength() {
    let lengths = "160 or 168 or 184"
    #expect(throws: FormatError(.badLength, at: 12, field: "length", expected: lengths, found: "4294967295")) {
      _ = try parse(Vectors.slot12LogPlain.replacing(UInt32.max, at: 12))
    }
  }

  @Test func aShortBody() {
    #expect(throws: FormatError(.tooShort, at: 199, field: "slotdata", expected: "200 bytes", found: "199 bytes")) {
      _ = try parse(Array(Vectors.slot18Idle1.dropLast()))
    }
  }

  @Test func aWrongChecksum() {
    #expect(throws: FormatError(.badChecksum, at: 4, field: "checksum", expected: "0x8E205DF4", found: "0x8E205DF5")) {
      _ = try parse(Vectors.slot18Idle1.replacing(UInt32(0x8E20_5DF5), at: 4))
    }
  }

  @Test func aFileOfNinePointFour() {
    let expected = FormatError(
      .unsupportedVersion, at: 4, field: "checksum", expected: "PostgreSQL 9.6 or later", found: "PostgreSQL 9.4")
    #expect(throws: expected) { _ = try parse(Vectors.slot9_4LogPlain) }
    #expect(throws: expected) { _ = try parse(Vectors.slot9_4LogPlain, .v9_6) }
  }

  @Test func aPersistencyThatDoesNotExist() {
    #expect(throws: FormatError(.badValue, at: 84, field: "persistency", expected: "0, 1 or 2", found: "3")) {
      _ = try parse(Vectors.slot18Idle1.replacing(UInt32(3), at: 84).slotResealed)
    }
  }

  @Test(arguments: [
    (ServerVersion.v17, UInt32(4), "0, 1, 2, 3"), (.v18, 3, "0, 1, 2, 4, 8"), (.v19, 12, "0, 1, 2, 4, 8"),
    (nil, 5, "0, 1, 2, 3, 4, 8"),
  ])
  func aCauseThatTheMajorDoesNotHave(version: ServerVersion?, cause: UInt32, known: String) {
    #expect(throws: FormatError(.badValue, at: 104, field: "invalidated", expected: known, found: String(cause))) {
      _ = try parse(Vectors.slot18Idle1.replacing(cause, at: 104).slotResealed, version)
    }
  }
}
