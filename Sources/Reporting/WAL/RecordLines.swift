import ByteReading
package import PostgresFormat

/// Writes records as lines: text like pg_waldump's, or a JSON object each. No String and no allocation per record.
package struct RecordLines: RecordSink, Sendable {
  /// What the last line of a stream sums up.
  package struct Totals: Sendable, Hashable {
    /// Records that were written as lines.
    package var records: UInt64 = 0
    /// Their total lengths without full-page images.
    package var recordBytes: UInt64 = 0
    /// Of full-page images, as they are stored: compressed, without their hole.
    package var imageBytes: UInt64 = 0
    /// Nothing counted.
    package init() {}
    /// Adds those of records that came after.
    package mutating func append(_ later: Totals) {
      records &+= later.records
      recordBytes &+= later.recordBytes
      imageBytes &+= later.imageBytes
    }
  }

  /// The first `count` bytes are lines; the rest is room.
  private var buffer: [UInt8]
  private var count = 0
  /// Of all records so far, as the last line tells them.
  package private(set) var totals = Totals()
  private let line: RecordLine
  private let filter: RecordFilter
  private let admitsAll: Bool
  private let layout: RecordLayout
  /// Records that may still be written.
  private var remaining: UInt64

  /// Ends after `limit` records that the filter admits. `capacity` in bytes is what the buffer begins with; it grows
  /// for a longer line.
  package init(
    format: RecordLine.Format, version: ServerVersion, filter: RecordFilter = RecordFilter(), limit: UInt64 = .max,
    blockDetails: Bool = false, capacity: Int = 1 << 16
  ) {
    buffer = [UInt8](repeating: 0, count: max(capacity, 1 << 12))
    (self.filter, admitsAll, remaining) = (filter, filter.isEmpty, limit)
    layout = RecordLayout(version)
    line = RecordLine(format: format, layout: layout, blockDetails: blockDetails)
  }

  /// Writes the record's line where the filter admits it; false once the limit is reached.
  package mutating func accept(_ record: WALRecord) -> Bool {
    guard remaining > 0 else { return false }
    let total = Int(record.header.totalLength)
    // The walker has checked the structure of the record; a giant may hide what lies beyond the bytes kept of it.
    guard let fragments = try? RecordFragments(record.bytes, total: total, layout: layout) else { return true }
    guard admitsAll || filter.admits(record, fragments: fragments, layout: layout) else { return true }
    while !write(record, fragments) { buffer.append(contentsOf: repeatElement(0, count: buffer.count)) }
    totals.records &+= 1
    totals.recordBytes &+= UInt64(total &- fragments.imageLength)
    totals.imageBytes &+= UInt64(fragments.imageLength)
    remaining -= 1
    return remaining > 0
  }

  /// Lends the lines written since it was last asked, and the sums of their records.
  package mutating func take(_ body: (RawSpan, Totals) throws -> Void) rethrows {
    // SAFETY: the elements are plain bytes, and `count` is not more than there are.
    try body(unsafe buffer.span.bytes.extracting(0..<count), totals)
    count = 0
    totals = Totals()
  }

  /// Writes the line of one record. Returns false, with nothing written, where the buffer is too small.
  private mutating func write(_ record: WALRecord, _ fragments: RecordFragments) -> Bool {
    let written = count
    var end = written
    var isWhole = true
    let line = self.line
    unsafe buffer.withUnsafeMutableBufferPointer { memory in
      guard let base = memory.baseAddress else { return }
      // SAFETY: the writer stays within the array's elements and lives no longer than this closure.
      var out = unsafe ByteWriter(base, capacity: memory.count, count: written)
      line.write(record, fragments, to: &out)
      (end, isWhole) = (out.count, !out.hasOverflowed)
    }
    if isWhole { count = end }
    return isWhole
  }
}
