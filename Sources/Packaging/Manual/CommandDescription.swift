import FoundationEssentials

/// One command as the program itself describes it with `--experimental-dump-help`: the one definition of the command line, as
/// JSON.
struct CommandDescription: Decodable {
  struct Document: Decodable { var command: CommandDescription }

  struct Name: Decodable {
    var kind: String
    var name: String
    /// As it is typed: `-D`, `--pgdata`.
    var spelling: String { (kind == "long" ? "--" : "-") + name }
  }

  struct Argument: Decodable {
    var kind: String
    var abstract: String?
    var names: [Name]?
    var valueName: String?
    var isOptional: Bool
    var isRepeating: Bool
    var shouldDisplay: Bool
    var allValues: [String]?
    var defaultValue: String?
  }

  var commandName: String
  var abstract: String?
  var discussion: String?
  var superCommands: [String]?
  var arguments: [Argument]?
  var subcommands: [CommandDescription]?

  /// The words that are typed: `slotscope wal end`.
  var words: [String] { (superCommands ?? []) + [commandName] }
  /// The name of its page: `slotscope-wal-end`.
  var pageName: String { words.joined(separator: "-") }
  var shownArguments: [Argument] { (arguments ?? []).filter(\.shouldDisplay) }
  /// All but `help`, which the parser brings itself.
  var documentedSubcommands: [CommandDescription] { (subcommands ?? []).filter { $0.commandName != "help" } }
  /// This one and all below it.
  var all: [CommandDescription] { [self] + documentedSubcommands.flatMap(\.all) }

  static func read(_ json: [UInt8]) throws -> CommandDescription {
    try JSONDecoder().decode(Document.self, from: Data(json)).command
  }
}
