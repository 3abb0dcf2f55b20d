import ByteReading
package import Evidence
package import PostgresFormat

/// Finds where valid WAL ends on one timeline, reading no more than is needed: from the last checkpoint's redo position on.
package struct WALEndSearch: Sendable {
  package let route: WALRoute
  /// Bytes behind the stop that are searched for valid WAL.
  package var lookAhead = 64 << 20

  package init(_ route: WALRoute) { self.route = route }

  package struct Result: Sendable {
    package var end: WALEnd
    package var problem: WALProblem?
  }

  /// The end of WAL, from `redo` where that segment is there, else from the first record of the newest live segment that
  /// one begins in. nil where there is no live segment at all.
  package func find(from redo: LSN?) -> Result? {
    if let redo, route.choice(for: SegmentNumber(containing: redo, size: route.geometry.segmentSize)) != nil {
      return walk(RecordWalker(geometry: route.geometry, at: redo))
    }
    var last: Result?
    for number in route.liveSegments.reversed() {
      let start = number.start(size: route.geometry.segmentSize)
      let result = walk(RecordWalker(geometry: route.geometry, firstRecordFrom: start))
      if result.end.lastRecord != nil { return result }
      last = last ?? result
    }
    return last
  }

  /// The end of WAL, from the first record at or behind a position.
  package func find(firstRecordFrom position: LSN) -> Result {
    walk(RecordWalker(geometry: route.geometry, firstRecordFrom: position))
  }

  /// The first time in a record of the oldest segment, where one comes soon.
  package func firstTime() -> WALTime? {
    guard let first = route.liveSegments.first?.start(size: route.geometry.segmentSize) else { return nil }
    var walker = RecordWalker(geometry: route.geometry, firstRecordFrom: first)
    walker.stopBefore = first.advanced(by: Self.firstTimeReach)
    var reader = WALReader(route, limit: first.advanced(by: Self.firstTimeReach))
    var sink = TimesAndCheckpoints(endsAtFirstTime: true)
    while reader.fill(for: &walker), walker.consume(reader.pages, sink: &sink) {}
    return sink.lastTime
  }

  /// Bytes that are read for the first time.
  private static let firstTimeReach: UInt64 = 256 << 10

  private func walk(_ start: consuming RecordWalker) -> Result {
    var walker = start
    let begin = walker.end
    var reader = WALReader(route)
    var sink = TimesAndCheckpoints()
    while reader.fill(for: &walker), walker.consume(reader.pages, sink: &sink) {}
    let stop = reader.stop(of: walker) ?? WALStop(.limit, at: walker.end)
    var end = WALEnd(
      lsn: walker.end, timeline: route.history.timeline, lastRecord: walker.lastRecord,
      walkedFrom: walker.firstRecord ?? begin, stop: stop)
    (end.lastCheckpointRedo, end.lastTime) = (sink.lastCheckpointRedo, sink.lastTime)
    let size = route.geometry.segmentSize
    let number = SegmentNumber(containing: stop.at, size: size)
    if let choice = route.choice(for: number) {
      end.path = route.inventory.path(of: choice.file)
      end.offset = Int(stop.at.bytes(since: number.start(size: size)))
    }
    end.validAgainFrom = validAgain(after: stop, previousTimeline: walker.highestTimeline)
    end.traceBehind = TraceBehindEnd(route: route).find(stop, lastRecord: walker.lastRecord)
    return Result(end: end, problem: reader.problem)
  }

  /// The first record behind a stop that begins a page, is valid, and follows a record that is not before the stop.
  ///
  /// Such a record says that the stop is damage, or that pages of an earlier crash survived: which, others must judge.
  private func validAgain(after stop: WALStop, previousTimeline: TimelineID) -> LSN? {
    NextValidRecord(route: route, bound: stop.at.advanced(by: UInt64(lookAhead)))
      .search(after: stop, timeline: previousTimeline)?.start
  }
}

/// Notes the last time in a record, and the last checkpoint.
private struct TimesAndCheckpoints: RecordSink {
  var endsAtFirstTime = false
  private(set) var lastCheckpointRedo: LSN?
  private(set) var lastTime: WALTime?

  mutating func accept(_ record: WALRecord) -> Bool {
    let header = record.header
    switch ResourceManager(header.resourceManager) {
    case .transaction where [0x00, 0x20, 0x30, 0x40].contains(header.info & 0x70):
      // COMMIT and ABORT, also of prepared transactions, begin with their time.
      guard record.mainDataOffset >= 0, let bits = try? record.bytes.u64(at: record.mainDataOffset, field: "xact_time")
      else { return true }
      let time = Timestamp(postgresMicroseconds: Int64(bitPattern: bits))
      lastTime = WALTime(lsn: record.start, time: time)
      return !endsAtFirstTime
    case .xlog where header.info & 0xF0 <= 0x10:
      if let redo = try? record.bytes.u64(at: record.mainDataOffset, field: "redo") { lastCheckpointRedo = LSN(redo) }
      return true
    default: return true
    }
  }
}
