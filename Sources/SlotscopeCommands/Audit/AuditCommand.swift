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

  @OptionGroup var consumers: ConsumerOptions

  @Option(
    help: ArgumentHelp(
      "Archived WAL: a folder, or the root of a pgBackRest, Barman or WAL-G repository. Repeatable.", valueName: "dir"))
  var archive: [String] = []

  @OptionGroup var word: OperatorsWord

  @Option(
    help:
      "What comes before the promotion: crash (the primary is gone as it is) or switchover (it is stopped cleanly). Decides headline and exit code; the default is switchover where the primary runs."
  )
  var event: FailoverEvent?

  @Option(
    help: ArgumentHelp("Refuse evidence files that were gathered longer ago, or in the future.", valueName: "seconds"))
  var maxAge: Int64?

  @Option(help: "Output format: text, json, nagios, prometheus or html.")
  var format: AuditFormat = .text

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The file to write, in one step; the default is standard output.", valueName: "file"))
  var output: String?

  @Option(help: FilePermissions.help)
  var mode: FilePermissions?

  @Flag(help: DocumentOutput.forceHelp)
  var force = false

  @Option(
    help: ArgumentHelp(
      "Add it to the exit codes 0 to 3: sudo or docker, which may run the audit, fail with 1, too. From 0 to 60.",
      valueName: "n"))
  var exitOffset: Int32 = 0

  @OptionGroup var labels: MetricLabels

  @Option(
    help: ArgumentHelp(
      "The slots that are listed in text, and named in the line of Nagios: names or patterns (svc_*) separated by commas."
        + " The verdict is of all.",
      valueName: "filter"))
  var slots: SlotFilter = .all

  @Flag(
    help:
      "Hold all data pages of the standbys against WAL, not a sample: each must have been written by a record that is there."
  )
  var checkPages = false

  @OptionGroup var jobs: JobsOption

  @Flag(name: .shortAndLong, help: "Show every finding with what it rests on.")
  var verbose = false

  func validate() throws {
    guard maxAge ?? 1 > 0 else { throw ValidationError("--max-age takes a number of seconds from 1 on") }
    guard (0...60).contains(exitOffset) else { throw ValidationError("--exit-offset takes a number from 0 to 60") }
  }

  func run() async throws {
    var audit: Audit
    do {
      audit = try await AuditSources(
        primary: primary, standbys: standby, subscribers: subscriber, consumers: consumers, archives: archive,
        word: word, maxAge: maxAge, checksAllPages: checkPages, jobs: jobs.count
      ).audit()
    } catch {
      var document = format.monitoring.map { MonitoringDocument($0, .audit, labels: labels.all, output: file) }
      document?.standbys = standby.map(Source.shown)
      try document?.write(failure: error)
      throw error
    }
    audit.event = event
    let assessments = audit.assessments()
    let text =
      switch format {
      case .text:
        AuditText.report(
          assessments, then: then(assessments.first, audit), now: DataDirectory.now,
          style: output == nil ? Terminal.style : .plain, verbose: verbose, slots: slots)
          + (output == nil ? "" : OwnDocument.textEnd)
      case .nagios: AuditNagios.line(assessments, selected: slots)
      case .prometheus:
        AuditPrometheus.metrics(
          assessments, isUp: audit.sources.allSatisfy(\.wasRead), labels: labels.all, at: DataDirectory.now)
      case .html: AuditHTML.page(assessments, at: DataDirectory.now)
      case .json: AuditJSON.document(assessments).serialized(pretty: true) + "\n"
      }
    try file.write(text)
    try ExitStatus(assessments.first?.verdict ?? .unknown).exit(offset: exitOffset)
  }

  private var file: DocumentOutput {
    DocumentOutput(
      path: output, permissions: mode ?? format.permissions, force: force, isPluginLine: format == .nagios)
  }

  /// What to type next about the best candidate.
  private func then(_ best: Assessment?, _ audit: Audit) -> [String] {
    guard let best, let index = audit.standbys.firstIndex(where: { $0.origin.source == best.standby.source }),
      standby.indices.contains(index)
    else { return [] }
    func words(_ named: [(String, String)]) -> String {
      named.map { "\($0.0) \(Source.quoted($0.1))" }.joined(separator: " ")
    }
    let followers = standby.indices.filter { $0 != index }.map { standby[$0] }
    let sources = AuditThen.Sources(
      nodes: words((primary.map { [("--primary", $0)] } ?? []) + [("--standby", standby[index])]),
      others: words(
        followers.map { ("--follower", $0) } + subscriber.map { ("--subscriber", $0) }
          + consumers.consumer.map { ("--consumer", "\($0.slot)=\($0.text)") } + archive.map { ("--archive", $0) }
          + word.assume.map { ("--assume", $0.rawValue) }
          + word.log.map { ("--log", $0) }))
    return AuditThen.lines(
      NextStep.after(best, in: audit), sources: sources, primary: audit.primary, standby: audit.standbys[index])
  }
}

extension FailoverEvent: ExpressibleByArgument {}

/// `--format` of an audit.
enum AuditFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json, nagios, prometheus, html

  /// Of a file, where no others are asked for.
  var permissions: FilePermissions { self == .nagios || self == .prometheus ? .metrics : .userOnly }

  /// nil for what a person reads.
  var monitoring: MonitoringDocument.Form? { MonitoringDocument.Form(rawValue: rawValue) }
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
