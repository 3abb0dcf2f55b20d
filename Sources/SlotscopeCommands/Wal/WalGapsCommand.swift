import ArgumentParser
import ClusterFiles
import Reporting

struct WalGapsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gaps",
    abstract: "Shows which segments there are, which are missing between them, and which are there twice.",
    discussion: """
      Looks at all timelines, and at all folders and archives given, as one.
      Exit codes: 0 nothing is missing, 1 something is (a timeline's history, too), or is cut short, 2 copies of a segment contradict each other, or there is \
      WAL of several clusters, 3 there is no WAL, or there are files that cannot be read.
      """)

  @OptionGroup var source: WalSourceOptions

  @Flag(
    help:
      "Go by the names: do not read and compare segments that are there twice; only first pages tell whose they are.")
  var namesOnly = false

  @Option(help: OptionHelp.format)
  var format: DocumentFormat = .text

  func run() throws {
    let source = try source.open {
      if format == .json { Terminal.write(document: WALGapsReport.json(nil).serialized(pretty: true) + "\n") }
    }
    guard var coverage = WALCoverage(source.inventory, histories: source.histories) else { return }
    if let only = self.source.timeline { coverage.keep(timeline: only) }
    if !namesOnly {
      let (progress, count) = (ProgressLine(), coverage.duplicates.count)
      coverage.compareDuplicates { progress.update($0, of: count, "segments compared") }
      progress.finish()
    }
    let found = Set(source.inventory.folders.flatMap { $0.histories.map(\.timeline) })
    var gaps = coverage.report(source.histories, found: self.source.areFolders ? found : nil)
    for index in gaps.duplicates.indices {
      gaps.duplicates[index].paths = gaps.duplicates[index].paths.map(source.shown)
    }
    let problems = source.inventory.problems.filter { $0.cause != .state(.otherCluster) }
    switch format {
    case .text:
      for problem in problems.prefix(20) { Terminal.report(error: source.shown(problem)) }
      if problems.count > 20 { Terminal.report(error: "\(problems.count - 20) more files cannot be read") }
      Terminal.write(WALGapsReport.text(gaps, style: Terminal.style))
    case .json: Terminal.write(document: WALGapsReport.json(gaps).serialized(pretty: true) + "\n")
    }
    if coverage.duplicates.contains(where: \.isContradiction) || !coverage.others.isEmpty {
      try ExitStatus.error.exit()
    }
    // What they hold, or lack, is not known.
    if !problems.isEmpty { try ExitStatus.unknown.exit() }
    if coverage.missingCount > 0 || gaps.timelines.contains(where: { !$0.short.isEmpty || $0.history != .there }) {
      try ExitStatus.warning.exit()
    }
  }
}
