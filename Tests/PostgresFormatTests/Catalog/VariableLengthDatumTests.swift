import ByteReading
import Testing

@testable import PostgresFormat

@Suite struct VariableLengthDatumTests {
  private func parse(_ bytes: [UInt8], at offset: Int = 0) throws(FormatError) -> VariableLengthDatum {
    try VariableLengthDatum(parsing: bytes.span.bytes, at: offset)
  }
  private func code(_ bytes: [UInt8], at offset: Int = 0) -> FormatError.Code? {
    do {
      _ = try parse(bytes, at: offset)
      return nil
    } catch { return error.code }
  }

  @Test func aShortHeaderIsNotAligned() throws {
    let datum = try parse([9, 9, 9] + CatalogPageBuilder.short([1, 2]), at: 3)
    #expect(datum.content == [1, 2] && datum.contentOffset == 4 && datum.end == 6)
    #expect(try parse([3]).content == [])
  }

  @Test func aLongHeaderIsAligned() throws {
    let datum = try parse([9, 0, 0, 0] + CatalogPageBuilder.long([1, 2]), at: 1)
    #expect(datum.content == [1, 2] && datum.contentOffset == 8 && datum.end == 10)
    #expect(try parse(CatalogPageBuilder.long([])).content == [])
  }

  @Test func aPointerToATOASTTableHasNoContent() throws {
    let datum = try parse([1, 18] + [UInt8](repeating: 7, count: 16))
    #expect(datum.content == nil && datum.end == 18)
    #expect(code([1, 18] + [UInt8](repeating: 7, count: 15)) == .tooShort)
    #expect(code([1, 1] + [UInt8](repeating: 7, count: 16)) == .badValue)
    #expect(code([1]) == .tooShort)
  }

  @Test func lengthsThatDoNotFit() {
    #expect(code([]) == .tooShort)
    #expect(code([0x0B, 1, 2]) == .tooShort)
    #expect(code([0, 0, 0]) == .tooShort)
    #expect(code(le(UInt32(3) << 2)) == .badLength)
    #expect(code(le(UInt32(5) << 2)) == .badLength)
    #expect(code(le(UInt32.max & ~3)) == .badLength)
    #expect(code(le(UInt32(7) << 2 | 2) + le(UInt32(1))) == .badLength)
    #expect(code([0x04, 0, 0, 0], at: 4) == .tooShort)
  }

  @Test func anUnknownCompressionHasNoContent() throws {
    let datum = try parse(le(UInt32(9) << 2 | 2) + le(UInt32(1) | 2 << 30) + [7])
    #expect(datum.content == nil && datum.end == 9)
  }

  /// pglz: the literals `ab`, then a copy of nine bytes from two before.
  private let pglz: [UInt8] = [0b100, 0x61, 0x62, 0x06, 0x02]
  /// The same as lz4, which ends with literals.
  private let lz4: [UInt8] = [0x25, 0x61, 0x62, 0x02, 0x00, 0x00]
  private let plain = Array("abababababa".utf8)

  private func compressed(_ stored: [UInt8], length: Int, method: UInt32) -> [UInt8] {
    le(UInt32(stored.count + 8) << 2 | 2) + le(UInt32(length) | method << 30) + stored
  }

  @Test func compressedValuesAreUnpacked() throws {
    #expect(try parse(compressed(pglz, length: 11, method: 0)).content == plain)
    #expect(try parse(compressed(lz4, length: 11, method: 1)).content == plain)
  }

  @Test(arguments: [0, 1, 12, 3000, 0x3FFF_FFFF]) func anAnnouncedLengthThatIsWrong(length: Int) {
    #expect(code(compressed(pglz, length: length, method: 0)) == .badLength)
    #expect(code(compressed(lz4, length: length, method: 1)) == .badLength)
  }

  @Test func copiesFromBeforeTheBeginning() {
    #expect(code(compressed([0b100, 0x61, 0x62, 0x06, 0x03], length: 11, method: 0)) == .badValue)
    #expect(code(compressed([0b100, 0x61, 0x62, 0x06, 0x00], length: 11, method: 0)) == .badValue)
    #expect(code(compressed([0x25, 0x61, 0x62, 0x03, 0x00, 0x00], length: 11, method: 1)) == .badValue)
    #expect(code(compressed([0x25, 0x61, 0x62, 0x00, 0x00, 0x00], length: 11, method: 1)) == .badValue)
  }

  @Test func compressedBytesThatEndTooSoon() {
    #expect(code(compressed([0b100, 0x61, 0x62, 0x06], length: 11, method: 0)) == .tooShort)
    #expect(code(compressed([0b100, 0x61, 0x62, 0x0F, 0x02], length: 30, method: 0)) == .tooShort)
    #expect(code(compressed([0x25, 0x61], length: 11, method: 1)) == .tooShort)
    #expect(code(compressed([0xF0, 0xFF], length: 300, method: 1)) == .tooShort)
    #expect(code(compressed([0x2F, 0x61, 0x62, 0x02, 0x00, 0xFF], length: 300, method: 1)) == .tooShort)
  }
}
