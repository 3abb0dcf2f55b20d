import ByteReading
import PostgresFormat

/// Where to begin reading so that all of every transaction is read that ends at or after a position.
///
/// A running-transactions record tells the oldest transaction that ran there; so everything that was running at the
/// position began after an earlier such record at which that number had not been given out yet. The search goes back
/// segment by segment, as far as the longest transaction then reaches.
struct TransactionBeginnings {
  let route: WALRoute

  /// The start of that record, or of the oldest segment up to which there is WAL without a break. nil where the position's
  /// own segment is not there.
  func start(before position: LSN) -> LSN? {
    let size = route.geometry.segmentSize
    var number = SegmentNumber(containing: position, size: size)
    guard route.choice(for: number)?.file.state.mayBeLive == true else { return nil }
    /// The oldest transaction that ran at the last of the records before the position.
    var oldest: TransactionID?
    while true {
      let start = number.start(size: size)
      let end = min(position, SegmentNumber(number.rawValue + 1).start(size: size))
      for event in events(from: start, to: end).reversed() {
        let wanted = oldest ?? event.oldestRunning
        oldest = wanted
        if !wanted.precedes(event.next) { return event.start }
      }
      guard number.rawValue > 0 else { return start }
      let previous = SegmentNumber(number.rawValue - 1)
      guard route.choice(for: previous)?.file.state.mayBeLive == true else { return start }
      number = previous
    }
  }

  /// The records that begin in a part of a segment.
  private func events(from start: LSN, to end: LSN) -> [RunningEvents.Event] {
    guard start < end else { return [] }
    var walker = RecordWalker(geometry: route.geometry, firstRecordFrom: start)
    walker.stopBefore = end
    var reader = WALReader(route)
    var sink = RunningEvents(version: route.geometry.version)
    while reader.fill(for: &walker), walker.consume(reader.pages, sink: &sink) {}
    return sink.events
  }
}

/// Takes the records that tell which transactions run.
struct RunningEvents: RecordSink {
  struct Event {
    var start: LSN
    /// The next number that will be given out.
    var next: TransactionID
    var oldestRunning: TransactionID
  }

  private let layout: RecordLayout
  /// Events that are kept; a segment of a server's has few.
  private let limit: Int
  private(set) var events: [Event] = []

  init(version: ServerVersion, limit: Int = 1 << 16) { (layout, self.limit) = (RecordLayout(version), limit) }

  mutating func accept(_ record: WALRecord) -> Bool {
    let header = record.header
    guard RecordKind(header) == .runningXacts,
      let fragments = try? RecordFragments(record.bytes, total: Int(header.totalLength), layout: layout),
      let running = try? RunningTransactions(mainData: fragments.mainData(of: record.bytes))
    else { return true }
    events.append(Event(start: record.start, next: running.nextXID, oldestRunning: running.oldestRunningXID))
    // With gaps among the older ones the search only goes back further.
    if events.count > limit {
      let half = events.count / 2
      events = stride(from: 0, to: half, by: 2).map { events[$0] } + events[half...]
    }
    return true
  }
}
