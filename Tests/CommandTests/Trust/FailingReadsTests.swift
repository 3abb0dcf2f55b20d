import FixtureSupport
import ServerLab
import Testing

/// Each file and folder that a command opens fails once in each of several ways, as on a broken disk, where this user may
/// not read it, or where it goes in that moment: nothing that rests on it is said to be well.
@Suite struct FailingReadsTests {
  /// What fails, as Tests/FailingReads/failing_reads.c has it.
  struct Failure: Sendable, CustomStringConvertible {
    var how: String
    var errno = 0
    var description: String { errno == 0 ? how : "\(how) \(errno)" }

    static let ofFile = [
      Failure(how: "open", errno: 13), Failure(how: "open", errno: 2), Failure(how: "read", errno: 5),
      Failure(how: "short"),
    ]
    static let ofFolder = [Failure(how: "open", errno: 13), Failure(how: "list", errno: 5)]
  }

  private let scratch = ScratchDirectory()
  private let library: String

  init() throws {
    library = scratch.path + "/failing_reads.so"
    let source = Fixtures.directory + "/../Tests/FailingReads/failing_reads.c"
    try ExternalProgram.run("/usr/bin/env", ["clang", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"])
  }

  private func run(_ arguments: [String], _ environment: [String]) async throws -> Outcome {
    try await runProgram("LD_PRELOAD=\(library)", environment + [AuditFailoverTests.program] + arguments)
  }

  /// What a command opens below a folder, by the paths from there on, and what it says.
  private func opened(_ arguments: [String], below folder: String) async throws -> (paths: [String], Outcome) {
    let log = scratch.path + "/log"
    let outcome = try await run(arguments, ["FAILING_LOG=\(log)"])
    let text = String(decoding: try FileTree.contents(of: log), as: UTF8.self)
    let paths = Set(text.split(separator: "\n").filter { $0.hasPrefix(folder + "/") })
    return (paths.map { String($0.dropFirst(folder.utf8.count + 1)) }.sorted(), outcome)
  }

  /// Runs the command once for each failure of each of the paths.
  private func forEachFailure(
    _ arguments: [String], of paths: [String], below folder: String,
    _ check: (String, Failure, Outcome, JSONDocument) throws -> Void
  ) async throws {
    for path in paths {
      let isFolder = FileTree.exists("\(folder)/\(path)/.")
      for failure in isFolder ? Failure.ofFolder : Failure.ofFile {
        let outcome = try await run(
          arguments,
          ["FAILING_PATH=\(folder)/\(path)", "FAILING_HOW=\(failure.how)", "FAILING_ERRNO=\(failure.errno)"])
        #expect((0...3).contains(outcome.status), "\(path) \(failure): \(outcome.status) \(outcome.error)")
        try check(path, failure, outcome, outcome.output.isEmpty ? .null : try JSONDocument(parsing: outcome.output))
      }
    }
  }

  /// Both slots are ready: the primary was stopped cleanly, and the standby has all of its WAL.
  @Test func noSlotIsReadyByWhatCouldNotBeRead() async throws {
    let folder = try FailoverFixture.unpacked("1114-pg17").folder
    let arguments = [
      "audit", "--primary", folder + "/primary", "--standby", folder + "/standby", "--format", "json",
    ]
    let (paths, before) = try await opened(arguments, below: folder)
    #expect(try JSONDocument(parsing: before.output)["verdict"].string == "ready" && paths.count > 40)
    let needed = paths.filter { !Self.isNeedless($0) }
    #expect(needed.count > 15)
    try await forEachFailure(arguments, of: needed, below: folder) { path, failure, outcome, document in
      // The second half of these segments is empty.
      if path.contains("pg_wal/0"), !path.hasSuffix("history"), failure.how == "short" { return }
      #expect(document["verdict"].string != "ready", "\(path) \(failure)")
      let parts = path.split(separator: "/").map(String.init)
      if parts.count == 4, parts[1] == "pg_replslot" {
        #expect(AuditFailoverTests.verdicts(document)[parts[2]] != "ready", "\(path) \(failure)")
      }
      if parts[1] != "pg_wal" || failure.how != "short" {
        let name = parts.dropFirst().joined(separator: "/")
        #expect((outcome.output + outcome.error).contains(name), "\(path) \(failure)")
      }
    }
  }

  /// What the two slots do not rest on: settings and catalogs of a primary that was stopped with all of its WAL on the standby,
  /// WAL before its last checkpoint, snapshots where decoding begins while no transaction runs, and the sample of data pages.
  private static func isNeedless(_ path: String) -> Bool {
    path.wholeMatch(
      of:
        /primary\/(postmaster\.opts|pg_hba\.conf|postgresql(\.auto)?\.conf|pg_wal\/00000002000000000000000[EF]|pg_wal\/00000002000000000000001[1-3])|standby\/(postmaster\..*|pg_hba\.conf|pg_wal\/00000002000000000000000D)|.*\/(pg_replslot\/[^\/]+|pg_logical.*|pg_twophase|global(\/(\d+|pg_filenode\.map))?|pg_wal\/(archive_status|summaries))/
    ) != nil
  }

  @Test func noStartIsPromisedByWhatCouldNotBeRead() async throws {
    let folder = scratch.path + "/data"
    try ExternalProgram.run("/bin/cp", ["-a", try Fixtures.node("pg17-clean", "data").path, folder])
    for name in [
      "base", "pg_commit_ts", "pg_dynshmem", "pg_logical/mappings", "pg_logical/snapshots", "pg_multixact/members",
      "pg_multixact/offsets", "pg_notify", "pg_stat", "pg_stat_tmp", "pg_subtrans", "pg_tblspc", "pg_twophase",
      "pg_xact",
    ] { try ExternalProgram.run("/bin/mkdir", ["-p", "\(folder)/\(name)"]) }
    for name in ["pg_multixact/offsets", "pg_xact"] {
      try ExternalProgram.run("/usr/bin/truncate", ["-s", "8192", "\(folder)/\(name)/0000"])
    }
    try ExternalProgram.run("/bin/chmod", ["0700", folder])
    let arguments = ["inspect", folder, "--format", "json"]
    let (paths, before) = try await opened(arguments, below: folder)
    #expect(try JSONDocument(parsing: before.output)["startup"]["would_start"] == .bool(true))
    // A start goes without these, or goes on where they cannot be read.
    let needless =
      /postmaster\.opts|pg_replslot\/[^\/]+|pg_logical\/(snapshots|mappings).*|global\/(\d+|pg_filenode\.map)|pg_wal\/(archive_status|summaries)/
    let needed = paths.filter { $0.wholeMatch(of: needless) == nil }
    #expect(needed.count > 10)
    try await forEachFailure(arguments, of: needed, below: folder) { path, failure, _, document in
      // A file that goes in that moment is one that is missing, and the server goes without some.
      if failure.errno == 2 || path.hasPrefix("pg_wal/0") && failure.how == "short" { return }
      #expect(document["startup"]["would_start"] != .bool(true), "\(path) \(failure)")
    }
  }
}
