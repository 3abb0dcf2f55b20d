import ArgumentParser
import ClusterFiles
import Evidence
import PostgresFormat
import Reporting
import SlotSafety

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Shows a whole cluster on one screen: nodes, lag, slots, and whether they would survive.",
    discussion: """
      The nodes are those of a cluster's definition (clusters.d/NAME.toml), or named with --node. Who is the primary, who \
      follows it and who was promoted is found out. Verdicts are for a crash of the primary and for a switchover, on the best \
      standby.
      Exit codes: 0 ready, 1 waiting or fixable, 2 at risk or lost, 3 unknown (a node cannot be read, or there is no primary or \
      no standby).
      """)

  @Argument(help: ArgumentHelp("A cluster by its name.", valueName: "cluster"))
  var cluster: String?

  @OptionGroup var clusters: ClusterOptions
  @OptionGroup var fleet: FleetOptions

  @Option(
    help: ArgumentHelp(
      "A node: data directory, evidence file or connection string. Repeatable, in place of the name of a cluster.",
      valueName: "source"))
  var node: [String] = []

  @Option(help: OptionHelp.subscriber)
  var subscriber: [String] = []

  @OptionGroup var consumers: ConsumerOptions

  @Option(help: OptionHelp.archive)
  var archive: [String] = []

  @OptionGroup var word: OperatorsWord

  @Option(help: "The event that decides headline and exit code: crash or switchover.")
  var event: FailoverEvent?

  @Option(help: ArgumentHelp("The slots that are listed in text: names or patterns (svc_*).", valueName: "filter"))
  var slots: SlotFilter = .all

  @Option(help: OptionHelp.format)
  var format: DocumentFormat = .text

  @Option(
    help: ArgumentHelp(
      "Look again after so many seconds (2 where none are given): on a terminal drawn in place, with keys (q quit, s sort, f"
        + " filter, v more); in a pipe a line of JSON each time.", valueName: "watch-seconds"))
  var watch: Int?

  @OptionGroup var jobs: JobsOption

  @Flag(name: .shortAndLong, help: "Show every alert and every slot.")
  var verbose = false

  func validate() throws {
    try fleet.validate(besides: cluster != nil || !node.isEmpty)
    guard (1...86_400).contains(watch ?? 1) else {
      throw ValidationError("--watch takes a number of seconds from 1 to 86400")
    }
    guard watch == nil || !fleet.isAsked else { throw ValidationError("--watch is about one cluster") }
    guard !fleet.isAsked else { return }
    guard cluster == nil || node.isEmpty else {
      throw ValidationError("the name of a cluster stands for its nodes; leave out --node")
    }
    guard cluster != nil || !node.isEmpty else { throw ValidationError("no cluster given, and no node (--node)") }
  }

  func run() async throws {
    if fleet.isAsked {
      let sources = AuditSources(
        standbys: [], subscribers: subscriber, consumers: consumers, archives: archive, word: word)
      let report = try await FleetRun(fleet, clusters, sources, event: event, jobs: jobs.count).report()
      let form: FleetFormat = format == .json ? .json : .text
      Terminal.write(document: form.text(report, labels: [], verbose: verbose, toFile: false))
      return try ExitStatus(report.verdict).exit()
    }
    var question = try question()
    if let watch {
      question.connections = KeptConnections()
      question.sources.progress = ProgressLine(isWanted: false)
      var rounds = StatusWatch(question: question, interval: watch)
      (rounds.options.verbose, rounds.options.slots) = (verbose, slots)
      return try await rounds.run()
    }
    let status = try await question.status()
    switch format {
    case .json:
      Terminal.write(document: StatusJSON.document(status, at: DataDirectory.now).serialized(pretty: true) + "\n")
    case .text:
      var options = StatusText.Options()
      (options.verbose, options.slots) = (verbose, slots)
      Terminal.write(StatusText.report(status, then: then(status), style: Terminal.style, options: options))
    }
    // Those that a standby alone has are told of, and in no row.
    let others = status.alerts.compactMap(\.slotName).map { (name: $0, plugin: "") }
    let misfit = slots.misfit(among: status.slots.map { ($0.name, $0.plugin ?? "") } + others)
    SlotFilter.tell(misfit)
    try ExitStatus(status.verdict).answering(misfit).exit()
  }

  /// What is asked, each time anew.
  private func question() throws -> StatusQuestion {
    var definition: ClusterDefinition
    if let cluster {
      definition = try clusters.definition(of: cluster)
      try definition.leaveOut(clusters.without)
    } else {
      definition = ClusterDefinition(name: "", path: "")
      definition.nodes = Self.named(node)
    }
    var sources = AuditSources(
      standbys: [], subscribers: subscriber, consumers: consumers, archives: archive, word: word, jobs: jobs.count)
    try sources.add(definition)
    return StatusQuestion(
      name: cluster == nil ? nil : definition.name, definition: definition, sources: sources, event: event)
  }

  /// By what their sources call themselves, each name once.
  private static func named(_ sources: [String]) -> [ClusterDefinition.Node] {
    var taken: Set<String> = []
    return sources.enumerated().map { index, source in
      let path = Source.isServer(source) || source.hasPrefix("/") ? source : "/" + source
      var name = ClusterDefinition.nodeName(of: path) ?? "node\(index + 1)"
      if !taken.insert(name).inserted {
        name = "node\(index + 1)"
        taken.insert(name)
      }
      return ClusterDefinition.Node(name: name, sources: [source])
    }
  }

  /// The command that says more of the best candidate.
  private func then(_ status: ClusterStatus) -> [String] {
    guard let cluster, status.best != nil, status.verdict != .ready else { return [] }
    return ["slotscope audit \(ClusterOptions.words(cluster, clusters))"]
  }
}

/// What `status` asks: the same for one look as for each round of a watch and each cluster of a fleet.
struct StatusQuestion {
  var name: String?
  /// Its nodes count; what is known beside them is among the sources.
  var definition: ClusterDefinition
  /// Without nodes: what is known beside them.
  var sources: AuditSources
  var event: FailoverEvent?
  /// Those of the last round; nil where there is one round only.
  var connections: KeptConnections?

  /// Reads everything anew.
  func status() async throws -> ClusterStatus {
    let (connections, isAlone) = (self.connections, self.sources.isAlone)
    let nodes = ClusterNodes(definition) { source in
      try connections?.evidence(source) ?? Source(source).gather(isAlone: isAlone)
    }
    var sources = self.sources
    (sources.known, sources.knownLater) = (nodes.evidence, nodes.primaryLater)
    var others: [ClusterStatus.Alert] = []
    for subscriber in sources.subscribers {
      do {
        sources.known[subscriber] =
          try connections?.evidence(subscriber) ?? Source(subscriber).gather(isAlone: isAlone)
      } catch {
        let message = (error as? CommandFailure)?.message ?? "\(error)"
        others.append(
          ClusterStatus.Alert(
            severity: .error, node: nil, rule: "subscriber-unread", slotName: nil,
            message: "A subscriber could not be read: \(Terminal.scrubbed(message: message)).", remedy: nil))
        sources.subscribers.removeAll { $0 == subscriber }
      }
    }
    var assessments: [Assessment] = []
    var afterwards: Assessment?
    do {
      if let primary = nodes.primary, !nodes.standbys.isEmpty {
        assessments = try await sources.assessments(primary, nodes.standbys, event: event)
      }
      if let primary = nodes.primary, let former = nodes.formerPrimaries.last {
        // What the present primary said again is nothing of the former one.
        var past = sources
        past.knownLater = nil
        afterwards = try await past.assessments(former, [primary], event: nil).first
      }
    } catch let failure as CommandFailure {
      others.append(
        ClusterStatus.Alert(
          severity: .error, node: nil, rule: "not-judged", slotName: nil,
          message: "It could not be judged: \(Terminal.scrubbed(message: failure.message)).", remedy: failure.hint))
    }
    let members = nodes.nodes.map { node in
      ClusterStatus.Member(
        name: node.name, source: Source.shown(node.source), evidence: node.evidence, failure: node.failure,
        isCaptured: node.isCaptured)
    }
    return ClusterStatus(
      name: name, members: members, roles: nodes.roles, assessments: assessments, afterwards: afterwards, others: others
    )
  }
}

extension AuditSources {
  /// The verdicts on some standbys of a primary, the best first.
  fileprivate func assessments(
    _ primary: ClusterNodes.Node, _ standbys: [ClusterNodes.Node], event: FailoverEvent?
  ) async throws -> [Assessment] {
    var sources = self
    (sources.primary, sources.standbys) = (primary.source, standbys.map(\.source))
    var audit = try await sources.audit()
    audit.event = event
    return audit.assessments()
  }
}
