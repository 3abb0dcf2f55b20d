/// How many records of each type a stretch of WAL has, and how large they are: what `pg_waldump --stats` counts.
///
/// Statistics of consecutive stretches add up to those of the whole, so that several workers can share a range.
/// Follows src/backend/access/transam/xlogstats.c.
package struct WALStatistics: Sendable, Hashable {
  package struct Counter: Sendable, Hashable {
    package var count: UInt64 = 0
    /// Bytes of the records without their page images.
    ///
    /// pg_xlogdump of the first releases of 9.6 left out the data of blocks here; all later ones agree.
    package var recordBytes: UInt64 = 0
    /// Bytes of full-page images.
    package var imageBytes: UInt64 = 0
    package var totalBytes: UInt64 { recordBytes &+ imageBytes }

    package init() {}

    @inline(__always)
    mutating func add(_ other: Counter) {
      // Sums of lengths of records that were read: no disk holds 2^64 bytes of them.
      count &+= other.count
      recordBytes &+= other.recordBytes
      imageBytes &+= other.imageBytes
    }
  }

  /// By resource manager and the four bits that make the type.
  private var counters = [Counter](repeating: Counter(), count: 256 * 16)
  package private(set) var recordCount: UInt64 = 0
  package private(set) var firstRecord: LSN?
  package private(set) var lastRecord: LSN?
  /// After the last record.
  package private(set) var end: LSN?

  package init() {}

  /// Counts one record.
  @inline(__always)
  package mutating func add(_ manager: ResourceManager, info: UInt8, totalLength: UInt32, imageLength: Int) {
    let code = RecordTypeNames.code(of: manager, info: info)
    let index = Int(manager.rawValue) << 4 | Int(code >> 4)
    counters[index].count &+= 1
    recordCount &+= 1
    counters[index].recordBytes &+= UInt64(totalLength) &- UInt64(imageLength)
    counters[index].imageBytes &+= UInt64(imageLength)
  }

  /// Notes where the record counted last stands.
  @inline(__always)
  package mutating func extend(from start: LSN, to end: LSN) {
    if firstRecord == nil { firstRecord = start }
    lastRecord = start
    self.end = end
  }

  /// Adds the statistics of the stretch behind this one.
  package mutating func append(_ later: WALStatistics) {
    for index in counters.indices where later.counters[index].count != 0 { counters[index].add(later.counters[index]) }
    recordCount &+= later.recordCount
    firstRecord = firstRecord ?? later.firstRecord
    lastRecord = later.lastRecord ?? lastRecord
    end = later.end ?? end
  }

  /// Begins anew, in the same memory.
  package mutating func removeAll() {
    for index in counters.indices where counters[index].count != 0 { counters[index] = Counter() }
    (firstRecord, lastRecord, end, recordCount) = (nil, nil, nil, 0)
  }

  package var total: Counter {
    counters.reduce(into: Counter()) { $0.add($1) }
  }

  /// One line a resource manager: PostgreSQL's own always, those of extensions where they wrote something.
  package var managers: [(manager: ResourceManager, counter: Counter)] {
    (0...UInt8.max).compactMap { id in
      let first = Int(id) << 4
      let sum = counters[first..<first + 16].reduce(into: Counter()) { $0.add($1) }
      guard sum.count > 0 || id < ResourceManager.names.count else { return nil }
      return (ResourceManager(id), sum)
    }
  }

  /// One line a record type that occurs.
  package var types: [(manager: ResourceManager, info: UInt8, counter: Counter)] {
    counters.indices.compactMap { index in
      guard counters[index].count > 0 else { return nil }
      return (ResourceManager(UInt8(index >> 4)), UInt8(index & 0x0F) << 4, counters[index])
    }
  }
}

/// Counts every record that the walker finds.
package struct StatisticsSink: RecordSink, Sendable {
  package var statistics = WALStatistics()
  package init() {}

  @inline(__always)
  package mutating func accept(_ record: WALRecord) -> Bool {
    statistics.add(
      ResourceManager(record.header.resourceManager), info: record.header.info,
      totalLength: record.header.totalLength, imageLength: record.totals.imageLength)
    statistics.extend(from: record.start, to: record.end)
    return true
  }
}
