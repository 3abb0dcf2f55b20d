import ArgumentParser
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

  @Option(name: [.customShort("D"), .customLong("pgdata")], help: "Data directory; the default is $PGDATA.")
  var dataDirectory: String?

  @Option(help: "Output format: text or json.")
  var format: DocumentFormat = .text

  @Flag(name: .shortAndLong, help: "Show every finding with what it rests on.")
  var verbose = false

  func run() async throws {
    guard let source = source ?? dataDirectory ?? Terminal.environment("PGDATA") else {
      throw ValidationError("no data directory given (-D, $PGDATA or an argument)")
    }
    var evidence = try SourceArgument.evidence(source)
    try await DecodingWAL.read(&evidence, source: source)
    let inspection = Inspection(evidence)
    switch format {
    case .text:
      Terminal.write(
        InspectText.report(inspection, style: Terminal.style, verbose: verbose))
    case .json: Terminal.write(InspectJSON.document(inspection).serialized(pretty: true) + "\n")
    }
    try ExitStatus(inspection).exit()
  }
}

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
