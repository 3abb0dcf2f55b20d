import PostgresFormat

/// Looks for what a server had written after the place where valid WAL seems to end.
///
/// A server zeroes a page before it fills it, and a file that it uses again still has the pages of an older position. So
/// after the last record its page is zero, and the next page is zero as a whole or of an older file's same place, with
/// records that do not follow ours. Anything else was written after the end that was found: a byte of a length or of a
/// page's address may have changed, and the end is none.
struct TraceBehindEnd {
  let route: WALRoute

  /// Pages that a record is followed over at most.
  private static let pageLimit = 4096

  /// Where the trace is: nil where everything is as a server leaves it, or where the stop is none of these ends.
  func find(_ stop: WALStop, lastRecord: LSN?) -> LSN? {
    if let record = stop.record, let end = otherLength(of: record) { return end }
    let reason = stop.reason == .incompleteRecord ? stop.found.flatMap(WALStop.Reason.init(rawValue:)) : stop.reason
    switch reason {
    case .zeroLength, .zeroPage: return firstByte(from: stop.at)
    case .recycledPage:
      if hasImpossibleAddress(stop.at) { return stop.at }
      return lastRecord.flatMap { continuation(of: $0, after: stop) }
    default: return nil
    }
  }

  /// The first byte on the stop's page, from the stop on, that is not zero.
  private func firstByte(from position: LSN) -> LSN? {
    let page = route.geometry.pageStart(of: position)
    var pages = PageBytes(route)
    guard let bytes = pages.page(at: page) else { return nil }
    let offset = Int(position.bytes(since: page))
    return bytes[offset...].firstIndex { $0 != 0 }.map { page.advanced(by: UInt64($0)) }
  }

  /// A page that was left by an older file of the same cluster is that of the same place in its segment.
  private func hasImpossibleAddress(_ position: LSN) -> Bool {
    var pages = PageBytes(route)
    // SAFETY: the array's elements are plain bytes.
    guard let bytes = pages.page(at: position), let header = try? PageHeader(unsafe bytes.span.bytes) else {
      return false
    }
    return (position.rawValue &- header.address.rawValue) % UInt64(route.geometry.segmentSize) != 0
  }

  /// The first record after the stop that follows the last one without a break, if pages are read as though their
  /// addresses were right.
  private func continuation(of lastRecord: LSN, after stop: WALStop) -> LSN? {
    var walker = RecordWalker(geometry: route.geometry, at: lastRecord)
    var pages = PageBytes(route)
    var sink = FirstBehind(position: stop.record ?? stop.at)
    for _ in 0..<Self.pageLimit {
      let address = walker.nextPage
      guard var bytes = pages.page(at: address) else { return nil }
      // `xlp_pageaddr`.
      for index in 0..<8 { bytes[8 + index] = UInt8(truncatingIfNeeded: address.rawValue >> (8 * UInt64(index))) }
      // SAFETY: the array's elements are plain bytes.
      guard unsafe walker.consume(bytes.span.bytes, sink: &sink) else { break }
    }
    return sink.found
  }

  private struct FirstBehind: RecordSink {
    let position: LSN
    var found: LSN?
    mutating func accept(_ record: WALRecord) -> Bool {
      if record.start >= position { found = record.start }
      return found == nil
    }
  }

  /// Whether the record that seems to go on on the next page is a whole one of another length.
  private func otherLength(of record: LSN) -> LSN? {
    let page = route.geometry.pageStart(of: record)
    var pages = PageBytes(route)
    let start = Int(record.bytes(since: page))
    guard let bytes = pages.page(at: page), bytes.count - start >= RecordHeader.size else { return nil }
    var header = Array(bytes[start..<start + 20])
    let wanted = bytes[start + 20..<start + 24].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    var body: UInt32 = 0
    var length = RecordHeader.size
    while true {
      for index in 0..<4 { header[index] = UInt8(truncatingIfNeeded: length >> (8 * index)) }
      // SAFETY: here and below, the arrays' elements are plain bytes.
      if unsafe CRC32C.extend(body, with: header.span.bytes) == wanted {
        return record.advanced(by: UInt64((length + 7) & ~7))
      }
      guard start + length < bytes.count else { return nil }
      let next = [bytes[start + length]]
      body = unsafe CRC32C.extend(body, with: next.span.bytes)
      length += 1
    }
  }
}

/// Single pages of the files of a route, whatever is in them.
private struct PageBytes: ~Copyable {
  private let route: WALRoute
  private var current: SegmentNumber?
  private var reader: SegmentReader?

  init(_ route: WALRoute) { self.route = route }

  /// nil where no file has the whole page.
  mutating func page(at position: LSN) -> [UInt8]? {
    let size = route.geometry.segmentSize
    let number = SegmentNumber(containing: position, size: size)
    if number != current {
      current = number
      reader = nil
      guard let choice = route.choice(for: number) else { return nil }
      do { reader = try route.inventory.reader(of: choice.file) } catch { return nil }
    }
    var bytes = [UInt8](repeating: 0, count: WALGeometry.pageSize)
    let offset = Int(position.bytes(since: number.start(size: size)))
    return (try? reader?.fill(&bytes, from: offset)) == bytes.count ? bytes : nil
  }
}
