import ArgumentParser
import Glibc
import Reporting
import SlotSafety

/// The program: a command line in, an exit code out. Errors are printed here and nowhere else, as PostgreSQL's programs
/// word them.
package enum SlotscopeProgram {
  /// The command line that runs, the program's name left out: what an error repeats of it may have been meant as a secret.
  @TaskLocal static var arguments: [String] = []

  /// Runs the command line of this process and ends it.
  package static func main() async -> Never {
    // The runtime takes the arguments from there; without them every command would end in the overview.
    guard !CommandLine.arguments.isEmpty else {
      Terminal.report(
        CommandFailure(
          "the command line cannot be read: /proc is not mounted",
          hint: "In a rescue system or chroot: mount -t proc proc /proc", status: .usage))
      exit(ExitStatus.usage.rawValue)
    }
    StalledFiles.watch(Array(CommandLine.arguments.dropFirst()))
    exit(await run(Array(CommandLine.arguments.dropFirst())))
  }

  /// Runs a command line, the program's name left out, and returns its exit code. A wrong one is 64, and 3 where it asks for the line
  /// of a plugin: that is what its server takes for unknown. An error that no command has dealt with is a bug of slotscope, 70.
  package static func run(_ arguments: [String]) async -> Int32 {
    let status = await $arguments.withValue(arguments) { await Self.status(of: arguments) }
    guard let failure = Terminal.takeOutputFailure() else { return status }
    Terminal.report(failure)
    return failure.status.rawValue
  }

  private static func status(of arguments: [String]) async -> Int32 {
    do {
      try await execute(arguments)
      return ExitStatus.ready.rawValue
    } catch let wholeFailure as CommandFailure {
      let failure = wholeFailure.withholding(arguments)
      var status = failure.status
      if status == .usage, let document = MonitoringDocument(wrong: arguments) {
        // A plugin shows what it finds on standard output.
        try? document.write(failure: "wrong usage: \(failure.message)")
        if document.form == .nagios { status = .unknown }
      }
      Terminal.report(failure)
      return status.rawValue
    } catch let code as ExitCode {
      return code.rawValue
    } catch {
      Terminal.report(
        CommandFailure("this should not have happened: \(error)", hint: "Please report it as a bug."))
      return ExitStatus.bug.rawValue
    }
  }

  private static func execute(_ given: [String]) async throws {
    let arguments = WatchInterval.filled(in: given)
    switch arguments.first {
    case "---complete": return complete(Array(arguments.dropFirst()))
    case "--generate-completion-script": return try printCompletionScript(Array(arguments.dropFirst()))
    case "help": return try explain(Array(arguments.dropFirst()))
    default: break
    }
    if let command = plainCommand(arguments) {
      do { return try await run(command) } catch let error as ValidationError {
        throw try walk(arguments).wrong(UsageMessage.text(error.message))
      }
    }
    let walk = try walk(arguments)
    switch walk.request {
    case .version?: Terminal.write("\(Version.text)\n")
    case .help?: printHelp(of: Array(walk.command.words.dropFirst()))
    case nil where walk.command.outline.isGroup: printHelp(of: Array(walk.command.words.dropFirst()))
    case nil:
      try walk.end()
      try await run(walk)
    }
  }

  /// A command line that the parser takes as it stands, as most are: the walk has to ask the parser what the command takes. What the
  /// parser would read otherwise than getopt does, or not at all, is the walk's.
  private static func plainCommand(_ arguments: [String]) -> (any ParsableCommand)? {
    let isPlain = arguments.allSatisfy {
      ($0.hasPrefix("--") || !$0.hasPrefix("-") || $0.count <= 2) && !$0.isEmpty && !$0.hasSuffix("=")
    }
    return isPlain ? try? parsed(arguments) : nil
  }

  /// The command is found by its name, and its own parser asked for the rest: that of the whole program looks at the arguments of
  /// each command twice as often.
  private static func parsed(_ arguments: [String]) throws -> (any ParsableCommand)? {
    var (command, rest) = (CommandOutline.program, arguments[...])
    while let next = command.subcommands.first(where: { $0.commandName == rest.first }) {
      (command, rest) = (next, rest.dropFirst())
    }
    guard !command.isGroup else { return nil }
    let parsed = try command.type.parseAsRoot(Array(rest))
    // Of a request for help the parser makes a command of its own.
    return ObjectIdentifier(type(of: parsed)) == ObjectIdentifier(command.type) ? parsed : nil
  }

  private static func walk(_ arguments: [String]) throws -> CommandLineWalk {
    var walk = CommandLineWalk(try CommandDescription.program())
    for argument in arguments { try walk.take(argument) }
    return walk
  }

  /// The parser takes what has the right form; what its values say may still be wrong.
  private static func run(_ walk: CommandLineWalk) async throws {
    let command: (any ParsableCommand)?
    do { command = try parsed(walk.arguments) } catch {
      throw walk.wrong(UsageMessage.text(Slotscope.message(for: error)))
    }
    guard let command else { throw walk.wrong("no command given") }
    do { try await run(command) } catch let error as ValidationError {
      throw walk.wrong(UsageMessage.text(error.message))
    }
  }

  private static func run(_ command: any ParsableCommand) async throws {
    var command = command
    if var asynchronous = command as? any AsyncParsableCommand {
      try await asynchronous.run()
    } else {
      try command.run()
    }
  }

  private static func printHelp(of path: [String]) {
    do {
      var help = try Slotscope.parseAsRoot(path + ["--help"])
      try help.run()
    } catch { Terminal.write(document: Slotscope.fullMessage(for: error) + "\n") }
  }

  /// `help [COMMAND… | VERDICT | RULE]`.
  private static func explain(_ words: [String]) throws {
    switch try HelpTopic(words.filter { !$0.hasPrefix("-") }) {
    case .command(let path): printHelp(of: path)
    case .verdict(let verdict): Terminal.write(VerdictText.explain(verdict, style: Terminal.style))
    case .rule(let rule): Terminal.write(RulesText.one(rule, style: Terminal.style))
    case .premise(let premise): Terminal.write(RulesText.one(premise, style: Terminal.style))
    }
  }

  /// Nothing is said of what is wrong: it would stand in the middle of what is being typed.
  private static func complete(_ words: [String]) {
    guard let shell = words.first, let program = try? CommandDescription.program(),
      let completion = Completion(Array(words.dropFirst()), shell: shell, program: program)
    else { return }
    for line in completion.lines { Terminal.write(document: line + "\n") }
  }

  private static func printCompletionScript(_ words: [String]) throws {
    guard let script = words.first.flatMap(CompletionScript.init) else {
      throw CommandFailure(
        "no shell given", hint: "Give one of \(CompletionScript.allCases.map(\.rawValue).joined(separator: ", ")).",
        status: .usage)
    }
    Terminal.write(document: script.text)
  }
}
