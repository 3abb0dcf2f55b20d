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

  /// Runs a program of which every call is noted that names a file or works on an open one.
  init(of program: String, _ arguments: [String], log: String) async throws {
    let wanted = "%file,%desc"
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
