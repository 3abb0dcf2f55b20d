import Reporting
import SlotSafety

/// Writes a ledger as it comes; for a person at the end, since totals go first.
struct LedgerOutput {
  private let format: LedgerFormat
  /// Transactions that are listed at most.
  private let limit: UInt64
  private var output = StreamOutput()
  /// Those of a text report.
  private var entries: [LedgerEntry] = []
  private(set) var totals = LedgerTotals()
  var coverage = LedgerCoverage()

  init(format: LedgerFormat, limit: UInt64) { (self.format, self.limit) = (format, limit) }

  mutating func begin() throws {
    if format == .csv { _ = try output.write(LedgerCSV.header + "\n") }
  }

  /// Returns false once nobody reads.
  mutating func add(_ entry: LedgerEntry) throws -> Bool {
    totals.add(entry)
    guard coverage.listed < limit else { return true }
    coverage.listed &+= 1
    switch format {
    case .text: entries.append(entry)
    case .json: _ = try output.write(LedgerJSON.line(entry) + "\n")
    case .csv: _ = try output.write(LedgerCSV.lines(entry))
    }
    return !output.isClosed
  }

  mutating func end(_ scope: LedgerScope) throws {
    switch format {
    case .csv: break
    case .json: _ = try output.write(LedgerJSON.end(totals, coverage, scope: scope) + "\n")
    case .text:
      _ = try output.write(
        LedgerText.report(entries, totals: totals, coverage: coverage, scope: scope, style: Terminal.style))
    }
  }
}
