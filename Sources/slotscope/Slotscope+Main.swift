import ArgumentParser
import Reporting
import SlotSafety

extension Slotscope {
  /// Runs the command line. A wrong one is reported as PostgreSQL's programs report it, with exit code 64; an error that no
  /// command has dealt with is a bug of slotscope, with exit code 70.
  static func main() async {
    // The runtime takes the arguments from there; without them every command would end in the overview.
    guard !CommandLine.arguments.isEmpty else {
      Terminal.report(
        error: "the command line cannot be read: /proc is not mounted",
        hint: "In a rescue system or chroot: mount -t proc proc /proc")
      exit(withError: ExitCode(ExitStatus.usage.rawValue))
    }
    if let verdict = verdictToExplain(CommandLine.arguments.dropFirst()) {
      Terminal.write(VerdictText.explain(verdict, style: Terminal.style))
      return
    }
    if let name = unknownCommand(CommandLine.arguments.dropFirst()) {
      Terminal.report(
        error: "there is no command \(name)",
        hint: "The commands are \(commandNames.joined(separator: ", ")) and help.")
      exit(withError: ExitCode(ExitStatus.usage.rawValue))
    }
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      let code = exitCode(for: error)
      if code == .validationFailure {
        Terminal.report(
          error: message(for: error), hint: "Try \"slotscope --help\" or \"slotscope COMMAND --help\".")
        exit(withError: code)
      }
      if !(error is ExitCode), code == .failure {
        Terminal.report(error: "this should not have happened: \(error)", hint: "Please report it as a bug.")
        exit(withError: ExitCode(ExitStatus.bug.rawValue))
      }
      exit(withError: error)
    }
  }

  /// The first word where it is no option and no command, of `help` the second one. The parser would call all of the line
  /// unexpected, or show the overview.
  private static func unknownCommand(_ arguments: ArraySlice<String>) -> String? {
    guard let name = arguments.first == "help" ? arguments.dropFirst().first : arguments.first, !name.hasPrefix("-"),
      name != "help"
    else { return nil }
    return commandNames.contains(name) ? nil : name
  }

  private static var commandNames: [String] { configuration.subcommands.compactMap { $0.configuration.commandName } }

  /// `help VERDICT`. The parser's own `help` knows commands only; no command is called like a verdict.
  private static func verdictToExplain(_ arguments: ArraySlice<String>) -> Verdict? {
    guard arguments.count == 2, arguments.first == "help", let name = arguments.last else { return nil }
    return VerdictText.verdict(named: name)
  }
}
