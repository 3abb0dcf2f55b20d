import FixtureSupport
import Testing

@testable import PostgresFormat

/// One test for each thing that can be wrong with WAL: what the walker says, and where.
@Suite struct DamagedWALTests {
  /// Six pages of small records, one of which crosses each page boundary.
  private static func sample(_ version: ServerVersion = .v17) -> WALBuilder {
    var builder = WALBuilder(version: version)
    while builder.bytes.count < 6 * 8192 { builder.record(main: [UInt8](repeating: 5, count: 70)) }
    return builder
  }

  private static func page(_ number: UInt64, of builder: WALBuilder) -> LSN { builder.base.advanced(by: number * 8192) }

  private func expect(
    _ builder: WALBuilder, _ reason: WALStop.Reason, at position: LSN, record: LSN? = nil,
    _ place: SourceLocation = #_sourceLocation
  ) {
    let walked = builder.walk()
    #expect(walked.stop?.reason == reason, sourceLocation: place)
    #expect(walked.stop?.at == position, sourceLocation: place)
    if let record { #expect(walked.stop?.record == record, sourceLocation: place) }
    // What was found before the damage is what was there.
    #expect(walked.records.map(\.start) == Array(builder.starts.prefix(walked.records.count)), sourceLocation: place)
    #expect(walked.records.allSatisfy { $0.start < position }, sourceLocation: place)
  }

  /// The record that crosses into page 3.
  private func crossing(_ builder: WALBuilder) -> LSN? { builder.starts.last { $0 < Self.page(3, of: builder) } }

  @Test func aPageOfZerosInsideARecord() {
    var builder = Self.sample()
    builder.overwrite(at: Self.page(3, of: builder), [UInt8](repeating: 0, count: 8192))
    expect(builder, .incompleteRecord, at: Self.page(3, of: builder), record: crossing(builder))
    #expect(builder.walk().stop?.found == "zero_page")
  }

  @Test func aPageOfAnOlderSegmentInsideARecord() {
    var builder = Self.sample()
    builder.overwrite(at: Self.page(3, of: builder).advanced(by: 8), WALBuilder.little(UInt64(0x2000)))
    expect(builder, .incompleteRecord, at: Self.page(3, of: builder))
    #expect(builder.walk().stop?.found == "recycled_page")
  }

  @Test func aPageOfAnOlderSegmentBetweenRecords() {
    var builder = WALBuilder()
    builder.fill(leaving: 8192)
    let page = builder.position
    builder.record(main: [1])
    builder.overwrite(at: page.advanced(by: 8), WALBuilder.little(UInt64(0x2000)))
    expect(builder, .recycledPage, at: page)
  }

  @Test func aPageThatWasNeverWritten() {
    var builder = WALBuilder()
    builder.fill(leaving: 8192)
    expect(builder, .zeroPage, at: builder.position)
  }

  @Test func anAddressAheadOfThePage() {
    var builder = Self.sample()
    builder.overwrite(at: Self.page(3, of: builder).advanced(by: 8), WALBuilder.little(UInt64(0x2000_0000)))
    expect(builder, .badPageAddress, at: Self.page(3, of: builder), record: crossing(builder))
  }

  @Test func aPageOfAnotherMajorVersion() {
    var builder = Self.sample()
    builder.overwrite(at: Self.page(3, of: builder), WALBuilder.little(ServerVersion.v16.pageMagic))
    expect(builder, .foreignMagic, at: Self.page(3, of: builder))
    #expect(builder.walk().stop?.found == "0xD113 (PostgreSQL 16)")
  }

  @Test(arguments: [(ServerVersion.v17, UInt16(0x10)), (.v19, 0x08), (.v13, 0x20)])
  func flagsThatTheVersionDoesNotHave(version: ServerVersion, flag: UInt16) {
    var builder = Self.sample(version)
    builder.overwrite(at: Self.page(3, of: builder).advanced(by: 2), WALBuilder.little(UInt16(1) | flag))
    expect(builder, .badPageFlags, at: Self.page(3, of: builder))
  }

  @Test func aSegmentWithoutALongHeader() {
    var builder = Self.sample()
    builder.overwrite(at: builder.base.advanced(by: 2), [0, 0])
    expect(builder, .badPageFlags, at: builder.base)
  }

  @Test(arguments: [24, 32, 36])
  func aLongHeaderOfAnotherClusterOrSize(offset: UInt64) {
    var builder = Self.sample()
    builder.overwrite(at: builder.base.advanced(by: offset), [0x55])
    expect(builder, .foreignSegment, at: builder.base)
  }

  @Test func timelinesThatFall() {
    var builder = Self.sample()
    builder.overwrite(at: Self.page(3, of: builder).advanced(by: 4), [0])
    expect(builder, .timelineOutOfOrder, at: Self.page(3, of: builder))
  }

  @Test func aTimelineAboveThatOfTheFile() {
    var builder = Self.sample()
    builder.overwrite(at: Self.page(3, of: builder).advanced(by: 4), [2])
    expect(builder, .timelineOutOfOrder, at: Self.page(3, of: builder))
  }

  @Test func aContinuationThatIsNotFlagged() {
    var builder = Self.sample()
    builder.overwrite(at: Self.page(3, of: builder).advanced(by: 2), [0, 0])
    expect(builder, .badContinuation, at: Self.page(3, of: builder), record: crossing(builder))
  }

  @Test(arguments: [UInt32(0), 1, 9000, .max])
  func aContinuationOfTheWrongLength(remaining: UInt32) {
    var builder = Self.sample()
    builder.overwrite(at: Self.page(3, of: builder).advanced(by: 16), WALBuilder.little(remaining))
    expect(builder, .badContinuation, at: Self.page(3, of: builder), record: crossing(builder))
  }

  @Test func aContinuationWhereARecordShouldBegin() {
    var builder = WALBuilder()
    builder.fill(leaving: 8192)
    let page = builder.position
    builder.record(main: [1])
    builder.overwrite(at: page.advanced(by: 2), [1])
    expect(builder, .badContinuation, at: page)
  }

  @Test(arguments: [UInt32(1), 23])
  func aLengthBelowTheHeaders(length: UInt32) {
    var builder = Self.sample()
    builder.overwrite(at: builder.starts[40], WALBuilder.little(length))
    expect(builder, .badRecordLength, at: builder.starts[40])
  }

  /// Not a byte is set aside for it: the next page does not confirm it.
  @Test(arguments: [UInt32(1 << 20), 1020 << 20])
  func aLengthThatTheNextPageDoesNotConfirm(length: UInt32) {
    var builder = Self.sample()
    builder.overwrite(at: builder.starts[40], WALBuilder.little(length))
    expect(builder, .badContinuation, at: Self.page(1, of: builder), record: builder.starts[40])
  }

  /// The reading server has no maximum: only the next page tells.
  @Test(arguments: [ServerVersion.v15, .v16])
  func aLengthAboveWhatAServerWrites(version: ServerVersion) {
    for length in [UInt32(0x4000_0000), .max] {
      var builder = Self.sample(version)
      builder.overwrite(at: builder.starts[40], WALBuilder.little(length))
      expect(builder, .badContinuation, at: Self.page(1, of: builder), record: builder.starts[40])
    }
  }

  @Test(arguments: [(ServerVersion.v17, UInt8(22)), (.v17, 127), (.v14, 128)])
  func aResourceManagerThatTheVersionDoesNotHave(version: ServerVersion, manager: UInt8) {
    var builder = WALBuilder(version: version)
    builder.record(main: [1])
    let bad = builder.record(manager: manager, main: [2])
    expect(builder, .badResourceManager, at: bad)
  }

  @Test func aResourceManagerOfAnExtension() {
    var builder = WALBuilder(version: .v15)
    builder.record(manager: 128, main: [2])
    #expect(builder.walk().records.count == 1)
  }

  @Test func aRecordThatDoesNotFollowTheOneBefore() {
    var builder = WALBuilder()
    builder.record(main: [1])
    let bad = builder.raw(manager: 10, info: 0, body: [255, 1, 1], previous: builder.base)
    expect(builder, .badPrevLink, at: bad)
  }

  @Test func aFirstRecordThatFollowsALaterOne() {
    var builder = WALBuilder()
    let bad = builder.raw(manager: 10, info: 0, body: [255, 1, 1], previous: LSN(9 << 20))
    expect(builder, .badPrevLink, at: bad)
  }

  /// Every byte of a record counts, but for the padding in its header and after it.
  @Test func anyByteOfARecord() {
    let builder = Self.sample()
    let start = builder.starts[40]
    for offset in 0..<96 where offset != 18 && offset != 19 {
      var broken = builder
      let place = Int(start.bytes(since: builder.base)) + offset
      broken.overwrite(at: start.advanced(by: UInt64(offset)), [builder.bytes[place] ^ 0x10])
      let walked = broken.walk()
      #expect(walked.records.count == 40, "byte \(offset)")
    }
  }

  /// A record's body whose parts do not add up.
  struct BrokenBody: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var body: [UInt8]
    init(_ name: String, _ head: [UInt8], zeros: Int = 0, then tail: [UInt8] = []) {
      (testDescription, body) = (name, head)
      body += [UInt8](repeating: 0, count: zeros)
      body += tail
    }
  }

  static let brokenBodies: [BrokenBody] = [
    BrokenBody("an unknown fragment", [200, 0, 0, 0]),
    BrokenBody("a block reference that breaks off", [0, 0, 0, 0]),
    BrokenBody("data without the flag", [0, 0, 5, 0], zeros: 21),
    BrokenBody("the flag without data", [0, 0x20, 0, 0], zeros: 16),
    BrokenBody("the same relation as none", [0, 0x80, 0, 0], zeros: 4),
    BrokenBody("references out of order", [1, 0, 0, 0], zeros: 16, then: [0, 0x80, 0, 0, 0, 0, 0, 0]),
    BrokenBody("main data longer than the record", [255, 9, 1, 2, 3]),
    BrokenBody("main data shorter than the record", [255, 1, 1, 2, 3]),
    BrokenBody("long main data without its length", [254, 9, 0]),
    BrokenBody("an image larger than a page", [0, 0x10, 0, 0, 0, 0x30, 0, 0, 0], zeros: 16 + 0x3000),
    BrokenBody("a whole image with a hole", [0, 0x10, 0, 0, 0, 0x20, 8, 0, 1], zeros: 16 + 0x2000),
    BrokenBody("a short image without a hole", [0, 0x10, 0, 0, 16, 0, 0, 0, 0], zeros: 32),
  ]

  @Test(arguments: brokenBodies)
  func partsThatDoNotAddUp(broken: BrokenBody) {
    var builder = WALBuilder()
    builder.record(main: [1])
    let bad = builder.raw(manager: 10, info: 0, body: broken.body)
    builder.record(main: [2])
    expect(builder, .badRecordStructure, at: bad)
  }

  @Test func aMissingSegmentInsideARecord() {
    var builder = WALBuilder()
    builder.record(main: [1])
    let start = builder.record(main: [UInt8](repeating: 1, count: 1 << 20))
    let walker = RecordWalker(geometry: builder.geometry, firstRecordFrom: builder.base)
    let walked = Walked(Array(builder.segments.prefix(1)), from: builder.base, walker: walker)
    #expect(walked.stop?.reason == .incompleteRecord)
    #expect(walked.stop?.record == start)
    #expect(walked.end == start)
  }

  /// Any byte may be any other, and the input may end anywhere: what is accepted is what was written, up to the damage.
  @Test func mutationsNeverMakeAnotherRecord() {
    var random = SplitMix(state: 4711)
    for version in [ServerVersion.v9_6, .v14, .v17, .v19] {
      var builder = WALBuilder(version: version)
      while builder.bytes.count < 4 * 8192 {
        builder.record(main: [UInt8](repeating: 5, count: Int.random(in: 1...700, using: &random)))
      }
      let original = builder.walk().records
      let base = builder.base
      let bytes = builder.bytes
      for _ in 0..<600 {
        var changed = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) {
          changed[Int.random(in: 0..<changed.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        if Bool.random(using: &random) { changed.removeLast(Int.random(in: 0..<changed.count, using: &random)) }
        let walker = RecordWalker(geometry: builder.geometry, firstRecordFrom: base)
        let found = Walked([changed], from: base, walker: walker).records
        #expect(found.count <= original.count)
        for (a, b) in zip(found, original) {
          #expect(a.start == b.start)
          // The two bytes of padding in the header are nobody's.
          #expect(a.header == b.header && a.bytes.dropFirst(24) == b.bytes.dropFirst(24))
        }
      }
    }
  }
}
