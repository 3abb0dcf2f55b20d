import ArgumentParser
import Evidence
import Reporting
import SlotSafety

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Shows what moved, was added, removed or changed between two looks at one cluster.",
    discussion: """
      A directory against its server shows how far the files lag behind the memory; an older evidence file against the \
      server, what happened since; a primary against its standby, how far that one is.

      Exit codes: 0 nothing differs, 1 something does, 2 they are different clusters, or have different WAL on one \
      timeline, 3 evidence missing or unreadable.
      """)

  @Argument(help: ArgumentHelp("The first: data directory, evidence file or connection string.", valueName: "source"))
  var first: String

  @Argument(help: ArgumentHelp("The second.", valueName: "second-source"))
  var second: String

  @Option(help: OptionHelp.format)
  var format: DocumentFormat = .text

  @Flag(name: .shortAndLong, help: "Show slots that do not differ too.")
  var verbose = false

  func run() throws {
    let (one, other) = (try Source(first), try Source(second))
    let (a, b) = (try one.gather(), try other.gather())
    var comparison = EvidenceComparison(a, b)
    comparison.differsFrom = Source.difference((one, a), (other, b))?.from
    switch format {
    case .text: Terminal.write(CompareText.report(comparison, style: Terminal.style, verbose: verbose))
    case .json: Terminal.write(document: CompareJSON.document(comparison).serialized(pretty: true) + "\n")
    }
    switch comparison.isSameCluster {
    case nil: try ExitStatus.unknown.exit()
    case false?: try ExitStatus.error.exit()
    case true? where comparison.differsFrom != nil: try ExitStatus.error.exit()
    case true?: if !comparison.isUnchanged { try ExitStatus.warning.exit() }
    }
  }
}
