import ByteReading
package import Evidence
package import PostgresFormat

/// Finds where valid WAL ends on one timeline, reading no more than is needed: from the last checkpoint's redo position on.
package struct WALEndSearch: Sendable {
  /// Only WAL on this route's history counts.
  package let route: WALRoute
  /// Bytes after the stop that are searched for valid WAL.
  package static let lookAhead: UInt64 = 64 << 20

  /// Nothing is read yet.
  package init(_ route: WALRoute) { self.route = route }

  /// Where WAL ends, and what is wrong with it.
  package struct Result: Sendable {
    /// Also where nothing could be read: its last record is nil then.
    package var end: WALEnd
    /// What the operating system refused, where that ended the walk.
    package var problem: WALProblem?
    /// What was met, where the walk began at the redo position that was asked for.
    package var replay: ReplayEvidence?
    /// What was passed over, where the walk went on after damage.
    package var damages: [WALWalk.Damage] = []
  }

  /// Where a walk to the end may begin, the best place first: the `redo` position where its segment is there; else the
  /// live segments that begin before `limit`, newest first, of which the first counts that a record begins in.
  package func starts(from redo: LSN?, limit: LSN = LSN(.max)) -> some Sequence<WALWalk.Start> {
    let size = route.geometry.segmentSize
    let isThere = redo.map { route.choice(for: SegmentNumber(containing: $0, size: size)) != nil } ?? false
    let segments = isThere ? [] : route.liveSegments.lazy.map { $0.start(size: size) }.filter { $0 < limit }
    return (isThere ? redo.map { [.record($0)] } ?? [] : []) + segments.reversed().map { .firstRecord(from: $0) }
  }

  /// The end of WAL, from `redo` where that segment is there, else from the first record of the newest live segment that
  /// one begins in. nil where there is no live segment at all.
  package func find(from redo: LSN?) -> Result? {
    var last: Result?
    for start in starts(from: redo) {
      let result = find(from: start)
      if result.end.lastRecord != nil { return result }
      last = last ?? result
    }
    return last
  }

  /// The end of WAL, from the first record at or after a position.
  package func find(firstRecordFrom position: LSN) -> Result { find(from: .firstRecord(from: position)) }

  /// The first time in a record of the oldest segment, where one comes soon.
  package func firstTime() -> WALTime? {
    guard let first = route.liveSegments.first?.start(size: route.geometry.segmentSize) else { return nil }
    var walker = RecordWalker(geometry: route.geometry, firstRecordFrom: first)
    walker.stopBefore = first.advanced(by: Self.firstTimeReach)
    var reader = WALReader(route, limit: first.advanced(by: Self.firstTimeReach))
    var sink = FirstTime()
    while reader.fill(for: &walker), walker.consume(reader.pages, sink: &sink) {}
    return sink.time
  }

  /// Bytes that are read for the first time.
  private static let firstTimeReach: UInt64 = 256 << 10

  private func find(from start: WALWalk.Start) -> Result {
    var walker = WALWalk(route, start: start).walker(at: start)
    var reader = WALReader(route)
    var sink = ReplayCollector(from: start.position, version: route.geometry.version)
    while reader.fill(for: &walker), walker.consume(reader.pages, sink: &sink) {}
    var result = result(of: WALWalk.Outcome(of: walker, &reader), from: start)
    (result.end.lastCheckpointRedo, result.end.lastTime) = (sink.lastCheckpointRedo, sink.lastTime)
    if case .record = start { result.replay = sink.evidence }
    return result
  }

  /// What a walk from `start` says about the end.
  package func result(of outcome: WALWalk.Outcome, from start: WALWalk.Start) -> Result {
    let stop = outcome.stop
    var end = WALEnd(
      lsn: outcome.end, timeline: route.history.timeline, lastRecord: outcome.lastRecord,
      walkedFrom: outcome.firstRecord ?? start.position, stop: stop)
    let size = route.geometry.segmentSize
    let number = SegmentNumber(containing: stop.at, size: size)
    if let choice = route.choice(for: number) {
      end.path = route.inventory.path(of: choice.file)
      end.offset = Int(stop.at.bytes(since: number.start(size: size)))
    }
    end.validAgainFrom = outcome.validAgain(on: route)
    end.traceBehind = TraceBehindEnd(route: route).find(stop, lastRecord: outcome.lastRecord)
    return Result(end: end, problem: outcome.problem, damages: outcome.damages)
  }
}

extension WALWalk.Outcome {
  /// The first record after the stop that begins a page, is valid, and follows a record that is not before the stop; nil
  /// where the walk ended where it was told to.
  ///
  /// Such a record says that the stop is damage, or that pages of an earlier crash survived: which, others must judge.
  package func validAgain(on route: WALRoute) -> LSN? {
    guard stop.reason != .limit else { return nil }
    return NextValidRecord(route: route, bound: stop.at.advanced(by: WALEndSearch.lookAhead))
      .search(after: stop, timeline: highestTimeline)?.start
  }
}

extension WALWalk.Start {
  /// A place in the WAL, whether a record begins there or not.
  package var position: LSN {
    switch self {
    case .record(let position), .firstRecord(let position): position
    }
  }
}
