import ArgumentParser

/// A command by its name and place, before the parser is asked what it takes.
package struct CommandOutline {
  let type: any ParsableCommand.Type
  /// The words before its own.
  package let superCommands: [String]

  /// The program itself.
  package static var program: CommandOutline { CommandOutline(type: Slotscope.self, superCommands: []) }

  var commandName: String { type._commandName }
  /// What it does, in a sentence.
  package var abstract: String { type.configuration.abstract }
  /// The rest of what there is to say.
  var discussion: String? { type.configuration.discussion.isEmpty ? nil : type.configuration.discussion }
  /// Has commands below it, and does nothing itself.
  var isGroup: Bool { !type.configuration.subcommands.isEmpty }

  /// The words that are typed: `slotscope wal end`.
  package var words: [String] { superCommands + [commandName] }
  /// The name of its page: `slotscope-wal-end`.
  package var pageName: String { words.joined(separator: "-") }
  /// Those right below it.
  package var subcommands: [CommandOutline] {
    type.configuration.subcommands.map { CommandOutline(type: $0, superCommands: words) }
  }
  /// This one and all below it.
  package var all: [CommandOutline] { [self] + subcommands.flatMap(\.all) }
}
