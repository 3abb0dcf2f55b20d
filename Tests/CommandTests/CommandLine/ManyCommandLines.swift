import FixtureSupport
import ServerLab

/// Runs each command line in one process, one after the other: for hundreds of lines most of which are refused, where starts would take
/// most of the time. What is said of the start itself, of terminals and of signals, `slotscope(_:)` tells.
func slotscope(each lines: [[String]]) async throws -> [Outcome] {
  let scratch = ScratchDirectory()
  let text = lines.map { line in ([String(line.count)] + line).map { $0 + "\0" }.joined() }.joined()
  scratch.write("lines", text)
  let run = try await runProgram(productsDirectory + "/command-lines", [scratch.path + "/lines"])
  let output = run.output.split(separator: "\0", omittingEmptySubsequences: false)
  let error = run.error.split(separator: "\0", omittingEmptySubsequences: false)
  guard run.status == 0, output.count == 2 * lines.count + 1, error.count == lines.count + 1 else {
    throw ProgramFailure(description: "\(lines.count) command lines: \(run)")
  }
  return lines.indices.map { index in
    Outcome(
      status: Int(output[2 * index + 1]) ?? -1, output: String(output[2 * index]), error: String(error[index]))
  }
}
