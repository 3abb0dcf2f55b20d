import ArgumentParser
import ClusterFiles
import Evidence
import PostgresFormat
import Reporting
import SlotSafety

struct TimelineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "timeline",
    abstract: "Draws the tree of all timelines that the sources know, and places each of them on it.",
    discussion:
      "Exit codes: 0 one unbroken history, 1 forks that a node went past, 2 histories that contradict each other, or different WAL on one timeline."
  )

  @Argument(help: ArgumentHelp("Data directories, evidence files or connection strings.", valueName: "source"))
  var sources: [String]

  @Option(
    help: ArgumentHelp(
      "A WAL archive of the same cluster, whose timeline histories belong to the tree; may be given several times.",
      valueName: "dir"))
  var archive: [String] = []

  @OptionGroup var restore: RestoreCommandOption

  @Option(help: OptionHelp.format)
  var format: DocumentFormat = .text

  @Flag(name: .shortAndLong, help: OptionHelp.findings)
  var verbose = false

  func run() throws {
    var archives = try archive.map { try HistoryArchives.read($0).timelines }
    let nodes = try sources.map { text in
      let source = try Source(text)
      return (source, try source.gather())
    }
    if let command = restore.restoreCommand {
      let evidences = nodes.map(\.1)
      let timelines = evidences.compactMap(\.currentTimeline)
      let lacking = Set(timelines).subtracting(evidences.flatMap(\.timelines).map(\.value.timeline)).sorted()
      let fetched = try FetchedWAL.fetch(
        command, historiesOf: timelines, lacking: lacking, owner: nodes.first.map { ($0.1, $0.0) },
        progress: ProgressLine())
      archives.append(
        try ArchivedTimelines.read(fetched.path).timelines.named(FetchedWAL.name, insteadOf: fetched))
    }
    let differences = nodes.indices.flatMap { index in
      nodes[(index + 1)...].compactMap { Source.difference(nodes[index], $0) }
    }
    let tree = TimelineTree(nodes.map(\.1), archives: archives, differences: differences)
    switch format {
    case .text:
      Terminal.write(TimelineText.report(tree, style: Terminal.style, verbose: verbose))
    case .json: Terminal.write(document: TimelineJSON.document(tree).serialized(pretty: true) + "\n")
    }
    switch tree.findings.map(\.severity).max() {
    case .error?: try ExitStatus.error.exit()
    case .warning?: try ExitStatus.warning.exit()
    case .info?, nil: break
    }
  }
}
