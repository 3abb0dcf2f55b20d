import ArgumentParser
import Glibc
import Reporting
import SlotSafety

/// The program: a command line in, an exit code out. Errors are printed here and nowhere else, as PostgreSQL's programs
/// word them.
package enum SlotscopeProgram {
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
    exit(await run(Array(CommandLine.arguments.dropFirst())))
  }

  /// Runs a command line, the program's name left out, and returns its exit code. A wrong one is 64; an error that no command
  /// has dealt with is a bug of slotscope, 70.
  package static func run(_ arguments: [String]) async -> Int32 {
    do {
      try await execute(arguments)
      return ExitStatus.ready.rawValue
    } catch let failure as CommandFailure {
      Terminal.report(failure)
      return failure.status.rawValue
    } catch let code as ExitCode {
      return code.rawValue
    } catch {
      if Slotscope.exitCode(for: error) == .validationFailure {
        // A plugin shows what it finds on standard output.
        try? MonitoringDocument(wrong: arguments)?.write(failure: "wrong usage: \(Slotscope.message(for: error))")
      }
      return end(with: error)
    }
  }

  private static func execute(_ arguments: [String]) async throws {
    if let verdict = verdictToExplain(arguments) {
      Terminal.write(VerdictText.explain(verdict, style: Terminal.style))
      return
    }
    if let name = unknownCommand(arguments) {
      throw CommandFailure(
        "there is no command \(name)", hint: "The commands are \(commandNames.joined(separator: ", ")) and help.",
        status: .usage)
    }
    var command = try Slotscope.parseAsRoot(arguments)
    if var asynchronous = command as? any AsyncParsableCommand {
      try await asynchronous.run()
    } else {
      try command.run()
    }
  }

  /// What the parser throws: help and the like, which go to standard output, or a wrong command line.
  private static func end(with error: any Error) -> Int32 {
    let code = Slotscope.exitCode(for: error)
    switch code {
    case .success: Terminal.write(Slotscope.fullMessage(for: error) + "\n")
    case .validationFailure:
      Terminal.report(
        CommandFailure(
          Slotscope.message(for: error), hint: "Try \"slotscope --help\" or \"slotscope COMMAND --help\"."))
    default:
      Terminal.report(
        CommandFailure("this should not have happened: \(error)", hint: "Please report it as a bug."))
      return ExitStatus.bug.rawValue
    }
    return code.rawValue
  }

  /// The first word where it is no option and no command, of `help` the second one. The parser would call all of the line
  /// unexpected, or show the overview.
  private static func unknownCommand(_ arguments: [String]) -> String? {
    guard let name = arguments.first == "help" ? arguments.dropFirst().first : arguments.first, !name.hasPrefix("-"),
      name != "help"
    else { return nil }
    return commandNames.contains(name) ? nil : name
  }

  private static var commandNames: [String] {
    Slotscope.configuration.subcommands.compactMap { $0.configuration.commandName }
  }

  /// `help VERDICT`. The parser's own `help` knows commands only; no command is called like a verdict.
  private static func verdictToExplain(_ arguments: [String]) -> Verdict? {
    guard arguments.count == 2, arguments.first == "help", let name = arguments.last else { return nil }
    return VerdictText.verdict(named: name)
  }
}
