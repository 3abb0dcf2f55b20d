package import PostgresFormat

/// A walk over all records of a route from one position to another, on one thread or on several, with the same result.
///
/// On several threads the range is cut into batches. Each begins with the first record that begins in it, found from the
/// page headers alone, and ends with the last; whether one continues the other is checked when they are put together in
/// order, and where it does not, the later one is walked again after the earlier. No more than a few batches wait.
package struct WALWalk: Sendable {
  /// Where a walk begins.
  package enum Start: Sendable, Hashable {
    /// The record that begins exactly here.
    case record(LSN)
    /// The first record that begins here or later.
    case firstRecord(from: LSN)
  }

  /// Gives the file of each segment.
  package let route: WALRoute
  /// Of the whole walk, not of a batch.
  package var start: Start
  /// Only records that end here or earlier.
  package var end = LSN(.max)
  /// Goes on after damage, with the next valid record.
  package var isSalvaging = false
  /// Threads at most.
  package var jobs = 1
  /// Bytes of WAL in a batch: a power of two of at least one WAL page. What a sink keeps of one batch is kept several times.
  package var batchSize = 4 << 20
  /// Told every so often how far the walk is; on the thread of the walk's caller.
  package var progress: (@Sendable (LSN) -> Void)?

  /// To the end of valid WAL, on one thread, ended by damage; the properties change that.
  package init(_ route: WALRoute, start: Start) { (self.route, self.start) = (route, start) }

  /// WAL that could not be read, from the first byte that was refused to the next valid record.
  package struct Damage: Sendable, Hashable {
    /// Why and where the bytes were refused.
    package var stop: WALStop
    /// Where the next valid record begins.
    package var resumedAt: LSN
  }

  /// How a walk went.
  package struct Outcome: Sendable {
    /// Where the first record that was read begins; nil where there was none, as with the last.
    package internal(set) var firstRecord: LSN?
    /// Where the last one begins.
    package internal(set) var lastRecord: LSN?
    /// After the last record.
    package internal(set) var end: LSN
    /// What ended the walk.
    package internal(set) var stop: WALStop
    /// What a salvaging walk passed over.
    package internal(set) var damages: [Damage] = []
    /// What the operating system refused, where that ended it.
    package internal(set) var problem: WALProblem?
    var highestTimeline = TimelineID(0)
    var firstTimeline: TimelineID?
    var firstPrevious: LSN?

    init(of walker: borrowing RecordWalker, _ reader: inout WALReader) {
      (firstRecord, lastRecord, end) = (walker.firstRecord, walker.lastRecord, walker.end)
      stop = reader.stop(of: walker) ?? WALStop(.limit, at: walker.end)
      problem = reader.problem
      (highestTimeline, firstTimeline) = (walker.highestTimeline, walker.firstTimeline)
      firstPrevious = walker.firstPrevious
    }

    /// Adds what came after.
    mutating func append(_ later: Outcome) {
      firstRecord = firstRecord ?? later.firstRecord
      if later.lastRecord != nil { (lastRecord, end) = (later.lastRecord, later.end) }
      stop = later.stop
      problem = later.problem ?? problem
      highestTimeline = max(highestTimeline, later.highestTimeline)
    }
  }

  func walker(at start: Start, previous: LSN? = nil) -> RecordWalker {
    switch start {
    case .record(let position): RecordWalker(geometry: route.geometry, at: position, previous: previous)
    case .firstRecord(let position): RecordWalker(geometry: route.geometry, firstRecordFrom: position)
    }
  }

  /// Walks on one thread. Every so often, and at the end, `deliver` is given the sink, to take out what it holds; it
  /// returns false to end the walk.
  func walk<Sink: RecordSink>(
    _ walker: inout RecordWalker, sink: inout Sink, deliver: (inout Sink) throws -> Bool
  ) throws -> Outcome {
    var reader = WALReader(route, limit: end)
    var undelivered = 0
    while reader.fill(for: &walker) {
      undelivered += reader.pages.byteCount
      let goesOn = sink.consume(reader.pages, walker: &walker)
      if undelivered >= batchSize || !goesOn {
        undelivered = 0
        progress?(walker.nextPage)
        guard try deliver(&sink) else {
          walker.endInput(.limit)
          break
        }
      }
      if !goesOn { break }
    }
    return Outcome(of: walker, &reader)
  }

  /// Where to go on after a stop: nil where the walk does not salvage, was ended on purpose, or nothing valid follows.
  func resumption(after outcome: inout Outcome) -> Start? {
    guard isSalvaging, outcome.stop.reason != .limit else { return nil }
    let search = NextValidRecord(route: route, bound: end)
    guard let found = search.search(after: outcome.stop, timeline: outcome.highestTimeline) else { return nil }
    outcome.damages.append(Damage(stop: outcome.stop, resumedAt: found.start))
    return .record(found.start)
  }

  /// Walks. `makeSink` makes a sink for a batch; `deliver` is called in the order of the WAL, as often as there is
  /// something to take out of a sink, and returns false to end the walk.
  nonisolated(nonsending) package func run<Sink: RecordSink & Sendable>(
    makeSink: @escaping @Sendable () -> Sink, deliver: (inout Sink) throws -> Bool
  ) async throws -> Outcome {
    var total: Outcome?
    var next: Start? = start
    // One for all parts: what it counts goes on after damage.
    var sink = makeSink()
    while let begin = next {
      var part: Outcome
      if jobs > 1, !route.inventory.storage.readsInOrder {
        part = try await runBatches(from: begin, makeSink: makeSink, deliver: deliver)
      } else {
        var walker = walker(at: begin)
        part = try walk(&walker, sink: &sink, deliver: deliver)
        _ = try deliver(&sink)
      }
      if total == nil { total = part } else { total?.append(part) }
      part = total ?? part
      next = resumption(after: &part)
      total = part
    }
    return total ?? Outcome(nothingFrom: start)
  }
}

extension WALWalk.Outcome {
  init(nothingFrom start: WALWalk.Start) {
    (firstRecord, lastRecord, end) = (nil, nil, start.position)
    stop = WALStop(.limit, at: start.position)
  }
}
