/// What can stand where the cursor is: asked by the shells' scripts, which know nothing of the command line themselves.
///
/// A line is a candidate, a tab and what it means; or a word that begins with a colon: the shell completes file names itself, of
/// all files (`:files`), directories (`:directories`), or directories and evidence files (`:sources`).
struct Completion {
  private let walk: CommandLineWalk
  /// What stands before the cursor already.
  private let current: String
  /// What bash takes for a word of its own and does not replace: `service=` of `service=pr`.
  private let kept: String

  /// The words after the program's name, the last one up to the cursor. nil where the words before it are wrong.
  init?(_ words: [String], shell: String, program: CommandDescription) {
    var words = shell == "bash" ? Self.joined(words) : words
    let last = words.popLast() ?? ""
    let lastBreak = last.lastIndex { $0 == "=" || $0 == ":" }
    current = last
    kept = shell == "bash" ? lastBreak.map { String(last[...$0]) } ?? "" : ""
    var walk = CommandLineWalk(program)
    if words.first == "help" {
      helpWords = Array(words.dropFirst())
    } else {
      do throws(CommandFailure) { for word in words { try walk.take(word) } } catch { return nil }
    }
    self.walk = walk
  }

  /// Those after `help`.
  private var helpWords: [String]?

  /// bash makes words of their own of `=` and `:`.
  private static func joined(_ words: [String]) -> [String] {
    var out: [String] = []
    var isOpen = false
    for (index, word) in words.enumerated() {
      let isBreak = !word.isEmpty && word.allSatisfy { $0 == "=" || $0 == ":" }
      if isBreak || isOpen, index > 0 { out[out.count - 1] += word } else { out.append(word) }
      isOpen = isBreak
    }
    return out
  }

  var lines: [String] {
    if let helpWords { return topics(after: helpWords) }
    if let option = walk.awaiting { return values(option) }
    if current.hasPrefix("--"), let equals = current.firstIndex(of: "="), !walk.optionsHaveEnded {
      let name = current[..<equals]
      guard let option = walk.command.options.first(where: { $0.kind == "option" && $0.spelling == name }) else {
        return []
      }
      return values(option, before: name + "=")
    }
    if current.hasPrefix("-"), !walk.optionsHaveEnded { return options }
    let subcommands = walk.command.subcommands
    if !subcommands.isEmpty {
      let help = walk.path.count == 1 ? [("help", "Explains a command, a verdict or a rule.")] : []
      return matching(subcommands.map { ($0.commandName, $0.abstract) } + help)
    }
    let positionals = walk.command.positionals
    if walk.positionalCount < positionals.count { return values(positionals[walk.positionalCount]) }
    if let last = positionals.last, last.isRepeating { return values(last) }
    return current.isEmpty ? options : []
  }

  /// Those that may still come.
  private var options: [String] {
    let open = walk.command.options.filter { $0.shouldDisplay && ($0.isRepeating || !walk.given.contains($0.spelling)) }
    return matching(open.map { ($0.spelling, $0.abstract) })
  }

  private func values(_ argument: CommandDescription.Argument, before lead: Substring = "") -> [String] {
    switch ValueKind(argument) {
    case .words(let words): matching(words.map { (lead + $0, nil) })
    case .directory: [":directories"]
    case .file: [":files"]
    case .source: matching(ValueKind.services.map { (lead + $0, "a server") }) + [":sources"]
    case .cluster(let orDirectory):
      matching(ValueKind.clusters.map { (lead + $0, "a cluster") }) + (orDirectory ? [":directories"] : [])
    case .free: []
    }
  }

  private func topics(after words: [String]) -> [String] {
    let commands = walk.command.outline.all.dropFirst().filter { Array($0.words.dropFirst().dropLast()) == words }
    let others = words.isEmpty ? HelpTopic.names.map { ($0, String?.none) } : []
    return matching(commands.map { ($0.commandName, $0.abstract) } + others)
  }

  private func matching(_ candidates: [(word: String, meaning: String?)]) -> [String] {
    candidates.filter { $0.word.hasPrefix(current) && $0.word.hasPrefix(kept) }.map { candidate in
      let word = String(candidate.word.dropFirst(kept.count))
      return candidate.meaning.map { "\(word)\t\($0)" } ?? word
    }
  }
}
