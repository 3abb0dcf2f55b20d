package import Evidence
package import PostgresFormat

/// Holds the positions of pages against the records of WAL.
package struct PageWitnesses: Sendable {
  private let route: WALRoute
  private let node: String

  /// WAL that is read for a sample: the last of it.
  private static let sampleLength: UInt64 = 64 << 20

  /// The WAL of a node in its directory and in archives; nil where there is none of its history.
  package init?(_ evidence: Evidence, node: String, directory: DataDirectory, archives: [String] = []) {
    guard let route = WALRoute(evidence, directory: directory, folders: archives) else { return nil }
    (self.route, self.node) = (route, node)
  }

  /// Where that WAL begins, or as much of it as a sample takes; nil where there is none.
  package func begin(before end: LSN?, whole: Bool) -> LSN? {
    let size = route.geometry.segmentSize
    guard let first = route.liveSegments.first?.start(size: size) else { return nil }
    guard !whole, let end, end.rawValue > Self.sampleLength else { return first }
    let start = SegmentNumber(containing: LSN(end.rawValue - Self.sampleLength), size: size).start(size: size)
    return max(first, start)
  }

  /// One witness for each stretch of the WAL between two positions in which there are pages' positions. What the WAL in
  /// between does not have is not judged.
  package func held(
    against positions: PagePositions, from begin: LSN, to limit: LSN, jobs: Int,
    progress: (@Sendable (LSN) -> Void)? = nil
  ) async throws -> [PageCheck.Witness] {
    let size = route.geometry.segmentSize
    let live = route.liveSegments
    let wanted = positions.entries.map(\.lsn)
    var witnesses: [PageCheck.Witness] = []
    var next = SegmentNumber(containing: begin, size: size)
    while witnesses.count < 100 {
      let index = live.partitionPoint { $0 >= next }
      guard index < live.count else { break }
      let from = live[index].start(size: size)
      guard from < limit, wanted.last.map({ $0 > from.rawValue }) == true else { break }
      var walk = WALWalk(route, start: .firstRecord(from: from))
      (walk.jobs, walk.end, walk.progress) = (max(1, jobs), limit, progress)
      var ends: [Int] = []
      let (geometry, empty) = (route.geometry, wanted)
      let outcome = try await walk.run {
        RecordEnds(wanted: empty, geometry: geometry)
      } deliver: { (sink: inout RecordEnds) in
        ends += sink.found
        sink = RecordEnds(wanted: empty, geometry: geometry)
        return true
      }
      if let first = outcome.firstRecord, outcome.end > first {
        let witness = witness(of: positions, wanted, from: first, to: outcome.end, ends: Set(ends))
        if witness.positions > 0 { witnesses.append(witness) }
      }
      let stopped = max(SegmentNumber(containing: outcome.stop.at, size: size), live[index])
      next = SegmentNumber(stopped.rawValue + 1)
    }
    return witnesses
  }

  private func witness(
    of positions: PagePositions, _ wanted: [UInt64], from: LSN, to: LSN, ends: Set<Int>
  ) -> PageCheck.Witness {
    var witness = PageCheck.Witness(node: node, from: from, to: to)
    let first = wanted.partitionPoint { $0 > from.rawValue }
    for index in first..<wanted.count where wanted[index] <= to.rawValue {
      witness.positions += 1
      guard !ends.contains(index) else { continue }
      witness.foreign += 1
      if witness.examples.count < PageCheck.Witness.exampleLimit { witness.examples.append(positions.page(index)) }
    }
    return witness
  }
}

/// Finds out which of some positions are the ends of records, or the place past a page header where one ends with its page.
private struct RecordEnds: RecordSink, Sendable {
  /// Ascending.
  let wanted: [UInt64]
  let geometry: WALGeometry
  /// Indexes of those that are.
  var found: [Int] = []
  private var cursor: Int?

  static var keptLength: Int { RecordAssembly.headersLength }

  init(wanted: [UInt64], geometry: WALGeometry) { (self.wanted, self.geometry) = (wanted, geometry) }

  mutating func accept(_ record: WALRecord) -> Bool {
    reach(record.end)
    return true
  }

  mutating func take(_ bytes: RawSpan, _ totals: FragmentTotals, from start: LSN, to end: LSN) -> Bool {
    reach(end)
    return true
  }

  private mutating func reach(_ end: LSN) {
    var index = cursor ?? wanted.partitionPoint { $0 >= end.rawValue }
    while index < wanted.count, wanted[index] < end.rawValue { index += 1 }
    if index < wanted.count, wanted[index] == end.rawValue {
      found.append(index)
      index += 1
    }
    cursor = index
    let next = geometry.behindPageHeader(at: end)
    guard next != end else { return }
    while index < wanted.count, wanted[index] < next.rawValue { index += 1 }
    if index < wanted.count, wanted[index] == next.rawValue { found.append(index) }
  }
}
