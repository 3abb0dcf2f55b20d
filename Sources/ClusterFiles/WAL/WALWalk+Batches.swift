import PostgresFormat
import Synchronization

/// The walk on several threads.
extension WALWalk {
  /// A piece of the WAL: the records that begin in it.
  struct Batch: Sendable {
    var start: Start
    /// The first byte after it; nil for the last batch.
    var end: LSN?
  }

  struct BatchResult<Sink: RecordSink & Sendable>: Sendable {
    var index: Int
    var batch: Batch
    var sink: Sink
    var outcome: Outcome

    init(index: Int, batch: Batch, sink: Sink, outcome: Outcome) {
      (self.index, self.batch, self.sink, self.outcome) = (index, batch, sink, outcome)
    }
  }

  /// Cuts the WAL from a position on into batches, one after the other. The last one has no end, and so ends where the WAL
  /// does. A batch of a compressed file is at least a segment: it cannot be entered in its middle without unpacking it.
  struct BatchCutter {
    private let walk: WALWalk
    private var next: Start?
    var count = 0

    init(_ walk: WALWalk, from start: Start) { (self.walk, next) = (walk, start) }

    mutating func cut() -> Batch? {
      guard let start = next else { return nil }
      count += 1
      let position = start.position
      let segmentSize = walk.route.geometry.segmentSize
      let number = SegmentNumber(containing: position, size: segmentSize)
      let size = UInt64(
        walk.route.choice(for: number)?.file.mayBeCompressed(segmentSize: segmentSize) == true
          ? max(segmentSize, walk.batchSize) : walk.batchSize)
      let end = LSN((position.rawValue & ~(size - 1))).advanced(by: size)
      let follower = walk.route.choice(for: SegmentNumber(containing: end, size: segmentSize))
      guard end < walk.end, follower?.file.state.mayBeLive == true else {
        next = nil
        return Batch(start: start, end: nil)
      }
      next = .firstRecord(from: end)
      return Batch(start: start, end: end)
    }
  }

  /// Sinks that have been emptied, or buffers, to be used again with the memory that they have. A task takes one from here
  /// instead of being given it: what a task is given, it shares with its closure, and would copy before it writes.
  final class Spare<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])
    private let make: @Sendable () -> Value

    init(make: @escaping @Sendable () -> Value) { self.make = make }
    func take() -> Value { values.withLock { $0.popLast() } ?? make() }
    func put(_ value: Value) { values.withLock { $0.append(value) } }
  }

  /// Walks one batch; away from the caller's thread, which puts the batches together.
  @concurrent
  func walkBatch<Sink: RecordSink & Sendable>(
    _ index: Int, _ batch: Batch, sinks: Spare<Sink>, buffers: Spare<[UInt8]>
  ) async -> BatchResult<Sink> {
    var sink = sinks.take()
    var walker = walker(at: batch.start)
    if let end = batch.end { walker.stopBefore = end }
    var reader = WALReader(route, limit: end, buffer: buffers.take())
    while reader.fill(for: &walker), sink.consume(reader.pages, walker: &walker) {}
    let outcome = Outcome(of: walker, &reader)
    buffers.put(reader.intoBuffer())
    return BatchResult(index: index, batch: batch, sink: sink, outcome: outcome)
  }

  nonisolated(nonsending) func runBatches<Sink: RecordSink & Sendable>(
    from begin: Start, makeSink: @escaping @Sendable () -> Sink, deliver: (inout Sink) throws -> Bool
  ) async throws -> Outcome {
    var cutter = BatchCutter(self, from: begin)
    var total: Outcome?
    try await withThrowingTaskGroup(of: BatchResult<Sink>.self) { group in
      var waiting: [Int: BatchResult<Sink>] = [:]
      var (active, merged) = (0, 0)
      let (sinks, buffers) = (Spare(make: makeSink), Spare<[UInt8]> { [] })
      while true {
        while active < jobs, cutter.count - merged < jobs + 2 {
          let index = cutter.count
          guard let batch = cutter.cut() else { break }
          active += 1
          group.addTask { await walkBatch(index, batch, sinks: sinks, buffers: buffers) }
        }
        guard let result = try await group.next() else { break }
        active -= 1
        waiting[result.index] = result
        while var result = waiting.removeValue(forKey: merged) {
          merged += 1
          if try merge(&result, from: begin, into: &total, makeSink: makeSink, deliver: deliver) {
            group.cancelAll()
            return
          }
          sinks.put(result.sink)
        }
      }
    }
    return total ?? Outcome(nothingFrom: begin)
  }

  /// Adds a batch after those before it. Returns true where the walk is over.
  func merge<Sink: RecordSink & Sendable>(
    _ result: inout BatchResult<Sink>, from begin: Start, into total: inout Outcome?, makeSink: () -> Sink,
    deliver: (inout Sink) throws -> Bool
  ) throws -> Bool {
    progress?(result.outcome.stop.at)
    guard let sofar = total else {
      total = result.outcome
      return try finish(&result, total, deliver)
    }
    if result.outcome.continues(sofar, geometry: route.geometry) {
      total?.append(result.outcome)
      return try finish(&result, total, deliver)
    }
    // Not what page headers led to expect: walk it again from where the one before ended, which settles it.
    var again = sofar.lastRecord == nil ? walker(at: begin) : walker(at: .record(sofar.end), previous: sofar.lastRecord)
    // The end may lie before a record that was abandoned, and then on a page of an earlier timeline than the last one read.
    again.expectTimeline(min(sofar.highestTimeline, route.history.timeline(of: again.nextPage)))
    if let end = result.batch.end { again.stopBefore = end }
    result.sink = makeSink()
    let outcome = try walk(&again, sink: &result.sink) { _ in true }
    total?.append(outcome)
    return try finish(&result, total, deliver)
  }

  func finish<Sink: RecordSink & Sendable>(
    _ result: inout BatchResult<Sink>, _ total: Outcome?, _ deliver: (inout Sink) throws -> Bool
  ) throws -> Bool {
    guard try deliver(&result.sink) else { return true }
    // A batch that ended before its own end met the end of WAL.
    guard let end = result.batch.end, let stop = total?.stop else { return true }
    return !(stop.reason == .limit && stop.at >= end)
  }
}

extension WALWalk.Outcome {
  /// Whether the records of this batch follow those before it without a break. A batch in which no record begins is
  /// inside one of the records before it.
  func continues(_ earlier: WALWalk.Outcome, geometry: WALGeometry) -> Bool {
    if let firstTimeline, firstTimeline < earlier.highestTimeline { return false }
    guard let firstRecord else { return stop.reason == .limit && earlier.end >= stop.at }
    guard firstPrevious == earlier.lastRecord else { return false }
    return firstRecord == earlier.end || firstRecord == geometry.behindPageHeader(at: earlier.end)
  }
}

extension WALGeometry {
  /// Where the first record of a page begins; the position itself where it is not a page's start.
  func behindPageHeader(at position: LSN) -> LSN {
    guard pageStart(of: position) == position else { return position }
    let size = segmentStart(of: position) == position ? PageHeader.longSize : PageHeader.shortSize
    return position.advanced(by: UInt64(size))
  }
}

extension SegmentFile {
  /// Whether its name says that it is not plain, or its size: some archives compress without a suffix.
  func mayBeCompressed(segmentSize: Int) -> Bool {
    if let size, size != segmentSize { return true }
    return suffixLength > 0 && !(isPartial && suffixLength == 8)
  }
}
