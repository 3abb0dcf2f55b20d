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

/// A generator that gives the same numbers in each run.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}
