import Reporting
import SlotSafety

/// What `slotscope help WORD…` explains: a command, a verdict, a rule or a premise.
enum HelpTopic {
  case command([String])
  case verdict(Verdict)
  case rule(Rule)
  case premise(Premise)

  /// Without words the program itself.
  init(_ words: [String]) throws(CommandFailure) {
    let commands = CommandOutline.program.all.map { Array($0.words.dropFirst()) }
    if commands.contains(words) {
      self = .command(words)
    } else if words.count == 1, let verdict = VerdictText.verdict(named: words[0]) {
      self = .verdict(verdict)
    } else if words.count == 1, let rule = Rule.find(text: words[0]) {
      self = .rule(rule)
    } else if words.count == 1, let premise = Premise(rawValue: words[0].lowercased()) {
      self = .premise(premise)
    } else {
      let word = words.joined(separator: " ")
      let names = CommandLineWalk.commandNames + Self.names
      throw CommandFailure(
        "there is no help on \"\(word)\"",
        hint: NearestNames.question(word, among: names)
          ?? "It explains commands, verdicts (\(Verdict.allCases.map(\.rawValue).joined(separator: ", "))) rules (such as A13) and premises (such as \(Premise.primaryDown.rawValue)).",
        status: .usage)
    }
  }

  /// Besides commands.
  static var names: [String] {
    Verdict.allCases.map(\.rawValue) + Rule.all.map(\.id.rawValue) + Premise.allCases.map(\.rawValue)
  }
}
