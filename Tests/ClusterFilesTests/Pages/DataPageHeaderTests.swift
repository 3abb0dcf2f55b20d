import PostgresFormat
import Testing

@Suite struct DataPageHeaderTests {
  private func page(_ change: (inout [UInt8]) -> Void = { _ in }) -> [UInt8] {
    var page = [UInt8](repeating: 0, count: 8192)
    // The halves of a position stand in the order of the larger one first.
    page.replaceSubrange(0..<8, with: [2, 0, 0, 0, 0x28, 0x31, 0, 0])
    page.replaceSubrange(12..<20, with: [28, 0, 0, 32, 0, 32, 4, 32])
    change(&page)
    return page
  }

  private func position(_ page: [UInt8]) -> LSN? { DataPageHeader.position(of: page[...], blockSize: 8192) }

  @Test func itIsBehindTheLastChange() {
    #expect(position(page()) == LSN(0x2_0000_3128))
    #expect(position(page { $0.replaceSubrange(0..<8, with: [UInt8](repeating: 0, count: 8)) }) == nil)
  }

  /// New pages, files of other formats, headers that do not agree with themselves.
  @Test func whatIsNoPageHasNone() {
    #expect(position([UInt8](repeating: 0, count: 8192)) == nil)
    #expect(position([UInt8](repeating: 0xFF, count: 8192)) == nil)
    for (offset, value) in [(18, 3), (19, 64), (13, 33), (15, 33), (12, 20), (17, 33)] as [(Int, UInt8)] {
      #expect(position(page { $0[offset] = value }) == nil, "\(offset)")
    }
    #expect(position(Array(page().prefix(20))) == nil)
  }
}
