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

/// Runs a program to its end. A name is looked for by `env`, which takes assignments before it, too.
package func runProgram(_ path: String, _ arguments: [String], input: String = "") async throws -> Outcome {
  let limit = 64 << 20
  let isFile = path.hasPrefix("/")
  let result = try await run(
    .path(filePath(isFile ? path : "/usr/bin/env")),
    arguments: Arguments(isFile ? arguments : [path] + arguments),
    input: .string(input), output: .bytes(limit: limit), error: .bytes(limit: limit))
  let status =
    switch result.terminationStatus {
    case .exited(let code): Int(code)
    case .signaled(let signal): 128 + Int(signal)
    }
  // Subprocess makes text of it byte by byte.
  return Outcome(
    status: status, output: String(decoding: result.standardOutput, as: UTF8.self),
    error: String(decoding: result.standardError, as: UTF8.self))
}

/// A path of Subprocess, whose type belongs to a module that is not imported here.
private func filePath<Path: ExpressibleByStringLiteral>(_ path: String) -> Path where Path.StringLiteralType == String {
  Path(stringLiteral: path)
}
