import ClusterFiles
import Reporting
import SlotSafety

/// Writes a ledger as it comes; for a person at the end, since totals go first.
struct LedgerOutput {
  private let format: LedgerFormat
  /// Transactions that are listed at most.
  private let limit: UInt64
  private var output = StreamOutput()
  /// Lines that are not written yet.
  private var buffer: [UInt8] = []
  private static let bufferSize = 1 << 16
  /// Those of a report for people.
  private var entries: [LedgerEntry] = []
  private(set) var totals = LedgerTotals()
  var coverage = LedgerCoverage()

  init(format: LedgerFormat, limit: UInt64) { (self.format, self.limit) = (format, limit) }

  mutating func begin() throws {
    buffer.reserveCapacity(2 * Self.bufferSize)
    if format == .csv { buffer += (LedgerCSV.header + "\n").utf8 }
  }

  /// Returns false once nobody reads.
  mutating func add(_ entry: LedgerEntry) throws -> Bool {
    totals.add(entry)
    guard coverage.listed < limit else { return true }
    coverage.listed &+= 1
    switch format {
    case .text, .html: entries.append(entry)
    case .json: LedgerJSON.write(entry, to: &buffer)
    case .csv: LedgerCSV.write(entry, to: &buffer)
    }
    if buffer.count >= Self.bufferSize { try flush() }
    return !output.isClosed
  }

  private mutating func flush() throws {
    var lines: [UInt8] = []
    swap(&lines, &buffer)
    // SAFETY: the array's elements are plain bytes.
    _ = try output.write(unsafe lines.span.bytes)
    lines.removeAll(keepingCapacity: true)
    buffer = lines
  }

  mutating func end(_ scope: LedgerScope, _ context: PageContext) throws {
    switch format {
    case .csv: break
    case .json: buffer += (LedgerJSON.end(totals, coverage, scope: scope) + "\n").utf8
    case .text:
      let report = LedgerText.report(
        entries, totals: totals, coverage: coverage, scope: scope, style: Terminal.style)
      buffer += report.text.utf8
    case .html:
      let page = LedgerHTML.page(
        entries, totals: totals, coverage: coverage, scope: scope, context: context, at: DataDirectory.now)
      buffer += page.utf8
    }
    try flush()
  }
}
