import ArgumentParser
import ClusterFiles
import PostgresFormat
import Reporting
import SlotSafety

struct RejoinCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rejoin",
    abstract: "Says how an old primary comes back after another node was promoted: as it is, by pg_rewind, or rebuilt.",
    discussion: """
      What pg_rewind would say, which WAL it lacks and where that is, which transactions are thrown away, which slots on \
      the returned node would stop slot synchronization or retain WAL for ever, which settings have to change, and the steps.

      Exit codes: 0 it follows as it is and nothing is to be removed, 1 it comes back without losing a transaction, after \
      some steps, 2 transactions are thrown away or only a new base backup helps, 3 that cannot be told.
      """)

  @Argument(
    help: ArgumentHelp(
      "The old primary, stopped: data directory, evidence file or connection string.", valueName: "source"))
  var old: String

  @Option(
    help: ArgumentHelp(
      "The new primary: data directory, evidence file or connection string; or a history file, or an archive that has it.",
      valueName: "source"))
  var new: String

  @Option(
    help: ArgumentHelp(
      "A folder with archived WAL, or the root of a repository of pgBackRest, Barman or WAL-G. Repeatable.",
      valueName: "dir"))
  var archive: [String] = []

  @OptionGroup var restore: RestoreCommandOption

  @Option(
    help: ArgumentHelp(
      "The physical slot on the new primary that the returned node is to use; the default is its primary_slot_name.",
      valueName: "name"))
  var slot: String?

  @Option(help: "Output format: text, json, or script: the steps for a shell and psql, which look before they change.")
  var format: RejoinFormat = .text

  @Flag(name: .shortAndLong, help: OptionHelp.findings)
  var verbose = false

  func validate() throws {
    if let slot, !SlotFolderName.isSlotName(slot) {
      throw ValidationError("\"\(slot)\" is no name that a slot may have")
    }
  }

  func run() throws {
    // A script is run anywhere.
    let isScript = format == .script
    let sources = RejoinSources(
      old: old, new: isScript ? Self.absolute(new) : new, archives: isScript ? archive.map(Self.absolute) : archive,
      restoreCommand: restore.restoreCommand, slot: slot)
    let rejoin = Rejoin(try sources.question())
    switch format {
    case .text: Terminal.write(RejoinText.report(rejoin, style: Terminal.style, verbose: verbose))
    case .json: Terminal.write(document: RejoinJSON.document(rejoin).serialized(pretty: true) + "\n")
    case .script:
      do {
        Terminal.write(document: try RejoinScript.text(rejoin))
      } catch let refusal as RejoinScript.Refusal {
        throw CommandFailure(refusal.message)
      } catch let error as QuotingError {
        throw CommandFailure("a slot's name cannot be written in SQL: \(error)")
      }
      return
    }
    try ExitStatus(rejoin).exit()
  }

  private static func absolute(_ source: String) -> String {
    DataDirectory.exists(source) ? DataDirectory.absolute(source) : source
  }
}

/// `--format` of a way back.
enum RejoinFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json, script
}

extension ExitStatus {
  init(_ rejoin: Rejoin) {
    switch rejoin.way {
    case .follow: self = rejoin.findings.contains { $0.severity > .info } ? .warning : .ready
    case .rewind: self = rejoin.lost.map { $0.isComplete && $0.transactions == 0 } == true ? .warning : .error
    case .rebuild: self = .error
    case .open: self = .unknown
    }
  }
}
