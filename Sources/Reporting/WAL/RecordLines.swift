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

  private var lines: LineBuffer
  /// Of all records so far, as the last line tells them.
  package private(set) var totals = Totals()
  /// Of the records written since they were last taken, where they are wanted.
  private var images: [FullPageImage] = []
  private let keepsImages: Bool
  private let line: RecordLine
  private let filter: RecordFilter
  private let admitsAll: Bool
  private let layout: RecordLayout
  /// Records that may still be written.
  private var remaining: UInt64

  /// Ends after `limit` records that the filter admits. `capacity` in bytes is what the buffer begins with; it grows
  /// for a longer line. `keepsImages`: their full-page images are there to be taken, too.
  package init(
    format: RecordLine.Format, version: ServerVersion, filter: RecordFilter = RecordFilter(), limit: UInt64 = .max,
    blockDetails: Bool = false, keepsImages: Bool = false, capacity: Int = 1 << 16
  ) {
    self.keepsImages = keepsImages
    lines = LineBuffer(capacity: capacity)
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
    let line = self.line
    lines.add { line.write(record, fragments, to: &$0) }
    if keepsImages { images += FullPageImage.all(of: record, fragments, layout: layout) }
    totals.records &+= 1
    totals.recordBytes &+= UInt64(total &- fragments.imageLength)
    totals.imageBytes &+= UInt64(fragments.imageLength)
    remaining -= 1
    return remaining > 0
  }

  /// Lends the lines written since it was last asked, and the sums of their records.
  package mutating func take(_ body: (RawSpan, Totals) throws -> Void) rethrows {
    let totals = self.totals
    self.totals = Totals()
    try lines.take { try body($0, totals) }
  }

  /// The images since it was last asked.
  package mutating func takeImages() -> [FullPageImage] {
    defer { images = [] }
    return images
  }
}
