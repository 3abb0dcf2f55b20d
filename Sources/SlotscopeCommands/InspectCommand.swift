import ArgumentParser
import ClusterFiles
import Evidence
import Reporting
import SlotSafety

struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Shows one node: its state, slots, timelines, WAL, and whether it would start.",
    discussion: """
      Exit codes: 0 nothing found, 1 warnings, 2 errors, 3 evidence missing or unreadable.
      """)

  @Argument(help: ArgumentHelp("Data directory, evidence file or connection string.", valueName: "source"))
  var source: String?

  @Option(name: [.customShort("D"), .customLong("pgdata")], help: OptionHelp.dataDirectory)
  var dataDirectory: String?

  @Option(
    help: ArgumentHelp(
      "The main configuration file that the directory's server is started with, where it is not in the directory.",
      valueName: "file"))
  var configFile: String?

  @Option(
    help: ArgumentHelp(
      "A WAL archive of the node's cluster: the timeline histories that a recovery would find there, and whether it has what"
        + " the archiver takes next; may be given several times.",
      valueName: "dir"))
  var archive: [String] = []

  @OptionGroup var restore: RestoreCommandOption

  @Option(
    help: ArgumentHelp(
      "A subscriber of the node: data directory, evidence file or connection string; its subscriptions are named beside the"
        + " slots that they read from. Repeatable.", valueName: "source"))
  var subscriber: [String] = []

  @OptionGroup var consumers: ConsumerOptions

  @Option(
    help: ArgumentHelp(
      "The folder with the libraries of the server that would start (pg_config --pkglibdir): whether those in"
        + " shared_preload_libraries are installed.", valueName: "dir"))
  var libraries: String?

  @Option(
    help: ArgumentHelp(
      "Sort slots in text by: name, type, database, restart, confirmed, retained (WAL) or fate. Many slots are sorted by"
        + " fate and retained WAL.", valueName: "column"))
  var sort: SlotOrder.Column?

  @Option(
    help: ArgumentHelp(
      "The slots that are listed in text, and named in the line of Nagios: names or patterns (svc_*) separated by commas."
        + " State and exit code are of all.", valueName: "filter"))
  var slots: SlotFilter = .all

  @Option(help: "Output format: text, json, nagios or prometheus.")
  var format: InspectFormat = .text

  @Option(name: .shortAndLong, help: "The file to write, in one step; the default is standard output.")
  var output: String?

  @Option(help: FilePermissions.help)
  var mode: FilePermissions?

  @Flag(help: DocumentOutput.forceHelp)
  var force = false

  @OptionGroup var labels: MetricLabels

  @Flag(name: .shortAndLong, help: OptionHelp.findings)
  var verbose = false

  func validate() throws { try DataDirectoryArgument.exclude(dataDirectory, source) }

  func run() async throws {
    guard let named = source ?? dataDirectory ?? DataDirectoryArgument.fromEnvironment else {
      throw ValidationError("no data directory given (-D, $PGDATA or an argument)")
    }
    var evidence: Evidence
    let stored: [StoredPosition]
    let subscribers: [Evidence]
    let installed: InstalledLibraries?
    do {
      let source = try Source(named)
      guard configFile == nil || source.directory != nil else {
        throw ValidationError("--config-file is for a data directory")
      }
      evidence = try source.gather(configurationFile: configFile)
      stored = try consumers.storedPositions(of: evidence)
      subscribers = try subscriber.map { try Source($0).gather() }
      let preloaded = evidence.preloadedLibraries
      installed = try libraries.map { try LibrariesArgument.folder($0).libraries(preloaded) }
      let lowest = stored.compactMap(\.received).min()
      try HistoryArchives.read(archive, into: &evidence, from: source, lowest: lowest)
      if let command = restore.restoreCommand {
        let fetched = try FetchedWAL.fetch(
          command, forStartOf: (evidence, source), lowest: lowest, progress: ProgressLine())
        try HistoryArchives.read(fetched, into: &evidence, from: source, lowest: lowest)
      }
      try await DecodingWAL.read(&evidence, source: source, consumers: stored)
      HolderTraces.read(&evidence, source: source)
    } catch {
      if let form = format.monitoring {
        try MonitoringDocument(form, .inspect, labels: labels.all, output: file)
          .write(failure: error)
      }
      throw error
    }
    let inspection = Inspection(evidence, consumers: stored, subscribers: subscribers, libraries: installed)
    let misfit = slots.misfit(among: evidence.slots)
    let status = ExitStatus(inspection).answering(misfit)
    let text =
      switch format {
      case .text:
        InspectText.report(
          inspection, style: output == nil ? Terminal.style : .plain, verbose: verbose,
          order: SlotOrder(by: sort, selected: slots)
        ).text
          + (output == nil ? "" : OwnDocument.textEnd)
      case .json: InspectJSON.document(inspection).serialized(pretty: true) + "\n"
      case .nagios: InspectNagios.line(inspection, state: status.pluginState, selected: slots)
      case .prometheus:
        InspectPrometheus.metrics(inspection, isUp: evidence.wasRead, labels: labels.all, at: DataDirectory.now)
      }
    try file.write(text)
    SlotFilter.tell(misfit)
    try status.exit()
  }

  private var file: DocumentOutput {
    DocumentOutput(
      path: output, permissions: mode ?? (format.monitoring == nil ? .userOnly : .metrics), force: force,
      isPluginLine: format == .nagios)
  }
}

/// `--format` of an inspection.
enum InspectFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json, nagios, prometheus

  /// nil for what a person reads.
  var monitoring: MonitoringDocument.Form? { MonitoringDocument.Form(rawValue: rawValue) }
}

extension SlotOrder.Column: ExpressibleByArgument {}

extension ExitStatus {
  /// What could not be read at all outweighs what was found: the rest of the report may lack it.
  init(_ inspection: Inspection) {
    guard inspection.evidence.unread.isEmpty else {
      self = .unknown
      return
    }
    switch inspection.worst {
    case .error?: self = .error
    case .warning?: self = .warning
    case .info?, nil: self = .ready
    }
  }

  /// A slot that was asked for and is not there, or nothing that fits, leaves the question open: the slot may have been lost. What
  /// is worse stays.
  func answering(_ misfit: String?) -> ExitStatus { misfit != nil && self < .error ? .unknown : self }

  /// The same in a plugin's words.
  var pluginState: PluginLine.State {
    switch self {
    case .ready: .ok
    case .warning: .warning
    case .error: .critical
    case .unknown, .usage, .bug: .unknown
    }
  }
}

extension SlotFilter {
  /// Says what of `--slots` fits nothing.
  static func tell(_ misfit: String?) {
    if let misfit { Terminal.writeError("slotscope: \(misfit)\n") }
  }
}
