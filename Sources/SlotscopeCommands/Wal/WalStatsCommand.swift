import ArgumentParser
import ClusterFiles
import PostgresFormat
import Reporting

struct WalStatsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Counts the records and their bytes, as pg_waldump --stats does.",
    discussion: """
      Record bytes are those without full-page images.
      Exit codes: 0 read to the end, 1 valid WAL follows after it, 2 the WAL ends in damage, 3 there is no WAL or it \
      cannot be read.
      """)

  enum Grouping: String, ExpressibleByArgument, CaseIterable { case manager, record }

  @OptionGroup var source: WalSourceOptions
  @OptionGroup var range: WalRangeOptions

  @Option(help: "One line for each resource manager, or for each record type: manager or record.")
  var by: Grouping = .manager

  @Option(help: OptionHelp.format)
  var format: DocumentFormat = .text

  func run() async throws {
    let source = try source.open(positions: range)
    guard var walk = try await range.walk(source) else { throw WalWalkEnd.nothing(source) }
    let version = source.route.geometry.version
    var statistics = WALStatistics()
    let progress = ProgressLine()
    progress.follow(&walk)
    defer { progress.finish() }
    let outcome = try await walk.run {
      StatisticsSink()
    } deliver: { (sink: inout StatisticsSink) in
      if sink.statistics.firstRecord != nil {
        statistics.append(sink.statistics)
        sink.statistics.removeAll()
      }
      return true
    }
    progress.finish()
    switch format {
    case .text:
      Terminal.write(
        WALStatisticsReport.text(statistics, byType: by == .record, version: version, style: Terminal.style))
    case .json:
      let document = WALStatisticsReport.json(
        statistics, byType: by == .record, version: version, walk: outcome.summary)
      Terminal.write(document: document.serialized(pretty: true) + "\n")
    }
    try WalWalkEnd.report(outcome, source)
  }
}
