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
  var standby: [String] = []

  @Option(
    help: ArgumentHelp(
      "A subscriber: data directory, evidence file or connection string. Repeatable.", valueName: "source"))
  var subscriber: [String] = []

  @Option(help: ArgumentHelp("A folder with archived WAL of the primary. Repeatable.", valueName: "dir"))
  var archive: [String] = []

  @OptionGroup var word: OperatorsWord

  @Option(help: "Output format: text, json, nagios, prometheus or html.")
  var format: AuditFormat = .text

  @Option(name: .shortAndLong, help: "The file to write, in one step; the default is standard output.")
  var output: String?

  @Option(help: FilePermissions.help)
  var mode: FilePermissions?

  @OptionGroup var jobs: JobsOption

  @Flag(name: .shortAndLong, help: "Show every finding with what it rests on.")
  var verbose = false

  func validate() throws {
    guard !standby.isEmpty else { throw ValidationError("no standby given (--standby)") }
  }

  func run() async throws {
    let audit = try await AuditSources(
      primary: primary, standbys: standby, subscribers: subscriber, archives: archive,
      word: word, jobs: jobs.count
    ).audit()
    let assessments = audit.assessments()
    let text =
      switch format {
      case .text:
        AuditText.report(
          assessments, then: then(assessments.first, audit), now: DataDirectory.now,
          style: output == nil ? Terminal.style : .plain, verbose: verbose)
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
      try EvidenceFile.write(text, to: output, permissions: (mode ?? format.permissions).bits)
    } catch {
      throw CommandFailure("\(output): \(error.message)", hint: error.hint)
    }
  }

  /// What to type next about the best candidate.
  private func then(_ best: Assessment?, _ audit: Audit) -> [String] {
    guard let best, let index = audit.standbys.firstIndex(where: { $0.origin.source == best.standby.source }),
      standby.indices.contains(index)
    else { return [] }
    func words(_ named: [(String, String)]) -> String {
      named.map { "\($0.0) \(SourceArgument.quoted($0.1))" }.joined(separator: " ")
    }
    let followers = standby.indices.filter { $0 != index }.map { standby[$0] }
    let sources = AuditThen.Sources(
      nodes: words((primary.map { [("--primary", $0)] } ?? []) + [("--standby", standby[index])]),
      others: words(
        followers.map { ("--follower", $0) } + subscriber.map { ("--subscriber", $0) }
          + archive.map { ("--archive", $0) }))
    return AuditThen.lines(
      NextStep.after(best, in: audit), sources: sources, primary: audit.primary, standby: audit.standbys[index])
  }
}

/// `--format` of an audit.
enum AuditFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json, nagios, prometheus, html

  /// Of a file, where no others are asked for.
  var permissions: FilePermissions { self == .nagios || self == .prometheus ? .metrics : .userOnly }
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
