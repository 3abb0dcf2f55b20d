import ArgumentParser
import FoundationEssentials

/// One command as the parser itself describes it: the one definition of the command line, from which manual pages,
/// completions and messages are made.
package struct CommandDescription: Decodable, Sendable {
  private struct Document: Decodable { var command: CommandDescription }

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

  var commandName: String
  /// What it does, in a sentence.
  package var abstract: String?
  /// The rest of what there is to say.
  package var discussion: String?
  /// The words before its own.
  package var superCommands: [String]?
  private var arguments: [Argument]?
  private var subcommands: [CommandDescription]?

  /// The words that are typed: `slotscope wal end`.
  package var words: [String] { (superCommands ?? []) + [commandName] }
  /// The name of its page: `slotscope-wal-end`.
  package var pageName: String { words.joined(separator: "-") }
  /// All that is not hidden.
  package var shownArguments: [Argument] { (arguments ?? []).filter(\.shouldDisplay) }
  /// All but `help`, which is not a command of its own.
  package var documentedSubcommands: [CommandDescription] { (subcommands ?? []).filter { $0.commandName != "help" } }
  /// This one and all below it.
  package var all: [CommandDescription] { [self] + documentedSubcommands.flatMap(\.all) }

  /// Hidden ones too.
  var options: [Argument] { (arguments ?? []).filter { $0.kind != "positional" } }
  var positionals: [Argument] { shownArguments.filter { $0.kind == "positional" } }

  /// The whole command line.
  package static func program() throws -> CommandDescription { try whole.get() }

  private static let whole = Result {
    try JSONDecoder().decode(Document.self, from: Data(Slotscope._dumpHelp().utf8)).command
  }
}
