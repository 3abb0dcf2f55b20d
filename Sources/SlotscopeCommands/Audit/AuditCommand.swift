import ArgumentParser
import ClusterFiles
import Evidence
import PostgresFormat
import Reporting
import SlotSafety

struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Says whether a standby may be promoted: for every replication slot, and overall.",
    discussion: """
      Exit codes: 0 ready, 1 waiting or fixable, 2 at risk or lost, 3 unknown (evidence is missing or unreadable).
      With several standbys they are ranked, and the best one gives the code.
      """)

  @Option(help: ArgumentHelp("The primary: data directory, evidence file or connection string.", valueName: "source"))
  var primary: String?

  @Option(help: ArgumentHelp("A standby that could take over. Repeatable.", valueName: "source"))
  var standby: [String]

  @Option(
    help: ArgumentHelp(
      "A subscriber: data directory, evidence file or connection string. Repeatable.", valueName: "source"))
  var subscriber: [String] = []

  @Option(help: ArgumentHelp("A folder with archived WAL of the primary. Repeatable.", valueName: "dir"))
  var archive: [String] = []

  @OptionGroup var word: OperatorsWord

  @Option(help: "Output format: text, json, nagios, prometheus or html.")
  var format: AuditFormat = .text

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The file to write, in one step; the default is standard output.", valueName: "file"))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "The slots whose rows are shown in text: names or patterns (svc_*) separated by commas. The verdict is of all slots.",
      valueName: "filter"))
  var slots: SlotFilter = .all

  @OptionGroup var jobs: JobsOption

  @Flag(name: .shortAndLong, help: "Show every finding with what it rests on.")
  var verbose = false

  func run() async throws {
    let assessments = try await AuditSources(
      primary: primary, standbys: standby, subscribers: subscriber, archives: archive,
      word: word, jobs: jobs.count
    ).audit().assessments()
    let text =
      switch format {
      case .text:
        AuditText.report(
          assessments, sources: sourceArguments, now: DataDirectory.now,
          style: output == nil ? Terminal.style : .plain, verbose: verbose, slots: slots)
      case .nagios: AuditNagios.line(assessments)
      case .prometheus: AuditPrometheus.metrics(assessments, at: DataDirectory.now)
      case .html: AuditHTML.page(assessments, at: DataDirectory.now)
      case .json: AuditJSON.document(assessments).serialized(pretty: true) + "\n"
      }
    try write(text)
    try ExitStatus(assessments.first?.verdict ?? .unknown).exit()
  }

  private func write(_ text: String) throws {
    guard let output else {
      Terminal.write(text)
      return
    }
    do {
      try EvidenceFile.write(text, to: output, permissions: 0o644)
    } catch {
      throw CommandFailure("\(output): \(error.message)", hint: error.hint)
    }
  }

  private var sourceArguments: String {
    let named = (primary.map { [("--primary", $0)] } ?? []) + standby.prefix(1).map { ("--standby", $0) }
    return named.map { "\($0.0) \(SourceArgument.quoted($0.1))" }.joined(separator: " ")
  }
}

/// `--format` of an audit.
enum AuditFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json, nagios, prometheus, html
}

extension ExitStatus {
  init(_ verdict: Verdict) {
    switch verdict {
    case .ready: self = .ready
    case .waiting, .fixable: self = .warning
    case .atRisk, .lost: self = .error
    case .unknown: self = .unknown
    }
  }
}
