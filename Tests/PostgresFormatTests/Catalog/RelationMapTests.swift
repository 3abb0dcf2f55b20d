import ByteReading
import Testing

@testable import PostgresFormat

@Suite struct RelationMapTests {
  private func map(length: Int, count: Int32 = 2, change: (inout [UInt8]) -> Void = { _ in }) -> [UInt8] {
    let checksumOffset = length == 512 ? 504 : 520
    var bytes = le(UInt32(0x0059_2717)) + le(count)
    for pair: (UInt32, UInt32) in [(1262, 16_399), (1213, 1213)] { bytes += le(pair.0) + le(pair.1) }
    bytes += [UInt8](repeating: 0, count: length - bytes.count)
    change(&bytes)
    bytes.replaceSubrange(
      checksumOffset..<checksumOffset + 4, with: le(CRC32C.checksum(bytes.span.bytes.extracting(0..<checksumOffset))))
    return bytes
  }

  @Test(arguments: [512, 524]) func bothLengthsAreRead(length: Int) throws {
    let map = try RelationMap(parsing: map(length: length).span.bytes)
    #expect(map.fileNumber(of: OID(1262)) == OID(16_399))
    #expect(map.fileNumber(of: OID(1213)) == OID(1213))
    #expect(map.fileNumber(of: OID(6100)) == nil)
  }

  private func code(_ bytes: [UInt8]) -> FormatError.Code? {
    do {
      _ = try RelationMap(parsing: bytes.span.bytes)
      return nil
    } catch { return error.code }
  }

  @Test func wrongLengths() {
    #expect(code([]) == .badLength)
    #expect(code(Array(map(length: 524).dropLast())) == .badLength)
    #expect(code(map(length: 512) + [0]) == .badLength)
  }

  @Test func wrongMagic() {
    #expect(code(map(length: 524) { $0[0] = 0x18 }) == .badMagic)
    #expect(code(map(length: 512) { $0[0..<4].reverse() }) == .wrongByteOrder)
  }

  @Test func wrongChecksum() {
    var bytes = map(length: 512)
    bytes[12] ^= 1
    #expect(code(bytes) == .badChecksum)
  }

  @Test func morePairsThanFit() {
    #expect(code(map(length: 512, count: 62)) == nil)
    #expect(code(map(length: 512, count: 63)) == .badValue)
    #expect(code(map(length: 524, count: 65)) == .badValue)
    #expect(code(map(length: 524, count: -1)) == .badValue)
  }
}
