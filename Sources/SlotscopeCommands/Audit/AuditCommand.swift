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
      The name of a cluster (clusters.d/NAME.toml) stands for all sources; who is the primary is found out.
      """)

  @Argument(help: OptionHelp.cluster)
  var cluster: String?

  @OptionGroup var clusters: ClusterOptions
  @OptionGroup var fleet: FleetOptions

  @Option(help: OptionHelp.primary)
  var primary: String?

  @Option(help: ArgumentHelp("A standby that could take over. Repeatable.", valueName: "source"))
  var standby: [String] = []

  @Option(help: OptionHelp.subscriber)
  var subscriber: [String] = []

  @OptionGroup var consumers: ConsumerOptions

  @Option(help: OptionHelp.archive)
  var archive: [String] = []

  @OptionGroup var restore: RestoreCommandOption

  @OptionGroup var word: OperatorsWord

  @Option(
    help:
      "What comes before the promotion: crash (the primary is gone as it is) or switchover (it is stopped cleanly). Decides headline and exit code; the default is switchover where the primary runs."
  )
  var event: FailoverEvent?

  @Option(
    help: ArgumentHelp(
      "Ask again each second until it is ready for the event (--event), for so many seconds at most; then the last answer"
        + " counts.", valueName: "seconds"))
  var wait: Int?

  @Option(
    help: ArgumentHelp("Refuse evidence files that were gathered longer ago, or in the future.", valueName: "seconds"))
  var maxAge: Int64?

  @Option(help: "Output format: text, json, nagios, prometheus or html.")
  var format: AuditFormat = .text

  @Option(name: .shortAndLong, help: OptionHelp.output)
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

  @Flag(name: .shortAndLong, help: OptionHelp.findings)
  var verbose = false

  func validate() throws {
    guard maxAge ?? 1 > 0 else { throw ValidationError("--max-age takes a number of seconds from 1 on") }
    guard (0...60).contains(exitOffset) else { throw ValidationError("--exit-offset takes a number from 0 to 60") }
    try fleet.validate(besides: cluster != nil || primary != nil || !standby.isEmpty)
    guard (1...86_400).contains(wait ?? 1) else {
      throw ValidationError("--wait takes a number of seconds from 1 to 86400")
    }
    if fleet.isAsked {
      guard wait == nil, format != .nagios, restore.restoreCommand == nil else {
        throw ValidationError("--wait, --restore-command and --format nagios are about one cluster")
      }
    } else if cluster != nil {
      guard primary == nil, standby.isEmpty else { throw ValidationError(ClusterOptions.standsForAll) }
    } else if standby.isEmpty {
      throw ValidationError("no standby given (--standby)")
    }
  }

  func run() async throws {
    if fleet.isAsked { return try await runFleet() }
    let audit: Audit
    var sources = AuditSources(
      primary: primary, standbys: standby, subscribers: subscriber, consumers: consumers, archives: archive,
      word: word, maxAge: maxAge, checksAllPages: checkPages, jobs: jobs.count)
    sources.restoreCommand = restore.restoreCommand
    let assessments: [Assessment]
    do { (audit, assessments) = try await answer(&sources) } catch {
      var document = format.monitoring.map { MonitoringDocument($0, .audit, labels: labels.all, output: file) }
      document?.standbys = sources.standbys.map(Source.shown)
      try document?.write(failure: error)
      throw error
    }
    let text =
      switch format {
      case .text:
        AuditText.report(
          assessments, then: then(assessments.first, audit, sources), now: DataDirectory.now,
          style: output == nil ? Terminal.style : .plain, verbose: verbose, slots: slots
        ).text
          + (output == nil ? "" : OwnDocument.textEnd)
      case .nagios: AuditNagios.line(assessments, selected: slots)
      case .prometheus:
        AuditPrometheus.metrics(
          assessments, isUp: audit.sources.allSatisfy(\.wasRead), labels: labels.all, at: DataDirectory.now)
      case .html: AuditHTML.page(assessments, context: context(assessments, audit, sources), at: DataDirectory.now)
      case .json: AuditJSON.document(assessments).serialized(pretty: true) + "\n"
      }
    try file.write(text)
    let misfit = assessments.first.flatMap { slots.misfit(among: $0) }
    SlotFilter.tell(misfit)
    try ExitStatus(assessments.first?.verdict ?? .unknown).answering(misfit).exit(offset: exitOffset)
  }

  private var file: DocumentOutput {
    DocumentOutput(
      path: output, permissions: mode ?? format.permissions, force: force, isPluginLine: format == .nagios)
  }

  /// The answer, or with `--wait` the first one that is ready, or the last one in that time.
  private func answer(_ sources: inout AuditSources) async throws -> (Audit, [Assessment]) {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(wait ?? 0)
    let given = sources
    let progress = ProgressLine()
    defer { progress.finish() }
    var said: String?
    // What is wrong with the definition stays so.
    if let cluster { _ = try clusters.definition(of: cluster).premises() }
    while true {
      var failure: (any Error)?
      do {
        sources = given
        if wait != nil { sources.progress = ProgressLine(isWanted: false) }
        if let cluster {
          let found = try ClusterSources(cluster, clusters, asking: .next)
          if said != found.finding { found.say() }
          said = found.finding
          try sources.take(found)
        }
        var audit = try await sources.audit()
        audit.event = event
        let assessments = audit.assessments()
        let best = assessments.first
        let isReady = best?.verdict == .ready && (event == nil || best?.event == event)
        guard !isReady, wait != nil, clock.now < end else { return (audit, assessments) }
        let left = (end - clock.now).components.seconds
        progress.update("\(best?.verdict.rawValue ?? "unknown"); waiting \(left) s more")
      } catch let problem as CommandFailure where problem.status == .unknown && wait != nil {
        // A server that is restarted cannot be read for a moment.
        failure = problem
      }
      if let failure, clock.now >= end { throw failure }
      try await Task.sleep(until: min(clock.now + .seconds(1), end), clock: clock)
    }
  }

  private func runFleet() async throws {
    let sources = AuditSources(
      standbys: [], subscribers: subscriber, consumers: consumers, archives: archive, word: word, maxAge: maxAge)
    let run = try FleetRun(fleet, clusters, sources, event: event, jobs: jobs.count)
    let report = await run.report()
    let form = FleetFormat(rawValue: format.rawValue) ?? .text
    try file.write(form.text(report, labels: labels.all, verbose: verbose, toFile: output != nil))
    try ExitStatus(report.verdict).exit(offset: exitOffset)
  }

  /// What a page tells beside the answer.
  private func context(_ assessments: [Assessment], _ audit: Audit, _ read: AuditSources) -> PageContext {
    var context = PageContext()
    context.cluster = cluster
    let nodes = cluster.map { ClusterOptions.words($0, clusters) }
    let named = (primary.map { [("--primary", $0)] } ?? []) + standby.map { ("--standby", $0) }
    context.command = ["slotscope audit", nodes ?? Source.words(named), Source.words(witnesses)]
      .filter { !$0.isEmpty }.joined(separator: " ")
    context.version = Version.number
    context.then = then(assessments.first, audit, read)
    context.nodes = Dictionary(audit.sources.map { ($0.origin.source, $0) }) { first, _ in first }
    return context
  }

  /// What is asked besides the nodes, as it was given.
  private var witnesses: [(String, String)] {
    var words = subscriber.map { ("--subscriber", $0) }
    words += consumers.consumer.map { ("--consumer", "\($0.slot)=\($0.text)") }
    words += archive.map { ("--archive", $0) }
    words += restore.shown.map { [("--restore-command", $0)] } ?? []
    words += word.assume.map { ("--assume", $0.rawValue) }
    return words + word.log.map { ("--log", $0) }
  }

  /// What to type next about the best candidate.
  private func then(_ best: Assessment?, _ audit: Audit, _ read: AuditSources) -> [String] {
    let standbys = read.standbys
    guard let best, let index = audit.standbys.firstIndex(where: { $0.origin.source == best.standby.source }),
      standbys.indices.contains(index)
    else { return [] }
    let followers = cluster == nil ? standbys.indices.filter { $0 != index }.map { standbys[$0] } : []
    let nodes =
      cluster.map { ClusterOptions.words($0, clusters) }
      ?? Source.words((primary.map { [("--primary", $0)] } ?? []) + [("--standby", standbys[index])])
    let sources = AuditThen.Sources(
      nodes: nodes,
      others: Source.words(followers.map { ("--follower", $0) } + witnesses))
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
