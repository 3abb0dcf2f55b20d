import ByteReading
import Testing

@testable import PostgresFormat

@Suite struct HeapTupleHeaderTests {
  @Test func theHiddenOIDStandsBeforeTheColumns() throws {
    var tuple = CatalogPageBuilder.Tuple(9, [1, 2, 3])
    tuple.hiddenOID = 16_393
    tuple.presentColumns = [true, true, false, true, true, true, true, true, false]
    let bytes = tuple.bytes
    let header = try HeapTupleHeader(parsing: bytes.span.bytes)
    #expect(header.hiddenOID == OID(16_393))
    #expect(header.dataOffset == 32)
    #expect(header.attributeCount == 9)
    let absent = try (0..<11).map { try header.isAbsent(column: $0, in: bytes.span.bytes) }
    #expect(absent == [false, false, true, false, false, false, false, false, true, true, true])
  }

  private func code(_ change: (inout [UInt8]) -> Void) -> FormatError.Code? {
    var tuple = CatalogPageBuilder.Tuple(3, [0, 0, 0, 0])
    tuple.presentColumns = [true, true, false]
    var bytes = tuple.bytes
    change(&bytes)
    do {
      _ = try HeapTupleHeader(parsing: bytes.span.bytes)
      return nil
    } catch { return error.code }
  }

  @Test func tooShortForTheHeader() { #expect(code { $0 = Array($0.prefix(22)) } == .tooShort) }
  @Test func columnsBeforeTheHeaderEnds() { #expect(code { $0[22] = 16 } == .badValue) }
  @Test func columnsThatAreNotAligned() { #expect(code { $0[22] = 25 } == .badValue) }
  @Test func columnsBehindTheEnd() { #expect(code { $0[22] = 40 } == .badValue) }
  @Test func moreColumnsThanTheNullBitmapHasRoomFor() { #expect(code { $0[18] = 9 } == .badValue) }
  @Test func noRoomForTheHiddenOID() { #expect(code { $0[20] |= 0x08 } == .badValue) }
}
