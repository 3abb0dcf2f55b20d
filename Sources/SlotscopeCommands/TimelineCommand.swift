import ArgumentParser
import Reporting
import SlotSafety

struct TimelineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "timeline",
    abstract: "Draws the tree of all timelines that the sources know, and places each of them on it.",
    discussion:
      "Exit codes: 0 one unbroken history, 1 forks that a node went past, 2 histories that contradict each other.")

  @Argument(help: ArgumentHelp("Data directories, evidence files or connection strings.", valueName: "source"))
  var sources: [String]

  @Option(
    help: ArgumentHelp(
      "A WAL archive of the same cluster, whose timeline histories belong to the tree; may be given several times.",
      valueName: "dir"))
  var archive: [String] = []

  @Option(help: "Output format: text or json.")
  var format: DocumentFormat = .text

  @Flag(name: .shortAndLong, help: "Show every finding with what it rests on.")
  var verbose = false

  func run() throws {
    let archives = try archive.map { try HistoryArchives.read($0).timelines }
    let tree = TimelineTree(try sources.map { try Source($0).gather() }, archives: archives)
    switch format {
    case .text:
      Terminal.write(TimelineText.report(tree, style: Terminal.style, verbose: verbose))
    case .json: Terminal.write(TimelineJSON.document(tree).serialized(pretty: true) + "\n")
    }
    switch tree.findings.map(\.severity).max() {
    case .error?: try ExitStatus.error.exit()
    case .warning?: try ExitStatus.warning.exit()
    case .info?, nil: break
    }
  }
}
