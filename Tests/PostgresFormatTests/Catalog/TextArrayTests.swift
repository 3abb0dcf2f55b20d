import ByteReading
import Testing

@testable import PostgresFormat

@Suite struct TextArrayTests {
  private func header(dimensions: Int32 = 1, dataOffset: Int32 = 0, type: UInt32 = 25, count: Int32) -> [UInt8] {
    le(dimensions) + le(dataOffset) + le(type) + le(count) + le(Int32(1))
  }
  private func parse(_ bytes: [UInt8]) throws(FormatError) -> [String] {
    try TextArray.elements(bytes.span.bytes, at: 0).map { String(decoding: $0, as: UTF8.self) }
  }
  private func code(_ bytes: [UInt8]) -> FormatError.Code? {
    do {
      _ = try parse(bytes)
      return nil
    } catch { return error.code }
  }

  @Test func elementsAreAligned() throws {
    let elements = CatalogPageBuilder.long(Array("pub_a".utf8)) + [0, 0, 0] + CatalogPageBuilder.long(Array("b".utf8))
    #expect(try parse(header(count: 2) + elements) == ["pub_a", "b"])
    #expect(try parse(le(Int32(0)) + le(Int32(0)) + le(UInt32(25))) == [])
  }

  @Test func nullsAreLeftOut() throws {
    let bitmap: [UInt8] = [0b10, 0, 0, 0]
    let element = CatalogPageBuilder.long(Array("b".utf8))
    #expect(try parse(header(dataOffset: 28, count: 2) + bitmap + element) == ["b"])
  }

  @Test func shapesThatAreNotRead() {
    #expect(code(header(dimensions: 2, count: 1)) == .badValue)
    #expect(code(header(dimensions: -1, count: 1)) == .badValue)
    #expect(code(header(type: 23, count: 1)) == .badValue)
    #expect(code(header(dataOffset: 8, count: 1)) == .badValue)
    #expect(code(header(dataOffset: .min, count: 1)) == .badValue)
  }

  @Test func countsThatDoNotFit() {
    #expect(code(header(count: -1)) == .badLength)
    #expect(code(header(count: .max)) == .badLength)
    #expect(code(header(count: 1)) == .tooShort)
    #expect(code(header(dataOffset: .max, count: 1) + [0xFF]) == .tooShort)
    #expect(code(Array(header(count: 1).prefix(14))) == .tooShort)
  }

  @Test func anElementElsewhereIsNoText() {
    #expect(code(header(count: 1) + [1, 18] + [UInt8](repeating: 0, count: 16)) == .badValue)
  }
}
