import FixtureSupport
import PostgresFormat
import Testing

@testable import ClusterFiles

/// The search after damage, over pages that only seem to go on.
@Suite struct NextValidRecordTests {
  /// Segments of pages that all claim the rest of a record, which ends where none begins; then, where `endsWell`, a record.
  private func search(segments: Int, endsWell: Bool) throws -> (found: LSN?, expected: LSN?) {
    var builder = WALBuilder(base: LSN(1 << 20))
    builder.record(main: [1, 2, 3])
    let stop = builder.nextStart
    builder.zeros((1 << 20) - builder.bytes.count)
    while builder.bytes.count < segments << 20 {
      let isLast = builder.bytes.count == segments << 20 - 8192
      builder.pageHeader(remaining: isLast ? 16 : 1 << 30)
      builder.zeros(8192 - builder.bytes.count % 8192)
    }
    let expected = endsWell ? builder.raw(manager: 10, info: 0, body: [255, 3, 4, 5, 6], previous: stop) : nil
    builder.zeros((1 << 20) - builder.bytes.count % (1 << 20))
    let scratch = ScratchDirectory()
    for index in 0..<builder.bytes.count >> 20 {
      let name = SegmentName(timeline: TimelineID(1), number: SegmentNumber(UInt64(1 + index)), size: 1 << 20)
      scratch.write(name.text, Array(builder.bytes[index << 20..<(index + 1) << 20]))
    }
    let source = try WALWalkTests.source(folder: scratch)
    let search = NextValidRecord(route: source.route, bound: LSN(.max))
    let found = search.search(after: WALStop(.badChecksum, at: stop), timeline: TimelineID(1))
    return (found?.start, expected)
  }

  @Test(arguments: [true, false])
  func theRestOfALongRecordIsReadOnce(endsWell: Bool) throws {
    let begin = ContinuousClock.now
    let (found, expected) = try search(segments: 40, endsWell: endsWell)
    #expect(found == expected)
    // Read anew from each of the 5000 pages it would be 100 GB.
    #expect(ContinuousClock.now - begin < .seconds(15))
  }
}
