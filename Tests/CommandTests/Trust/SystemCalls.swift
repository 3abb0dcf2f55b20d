import FixtureSupport
import ServerLab

/// The system calls of a program, as strace shows them.
struct SystemCalls {
  struct Call: CustomStringConvertible {
    /// As strace prints it, without the process number.
    var text: String
    var name: String { String(text.prefix { $0 != "(" }) }
    var failed: Bool { text.contains(") = -1 ") }
    var description: String { text }
  }
  var outcome: Outcome
  var calls: [Call]

  /// Calls that name a file or work on an open one.
  static let onFiles = "%file,%desc"
  /// Calls that run another program or reach another process or machine.
  static let outward = "%net,execve,execveat"

  /// Runs a program of which every call is noted that is wanted.
  init(of program: String, _ arguments: [String], wanted: String = onFiles, log: String) async throws {
    outcome = try await runProgram(
      "strace", ["-f", "-qq", "-y", "-s", "0", "-e", "trace=\(wanted)", "-o", log, program] + arguments)
    let text = String(decoding: try FileTree.contents(of: log), as: UTF8.self)
    calls = text.split(separator: "\n").map { line in Call(text: String(line.drop { $0.isNumber || $0 == " " })) }
  }

  /// Why nothing can be traced here; nil where it can.
  static let obstacle: String? = {
    let here = try? ExternalProgram.output("/bin/sh", ["-c", "command -v strace || true"])
    guard let here, !here.isEmpty else { return "strace is not installed" }
    let isAllowed = (try? ExternalProgram.output("/bin/sh", ["-c", "strace -f -o /dev/null true"])) != nil
    return isAllowed ? nil : "ptrace is forbidden here"
  }()
}
