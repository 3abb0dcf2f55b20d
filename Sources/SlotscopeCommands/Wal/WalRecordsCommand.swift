import ArgumentParser
import ClusterFiles
import Glibc
import PostgresFormat
import Reporting

struct WalRecordsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "records",
    abstract: "Prints the records, one a line.",
    discussion: """
      Text is worded like pg_waldump's; with --format json each line is an object with the names of pg_walinspect, and \
      the last line has the totals.
      Exit codes: 0 read to the end, 1 valid WAL follows after it, 2 the WAL ends in damage, 3 there is no WAL or it \
      cannot be read.
      """)

  @OptionGroup var source: WalSourceOptions
  @OptionGroup var range: WalRangeOptions
  @OptionGroup var filter: WalFilterOptions

  @Option(name: [.customShort("n"), .long], help: ArgumentHelp("Stop after this many records.", valueName: "n"))
  var limit: UInt64?

  @Option(help: "Output format: text or json.")
  var format: DocumentFormat = .text

  /// Lines of several batches wait for those before them: small batches and few threads keep that in bounds.
  private static let batchSize = 1 << 19
  private static let maximumJobs = 4

  func validate() throws {
    if limit == 0 { throw ValidationError("the limit must be at least 1") }
  }

  func run() async throws {
    do {
      try await printRecords()
    } catch let failure as StreamOutput.Failure {
      throw CommandFailure("could not write to standard output: \(failure.message)")
    }
  }

  private func printRecords() async throws {
    let source = try source.open()
    guard var walk = try await range.walk(source) else { throw WalWalkEnd.nothing(source) }
    walk.batchSize = Self.batchSize
    walk.jobs = limit == nil ? min(walk.jobs, Self.maximumJobs) : 1
    let version = source.route.geometry.version
    let (lineFormat, filter, limit) = (format.recordFormat, filter.filter, limit ?? .max)
    var output = StreamOutput()
    // Lines on a terminal say themselves how far it is.
    let progress = ProgressLine(isWanted: isatty(STDOUT_FILENO) == 0)
    progress.follow(&walk)
    defer { progress.finish() }
    var totals = RecordLines.Totals()
    let outcome = try await walk.run {
      RecordLines(format: lineFormat, version: version, filter: filter, limit: limit, capacity: 2 * Self.batchSize)
    } deliver: { (lines: inout RecordLines) in
      try lines.take { bytes, sums in
        totals.append(sums)
        _ = try output.write(bytes)
      }
      return !output.isClosed && totals.records < limit
    }
    progress.finish()
    if format == .json { _ = try output.write(RecordsEndJSON.line(totals, outcome.summary) + "\n") }
    guard !output.isClosed else { return }
    try WalWalkEnd.report(outcome, source, wasCut: totals.records >= limit)
  }
}

extension DocumentFormat {
  fileprivate var recordFormat: RecordLine.Format {
    switch self {
    case .text: .text
    case .json: .json
    }
  }
}
