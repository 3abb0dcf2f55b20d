import ArgumentParser
import FoundationEssentials
import Synchronization

/// One command as the parser itself describes it: the one definition of the command line, from which manual pages,
/// completions and messages are made.
///
/// The parser is asked about one command at a time: the whole command line takes longer than most answers.
package struct CommandDescription {
  private struct Document: Decodable { var command: Command }
  private struct Command: Decodable { var arguments: [Argument]? }

  /// A name of an option.
  package struct Name: Decodable, Sendable {
    var kind: String
    var name: String
    /// As it is typed: `-D`, `--pgdata`.
    package var spelling: String { (kind == "long" ? "--" : "-") + name }
  }

  /// An option, a flag or a positional argument.
  package struct Argument: Decodable, Sendable {
    /// `positional`, `option` or `flag`.
    package var kind: String
    /// What it is for, in a sentence.
    package var abstract: String?
    /// None of a positional argument.
    package var names: [Name]?
    /// What its value is called: `source`, `dir`, `lsn`.
    package var valueName: String?
    /// May be left out.
    package var isOptional: Bool
    /// May be given several times.
    package var isRepeating: Bool
    /// Not hidden.
    package var shouldDisplay: Bool
    /// Of an enumeration.
    package var allValues: [String]?
    /// As it is shown.
    package var defaultValue: String?

    /// The long name, else the short one, as it is typed.
    var spelling: String {
      let names = names ?? []
      return (names.first { $0.kind == "long" } ?? names.first)?.spelling ?? ""
    }
  }

  /// Its names, and those of the commands below it.
  package let outline: CommandOutline
  private let arguments: [Argument]

  init(_ outline: CommandOutline) throws {
    self.outline = outline
    let own = outline.isGroup ? [] : try Self.arguments(of: outline.type).filter { $0.spelling != "--help" }
    arguments = own + (try Self.arguments(of: Everywhere.self))
  }

  /// What was asked before, where many command lines are read in one process.
  private static let known = Mutex<[ObjectIdentifier: [Argument]]>([:])

  private static func arguments(of type: any ParsableCommand.Type) throws -> [Argument] {
    if let known = known.withLock({ $0[ObjectIdentifier(type)] }) { return known }
    let document = try JSONDecoder().decode(Document.self, from: Data(type._dumpHelp().utf8))
    let arguments = document.command.arguments ?? []
    known.withLock { $0[ObjectIdentifier(type)] = arguments }
    return arguments
  }

  /// The program without commands: what it takes itself, every command takes.
  private struct Everywhere: ParsableCommand {
    static let configuration = CommandConfiguration(
      version: Slotscope.configuration.version, helpNames: Slotscope.configuration.helpNames)
  }

  /// The words that are typed: `slotscope wal end`.
  package var words: [String] { outline.words }
  /// The name of its page: `slotscope-wal-end`.
  package var pageName: String { outline.pageName }
  /// What it does, in a sentence.
  package var abstract: String? { outline.abstract }
  /// The rest of what there is to say.
  package var discussion: String? { outline.discussion }
  /// All that is not hidden.
  package var shownArguments: [Argument] { arguments.filter(\.shouldDisplay) }
  /// Those below it.
  package var subcommands: [CommandOutline] { outline.subcommands }

  /// Hidden ones too.
  var options: [Argument] { arguments.filter { $0.kind != "positional" } }
  var positionals: [Argument] { shownArguments.filter { $0.kind == "positional" } }

  /// The program itself.
  package static func program() throws -> CommandDescription { try CommandDescription(.program) }
  /// The whole command line.
  package static func all() throws -> [CommandDescription] {
    try CommandOutline.program.all.map { try CommandDescription($0) }
  }
}
