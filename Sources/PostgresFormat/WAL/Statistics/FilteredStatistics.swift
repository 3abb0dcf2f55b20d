/// Counts the records that a filter admits, up to a limit.
package struct FilteredStatistics: RecordSink, Sendable {
  /// What has been counted so far.
  package var statistics = WALStatistics()
  private let filter: RecordFilter
  private let admitsAll: Bool
  private let layout: RecordLayout
  private var remaining: UInt64
  /// Up to 13 pg_waldump tells a commit with more information in a row of its own.
  private let keepsFlags: Bool

  /// Nothing counted. Ends after `limit` records that the filter admits.
  package init(_ filter: RecordFilter, layout: RecordLayout, limit: UInt64 = .max) {
    (self.filter, admitsAll, self.layout, remaining) = (filter, filter.isEmpty, layout, limit)
    keepsFlags = layout.version < .v14
  }

  /// Counts the record where the filter admits it; false once the limit is reached.
  package mutating func accept(_ record: WALRecord) -> Bool {
    guard remaining > 0 else { return false }
    let header = record.header
    statistics.begin(at: record.start)
    if !admitsAll {
      let total = Int(header.totalLength)
      guard let fragments = try? RecordFragments(record.bytes, total: total, layout: layout),
        filter.admits(record, fragments: fragments, layout: layout)
      else { return true }
    }
    let manager = ResourceManager(header.resourceManager)
    let code = keepsFlags ? header.info : RecordTypeNames.code(of: manager, info: header.info)
    statistics.add(manager, code: code, totalLength: header.totalLength, imageLength: record.totals.imageLength)
    statistics.extend(from: record.start, last: record.start, to: record.end)
    remaining -= 1
    return remaining > 0
  }
}
