import ArgumentParser

extension Slotscope {
  /// Runs the command line. A wrong one is reported as PostgreSQL's programs report it, with exit code 64; an error that no
  /// command has dealt with is a bug of slotscope, with exit code 70.
  static func main() async {
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
}
