import FixtureSupport

@testable import PostgresFormat

/// What a walk over some segments found: for tests that look at all of it.
struct Walked {
  struct Record: Hashable {
    var start: LSN
    var end: LSN
    var header: RecordHeader
    var totals: FragmentTotals
    var bytes: [UInt8]
  }
  var records: [Record] = []
  var stop: WALStop?
  var firstRecord: LSN?
  var lastRecord: LSN?
  var end = LSN.none

  struct Collector: RecordSink {
    var records: [Record] = []
    mutating func accept(_ record: WALRecord) -> Bool {
      let bytes = record.bytes.withUnsafeBytes { [UInt8]($0) }
      records.append(
        Record(start: record.start, end: record.end, header: record.header, totals: record.totals, bytes: bytes))
      return true
    }
  }

  enum NoGeometry: Error { case noFirstPage }

  /// Walks consecutive segments from the first record in them; the first segment's header says what they are.
  init(_ segments: [[UInt8]], pagesAtATime: Int = 32) throws {
    guard let first = segments.first, let header = try? PageHeader(first.span.bytes),
      let geometry = WALGeometry(firstPage: header)
    else { throw NoGeometry.noFirstPage }
    self.init(
      segments, from: header.address, walker: RecordWalker(geometry: geometry, firstRecordFrom: header.address),
      pagesAtATime: pagesAtATime)
  }

  /// Walks segments of which the first begins at `base`.
  init(_ segments: [[UInt8]], from base: LSN, walker: consuming RecordWalker, pagesAtATime: Int = 32) {
    let size = walker.geometry.segmentSize
    var sink = Collector()
    while walker.stop == nil {
      let offset = Int(walker.nextPage.bytes(since: base))
      guard walker.nextPage >= base, offset / size < segments.count else {
        walker.endInput(.missingSegment)
        break
      }
      let segment = segments[offset / size]
      let begin = min(offset % size, segment.count)
      let count = min(pagesAtATime * WALGeometry.pageSize, segment.count - begin)
      guard count >= WALGeometry.pageSize else {
        walker.endInput(.shortFile)
        break
      }
      _ = walker.consume(segment.span.bytes.extracting(begin..<begin + count), sink: &sink)
    }
    records = sink.records
    (stop, firstRecord, lastRecord, end) = (walker.stop, walker.firstRecord, walker.lastRecord, walker.end)
  }
}

extension WALBuilder {
  func walk(fileTimeline: TimelineID = TimelineID(1), pagesAtATime: Int = 32) -> Walked {
    var walker = RecordWalker(geometry: geometry, firstRecordFrom: base)
    walker.fileTimeline = fileTimeline
    return Walked(segments, from: base, walker: walker, pagesAtATime: pagesAtATime)
  }
}
