import ArgumentParser
import ClusterFiles
import Evidence
import PostgresFormat
import Reporting

struct WalEndCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "end",
    abstract: "Shows where valid WAL ends, and what ends it.",
    discussion: """
      Reads from the last checkpoint on; without a control file, the newest segment; with --start, from there.
      Exit codes: 0 the end, 1 valid WAL follows behind it, 2 it ends in damage, 3 there is no WAL.
      """)

  @OptionGroup var source: WalSourceOptions

  @Option(
    name: .shortAndLong, help: "Begin with the first record at or behind this position.",
    transform: PositionArgument.lsn)
  var start: LSN?

  @Option(help: "Output format: text or json.")
  var format: DocumentFormat = .text

  func run() throws {
    let source = try source.open()
    let search = WALEndSearch(source.route)
    let result =
      start.map { search.find(firstRecordFrom: $0) } ?? search.find(from: source.control?.checkpoint.redo.nonZero)
    guard let result else {
      Terminal.report(error: "there is no WAL of timeline \(source.route.history.timeline)")
      throw ExitCode(ExitStatus.unknown.rawValue)
    }
    if let problem = result.problem { Terminal.report(error: "\(problem.path): \(problem.sentence)") }
    switch format {
    case .text: Terminal.write(WALEndReport.text(result.end, style: Terminal.style))
    case .json: Terminal.write(WALEndReport.json(result.end).serialized(pretty: true) + "\n")
    }
    try status(result).exit()
  }

  private func status(_ result: WALEndSearch.Result) -> ExitStatus {
    if result.end.lastRecord == nil || result.problem != nil { return .unknown }
    if !result.end.stop.reason.isOrdinaryEnd { return .error }
    return result.end.validAgainFrom == nil ? .ready : .warning
  }
}
