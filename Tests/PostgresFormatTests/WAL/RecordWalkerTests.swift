import FixtureSupport
import Testing

@testable import PostgresFormat

/// The walker on WAL that is as it should be, at all the places where records and pages meet awkwardly.
@Suite struct RecordWalkerTests {
  private func expectAll(_ builder: WALBuilder, _ reason: WALStop.Reason = .zeroLength) {
    for pages in [1, 2, 3, 128] {
      let walked = builder.walk(pagesAtATime: pages)
      #expect(walked.records.map(\.start) == builder.starts)
      #expect(walked.stop?.reason == reason)
      #expect(walked.stop?.at == builder.nextStart)
      #expect(walked.lastRecord == builder.starts.last)
    }
  }

  @Test func recordsOfEveryLengthAroundAPage() {
    var builder = WALBuilder()
    for length in Array(1...300) + Array(8100...8300) { builder.record(main: [UInt8](repeating: 3, count: length)) }
    expectAll(builder)
  }

  /// Eight bytes before the end of a page there is room for length and xid only.
  @Test(arguments: [8, 16, 24, 32])
  func aHeaderSplitByAPage(room: Int) {
    var builder = WALBuilder()
    builder.fill(leaving: room)
    builder.record(main: [UInt8](repeating: 9, count: 50))
    builder.record(main: [1, 2, 3])
    expectAll(builder)
  }

  @Test func aRecordThatEndsWithItsPageEndsAtTheBoundary() {
    var builder = WALBuilder()
    builder.fill(leaving: 64)
    builder.record(main: [UInt8](repeating: 9, count: 38))
    builder.record(main: [5])
    let walked = builder.walk()
    let last = walked.records[walked.records.count - 2]
    #expect(last.end.rawValue % 8192 == 0)
    #expect(walked.records[walked.records.count - 1].start == last.end.advanced(by: 24))
    expectAll(builder)
  }

  @Test func aRecordOverSeveralSegments() {
    var builder = WALBuilder()
    builder.record(main: [1])
    let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0) }
    builder.record(manager: 21, main: bytes)
    builder.record(main: [2])
    expectAll(builder)
    #expect(builder.walk().records[1].bytes.suffix(bytes.count) == bytes[...])
  }

  @Test func beginningInsideALongRecordFindsTheNextOne() {
    var builder = WALBuilder()
    builder.record(main: [1])
    builder.record(manager: 21, main: [UInt8](repeating: 4, count: 2_500_000))
    let wanted = builder.record(main: [2])
    let base = builder.base.advanced(by: 1 << 20)
    let walked = Walked(
      Array(builder.segments.dropFirst()), from: base,
      walker: RecordWalker(geometry: builder.geometry, firstRecordFrom: base))
    #expect(walked.records.map(\.start) == [wanted])
  }

  @Test func aGiantIsCheckedWholeButKeptInPart() {
    var builder = WALBuilder()
    builder.record(manager: 21, main: [UInt8](repeating: 4, count: RecordAssembly.keptLength + 100_000))
    builder.record(main: [2])
    let walked = builder.walk()
    #expect(walked.records.count == 2)
    #expect(walked.records.first?.bytes.count == RecordAssembly.keptLength)
    #expect(walked.records.first?.totals.mainDataLength == RecordAssembly.keptLength + 100_000)
    // Its last byte still counts.
    builder.overwrite(at: LSN(builder.starts[1].rawValue - 16), [0xEE])
    #expect(builder.walk().stop?.reason == .badChecksum)
  }

  @Test func aSwitchSkipsTheRestOfItsSegment() {
    var builder = WALBuilder()
    builder.record(main: [1])
    builder.switchSegment()
    builder.record(main: [2])
    let walked = builder.walk()
    #expect(walked.records.map(\.start) == builder.starts)
    #expect(walked.records[1].end == builder.base.advanced(by: 1 << 20))
  }

  /// Up to 10 the pages after a switch have valid headers and no records.
  @Test func emptyPagesBehindASwitchAreNotRead() {
    var builder = WALBuilder(version: .v10)
    builder.record(main: [1])
    builder.raw(manager: 0, info: 0x40, body: [])
    while builder.bytes.count % builder.segmentSize != 0 {
      builder.zeros(8192 - builder.bytes.count % 8192)
      if builder.bytes.count % builder.segmentSize != 0 { builder.pageHeader(remaining: 0, flags: 4) }
    }
    builder.record(main: [2])
    #expect(builder.walk().records.map(\.start) == builder.starts)
  }

  @Test func aSwitchWhoseHeaderIsSplitByAPage() {
    var builder = WALBuilder()
    builder.fill(leaving: 8)
    builder.switchSegment()
    builder.record(main: [2])
    #expect(builder.walk().records.map(\.start) == builder.starts)
  }

  @Test func theLimitCountsOnlyRecordsThatEndBeforeIt() {
    var builder = WALBuilder()
    for _ in 0..<2000 { builder.record(main: [UInt8](repeating: 1, count: 40)) }
    for (index, start) in builder.starts.enumerated().dropFirst(100).prefix(300) {
      for (limit, count) in [(start, index), (start.advanced(by: 65), index), (start.advanced(by: 72), index + 1)] {
        var walker = RecordWalker(geometry: builder.geometry, firstRecordFrom: builder.base)
        walker.limit = limit
        let walked = Walked(builder.segments, from: builder.base, walker: walker)
        // A record that crosses a page ends later by the page's header.
        if start.rawValue / 8192 == start.rawValue.advanced(by: 72) / 8192 { #expect(walked.records.count == count) }
        #expect(walked.stop?.reason == .limit)
      }
    }
  }

  /// The server went on at the page where the continuation was lost, and says which record it gave up.
  @Test(arguments: [ServerVersion.v13, .v18, .v19])
  func anAbandonedRecordIsPassedOver(version: ServerVersion) {
    var builder = WALBuilder(version: version)
    builder.record(main: [1])
    builder.fill(leaving: 800)
    let before = builder.starts
    let link = builder.previous
    let lost = builder.raw(manager: 10, info: 0, body: [255, 200] + [UInt8](repeating: 1, count: 200))
    _ = builder.abandon(lost, previous: link)
    builder.record(main: [2])
    let walked = builder.walk()
    #expect(walked.records.map(\.start) == before + builder.starts.suffix(2))
    #expect(walked.stop?.reason == .zeroLength)
  }

  @Test func theReplacementMustNameTheAbandonedRecord() {
    var builder = WALBuilder()
    builder.fill(leaving: 800)
    let link = builder.previous
    let lost = builder.raw(manager: 10, info: 0, body: [255, 200] + [UInt8](repeating: 1, count: 200))
    let replacement = builder.abandon(lost, named: LSN(lost.rawValue - 8), previous: link)
    let walked = builder.walk()
    #expect(walked.stop?.reason == .badContinuation)
    #expect(walked.stop?.at == replacement)
  }
}
