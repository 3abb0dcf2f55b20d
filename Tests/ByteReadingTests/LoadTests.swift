import Testing

@testable import ByteReading

@Suite struct LoadTests {
  @Test func integersAreLittleEndianAtAnyAlignment() throws {
    let bytes: [UInt8] = [0xFF, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08]
    #expect(try bytes.span.bytes.u32(at: 1, field: "x") == 0x0403_0201)
    #expect(try bytes.span.bytes.u64(at: 1, field: "x") == 0x0807_0605_0403_0201)
    #expect(try bytes.span.bytes.u16(at: 7, field: "x") == 0x0807)
  }

  @Test func readingPastTheEndThrowsWithThePlace() {
    let bytes: [UInt8] = [1, 2, 3]
    #expect(throws: FormatError(.tooShort, at: 3, field: "magic", expected: "5 bytes", found: "3 bytes")) {
      _ = try bytes.span.bytes.u32(at: 1, field: "magic")
    }
    #expect(throws: FormatError.self) { _ = try bytes.span.bytes.u8(at: -1, field: "x") }
    #expect(throws: FormatError.self) { _ = try bytes.span.bytes.u8(at: .max, field: "x") }
    #expect(throws: FormatError.self) { _ = try bytes.span.bytes.bytes(at: 1, count: .max, field: "x") }
  }

  @Test func terminatedBytesStopAtTheFirstNUL() throws {
    let bytes: [UInt8] = [65, 66, 0, 67, 68]
    #expect(try bytes.span.bytes.terminatedBytes(at: 0, width: 5, field: "name") == [65, 66])
    #expect(try bytes.span.bytes.terminatedBytes(at: 3, width: 2, field: "name") == [67, 68])
  }
}
