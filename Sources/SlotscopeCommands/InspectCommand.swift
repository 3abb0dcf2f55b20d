import ArgumentParser
import Evidence
import Reporting
import SlotSafety

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Shows one node: its state, slots, timelines, WAL, and whether it would start.",
    discussion: """
      Exit codes: 0 nothing found, 1 warnings, 2 errors, 3 evidence missing or unreadable.
      """)

  @Argument(help: ArgumentHelp("Data directory, evidence file or connection string.", valueName: "source"))
  var source: String?

  @Option(
    name: [.customShort("D"), .customLong("pgdata")],
    help: ArgumentHelp("Data directory; the default is $PGDATA.", valueName: "dir"))
  var dataDirectory: String?

  @Option(
    help: ArgumentHelp(
      "Sort slots in text by: name, type, database, restart, confirmed, retained (WAL) or fate. Many slots are sorted by"
        + " fate and retained WAL.", valueName: "column"))
  var sort: SlotOrder.Column?

  @Option(
    help: ArgumentHelp(
      "The slots whose rows are shown in text: names or patterns (svc_*) separated by commas.", valueName: "filter"))
  var slots: SlotFilter = .all

  @Option(help: "Output format: text or json.")
  var format: DocumentFormat = .text

  @Flag(name: .shortAndLong, help: "Show every finding with what it rests on.")
  var verbose = false

  func validate() throws { try DataDirectoryArgument.exclude(dataDirectory, source) }

  func run() throws {
    guard let source = source ?? dataDirectory ?? DataDirectoryArgument.fromEnvironment else {
      throw ValidationError("no data directory given (-D, $PGDATA or an argument)")
    }
    let inspection = Inspection(try SourceArgument.evidence(source))
    switch format {
    case .text:
      Terminal.write(
        InspectText.report(
          inspection, style: Terminal.style, verbose: verbose, order: SlotOrder(by: sort, selected: slots)))
    case .json: Terminal.write(InspectJSON.document(inspection).serialized(pretty: true) + "\n")
    }
    try ExitStatus(inspection).exit()
  }
}

extension SlotOrder.Column: ExpressibleByArgument {}

extension ExitStatus {
  /// What could not be read at all outweighs what was found: the rest of the report may lack it.
  init(_ inspection: Inspection) {
    let unreadable = inspection.evidence.problems.contains {
      guard case .file = $0.cause else { return false }
      return ["slot_folder", "slot_state", "control_file", "wal"].contains($0.subject)
    }
    if unreadable {
      self = .unknown
      return
    }
    switch inspection.worst {
    case .error?: self = .error
    case .warning?: self = .warning
    case .info?, nil: self = .ready
    }
  }
}
