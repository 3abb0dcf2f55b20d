import ByteReading
import Testing

@testable import PostgresFormat

@Suite struct HeapPageTests {
  private let tuples = [CatalogPageBuilder.origin(1, "a"), CatalogPageBuilder.origin(2, "bcd")]

  private func parse(_ change: (inout [UInt8]) -> Void = { _ in }) throws -> HeapPage {
    var page = CatalogPageBuilder.page(tuples)
    change(&page)
    return try HeapPage(parsing: page.span.bytes)
  }

  @Test func itemsInUseAreListed() throws {
    let page = try parse()
    #expect(page.lsn == LSN(0x1_0000_0028))
    #expect(page.items.map(\.length) == tuples.map(\.count))
    #expect(page.items.map(\.pointerOffset) == [24, 28])
    #expect(page.errors.isEmpty)
  }

  @Test(arguments: [0, 2, 3]) func unusedRedirectedAndDeadItemsAreNot(state: UInt8) throws {
    // The state is in the upper bit of the pointer's second byte and the lowest of its third.
    let page = try parse { page in
      page[25] = page[25] & 0x7F | (state & 1) << 7
      page[26] = page[26] & 0xFE | state >> 1
    }
    #expect(page.items.map(\.pointerOffset) == [28])
    #expect(page.errors.isEmpty)
  }

  @Test func aPageThatWasNeverFilledIsEmpty() throws {
    let page = try HeapPage(parsing: [UInt8](repeating: 0, count: 8192).span.bytes)
    #expect(page.items.isEmpty && page.errors.isEmpty)
  }

  @Test func tooFewBytes() {
    let page = Array(CatalogPageBuilder.page(tuples).dropLast())
    #expect(throws: FormatError(.tooShort, at: 8191, field: "page", expected: "8192 bytes", found: "8191 bytes")) {
      try HeapPage(parsing: page.span.bytes)
    }
  }

  @Test func wrongPageSizeOrVersion() {
    #expect(throws: FormatError.self) { try parse { $0[18] = 3 } }
    #expect(throws: FormatError.self) { try parse { $0[19] = 0x10 } }
  }

  @Test(arguments: [12, 14, 16]) func boundsInTheWrongOrder(offset: Int) {
    for value: UInt16 in [1, 23, 0xFFFF] {
      #expect(throws: FormatError.self) {
        try parse { $0.replaceSubrange(offset..<offset + 2, with: le(value)) }
      }
    }
  }

  /// A page is 8 kB: pointers to the same bytes over and over would be megabytes of rows.
  @Test func pointersThatShareBytesAreErrors() throws {
    let page = try parse { page in
      let pointer = Array(page[24..<28])
      let count = (8192 - 200 - 24) / 4
      for index in 2..<count { page.replaceSubrange(24 + 4 * index..<28 + 4 * index, with: pointer) }
      page.replaceSubrange(12..<14, with: le(UInt16(24 + 4 * count)))
    }
    #expect(page.items.map(\.pointerOffset) == [24, 28])
    #expect(page.errors.count == HeapPage.errorLimit)
    #expect(page.items.reduce(0) { $0 + $1.length } <= HeapPage.size)
  }

  @Test func aLinePointerOutsideTheDataIsAnErrorOfItsOwn() throws {
    let pastTheEnd = UInt32(8184) | 1 << 15 | 100 << 17
    let intoTheHeader = UInt32(8) | 1 << 15 | 40 << 17
    let notAligned = UInt32(8191) | 1 << 15 | 1 << 17
    for pointer in [pastTheEnd, intoTheHeader, notAligned] {
      let page = try parse { $0.replaceSubrange(24..<28, with: le(pointer)) }
      #expect(page.items.map(\.pointerOffset) == [28])
      #expect(page.errors.map(\.offset) == [24])
    }
  }
}
