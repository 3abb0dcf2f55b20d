import ByteReading
import CChecksum

/// What stands between the records: page headers, continuations, switches, abandoned records, and the end of the input.
extension RecordWalker {
  /// Where to go on in a page.
  @usableFromInline
  enum PageBegin {
    /// No record begins on it that is wanted.
    case skip
    /// Records begin at this offset.
    case records(Int)
    /// The rest of a record stands at this offset.
    case rest(Int, count: Int)
  }

  /// Checks the header of the page at `offset`, and says where to go on in it. Returns nil where the walk is over.
  @usableFromInline
  mutating func enterPage(_ pages: RawSpan, at offset: Int) -> PageBegin? {
    guard nextPage < limit, nextPage < stopBefore || isInsideRecord else {
      return fail(WALStop(.limit, at: isInsideRecord ? assembly.start : nextPage))
    }
    guard let header = try? PageHeader(pages, at: offset) else { return fail(WALStop(.shortFile, at: nextPage)) }
    if let objection = header.objection(at: nextPage, geometry: geometry) { return fail(objection) }
    if let objection = timelineObjection(header) { return fail(objection) }
    highestTimeline = header.timeline
    if firstTimeline == nil { firstTimeline = header.timeline }
    let body = offset + header.size

    switch mode {
    case .assembling:
      if header.flags & geometry.overwriteFlag != 0 {
        // The abandoned record is not the one before the next: its predecessor stays that.
        abandoned = assembly.start
        return .records(body)
      }
      guard header.isContinuation else {
        return fail(WALStop(.badContinuation, at: nextPage, expected: "\(assembly.missing)", found: "no continuation"))
      }
      guard header.remainingLength != 0, Int(header.remainingLength) == assembly.missing else {
        return fail(
          WALStop(.badContinuation, at: nextPage, expected: "\(assembly.missing)", found: "\(header.remainingLength)"))
      }
      return .rest(body, count: min(assembly.missing, offset + WALGeometry.pageSize - body))
    case .expecting(let position):
      let inPage = Int(position.bytes(since: nextPage))
      if inPage > header.size { return .records(offset + inPage) }
      guard inPage == 0 || inPage == header.size else {
        return fail(WALStop(.badRecordLength, at: position, expected: "a position behind the page header"))
      }
      fallthrough
    case .atPageStart:
      guard !header.isContinuation else {
        return fail(WALStop(.badContinuation, at: nextPage, expected: "0", found: "\(header.remainingLength)"))
      }
      return .records(body)
    case .seeking:
      guard header.isContinuation else { return .records(body) }
      let rest = (Int(header.remainingLength) + 7) & ~7
      return rest >= offset + WALGeometry.pageSize - body ? .skip : .records(body + rest)
    }
  }

  /// The timelines of pages never fall, and no page is of a later one than its file.
  private func timelineObjection(_ header: PageHeader) -> WALStop? {
    if header.timeline < highestTimeline {
      return WALStop(
        .timelineOutOfOrder, at: nextPage, expected: "at least \(highestTimeline)", found: "\(header.timeline)")
    }
    if header.timeline > fileTimeline {
      return WALStop(
        .timelineOutOfOrder, at: nextPage, expected: "at most \(fileTimeline)", found: "\(header.timeline)")
    }
    return nil
  }

  /// Begins a record that goes on on the next page. Returns true where the walk is over.
  @usableFromInline
  mutating func begin(_ pages: RawSpan, at offset: Int, room: Int, total: Int, position: LSN) -> Bool {
    if total < RecordHeader.size || total > Int(geometry.maximumRecordLength) {
      let header = RecordHeader(totalLength: UInt32(truncatingIfNeeded: total))
      return finish(header.describeObjection(at: position, previous: previous, geometry: geometry))
    }
    // SAFETY: `room` is what remains of the page.
    let first = unsafe pages.extracting(unchecked: offset..<offset + min(room, total))
    let objection = assembly.begin(at: position, total: total, first: first, previous: previous, geometry: geometry)
    if let objection { return finish(objection) }
    mode = .assembling
    return false
  }

  /// Ends the walk: there is no page at ``nextPage``. The reason is why: a missing or short file, or one that cannot be read.
  package mutating func endInput(_ reason: WALStop.Reason, found: String? = nil) {
    if stop == nil { _ = fail(WALStop(reason, at: nextPage, found: found)) }
  }

  /// Makes it refuse pages of a timeline below that of the pages before its first one.
  package mutating func expectTimeline(_ timeline: TimelineID) { highestTimeline = max(highestTimeline, timeline) }

  /// Checks the first page of a segment that the walk enters in its middle, as the server does. Returns false where the
  /// walk is over.
  package mutating func checkFirstPage(_ page: RawSpan) -> Bool {
    let start = geometry.segmentStart(of: nextPage)
    guard stop == nil, let header = try? PageHeader(page) else { return stop == nil }
    if let objection = header.objection(at: start, geometry: geometry) {
      _ = finish(objection)
      return false
    }
    highestTimeline = max(highestTimeline, header.timeline)
    return true
  }

  /// Ends the walk at a page. Inside a record, a page that was never written says that the record was not, either.
  private mutating func fail(_ objection: WALStop) -> PageBegin? {
    var reason = objection
    if isInsideRecord {
      reason.record = assembly.start
      switch objection.reason {
      case .zeroPage, .recycledPage, .missingSegment:
        reason.reason = .incompleteRecord
        reason.found = objection.reason.rawValue
        reason.expected = "\(assembly.missing) more bytes of the record"
      default: break
      }
    }
    stop = reason
    return nil
  }

  /// Records of the XLOG manager that change how reading goes on. Returns false where the walk is over.
  @usableFromInline
  mutating func followSpecial(
    _ header: RecordHeader, _ bytes: RawSpan, _ totals: FragmentTotals, from position: LSN, to end: inout LSN
  ) -> Bool {
    if header.isSwitch {
      let size = UInt64(geometry.segmentSize)
      // A record that ends exactly with its segment is followed by the next one all the same.
      let last = LSN(end.rawValue &- 1)
      end = geometry.segmentStart(of: last).advanced(by: size)
    }
    guard let lost = abandoned else { return true }
    abandoned = nil
    let body = Int(header.totalLength) - totals.mainDataLength
    guard header.isOverwriteContinuation, let named = try? bytes.u64(at: body, field: "overwritten_lsn"),
      named == lost.rawValue
    else {
      return !finish(missingOverwrite(at: position))
    }
    return true
  }

  /// The checksum of a whole record, which has at least the 24 bytes of its header.
  @usableFromInline
  static func checksum(of record: RawSpan) -> UInt32 {
    // SAFETY: the bytes are only read within the closure, `$0.count` of them.
    unsafe record.withUnsafeBytes { unsafe crc32c_wal_record($0.baseAddress, $0.count) }
  }

  @usableFromInline
  func missingOverwrite(at position: LSN) -> WALStop {
    WALStop(.badContinuation, at: position, expected: "a record that names the abandoned one", found: "another")
  }

  @usableFromInline
  func badChecksum(_ record: RawSpan, _ header: RecordHeader, at position: LSN) -> WALStop {
    WALStop(
      .badChecksum, at: position, expected: String(Self.checksum(of: record), radix: 16),
      found: String(header.checksum, radix: 16))
  }
}

extension RecordHeader {
  /// Only a length: the rest of the header has not been read.
  fileprivate init(totalLength: UInt32) {
    self.totalLength = totalLength
    (xid, previous, info, resourceManager, checksum) = (.none, .none, 0, 0, 0)
  }
}
