import ByteReading
import FixtureSupport
import Testing

@testable import PostgresFormat

@Suite struct CatalogScannerTests {
  private typealias Builder = CatalogPageBuilder

  private func scan(
    _ pages: [[UInt8]], status: [UInt32: TransactionStatus] = [:]
  ) -> CatalogScanner<ReplicationOriginRow> {
    var scanner = CatalogScanner<ReplicationOriginRow>(version: .v17)
    for (index, page) in pages.enumerated() {
      scanner.scan(page: page.span.bytes, at: index * 8192) { status[$0.rawValue] }
    }
    return scanner
  }

  @Test func rowsAreOrderedAndDeadOnesLeftOut() {
    let dead = Builder.origin(3, "dead") { ($0.xmax, $0.flags) = (800, [.xminCommitted, .xmaxCommitted]) }
    let scanner = scan([Builder.page([Builder.origin(2, "two"), dead]), Builder.page([Builder.origin(1, "one")])])
    #expect(scanner.rows.map(\.name) == ["one", "two"])
    #expect(scanner.errors.isEmpty)
  }

  @Test func damageTakesOnlyWhatItHits() {
    var second = Builder.page([Builder.origin(2, "two")])
    second[18] = 0
    let tooLong = Builder.origin(4, "four") { $0.columns[4] = 0xFF }
    let third = Builder.page([Builder.origin(3, "three"), tooLong])
    let scanner = scan([Builder.page([Builder.origin(1, "one")]), second, third, Array(third.prefix(100))])
    #expect(scanner.rows.map(\.name) == ["one", "three"])
    #expect(scanner.errors.map(\.code) == [.badValue, .tooShort, .tooShort])
    #expect(scanner.errors.first?.offset == 8192 + 18)
    #expect((2 * 8192..<3 * 8192).contains(scanner.errors[1].offset))
  }

  @Test func errorsAreBounded() {
    let scanner = scan(Array(repeating: [1], count: 1000))
    #expect(scanner.errors.count == CatalogScanner<ReplicationOriginRow>.errorLimit)
  }

  /// Compressed texts are small in the file: what they become is bounded, and what is left out is said.
  @Test func whatIsDecompressedIsBounded() {
    // A literal, then copies of it: pglz makes 273 bytes of three.
    let items: [UInt8] = [0b1111_1110, 0x61] + Array(repeating: [0x0F, 1, 255], count: 7).joined()
    let length = 1 + 7 * 273
    let compressed = le(UInt32(8 + items.count) << 2 | 2) + le(UInt32(length)) + items
    let pages = (1...20).map { number in
      Builder.page([Builder.origin(UInt32(number), "") { $0.columns = le(UInt32(number)) + compressed }])
    }
    #expect(scan(pages).rows.map(\.name.utf8.count) == [Int](repeating: length, count: 20))
    var scanner = CatalogScanner<ReplicationOriginRow>(version: .v17, byteLimit: 10 * length)
    for page in pages { scanner.scan(page: page.span.bytes, at: 0) { _ in nil } }
    #expect(scanner.rows.count == 10)
    #expect(scanner.errors.map(\.code) == [FormatError.Code](repeating: .tooLong, count: 10))
  }

  @Test func ofTwoLiveVersionsThePageThatChangedLastWins() {
    let newer = Builder.page([Builder.origin(1, "newer")], lsn: 200)
    let older = Builder.page([Builder.origin(1, "older")], lsn: 100)
    #expect(scan([newer, older]).rows.map(\.name) == ["newer"])
    #expect(scan([older, newer]).rows.map(\.name) == ["newer"])
  }

  @Test func aSettledVersionWinsOverAnUnsureOne() {
    let unsure = Builder.page(
      [Builder.origin(1, "unsure") { ($0.xmax, $0.flags) = (9, [.xminCommitted, .xmaxIsMulti]) }], lsn: 200)
    let settled = Builder.page([Builder.origin(1, "settled")], lsn: 100)
    #expect(scan([unsure, settled]).rows.map(\.name) == ["settled"])
    #expect(scan([settled, unsure]).rows.map(\.name) == ["settled"])
    #expect(scan([unsure]).rows.map(\.name) == ["unsure"])
  }

  @Test func aRowWithoutAColumnThatIsNeverNullIsAnError() {
    let noName = Builder.origin(1, "") { ($0.presentColumns, $0.columns) = ([true, false], le(UInt32(1))) }
    let scanner = scan([Builder.page([noName])])
    #expect(scanner.rows.isEmpty)
    #expect(scanner.errors.map(\.field) == ["roname"])
  }

  @Test func anOriginBeyondSixteenBitsIsAnError() {
    #expect(scan([Builder.page([Builder.origin(65_536, "x")])]).errors.map(\.field) == ["roident"])
  }

  @Test func namesThatAreNotUTF8AreMarked() {
    var columns = le(UInt32(16_384)) + Builder.name("db") + [UInt8](repeating: 0, count: 28)
    columns[5] = 0xFC
    var scanner = CatalogScanner<DatabaseRow>(version: .v17)
    scanner.scan(page: Builder.page([Builder.Tuple(14, columns).bytes]).span.bytes, at: 0) { _ in nil }
    #expect(scanner.rows.map(\.name) == ["d\u{FFFD}"])
    #expect(scanner.rows.map(\.nameIsExact) == [false])
  }

  /// No change of a real page ends the process, and no row comes out without a page for it.
  @Test(arguments: ["pg9.6-crash", "pg11-pubsub", "pg14-pubsub", "pg19-catalogs"]) func mutations(name: String) throws {
    let node = try #require(try Fixtures.nodes(name).last)
    let version = try #require(ServerVersion(name: node.versionName))
    var random = SplitMix(state: 20_261_121)
    for catalog in ["1262", "6000", "6100"] where FileTree.exists("\(node.path)/global/\(catalog)") {
      let bytes = try FileTree.contents(of: "\(node.path)/global/\(catalog)")
      for _ in 0..<400 {
        var page = Array(bytes.prefix(8192))
        guard page.count == 8192 else { continue }
        for _ in 0..<Int.random(in: 1...8, using: &random) {
          let place =
            Bool.random(using: &random)
            ? Int.random(in: 0..<200, using: &random) : Int.random(in: 7000..<8192, using: &random)
          page[place] = UInt8.random(in: 0...255, using: &random)
        }
        exercise(DatabaseRow.self, page, version)
        exercise(SubscriptionRow.self, page, version)
        exercise(ReplicationOriginRow.self, page, version)
        exercise(RelationRow.self, page, version)
      }
    }
  }

  private func exercise<Row: CatalogRow>(_ type: Row.Type, _ page: [UInt8], _ version: ServerVersion) {
    var scanner = CatalogScanner<Row>(version: version)
    scanner.scan(page: page.span.bytes, at: 0) { _ in .committed }
    #expect(scanner.rows.count <= 8192 / 28)
  }
}
