/// How many records of each type a stretch of WAL has, and how large they are: what `pg_waldump --stats` counts.
///
/// Statistics of consecutive stretches add up to those of the whole, so that several workers can share a range.
/// Follows src/backend/access/transam/xlogstats.c.
package struct WALStatistics: Sendable {
  /// What some records add up to (`XLogRecStats`).
  package struct Counter: Sendable, Hashable {
    /// Records.
    package var count: UInt64 = 0
    /// Bytes of the records without their page images.
    ///
    /// pg_xlogdump of the first releases of 9.6 left out the data of blocks here; all later ones agree.
    package var recordBytes: UInt64 = 0
    /// Bytes of full-page images.
    package var imageBytes: UInt64 = 0
    /// Bytes of whole records; not of the padding between them or of page headers.
    package var totalBytes: UInt64 { recordBytes &+ imageBytes }

    /// Nothing counted.
    package init() {}
    init(count: UInt64, recordBytes: UInt64, imageBytes: UInt64) {
      (self.count, self.recordBytes, self.imageBytes) = (count, recordBytes, imageBytes)
    }

    @inline(__always)
    mutating func add(_ other: Counter) {
      // Sums of lengths of records that were read: no disk holds 2^64 bytes of them.
      count &+= other.count
      recordBytes &+= other.recordBytes
      imageBytes &+= other.imageBytes
    }
  }

  /// By resource manager and the four bits that make the type. Those of PostgreSQL's own managers, which are below 32, lie in
  /// the value itself: an array would have to be asked for every record whether it is shared.
  private var own = InlineArray<512, Counter>(repeating: Counter())
  /// Those of extensions, 128 to 255; empty until one occurs.
  private var custom: [Counter] = []
  /// Where the first record counted begins; nil where there is none.
  package private(set) var firstRecord: LSN?
  /// Where the last record counted begins; nil where there is none.
  package private(set) var lastRecord: LSN?
  /// After the last record.
  package private(set) var end: LSN?

  /// Nothing counted.
  package init() {}

  /// Counts one record.
  @inline(__always)
  package mutating func add(_ manager: ResourceManager, info: UInt8, totalLength: UInt32, imageLength: Int) {
    add(
      manager, code: RecordTypeNames.code(of: manager, info: info), totalLength: totalLength, imageLength: imageLength)
  }

  /// Counts one record under the upper four bits of `code`, whatever they mean.
  @inline(__always)
  mutating func add(_ manager: ResourceManager, code: UInt8, totalLength: UInt32, imageLength: Int) {
    let index = Int(manager.rawValue) << 4 | Int(code >> 4)
    let images = UInt64(truncatingIfNeeded: imageLength)
    let counter = Counter(count: 1, recordBytes: UInt64(totalLength) &- images, imageBytes: images)
    if index < 512 { own[index].add(counter) } else { addCustom(counter, at: index - 512) }
  }

  private mutating func addCustom(_ counter: Counter, at index: Int) {
    if custom.isEmpty { custom = [Counter](repeating: Counter(), count: 224 * 16) }
    custom[index].add(counter)
  }

  private func counter(_ index: Int) -> Counter {
    index < 512 ? own.span[index] : custom.isEmpty ? Counter() : custom[index - 512]
  }
  private static var indices: Range<Int> { 0..<256 * 16 }

  /// Notes where the records stand that were counted since it was last called.
  @inline(__always)
  package mutating func extend(from first: LSN, last: LSN, to end: LSN) {
    firstRecord = firstRecord ?? first
    (lastRecord, self.end) = (last, end)
  }

  /// Notes where the stretch begins, whether or not its first record is counted.
  package mutating func begin(at first: LSN) { firstRecord = firstRecord ?? first }

  /// Adds the statistics of the stretch after this one.
  package mutating func append(_ later: WALStatistics) {
    // Spans, because the value itself is copied as a whole for each element that is asked for.
    var sums = own.mutableSpan
    let others = later.own.span
    for index in others.indices { sums[index].add(others[index]) }
    for index in later.custom.indices { addCustom(later.custom[index], at: index) }
    firstRecord = firstRecord ?? later.firstRecord
    lastRecord = later.lastRecord ?? lastRecord
    end = later.end ?? end
  }

  /// Begins anew.
  package mutating func removeAll() { self = WALStatistics() }

  /// The sum over all types.
  package var total: Counter {
    Self.indices.reduce(into: Counter()) { $0.add(counter($1)) }
  }

  /// One line a resource manager: PostgreSQL's own always, those of extensions where they wrote something.
  package var managers: [(manager: ResourceManager, counter: Counter)] {
    (0...UInt8.max).compactMap { id in
      let first = Int(id) << 4
      let sum = (first..<first + 16).reduce(into: Counter()) { $0.add(counter($1)) }
      guard sum.count > 0 || id < ResourceManager.names.count else { return nil }
      return (ResourceManager(id), sum)
    }
  }

  /// One line a record type that occurs.
  package var types: [(manager: ResourceManager, info: UInt8, counter: Counter)] {
    Self.indices.compactMap { index in
      let counter = counter(index)
      guard counter.count > 0 else { return nil }
      return (ResourceManager(UInt8(index >> 4)), UInt8(index & 0x0F) << 4, counter)
    }
  }
}

extension WALStatistics: Equatable {
  /// Equal in all counts and in the stretch that they are of.
  package static func == (left: WALStatistics, right: WALStatistics) -> Bool {
    indices.allSatisfy { left.counter($0) == right.counter($0) }
      && left.firstRecord == right.firstRecord && left.lastRecord == right.lastRecord && left.end == right.end
  }
}

/// Counts every record that the walker finds.
package struct StatisticsSink: RecordSink, Sendable {
  /// What has been counted so far.
  package var statistics = WALStatistics()
  /// Nothing counted.
  package init() {}

  /// 1 KiB: counting needs the lengths in the headers only.
  package static var keptLength: Int { RecordAssembly.headersLength }

  /// Counts the record and notes its place; never ends the walk.
  @inline(__always)
  package mutating func accept(_ record: WALRecord) -> Bool {
    let goesOn = take(record.bytes, record.totals, from: record.start, to: record.end)
    reached(from: record.start, last: record.start, end: record.end)
    return goesOn
  }

  /// Counts the record without noting its place; never ends the walk.
  @inline(__always)
  package mutating func take(_ bytes: RawSpan, _ totals: FragmentTotals, from start: LSN, to end: LSN) -> Bool {
    let header = RecordHeader(unchecked: bytes, at: 0)
    statistics.add(
      ResourceManager(header.resourceManager), info: header.info, totalLength: header.totalLength,
      imageLength: totals.imageLength)
    return true
  }

  /// Notes how far the records counted reach.
  @inline(__always)
  package mutating func reached(from first: LSN, last: LSN, end: LSN) {
    statistics.extend(from: first, last: last, to: end)
  }
}
