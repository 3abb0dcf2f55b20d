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
    /// The rest of a record is at this offset.
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
        return fail(WALStop(.badRecordLength, at: position, expected: "a position after the page header"))
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
  @inline(__always)
  private func timelineObjection(_ header: PageHeader) -> WALStop? {
    header.timeline >= highestTimeline && header.timeline <= fileTimeline ? nil : describeTimelineObjection(header)
  }

  private func describeTimelineObjection(_ header: PageHeader) -> WALStop? {
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
    if total < RecordHeader.size {
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

  /// Records of the XLOG manager that change how reading goes on. Returns where the next record is looked for, or nil where
  /// the walk is over.
  @usableFromInline
  mutating func followSpecial(
    _ header: RecordHeader, _ bytes: RawSpan, _ totals: FragmentTotals, from position: LSN, to end: LSN
  ) -> LSN? {
    if let lost = abandoned {
      abandoned = nil
      let body = Int(header.totalLength) - totals.mainDataLength
      guard header.isOverwriteContinuation, let named = try? bytes.u64(at: body, field: "overwritten_lsn"),
        named == lost.rawValue
      else {
        stop = WALStop(
          .badContinuation, at: position, expected: "a record that names the abandoned one at \(lost)", found: "another"
        )
        return nil
      }
    }
    guard header.isSwitch else { return end }
    // A switch that ends exactly with its segment is followed by the next one all the same.
    let last = LSN(end.rawValue &- 1)
    return geometry.segmentStart(of: last).advanced(by: UInt64(geometry.segmentSize))
  }

  /// Adds a piece to the record that crosses pages. Returns false where the walk is over.
  @usableFromInline
  mutating func take(_ piece: RawSpan) -> Bool {
    guard let objection = assembly.append(piece, previous: previous, geometry: geometry) else { return true }
    stop = objection
    return false
  }

  /// The checksum of a whole record on a page, which has at least the 24 bytes of its header.
  @usableFromInline
  static func checksum(of record: RawSpan) -> UInt32 {
    // SAFETY: the bytes are only read within the closure: those of the record and the padding up to the next multiple of
    // eight, which is on the page, too, since records begin at such multiples and a page is one.
    unsafe record.withUnsafeBytes { unsafe crc32c_wal_record($0.baseAddress, $0.count) }
  }

  // The ends of a walk. All of them return what the loop returns then; none is part of the loop, so that it stays small.

  @usableFromInline
  mutating func finish(_ reason: WALStop) -> Bool {
    stop = reason
    return true
  }

  @usableFromInline
  mutating func finishAtLimit(_ position: LSN) -> Bool { finish(WALStop(.limit, at: position)) }

  @usableFromInline
  mutating func refuse(_ header: RecordHeader, at position: LSN) -> Bool {
    finish(header.describeObjection(at: position, previous: previous, geometry: geometry))
  }

  @usableFromInline
  mutating func refuseChecksum(_ record: RawSpan, _ header: RecordHeader, at position: LSN) -> Bool {
    refuseChecksum(Self.checksum(of: record), header, at: position)
  }

  /// The record that crosses pages: it was summed while it was put together.
  @usableFromInline
  mutating func refuseAssembly() -> Bool {
    guard let header = assembly.header else { return finish(WALStop(.badChecksum, at: assembly.start)) }
    return refuseChecksum(assembly.finalChecksum(), header, at: assembly.start)
  }

  private mutating func refuseChecksum(_ computed: UInt32, _ header: RecordHeader, at position: LSN) -> Bool {
    finish(
      WALStop(
        .badChecksum, at: position, expected: String(computed, radix: 16), found: String(header.checksum, radix: 16)))
  }

  @usableFromInline
  mutating func refuseStructure(_ totals: FragmentTotals, at position: LSN) -> Bool {
    !finish(WALStop(.badRecordStructure, at: position, found: totals.firstMisfit.map { "byte \($0) of the record" }))
  }
}

extension RecordHeader {
  /// Only a length: the rest of the header has not been read.
  fileprivate init(totalLength: UInt32) {
    self.totalLength = totalLength
    (xid, previous, info, resourceManager, checksum) = (.none, .none, 0, 0, 0)
  }
}
