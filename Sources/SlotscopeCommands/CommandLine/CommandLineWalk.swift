/// A command line, word by word, by getopt's habits: a value may be joined to its option (`-n1`, `--limit=1`), flags to each
/// other, and `--` ends the options. What is wrong is said here, before the parser sees it.
struct CommandLineWalk {
  /// From the program to the command that was named.
  private(set) var path: [CommandDescription]
  /// The option whose value is the next word.
  private(set) var awaiting: CommandDescription.Argument?
  /// Positional arguments so far.
  private(set) var positionalCount = 0
  /// The spellings of options so far.
  private(set) var given: Set<String> = []
  /// After `--`.
  private(set) var optionsHaveEnded = false
  /// The same words as the parser takes them: each option by its long name, its value joined with `=`.
  private(set) var arguments: [String] = []
  /// `--help` or `--version`, which need nothing else.
  private(set) var request: Request?

  enum Request { case help, version }

  init(_ program: CommandDescription) { path = [program] }

  var command: CommandDescription { path[path.count - 1] }
  /// `slotscope wal end`.
  var typed: String { command.words.joined(separator: " ") }

  mutating func take(_ word: String) throws(CommandFailure) {
    if let option = awaiting {
      awaiting = nil
      try finish(option, value: word)
    } else if optionsHaveEnded || !word.hasPrefix("-") || word == "-" {
      try takeOperand(word)
    } else if word == "--" {
      optionsHaveEnded = true
      arguments.append(word)
    } else if word.hasPrefix("--") {
      try takeLong(word)
    } else {
      try takeShort(word)
    }
  }

  /// Nothing follows.
  func end() throws(CommandFailure) {
    if let awaiting { throw wrong("option \"\(awaiting.spelling)\" requires a value") }
    for option in command.options where !option.isOptional && !given.contains(option.spelling) {
      throw wrong("no \(option.spelling.dropFirst(2)) given (\(option.spelling))")
    }
    let positionals = command.positionals
    guard positionalCount < positionals.count, !positionals[positionalCount].isOptional else { return }
    throw wrong("no \((positionals[positionalCount].valueName ?? "argument").replacing("-", with: " ")) given")
  }

  /// A wrong command line, with the help of the command at hand.
  func wrong(_ message: String, hint: String? = nil) -> CommandFailure {
    let more = "Try \"\(typed) --help\" for more information."
    return CommandFailure(message, hint: hint.map { "\($0) \(more)" } ?? more, status: .usage)
  }

  private mutating func takeLong(_ word: String) throws(CommandFailure) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let option = command.options.first(where: { $0.names?.contains { $0.spelling == parts[0] } == true }) else {
      let names = command.options.filter(\.shouldDisplay).flatMap { $0.names ?? [] }.filter { $0.kind == "long" }.map(
        \.spelling)
      // No name of an option has anything else; what follows may be a secret.
      let name = parts[0].prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
      throw wrong("unrecognized option \"\(name)\"", hint: NearestNames.question(parts[0], among: names))
    }
    if option.kind == "option" {
      if parts.count == 2 { try finish(option, value: parts[1]) } else { awaiting = option }
    } else if parts.count == 2,
      let form = command.options.first(where: { $0.spelling == "\(parts[0])-\(parts[1])" && $0.kind == "flag" })
    {
      // `--stats=record`: a flag with a value that may be left out.
      try finish(form, value: nil)
    } else if parts.count == 2 {
      throw wrong("option \"\(parts[0])\" takes no value")
    } else {
      try finish(option, value: nil)
    }
  }

  /// `-v`, `-vn1`, `-n1`, `-n=1`, `-n 1`.
  private mutating func takeShort(_ word: String) throws(CommandFailure) {
    var rest = word.dropFirst()
    while let letter = rest.popFirst() {
      if letter == "V" {
        request = request ?? .version
        continue
      }
      let option = command.options.first {
        $0.names?.contains { $0.kind == "short" && $0.name == String(letter) } == true
      }
      guard let option else {
        // What is joined to it may be a secret.
        let before = word.dropLast(rest.count)
        throw wrong("unrecognized option \"-\(letter)\"\(before.count > 2 ? " in \"\(before)\"" : "")")
      }
      guard option.kind == "option" else {
        try finish(option, value: nil)
        continue
      }
      if rest.isEmpty {
        awaiting = option
      } else {
        try finish(option, value: String(rest.first == "=" ? rest.dropFirst() : rest))
      }
      return
    }
  }

  private mutating func finish(_ option: CommandDescription.Argument, value: String?) throws(CommandFailure) {
    switch option.spelling {
    case "--help": request = request ?? .help
    case "--version": request = request ?? .version
    default:
      // That of a variable that is not set: as a directory it would be the root's.
      if value == "" { throw wrong("option \"\(option.spelling)\" has an empty value") }
      if let value, let values = option.allValues, !values.contains(value), !accepts(option, value) {
        throw wrong(
          "invalid value \"\(value)\" for option \"\(option.spelling)\"",
          hint: NearestNames.question(value, among: values) ?? "It is one of \(values.joined(separator: ", ")).")
      }
      given.insert(option.spelling)
      arguments.append(option.spelling + (value.map { "=" + $0 } ?? ""))
    }
  }

  /// Values of enumerations may be typed with `_` for `-`.
  private func accepts(_ option: CommandDescription.Argument, _ value: String) -> Bool {
    option.allValues?.contains(value.replacing("_", with: "-")) == true
  }

  private mutating func takeOperand(_ word: String) throws(CommandFailure) {
    guard !command.outline.isGroup else {
      guard let next = command.subcommands.first(where: { $0.commandName == word }) else { throw unknownCommand(word) }
      // Before what ends the options, which may stand there already.
      arguments.insert(word, at: path.count - 1)
      try enter(next)
      return
    }
    let positionals = command.positionals
    let isTaken = positionalCount < positionals.count || positionals.last?.isRepeating == true
    guard isTaken else {
      throw wrong("too many arguments (first is \"\(word)\")", hint: hint(onTooMany: word, positionals))
    }
    if word.isEmpty { throw wrong("an empty argument was given") }
    positionalCount += 1
    arguments.append(word)
  }

  private mutating func enter(_ next: CommandOutline) throws(CommandFailure) {
    do { path.append(try CommandDescription(next)) } catch {
      throw CommandFailure("this should not have happened: \(error)", hint: "Please report it as a bug.", status: .bug)
    }
  }

  /// The words of a connection string are one argument; nodes have their options.
  private func hint(onTooMany word: String, _ positionals: [CommandDescription.Argument]) -> String? {
    let taken = arguments.last { !$0.hasPrefix("-") }
    let isConnection = { (word: String) in
      word.prefix { $0 != "=" }.allSatisfy { $0.isLetter || $0 == "_" } && word.contains("=") && word.first != "="
    }
    if isConnection(word), let taken, isConnection(taken) {
      return "A connection string is one argument: put it in quotes."
    }
    let takesNodes =
      positionals.allSatisfy { ["cluster", "dir-or-cluster"].contains($0.valueName ?? "") }
      && command.options.contains { $0.spelling == "--standby" }
    return takesNodes ? "Name the nodes: \(typed) --primary SOURCE --standby SOURCE." : nil
  }

  private func unknownCommand(_ word: String) -> CommandFailure {
    let names = path.count == 1 ? Self.commandNames : command.subcommands.map(\.commandName)
    let list = command.subcommands.map(\.commandName) + (path.count == 1 ? ["help"] : [])
    return wrong(
      path.count == 1 ? "there is no command \"\(word)\"" : "\"\(typed)\" has no command \"\(word)\"",
      hint: NearestNames.question(word, among: names) ?? "The commands are \(list.joined(separator: ", ")).")
  }

  /// Also those of the second level: `wal records`.
  static var commandNames: [String] {
    CommandOutline.program.all.dropFirst().map { $0.words.dropFirst().joined(separator: " ") } + ["help"]
  }
}
