import FixtureSupport
import Glibc

/// A cluster of one test: a data directory and, while it is started, its server. Reached only through a socket in the
/// folder beside the data directory, by user postgres.
package struct Cluster: Sendable {
  package let server: Lab.Server
  /// The folder that holds the data directory, the socket and the log.
  package let home: String
  package var data: String { home + "/data" }
  package var log: String { home + "/log" }

  // MARK: Programs

  /// Runs a program of the cluster's major.
  @discardableResult
  package func program(_ name: String, _ arguments: [String], input: String = "") async throws -> Outcome {
    let outcome = try await attempt(name, arguments, input: input)
    guard outcome.status == 0 else {
      throw ProgramFailure(description: "\(server) \(name) \(arguments.joined(separator: " ")): \(outcome)")
    }
    return outcome
  }

  /// The same, whatever comes of it.
  package func attempt(_ name: String, _ arguments: [String], input: String = "") async throws -> Outcome {
    try await runProgram("/bin/bash", [Lab.script, "exec", String(server.major), name] + arguments, input: input)
  }

  /// A connection string.
  package func connection(_ more: String = "", user: String = "postgres") -> String {
    "host=\(home) user=\(user) application_name=standby" + (more.isEmpty ? "" : " " + more)
  }

  /// Runs a script through psql's standard input, as an operator would.
  package func psql(_ script: String, variables: [String] = [], user: String = "postgres") async throws -> Outcome {
    // From a file: psql may end before it has read all, and a pipe that nobody reads would end this process.
    let number = UInt64.random(in: 0 ... .max)
    let file = "\(home)/script-\(number).sql"
    try append(script, to: file)
    defer { unlink(file) }
    let settings = variables.flatMap { ["-v", $0] }
    return try await runProgram(
      "/bin/bash",
      ["-c", "exec \"$@\" < \"$0\"", file, "/bin/bash", Lab.script, "exec", String(server.major), "psql", "-X"]
        + settings + ["-f", "-", "-h", home, "-U", user, "-d", "postgres"])
  }

  /// The result of one or more statements, a line a row.
  @discardableResult
  package func sql(_ text: String, database: String = "postgres") async throws -> String {
    try await program(
      "psql",
      [
        "-XqAt", "-v", "ON_ERROR_STOP=1", "-f", "-", "-h", home, "-U", "postgres", "-d", Self.database(database),
      ], input: text
    ).line
  }

  /// A database name as a connection string, so that a name with `=` is not taken for one.
  private static func database(_ name: String) -> String {
    var quoted = ""
    for scalar in name.unicodeScalars {
      if scalar == "'" || scalar == "\\" { quoted += "\\" }
      quoted.unicodeScalars.append(scalar)
    }
    return "dbname='\(quoted)'"
  }

  // MARK: Life

  package func start() async throws {
    let outcome = try await attempt("pg_ctl", ["-D", data, "-l", log, "-w", "-t", "300", "start"])
    guard outcome.status == 0 else {
      let text = (try? FileTree.contents(of: log)).map { String(decoding: $0.suffix(3000), as: UTF8.self) } ?? ""
      throw ProgramFailure(description: "\(server) did not start: \(outcome)\n\(text)")
    }
  }

  package func stop(_ mode: String = "fast") async throws {
    guard FileTree.exists(data + "/postmaster.pid") else { return }
    try await program("pg_ctl", ["-D", data, "-m", mode, "-w", "-t", "300", "stop"])
  }

  /// Ends the postmaster with SIGKILL; its children notice and end by themselves.
  package func kill() throws {
    if let pid = try postmaster() { _ = Glibc.kill(pid, SIGKILL) }
  }

  /// The same for its children, at once; returns when none of them is left.
  package func killAll() async throws {
    guard let pid = try postmaster() else { return }
    let children = try await runProgram("pgrep", ["-P", String(pid)]).output.split(separator: "\n")
    let all = [pid] + children.compactMap { pid_t($0) }
    for one in all { _ = Glibc.kill(one, SIGKILL) }
    try await wait("the end of killed processes") { all.allSatisfy(Self.hasEnded) }
  }

  private func postmaster() throws -> pid_t? {
    let file = try String(decoding: FileTree.contents(of: data + "/postmaster.pid"), as: UTF8.self)
    return file.split(separator: "\n").first.flatMap { pid_t($0) }.flatMap { $0 > 1 ? $0 : nil }
  }

  /// Gone, or a zombie that nobody has asked for yet.
  private static func hasEnded(_ pid: pid_t) -> Bool {
    guard let stat = try? FileTree.contents(of: "/proc/\(pid)/stat") else { return true }
    return String(decoding: stat, as: UTF8.self).contains(") Z ")
  }

  package func promote() async throws {
    try await program("pg_ctl", ["-D", data, "-w", "-t", "300", "promote"])
    try await wait("the promotion of \(home)") { try await sql("select pg_is_in_recovery()") == "f" }
  }

  // MARK: Positions

  package func currentLSN() async throws -> String { try await sql("select pg_current_wal_lsn()") }

  package func waitReplay(_ lsn: String) async throws {
    try await wait("replay of \(lsn)") { try await sql("select pg_last_wal_replay_lsn() >= '\(lsn)'") == "t" }
  }

  /// Asks until the answer is yes, for five minutes at most: a crowded machine is slow, and no test is about its speed.
  package func wait(
    isolation: isolated (any Actor)? = #isolation, _ what: String, _ condition: () async throws -> Bool
  ) async throws {
    let deadline = ContinuousClock.now + .seconds(300)
    while ContinuousClock.now < deadline {
      if try await condition() { return }
      try await Task.sleep(for: .milliseconds(200))
    }
    throw ProgramFailure(description: "\(server): waited in vain for \(what)")
  }

  // MARK: Configuration

  /// Appends settings; a later value of a name wins.
  package func configure(_ settings: [String: String]) throws {
    var text = "\n"
    for (name, value) in settings.sorted(by: { $0.key < $1.key }) { text += "\(name) = '\(value)'\n" }
    try append(text, to: data + "/postgresql.conf")
  }

  package func append(_ text: String, to path: String) throws {
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw ProgramFailure(description: "cannot write \(path)") }
    defer { close(descriptor) }
    var bytes = Array(text.utf8)
    guard write(descriptor, &bytes, bytes.count) == bytes.count else {
      throw ProgramFailure(description: "cannot write \(path)")
    }
  }
}
