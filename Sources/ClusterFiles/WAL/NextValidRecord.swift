import ByteReading
import PostgresFormat

/// Looks for the first valid record after a place where reading stopped.
struct NextValidRecord {
  let route: WALRoute
  /// Nothing is read from here on.
  let bound: LSN

  struct Found {
    var start: LSN
    /// What the record says precedes it.
    var previous: LSN
    /// Of an OVERWRITE_CONTRECORD: where the record begins that was abandoned. It stands for that one, and names the one before it.
    var abandoned: LSN?
  }

  /// Tries one page after the other: where the header is the page's own and not of an older timeline, the first record
  /// from there must be valid, and follow one that does not begin before the stop. Segments that are missing or not live
  /// are passed over; the search ends after the last one.
  func search(after stop: WALStop, timeline: TimelineID) -> Found? {
    let geometry = route.geometry
    let pageSize = UInt64(WALGeometry.pageSize)
    var segments = route.liveSegments[...]
    var page = geometry.pageStart(of: stop.at).advanced(by: pageSize)
    var headers = PageHeaderReader(route)
    while page < bound {
      let number = SegmentNumber(containing: page, size: geometry.segmentSize)
      guard let header = headers.header(at: page), header.objection(at: page, geometry: geometry) == nil,
        header.timeline >= timeline
      else {
        // A segment whose first page is not its own has none that is; go on with the next one that is there.
        let isFirstPage = geometry.segmentStart(of: page) == page
        if isFirstPage || headers.isMissing {
          segments = segments.drop { $0 <= number }
          guard let next = segments.first else { return nil }
          page = next.start(size: geometry.segmentSize)
        } else {
          page = page.advanced(by: pageSize)
        }
        continue
      }
      let (found, tried) = firstRecord(from: page)
      let stopped = stop.record ?? stop.at
      if let found, found.previous >= stopped || found.abandoned == stopped { return found }
      // The pages between hold the rest of a record, and lead to the same place: trying each of them would read all that
      // follows it once more.
      page = max(page.advanced(by: pageSize), geometry.pageStart(of: tried))
    }
    return nil
  }

  /// The first record that begins on the page or after it, and where one was looked for.
  private func firstRecord(from page: LSN) -> (found: Found?, tried: LSN) {
    var walker = RecordWalker(geometry: route.geometry, firstRecordFrom: page)
    var reader = WALReader(route)
    var sink = FirstRecord()
    while reader.fill(for: &walker), walker.consume(reader.pages, sink: &sink) {}
    return (sink.found, sink.found?.start ?? walker.stop.map { $0.record ?? $0.at } ?? page)
  }

  private struct FirstRecord: RecordSink {
    var found: Found?
    mutating func accept(_ record: WALRecord) -> Bool {
      found = Found(start: record.start, previous: record.header.previous)
      if record.header.isOverwriteContinuation, record.mainDataOffset >= 0,
        let abandoned = try? record.bytes.u64(at: record.mainDataOffset, field: "overwritten_lsn")
      {
        found?.abandoned = LSN(abandoned)
      }
      return false
    }
  }
}

/// Single page headers, read in ascending order with few system calls.
struct PageHeaderReader: ~Copyable {
  private let route: WALRoute
  private var reader: SegmentReader?
  private var current: SegmentNumber?
  private var block: [UInt8] = []
  private var blockStart = 0
  /// Whether the page last asked for is in no file, or after the end of one.
  private(set) var isMissing = false

  private static let blockSize = 256 << 10

  init(_ route: WALRoute) { self.route = route }

  /// The header of the page at `position`; nil where no file has it.
  mutating func header(at position: LSN) -> PageHeader? {
    let size = route.geometry.segmentSize
    let number = SegmentNumber(containing: position, size: size)
    let offset = Int(position.bytes(since: number.start(size: size)))
    isMissing = false
    if number != current {
      current = number
      block = []
      reader = nil
      if let choice = route.choice(for: number) {
        do { reader = try route.inventory.reader(of: choice.file) } catch { reader = nil }
      }
    }
    if offset < blockStart || offset + WALGeometry.pageSize > blockStart + block.count {
      block = [UInt8](repeating: 0, count: min(Self.blockSize, size - offset))
      let got = (try? reader?.fill(&block, from: offset)) ?? 0
      blockStart = offset
      block.removeLast(block.count - got)
    }
    guard offset + WALGeometry.pageSize <= blockStart + block.count else {
      isMissing = true
      return nil
    }
    // SAFETY: the array's elements are plain bytes.
    return try? PageHeader(unsafe block.span.bytes, at: offset - blockStart)
  }
}
