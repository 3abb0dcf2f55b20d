import ClusterFiles
import Reporting
import SlotSafety

/// Writes a ledger as it comes; for a person at the end, since totals go first.
struct LedgerOutput {
  private let format: LedgerFormat
  /// Transactions that are listed at most.
  private let limit: UInt64
  private var output = StreamOutput()
  /// Not written yet.
  private var lines = LineBuffer(capacity: 2 * Self.bufferSize)
  private static let bufferSize = 1 << 16
  /// Those of a report for people.
  private var entries: [LedgerEntry] = []
  private(set) var totals = LedgerTotals()
  var coverage = LedgerCoverage()

  init(format: LedgerFormat, limit: UInt64) { (self.format, self.limit) = (format, limit) }

  mutating func begin() throws {
    if format == .csv { lines.add { $0.string(LedgerCSV.header + "\n") } }
  }

  /// Returns false once nobody reads.
  mutating func add(_ entry: LedgerEntry) throws -> Bool {
    totals.add(entry)
    guard coverage.listed < limit else { return true }
    coverage.listed &+= 1
    switch format {
    case .text, .html: entries.append(entry)
    case .json: lines.add { LedgerJSON.write(entry, to: &$0) }
    case .csv: lines.add { LedgerCSV.write(entry, to: &$0) }
    }
    if lines.count >= Self.bufferSize { try flush() }
    return !output.isClosed
  }

  private mutating func flush() throws {
    var output = output
    defer { self.output = output }
    try lines.take { _ = try output.write($0) }
  }

  mutating func end(_ scope: LedgerScope, _ context: PageContext) throws {
    try flush()
    let rest: String
    switch format {
    case .csv: return
    case .json: rest = LedgerJSON.end(totals, coverage, scope: scope) + "\n"
    case .text:
      let report = LedgerText.report(
        entries, totals: totals, coverage: coverage, scope: scope, style: Terminal.style)
      rest = report.text
    case .html:
      let page = LedgerHTML.page(
        entries, totals: totals, coverage: coverage, scope: scope, context: context, at: DataDirectory.now)
      rest = page
    }
    _ = try output.write(rest)
  }
}
