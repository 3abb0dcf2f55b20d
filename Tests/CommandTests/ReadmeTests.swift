import FixtureSupport
import ServerLab
import Testing

/// What README shows of a session is what the commands print.
@Suite struct ReadmeTests {
  /// A command line and the lines below it. A line of three dots stands for any number of lines.
  private struct Session {
    var arguments: [String]
    var shown: [String]
  }

  private static func contents(_ path: String) throws -> String {
    String(decoding: try FileTree.contents(of: Fixtures.directory + "/../" + path), as: UTF8.self)
  }

  private static func sessions() throws -> [Session] {
    let prompt = "    $ slotscope "
    var sessions: [Session] = []
    var isOpen = false
    for line in try contents("README.md").split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.hasPrefix(prompt) {
        sessions.append(
          Session(arguments: line.dropFirst(prompt.count).split(separator: " ").map(String.init), shown: []))
        isOpen = true
      } else if !line.isEmpty && !line.hasPrefix("    ") || line.hasPrefix("    $ ") {
        isOpen = false
      } else if isOpen {
        sessions[sessions.count - 1].shown.append(String(line.dropFirst(4)))
      }
    }
    return sessions
  }

  /// Whether the lines are those shown, from the first to the last.
  private func matches(_ lines: ArraySlice<String>, _ shown: ArraySlice<String>) -> Bool {
    guard let first = shown.first else { return lines.isEmpty }
    if first == "..." {
      return (lines.startIndex...lines.endIndex).contains { matches(lines[$0...], shown.dropFirst()) }
    }
    return lines.first == first && matches(lines.dropFirst(), shown.dropFirst())
  }

  private func trimmed(_ lines: [String]) -> [String] {
    var lines = lines
    while lines.last == "" { lines.removeLast() }
    return lines
  }

  @Test func sessionsAreWhatTheCommandsPrint() async throws {
    let shop = try Fixtures.unpacked("examples/shop")
    let program = AuditFailoverTests.program
    let sessions = try Self.sessions()
    #expect(sessions.count >= 8)
    for session in sessions {
      // An audit is shown as on a terminal of 100 columns, so that no row is longer than the page; all else as in a pipe.
      let width = session.arguments.first == "audit" ? ["COLUMNS=100"] : ["-u", "COLUMNS"]
      let outcome = try await runProgram(
        "/usr/bin/env", ["-C", shop] + width + [program] + session.arguments)
      let lines = (outcome.output + outcome.error).split(separator: "\n", omittingEmptySubsequences: false)
      // Evidence becomes a second old where the machine is slow.
      let printed = trimmed(
        lines.filter { !($0.hasPrefix("Evidence of the primary is ") && $0.hasSuffix(" s old.")) }.map(String.init))
      #expect(
        matches(printed[...], trimmed(session.shown)[...]),
        "slotscope \(session.arguments.joined(separator: " ")) prints:\n\(printed.joined(separator: "\n"))")
    }
  }

  /// What is to be typed after the clone, but for `make demo`, gives the first session.
  @Test func theQuickStartCanBePasted() async throws {
    let lines = try Self.contents("README.md").split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex(of: "After the clone, line by line:"))
    let typed = lines[(start + 2)...].prefix { $0.hasPrefix("    ") }.map { String($0.dropFirst(4)) }
    #expect(typed.first == "make demo" && typed.count >= 4)
    let scratch = ScratchDirectory()
    let top = Fixtures.directory + "/.."
    try ExternalProgram.run("/bin/mkdir", [scratch.path + "/.build"])
    try ExternalProgram.run("/bin/ln", ["-s", productsDirectory, scratch.path + "/.build/debug"])
    try ExternalProgram.run("/bin/ln", ["-s", top + "/Fixtures", scratch.path + "/Fixtures"])
    let outcome = try await runProgram(
      "/usr/bin/env", ["-C", scratch.path, "COLUMNS=100", "bash", "--norc"],
      input: typed.dropFirst().joined(separator: "\n"))
    let audit = try #require(try Self.sessions().first { $0.arguments[0] == "audit" })
    #expect(outcome.status == 2 && outcome.error.isEmpty, "\(outcome)")
    #expect(outcome.output.hasPrefix(audit.shown.prefix(6).joined(separator: "\n")), "\(outcome)")
  }

  /// The same sessions on a terminal of 80 columns. What is to be typed again stays one line.
  @Test func sessionsFitATerminal() async throws {
    let shop = try Fixtures.unpacked("examples/shop")
    var lineCount = 0
    let reports: Set = ["inspect", "audit", "ledger", "timeline", "wal", "compare"]
    for session in try Self.sessions() where reports.contains(session.arguments[0]) {
      let outcome = try await runProgram(
        "/usr/bin/env", ["-C", shop, "COLUMNS=80", AuditFailoverTests.program] + session.arguments)
      for line in outcome.output.split(separator: "\n") where !line.hasPrefix("Then:  ") {
        lineCount += 1
        #expect(line.count <= 80, "slotscope \(session.arguments.joined(separator: " ")): \(line)")
      }
    }
    #expect(lineCount > 50)
  }

  @Test func everyCommandIsThere() async throws {
    let readme = try Self.contents("README.md")
    let help = try await AuditFailoverTests.slotscope(["--help"]).output
    let lines = help.split(separator: "\n", omittingEmptySubsequences: false).drop { $0 != "SUBCOMMANDS:" }
    let names = lines.dropFirst().prefix { $0.hasPrefix("  ") }.filter { !$0.hasPrefix("   ") }
      .compactMap { $0.split(separator: " ").first }
    #expect(names.count >= 10)
    for name in names { #expect(readme.contains("slotscope \(name)"), "\(name)") }
  }
}
