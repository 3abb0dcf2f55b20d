import Reporting
import SlotSafety

/// What `slotscope help WORD…` explains: a command, a verdict or a rule.
enum HelpTopic {
  case command([String])
  case verdict(Verdict)
  case rule(Rule)

  /// Without words the program itself.
  init(_ words: [String], of program: CommandDescription) throws(CommandFailure) {
    let commands = program.all.map { Array($0.words.dropFirst()) }
    if commands.contains(words) {
      self = .command(words)
    } else if words.count == 1, let verdict = VerdictText.verdict(named: words[0]) {
      self = .verdict(verdict)
    } else if words.count == 1, let rule = Rule.find(text: words[0]) {
      self = .rule(rule)
    } else {
      let word = words.joined(separator: " ")
      let names = CommandLineWalk.commandNames(program) + Self.names
      throw CommandFailure(
        "there is no help on \"\(word)\"",
        hint: NearestNames.question(word, among: names)
          ?? "It explains commands, verdicts (\(Verdict.allCases.map(\.rawValue).joined(separator: ", "))) and rules (such as A13).",
        status: .usage)
    }
  }

  /// Besides commands.
  static var names: [String] { Verdict.allCases.map(\.rawValue) + Rule.all.map(\.id.rawValue) }
}
