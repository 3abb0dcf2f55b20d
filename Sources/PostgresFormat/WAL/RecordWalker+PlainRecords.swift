import CChecksum

/// The usual case, which is almost all of the work: records that lie within a page, inside the range that is walked.
extension RecordWalker {
  /// Hands over such records one after the other, and returns where it met something else, or a page without room for
  /// another header. Nothing is judged here: whatever is not plainly right is left to ``readRecords``, which looks again.
  ///
  /// All checks of the range are made once for the page, as are links and checksums, and state that changes with every record
  /// is written at the end. ``stop`` is set only where the sink wants no more.
  @inlinable
  @inline(__always)
  mutating func readPlainRecords<Sink: RecordSink & ~Copyable>(
    _ pages: RawSpan, page: Int, from start: Int, sink: inout Sink
  ) -> Int {
    let pageAddress = nextPage.rawValue
    let endAddress = pageAddress &+ UInt64(WALGeometry.pageSize)
    guard let previous = previous?.rawValue, firstRecord != nil, abandoned == nil, nextPage >= handOverFrom,
      endAddress <= limit.rawValue, endAddress <= stopBefore.rawValue
    else { return start }
    let verified = Self.linkedRecords(pages, page: page, from: start, address: pageAddress, previous: previous)
    let (layout, custom) = (geometry.layout, geometry.hasCustomResourceManagers ? UInt8(128) : 0)
    var offset = start
    var last = previous
    var isWanted = true
    while isWanted, offset < verified {
      let header = RecordHeader(unchecked: pages, at: offset)
      let total = Int(header.totalLength)
      guard header.resourceManager <= 21 || header.resourceManager & custom != 0, !header.isSwitch else { break }
      // SAFETY: a whole record of at least 24 bytes stands here, as was just verified.
      let record = unsafe pages.subspan(unchecked: offset, count: total)
      let totals = FragmentTotals.sum(record, total: total, layout: layout)
      guard totals.headersEnd >= 0 else { break }
      last = pageAddress &+ UInt64(truncatingIfNeeded: offset &- page)
      offset = offset &+ (total &+ 7) & ~7
      let after = LSN(pageAddress &+ UInt64(truncatingIfNeeded: offset &- page))
      isWanted = sink.take(record, totals, from: LSN(last), to: after)
    }
    guard offset != start else { return start }
    let after = LSN(pageAddress &+ UInt64(truncatingIfNeeded: offset &- page))
    (lastRecord, self.previous, end) = (LSN(last), LSN(last), after)
    sink.reached(from: LSN(pageAddress &+ UInt64(start - page)), last: LSN(last), end: after)
    if !isWanted { _ = finishAtLimit(after) }
    return offset
  }

  /// Where the records end that are linked to each other, whole on the page and have the right checksum, beginning at `start`.
  @usableFromInline
  static func linkedRecords(_ pages: RawSpan, page: Int, from start: Int, address: UInt64, previous: UInt64) -> Int {
    // SAFETY: the page is within the span, as `consume` has checked; only read, and only within the closure.
    unsafe pages.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return start }
      let size = WALGeometry.pageSize
      return unsafe page + crc32c_wal_records(base + page, start - page, size, address, previous)
    }
  }
}

extension RawSpan {
  /// The `count` bytes at `offset`, with nothing checked, not even for overflow.
  @unsafe
  @inlinable
  @inline(__always)
  @_lifetime(copy self)
  func subspan(unchecked offset: Int, count: Int) -> RawSpan {
    // SAFETY: the caller answers for the bytes being there; they live as long as those of `self`.
    #if compiler(>=6.3)
      let base = unsafe withUnsafeBytes { unsafe $0.baseAddress.unsafelyUnwrapped }
      return unsafe _overrideLifetime(RawSpan(_unsafeStart: base + offset, byteCount: count), copying: self)
    #else
      // The compiler of 6.2 breaks down over the former.
      return unsafe extracting(unchecked: Range(uncheckedBounds: (offset, offset &+ count)))
    #endif
  }
}
