import ArgumentParser
import ClusterFiles
import Glibc
import PostgresFormat
import Reporting
import SlotSafety

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

  @Flag(
    name: [.customShort("b"), .long],
    help: "Tell each block reference on a line of its own, with its image: where its hole is, how it is compressed.")
  var bkpDetails = false

  @Flag(name: .shortAndLong, help: "Print no records: only errors, and the exit code.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "At the end of the WAL wait for more, and go on.")
  var follow = false

  @Flag(
    name: [.customShort("z"), .long],
    help: "Print pg_waldump's table of statistics in place of records; --stats=record has a row for each type.")
  var stats = false

  @Flag(help: ArgumentHelp("--stats=record", visibility: .hidden))
  var statsRecord = false

  @Flag(help: ArgumentHelp("--stats=rmgr", visibility: .hidden))
  var statsRmgr = false

  @Option(
    help: ArgumentHelp(
      "Save the full-page images of these records, unpacked, as files of 8 kB in this folder, which is new or empty.",
      valueName: "dir"))
  var saveFullpage: String?

  @Option(help: OptionHelp.format)
  var format: DocumentFormat = .text

  /// Lines of several batches wait for those before them: small batches and few threads keep that in bounds.
  private static let batchSize = 1 << 19
  private static let maximumJobs = 4

  private var wantsStatistics: Bool { stats || statsRecord || statsRmgr }

  func validate() throws {
    if limit == 0 { throw ValidationError("the limit must be at least 1") }
    if follow && (quiet || wantsStatistics) {
      throw ValidationError("--follow prints records; it cannot be used with --quiet or --stats")
    }
    if follow && source.restore.restoreCommand != nil {
      throw ValidationError("--follow reads what a server writes; it cannot be used with --restore-command")
    }
    if saveFullpage != nil && wantsStatistics {
      throw ValidationError("--save-fullpage goes with records; it cannot be used with --stats")
    }
    if format == .json && (bkpDetails || wantsStatistics) {
      throw ValidationError("--bkp-details and --stats are for text; wal stats has the figures as JSON")
    }
  }

  func run() async throws {
    if filter.listsManagers {
      return Terminal.write(ResourceManager.builtIn.map { "\($0.name)\n" }.joined())
    }
    do {
      if quiet && saveFullpage == nil || wantsStatistics { try await count() } else { try await printRecords() }
    } catch let failure as FullPageFolder.SaveError {
      throw CommandFailure(failure)
    } catch let failure as StreamOutput.Failure {
      throw CommandFailure("could not write to standard output: \(failure.message)")
    }
  }

  /// The records that the filter admits, by their types.
  private func count() async throws {
    let segments = try WalSegmentRange(self.source)
    let source = try self.source.open(range: segments, positions: range)
    guard var walk = try await range.walk(source, segments: segments) else { throw WalWalkEnd.nothing(source) }
    let version = source.route.geometry.version
    let (filter, layout, limit) = (filter.filter, RecordLayout(version), limit ?? .max)
    if limit != .max { walk.jobs = 1 }
    let progress = ProgressLine()
    progress.follow(&walk)
    defer { progress.finish() }
    var statistics = WALStatistics()
    let outcome = try await walk.run {
      FilteredStatistics(filter, layout: layout, limit: limit)
    } deliver: { (sink: inout FilteredStatistics) in
      statistics.append(sink.statistics)
      sink.statistics.removeAll()
      return statistics.total.count < limit
    }
    progress.finish()
    if !quiet {
      Terminal.write(document: WALDumpStatistics.text(statistics, byType: statsRecord, version: version))
    }
    try WalWalkEnd.report(outcome, source, wasCut: statistics.total.count >= limit)
  }

  private func printRecords() async throws {
    let segments = try WalSegmentRange(self.source)
    var source = try self.source.open(range: segments, positions: range)
    guard var walk = try await range.walk(source, segments: segments) else { throw WalWalkEnd.nothing(source) }
    walk.batchSize = Self.batchSize
    var images = try openFolderForImages()
    walk.jobs = limit == nil ? min(walk.jobs, Self.maximumJobs) : 1
    let (lineFormat, filter, limit, details) = (format.recordFormat, filter.filter, limit ?? .max, bkpDetails)
    let (keepsImages, quiet) = (saveFullpage != nil, quiet)
    var output = StreamOutput()
    // Lines on a terminal say themselves how far it is.
    let progress = ProgressLine(isWanted: isatty(STDOUT_FILENO) == 0 && !follow)
    progress.follow(&walk)
    defer { progress.finish() }
    var totals = RecordLines.Totals()
    var patience = Self.attempts
    while true {
      let (route, left) = (source.route, limit - totals.records)
      let outcome = try await walk.run {
        RecordLines(
          format: lineFormat, version: route.geometry.version, filter: filter, limit: left, blockDetails: details,
          keepsImages: keepsImages, capacity: 2 * Self.batchSize)
      } deliver: { (lines: inout RecordLines) in
        try images?.save(lines.takeImages(), route: route)
        try lines.take { bytes, sums in
          totals.append(sums)
          if !quiet { _ = try output.write(bytes) }
        }
        return !output.isClosed && totals.records < limit
      }
      let isOver =
        output.isClosed || totals.records >= limit || outcome.stop.reason == .limit || outcome.end >= walk.end
      // What is written at this moment may look damaged: it is read again before it is called so.
      patience = outcome.lastRecord != nil || outcome.stop.reason.isOrdinaryEnd ? Self.attempts : patience - 1
      if follow && !isOver && patience > 0 {
        (source, walk) = try await more(of: walk, after: outcome, segments)
        continue
      }
      progress.finish()
      if let images {
        Terminal.writeError("slotscope: \(images.count) full-page images in \(saveFullpage ?? "")\n")
      }
      if format == .json && !quiet { _ = try output.write(RecordsEndJSON.line(totals, outcome.summary) + "\n") }
      guard !output.isClosed else { return }
      return try WalWalkEnd.report(outcome, source, wasCut: totals.records >= limit)
    }
  }

  private func openFolderForImages() throws -> FullPageFolder? {
    guard let saveFullpage else { return nil }
    do { return try FullPageFolder(saveFullpage) } catch {
      throw CommandFailure("\(saveFullpage): \(error.message)", hint: error.hint)
    }
  }

  /// How often WAL that cannot be read is read again.
  private static let attempts = 10

  /// The rest of a walk, after a moment: the folder is listed anew.
  private func more(
    of walk: WALWalk, after outcome: WALWalk.Outcome, _ segments: WalSegmentRange?
  ) async throws -> (WALSource, WALWalk) {
    try await Task.sleep(nanoseconds: 500_000_000)
    let source = try self.source.open(range: segments, positions: range)
    var rest = WALWalk(source.route, start: outcome.lastRecord == nil ? walk.start : .record(outcome.end))
    (rest.end, rest.isSalvaging, rest.batchSize) = (walk.end, walk.isSalvaging, walk.batchSize)
    return (source, rest)
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

extension CommandFailure {
  fileprivate init(_ failure: FullPageFolder.SaveError) {
    switch failure {
    case .damaged(let name, let error): self.init("the full-page image \(name) cannot be unpacked: \(error.sentence)")
    case .noLibrary(let name):
      self.init("the full-page image \(name) is compressed with Zstandard", hint: "Install libzstd1.")
    case .notWritten(let error): self.init("\(error.path): \(error.message)")
    }
  }
}
