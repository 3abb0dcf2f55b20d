import Subprocess

/// What a program did.
package struct Outcome: Sendable, CustomStringConvertible {
  /// The exit status; 128 and the signal's number more where one ended it.
  package var status: Int
  package var output: String
  package var error: String
  package var description: String { "status \(status)\n\(output)\n\(error)" }
  package init(status: Int, output: String, error: String) {
    (self.status, self.output, self.error) = (status, output, error)
  }
  /// Standard output without the line end.
  package var line: String { output.last == "\n" ? String(output.dropLast()) : output }
}

/// A program that did not end as it should.
package struct ProgramFailure: Error, CustomStringConvertible {
  package var description: String
  package init(description: String) { self.description = description }
}

/// Runs a program to its end. By way of `env`, which takes any path.
package func runProgram(_ path: String, _ arguments: [String], input: String = "") async throws -> Outcome {
  let limit = 64 << 20
  let result = try await run(
    .name("env"), arguments: Arguments([path] + arguments), input: .string(input), output: .string(limit: limit),
    error: .string(limit: limit))
  let status =
    switch result.terminationStatus {
    case .exited(let code): Int(code)
    case .signaled(let signal): 128 + Int(signal)
    }
  return Outcome(status: status, output: result.standardOutput, error: result.standardError)
}
