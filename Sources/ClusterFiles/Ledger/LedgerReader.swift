package import Evidence
package import PostgresFormat

/// Reads the transactions that committed in a range of one node's WAL, in the order of their commits.
///
/// On one thread, and in memory that does not grow with the range.
package struct LedgerReader: Sendable {
  private let route: WALRoute

  /// Each ``read(from:to:progress:body:)`` follows this route's history.
  package init(_ route: WALRoute) { self.route = route }

  /// What was read, and what was not.
  package struct Result: Sendable, Hashable {
    /// Parts of the range that could not be read: what was committed there is not known.
    package var unread: [Range<LSN>] = []
    /// After the last record that was read.
    package var end: LSN
    /// Non-transactional logical messages.
    package var messages: UInt64 = 0

    /// Nothing read yet: the end is where reading begins.
    package init(end: LSN) { self.end = end }
  }

  /// Gives every transaction to `body` whose commit record begins in the range; a `to` of nil is the end of WAL.
  ///
  /// `progress` is told now and then how many bytes have been read. `body` returns false to end the reading.
  package func read(
    from: LSN, to: LSN?, progress: (UInt64) -> Void = { _ in },
    body: (LedgerTransaction) throws -> Bool
  ) rethrows -> Result {
    let size = route.geometry.segmentSize
    let live = route.liveSegments
    let range = from..<max(from, to ?? LSN(.max))
    var result = Result(end: from)
    var position = from
    var begin = TransactionBeginnings(route: route).start(before: from)
    var bytesRead: UInt64 = 0
    var buffer: [UInt8] = []
    while position < range.upperBound {
      guard let start = begin else {
        // WAL is missing or damaged here: go on with the next segment that is there.
        let here = SegmentNumber(containing: position, size: size)
        let next = live.partitionPoint { $0 > here }
        let end = min(next < live.count ? live[next].start(size: size) : range.upperBound, range.upperBound)
        result.unread.append(position..<end)
        (position, begin) = (end, end)
        continue
      }
      var collector = LedgerCollector(version: route.geometry.version, range: position..<range.upperBound)
      var walker = RecordWalker(geometry: route.geometry, firstRecordFrom: start)
      walker.stopBefore = range.upperBound
      var reader = WALReader(route, buffer: buffer)
      while reader.fill(for: &walker) {
        bytesRead &+= UInt64(reader.pages.byteCount)
        progress(bytesRead)
        let goesOn = walker.consume(reader.pages, sink: &collector)
        for transaction in collector.take() {
          guard try body(transaction) else { return result }
        }
        if !goesOn { break }
      }
      result.messages &+= collector.messages
      result.end = max(result.end, walker.end)
      let stop = reader.stop(of: walker) ?? WALStop(.limit, at: walker.end)
      buffer = reader.intoBuffer()
      let isLast = live.last.map { $0 <= SegmentNumber(containing: stop.at, size: size) } ?? true
      if stop.reason == .limit || (to == nil && isLast && stop.reason.isOrdinaryEnd) { break }
      position = max(position, walker.end)
      begin = nil
    }
    return result
  }
}
