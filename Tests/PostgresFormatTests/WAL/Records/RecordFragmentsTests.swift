import ByteReading
import FixtureSupport
import Testing

@testable import PostgresFormat

@Suite struct RecordFragmentsTests {
  private let layout = RecordLayout(.v17)

  private func fragments(_ body: [UInt8], _ version: ServerVersion = .v17) throws -> RecordFragments {
    try RecordFragments(RecordBytes.record(body).span.bytes, layout: RecordLayout(version))
  }

  private func code(_ body: [UInt8], _ version: ServerVersion = .v17) -> FormatError.Code? {
    do {
      _ = try fragments(body, version)
      return nil
    } catch {
      return (error as? FormatError)?.code
    }
  }

  @Test func aRecordWithoutFragmentsIsAHeaderOnly() throws {
    let record = try fragments([])
    #expect(record.blockCount == 0)
    #expect(record.mainDataLength == 0)
  }

  @Test func commitWithOriginFromAnEighteenServer() throws {
    let record = Commit.bytes
    let fragments = try RecordFragments(record.span.bytes, layout: RecordLayout(.v18))
    #expect(fragments.originID == 1)
    #expect(fragments.mainDataLength == 36)
    #expect(fragments.mainDataOffset == 0x1D)
    #expect(fragments.imageLength == 0)
  }

  @Test func aSecondReferenceMayRepeatTheRelation() throws {
    let body = RecordBytes.block(0) + [2, 0x82, 0, 0] + RecordBytes.integer(UInt32(9)) + [255, 2, 1, 2]
    let record = RecordBytes.record(body)
    let fragments = try RecordFragments(record.span.bytes, layout: layout)
    #expect(fragments.blockCount == 2)
    let found = fragments.block(id: 2, in: record.span.bytes, layout: layout)
    let absent = fragments.block(id: 1, in: record.span.bytes, layout: layout)
    let second = try #require(found)
    #expect(second.locator == RelationLocator("1663/5/16384"))
    #expect(second.fork == .visibilityMap)
    #expect(second.block == 9)
    #expect(absent == nil)
  }

  /// The same bits of `bimg_info` mean "compressed" to 14 and "apply" from 15.
  @Test(arguments: ServerVersion.allCases)
  func imageFlagsFollowTheVersion(version: ServerVersion) throws {
    // 3 bytes of image, hole at 2, flags 0x03, and a hole length where the image is compressed.
    let isCompressed = version <= .v14
    let body =
      [0, 0x10, 0, 0] + RecordBytes.hex("0300 0200 03") + (isCompressed ? RecordBytes.integer(UInt16(4000)) : [])
      + RecordBytes.relation + [9, 9, 9]
    let block = try #require(try fragments(body, version).firstBlock)
    #expect(block.imageLength == 3)
    #expect(block.imageApplies == (version == .v9_6 || version >= .v15))
  }

  @Test func topLevelXIDIsKnownFromFourteen() throws {
    let body: [UInt8] = [252] + RecordBytes.integer(UInt32(77)) + [255, 1, 0]
    #expect(try fragments(body, .v14).topLevelXID == TransactionID(77))
    #expect(code(body, .v13) == .badValue)
  }

  @Test func longMainDataMayBeCutOff() throws {
    var record = RecordBytes.record([254] + RecordBytes.integer(UInt32(1000)) + [UInt8](repeating: 1, count: 1000))
    record.removeLast(900)
    let fragments = try RecordFragments(record.span.bytes, total: 1029, layout: layout)
    #expect(fragments.mainDataLength == 1000)
    let dataCount = fragments.mainData(of: record.span.bytes).byteCount
    #expect(dataCount == 100)
  }

  @Test func bytesLeftOverAreAnError() { #expect(code([255, 1, 0, 0]) == .badLength) }
  @Test func mainDataBeyondTheEndIsAnError() { #expect(code([255, 9, 0]) == .badLength) }
  @Test func hugeMainDataIsAnError() { #expect(code([254, 0xFF, 0xFF, 0xFF, 0xFF, 0]) == .badLength) }
  @Test func unknownFragmentIsAnError() { #expect(code([33, 0, 0, 0]) == .badValue) }
  @Test func blockIdsMustIncrease() {
    #expect(code(RecordBytes.block(1) + RecordBytes.block(1) + [255, 1, 0]) == .badValue)
  }
  @Test func sameRelationNeedsAPredecessor() {
    #expect(code([0, 0x80, 0, 0] + RecordBytes.integer(UInt32(1)) + [255, 1, 0]) == .badValue)
  }
  @Test func dataFlagAndDataLengthMustAgree() {
    #expect(code([0, 0x20, 0, 0] + RecordBytes.relation + [255, 1, 0]) == .badLength)
    #expect(code([0, 0, 1, 0] + RecordBytes.relation + [7]) == .badLength)
  }
  @Test func aCutReferenceIsTooShort() { #expect(code([0, 0, 0, 0, 1, 2]) == .tooShort) }
  @Test func aWholeImageMustBeAPage() {
    #expect(code([0, 0x10, 0, 0] + RecordBytes.hex("0300 0000 02") + RecordBytes.relation + [9, 9, 9]) == .badLength)
  }
  @Test func aHoleMustHaveAPlace() {
    #expect(code([0, 0x10, 0, 0] + RecordBytes.hex("0300 0000 03") + RecordBytes.relation + [9, 9, 9]) == .badLength)
  }
  @Test func aHoleMustLieInThePage() {
    let image = RecordBytes.hex("0300 0010 05") + RecordBytes.integer(UInt16.max)
    #expect(code([0, 0x10, 0, 0] + image + RecordBytes.relation + [9, 9, 9]) == .badLength)
  }
  @Test func aRecordShorterThanItsHeaderIsAnError() {
    let bytes: [UInt8] = [1, 2, 3]
    #expect(throws: FormatError.self) { _ = try RecordFragments(bytes.span.bytes, layout: layout) }
  }

  /// Whatever the bytes are, reading them ends with a value or an error.
  @Test func noMutationEndsTheProcess() {
    var generator = SplitMix(state: 1)
    var (taken, refused) = (0, 0)
    for version in ServerVersion.allCases {
      for _ in 0..<2000 {
        var bytes = Commit.bytes + RecordBytes.block(0)
        for _ in 0..<3 {
          bytes[Int.random(in: 16..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
        }
        bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator))
        let layout = RecordLayout(version)
        guard let fragments = try? RecordFragments(bytes.span.bytes, layout: layout) else {
          refused += 1
          continue
        }
        taken += 1
        let body = fragments.mainData(of: bytes.span.bytes)
        var blocks = fragments.blocks(layout: layout)
        while blocks.next(in: bytes.span.bytes) != nil {}
        for info in stride(from: UInt8(0), through: 0xF0, by: 0x10) {
          BodyMutations.decodeEverything(body, info: info, version: version)
        }
      }
    }
    // Both ways out were taken often.
    #expect(taken > 500 && refused > 1000, "\(taken) taken, \(refused) refused")
  }
}

/// A commit with a replication origin, as an 18 server wrote it (65 bytes).
enum Commit {
  static let bytes = RecordBytes.hex(
    """
    41000000 19030000 3057fd0000000000 80 01 0000 7d400baf fd0100 ff24
    3bb554b2c4030300 21000000 00400000 7f060000 8967452301000000 946a441a71b30200
    """)
}
