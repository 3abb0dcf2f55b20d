/// Finds the records in the pages of the write-ahead log, one after the other, and checks all that the server checks.
///
/// A value without I/O: whoever reads the files gives it consecutive pages, and it hands each record to a sink. Records
/// that lie within a page are looked at in place; those that cross pages or segments are put together first.
///
///     consume(pages of one segment) ──▶ header of each page ──▶ records of the page ──▶ sink
///                                                    └─ rest of a record begun earlier ─┘
///
/// It stops for good at the first thing that is not as it should be; `stop` says where and why. That is the end of WAL,
/// or damage: which of the two cannot be told from here. Nothing is allocated on the word of a length alone: a record that
/// crosses pages grows with the pages that carry it. Follows src/backend/access/transam/xlogreader.c.
@usableFromInline
package struct RecordWalker: ~Copyable {
  /// Version, segment size and system identifier that every page is held against.
  @usableFromInline package let geometry: WALGeometry
  /// The page that `consume` needs next. After a switch record, the first one of the next segment.
  @usableFromInline package internal(set) var nextPage: LSN
  /// Where the last valid record begins; nil before the first.
  @usableFromInline package internal(set) var lastRecord: LSN?
  /// Where the last valid record ends, as the server would go on. Before the first record: where the walk began.
  @usableFromInline package internal(set) var end: LSN
  /// Where the first record began that was found.
  @usableFromInline package internal(set) var firstRecord: LSN?
  /// Set once the walk is over.
  @usableFromInline package internal(set) var stop: WALStop?
  /// A record is handed over and counted only if all its bytes lie before this position.
  @usableFromInline package var limit: LSN = LSN(.max)
  /// The walk ends before the first record that begins here or later; one that begins earlier is read to its end.
  @usableFromInline package var stopBefore = LSN(.max)
  /// Records that begin before this position are checked, but not handed over.
  @usableFromInline package var handOverFrom: LSN
  /// The timeline in the name of the file that the pages come from. No page of it can be of a later one.
  package var fileTimeline = TimelineID(.max)

  @usableFromInline enum Mode {
    /// The first record that begins on the next pages.
    case seeking
    /// A record begins at this position.
    case expecting(LSN)
    /// Records have been read up to the end of the last page.
    case atPageStart
    /// A record crosses to the next page.
    case assembling
  }
  @usableFromInline var mode: Mode
  /// Where the record before the next one begins: what its `xl_prev` must say. nil at the first.
  @usableFromInline var previous: LSN?
  /// The highest timeline in the headers of the pages so far.
  package internal(set) var highestTimeline = TimelineID(0)
  /// That of the first page.
  package internal(set) var firstTimeline: TimelineID?
  /// What the first record says precedes it.
  @usableFromInline package internal(set) var firstPrevious: LSN?
  @usableFromInline var assembly = RecordAssembly()
  /// The abandoned record that the next one must name.
  @usableFromInline var abandoned: LSN?

  /// Starts at the record that begins exactly at `position`. A page start stands for the position after its header.
  ///
  /// `previous` is where the record before it begins, where that is known.
  package init(geometry: WALGeometry, at position: LSN, previous: LSN? = nil) {
    self.geometry = geometry
    (nextPage, mode) = (geometry.pageStart(of: position), .expecting(position))
    (end, handOverFrom, self.previous) = (position, position, previous)
  }

  /// Starts at the first record that begins at or after `position`, wherever that is.
  package init(geometry: WALGeometry, firstRecordFrom position: LSN) {
    self.geometry = geometry
    (nextPage, mode) = (geometry.pageStart(of: position), .seeking)
    (end, handOverFrom) = (position, position)
  }

  /// Whether a record has begun whose rest is still to come.
  @usableFromInline package var isInsideRecord: Bool { if case .assembling = mode { true } else { false } }

  /// Reads whole pages, the first of which is the page at ``nextPage``, all of one segment.
  ///
  /// Returns true where it wants more: the page at ``nextPage``, which after a switch record is not the one after those
  /// given. Returns false once ``stop`` is set.
  ///
  /// - Precondition: `pages.byteCount` is a multiple of the page size. Bytes after the last whole page are not looked at.
  @inlinable
  package mutating func consume<Sink: RecordSink & ~Copyable>(_ pages: RawSpan, sink: inout Sink) -> Bool {
    guard stop == nil else { return false }
    assembly.limit = Sink.keptLength
    var page = 0
    while pages.byteCount - page >= WALGeometry.pageSize {
      guard let begin = enterPage(pages, at: page) else { return false }
      var start: Int?
      switch begin {
      case .skip: break
      case .records(let offset): start = offset
      case .rest(let offset, let count):
        if readRest(pages, page: page, at: offset, count: count, sink: &sink) { return stop == nil }
        if !isInsideRecord { start = offset + (count + 7) & ~7 }
      }
      if let start, readRecords(pages, page: page, from: start, sink: &sink) { return stop == nil }
      page += WALGeometry.pageSize
      nextPage = LSN(nextPage.rawValue &+ UInt64(WALGeometry.pageSize))
    }
    return true
  }

  /// Reads the records that begin on one page. Returns true where the pages after this one are not wanted.
  @inlinable
  @inline(__always)
  mutating func readRecords<Sink: RecordSink & ~Copyable>(
    _ pages: RawSpan, page: Int, from start: Int, sink: inout Sink
  ) -> Bool {
    let pageAddress = nextPage.rawValue
    let pageEnd = page + WALGeometry.pageSize
    var offset = readPlainRecords(pages, page: page, from: start, sink: &sink)
    if stop != nil { return true }
    while offset < pageEnd {
      let room = pageEnd - offset
      let position = LSN(pageAddress &+ UInt64(offset - page))
      // SAFETY: offsets on a page are multiples of 8, so at least eight bytes of it remain; `consume` checked the page.
      let total = Int(
        unsafe UInt32(littleEndian: pages.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self)))
      guard position.rawValue &+ UInt64(max(total, RecordHeader.size)) <= limit.rawValue, position < stopBefore else {
        return finishAtLimit(position)
      }
      guard total <= room, room >= RecordHeader.size else {
        return begin(pages, at: offset, room: room, total: total, position: position)
      }
      let header = RecordHeader(unchecked: pages, at: offset)
      guard header.isSound(at: position, previous: previous, geometry: geometry) else {
        return refuse(header, at: position)
      }
      // SAFETY: `total <= room`, so the record ends on this page.
      let record = unsafe pages.extracting(unchecked: offset..<offset + total)
      guard Self.checksum(of: record) == header.checksum else {
        return refuseChecksum(record, header, at: position)
      }
      offset = offset + (total + 7) & ~7
      let end = LSN(pageAddress &+ UInt64(offset - page))
      guard deliver(record, header, from: position, to: end, sink: &sink) else { return true }
    }
    mode = .atPageStart
    return false
  }

  /// Takes what a page has of a record begun earlier. Returns true where the pages after this one are not wanted.
  @inlinable
  mutating func readRest<Sink: RecordSink & ~Copyable>(
    _ pages: RawSpan, page: Int, at offset: Int, count: Int, sink: inout Sink
  ) -> Bool {
    // SAFETY: `enterPage` has bounded `count` by what remains of the page after its header.
    let piece = unsafe pages.extracting(unchecked: offset..<offset + count)
    let position = assembly.start
    guard take(piece) else { return true }
    guard assembly.isComplete else { return false }
    let after = nextPage.rawValue &+ UInt64(offset - page + count)
    guard after <= limit.rawValue else { return finishAtLimit(position) }
    guard let header = assembly.header, assembly.finalChecksum() == header.checksum else {
      return refuseAssembly()
    }
    let next = offset + (count + 7) & ~7
    let end = LSN(nextPage.rawValue &+ UInt64(next - page))
    // The assembly is taken out, so that its bytes can be lent to the sink while the walker changes.
    var whole = RecordAssembly()
    swap(&whole, &assembly)
    let goesOn = deliver(whole.bytes, header, from: position, to: end, sink: &sink)
    swap(&whole, &assembly)
    if goesOn { mode = .atPageStart }
    return !goesOn
  }

  /// Hands over a record whose header and checksum are right. Returns false where the pages after it are not wanted.
  @inlinable
  @inline(__always)
  mutating func deliver<Sink: RecordSink & ~Copyable>(
    _ bytes: RawSpan, _ header: RecordHeader, from position: LSN, to after: LSN, sink: inout Sink
  ) -> Bool {
    let totals = FragmentTotals.sum(bytes, total: Int(header.totalLength), layout: geometry.layout)
    guard totals.headersEnd >= 0 else { return refuseStructure(totals, at: position) }
    var after = after
    // A switch changes what is read next; after an abandoned record only one kind of record is right.
    if header.resourceManager == 0 || abandoned != nil {
      guard let next = followSpecial(header, bytes, totals, from: position, to: after) else { return false }
      after = next
    }
    if firstRecord == nil { (firstRecord, firstPrevious) = (position, header.previous) }
    (lastRecord, previous, end) = (position, position, after)
    if position >= handOverFrom {
      let goesOn = sink.take(bytes, totals, from: position, to: after)
      sink.reached(from: position, last: position, end: after)
      guard goesOn else {
        _ = finishAtLimit(after)
        return false
      }
    }
    guard header.isSwitch else { return true }
    nextPage = after
    mode = .atPageStart
    return false
  }
}
