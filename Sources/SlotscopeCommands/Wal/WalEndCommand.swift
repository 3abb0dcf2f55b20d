import ArgumentParser
import ClusterFiles
import Evidence
import PostgresFormat
import Reporting

struct WalEndCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "end",
    abstract: "Shows where valid WAL ends, and what ends it.",
    discussion: """
      Reads from the last checkpoint on; without a control file, the newest segment; with --start, from there.
      With --end TIME it shows where recovery to that time stops; with --salvage, where the last valid WAL after damage \
      ends.
      Exit codes: 0 the end, 1 valid WAL or traces of it follow after it, 2 it ends in damage or damage was passed \
      over, 3 there is no WAL.
      """)

  @OptionGroup var source: WalSourceOptions
  @OptionGroup var range: WalRangeOptions

  @Option(help: OptionHelp.format)
  var format: DocumentFormat = .text

  func run() async throws {
    let source = try source.open(positions: range, fromCheckpoint: true) { writeNothing() }
    guard var result = try await find(source) else {
      writeNothing()
      throw WalWalkEnd.nothing(source)
    }
    if let problem = result.problem { Terminal.report(error: source.shown(problem)) }
    result.end.path = result.end.path.map(source.shown)
    let damages = result.damages.map { WalkSummary.Damage(stop: $0.stop, resumedAt: $0.resumedAt) }
    switch format {
    case .text:
      Terminal.write(
        WALEndReport.text(result.end, damages: damages, style: Terminal.style))
    case .json:
      Terminal.write(document: WALEndReport.json(result.end, damages: damages).serialized(pretty: true) + "\n")
    }
    try status(result).exit()
  }

  /// A program gets its document, whatever there is.
  private func writeNothing() {
    if format == .json { Terminal.write(document: WALEndReport.json(nil).serialized(pretty: true) + "\n") }
  }

  /// Walks from the first place in which a record begins.
  private func find(_ source: WALSource) async throws -> WALEndSearch.Result? {
    let search = WALEndSearch(source.route)
    guard let wanted = try await range.walk(source) else { return nil }
    let starts =
      range.start == nil
      ? Array(search.starts(from: source.control?.checkpoint.redo.nonZero, limit: wanted.end)) : [wanted.start]
    var last: WALEndSearch.Result?
    for start in starts where start.position <= wanted.end {
      var walk = wanted
      walk.start = start
      let progress = ProgressLine()
      progress.follow(&walk)
      let outcome = try await walk.run {
        NoSink()
      } deliver: { _ in
        true
      }
      progress.finish()
      let result = search.result(of: outcome, from: start)
      if result.end.lastRecord != nil { return result }
      last = last ?? result
    }
    return last
  }

  private func status(_ result: WALEndSearch.Result) -> ExitStatus {
    if result.end.lastRecord == nil || result.problem != nil { return .unknown }
    if !result.end.stop.reason.isOrdinaryEnd || !result.damages.isEmpty { return .error }
    return result.end.validAgainFrom == nil && result.end.traceBehind == nil ? .ready : .warning
  }
}
