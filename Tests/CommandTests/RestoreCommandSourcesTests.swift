import FixtureSupport
import ServerLab
import Testing

/// `--restore-command` of the commands for one node: what it brings is read as if it had been there, and nothing of it stays.
@Suite struct RestoreCommandSourcesTests {
  private let scratch = ScratchDirectory()

  /// A primary with a segment of its WAL, or all of it, in another folder; and the same node as it was.
  private func node(without pattern: String) throws -> (
    node: String, whole: String, command: String, standby: String
  ) {
    let failover = try FailoverFixture.unpacked("2018-pg16", in: scratch)
    let (whole, node, archive) = ("\(failover.folder)/primary", scratch.path + "/node", scratch.path + "/archive")
    try ExternalProgram.run(
      "/bin/sh",
      [
        "-c", "cp -a $1 $2 && mkdir $3 && mv $2/pg_wal/\(pattern) $3", "sh", whole, node, archive,
      ])
    return (node, whole, "cp \(archive)/%f %p", "\(failover.folder)/standby")
  }

  private func run(_ arguments: [String], _ command: String? = nil) async throws -> Outcome {
    try await runProgram(
      "TMPDIR=\(scratch.path)",
      [AuditFailoverTests.program] + arguments + (command.map { ["--restore-command", $0] } ?? []))
  }

  private func text(of path: String) throws -> String {
    String(decoding: try FileTree.contents(of: path), as: UTF8.self)
  }

  private var left: [String] { FileTree.entries(of: scratch.path).filter { $0.hasPrefix("slotscope-") } }

  @Test(arguments: ["000000010000000000000008", "0*"]) func theWALIsReadAsIfItWereThere(pattern: String) async throws {
    let (node, whole, command, _) = try node(without: pattern)
    for words in [
      ["wal", "stats", "--start", "0/700000"], ["wal", "records", "-s", "0/700000", "--end", "0/900100"],
      ["wal", "records", "000000010000000000000007", "000000010000000000000009"], ["wal", "stats"],
      ["ledger", "--from", "0/700000"],
    ] where pattern != "0*" || words != ["wal", "stats"] {
      let expected = try await run(words + ["-D", whole])
      #expect(try await run(words + ["-D", node]).output != expected.output, "\(words)")
      let outcome = try await run(words + ["-D", node], command)
      #expect(outcome.output == expected.output && outcome.status == 0, "\(words) \(outcome.error)")
    }
    #expect(try await run(["wal", "gaps", "-D", node, "--start", "0/0"], command).status == 64)
    let gaps = try await run(["wal", "gaps", "-D", node], command)
    #expect(gaps.status == 0 && !gaps.output.contains("missing"), "\(gaps)")
    let end = try await run(["wal", "end", "-D", node], command)
    #expect(end.status == 0 && end.output.hasPrefix("WAL ends at 0/00900418 on timeline 1\n"), "\(end)")
    #expect(left == [])
  }

  /// The folder of what was fetched is gone when the report is read: it is told by what brought it.
  @Test func reportsNameWhatWasAskedFor() async throws {
    let (node, whole, command, _) = try node(without: "0*")
    let last = "000000010000000000000009"
    for words in [["wal", "end"], ["wal", "end", "--format", "json"]] {
      let outcome = try await run(words + ["-D", node], command)
      #expect(outcome.output.contains("--restore-command/\(last)"), "\(outcome)")
      #expect(!(outcome.output + outcome.error).contains(scratch.path + "/slotscope-"), "\(outcome)")
    }
    // A copy beside it, and one that cannot be read.
    let file = scratch.path + "/archive/" + last
    let bytes = try FileTree.contents(of: file)
    try FileTree.change(file) { $0[300] ^= 1 }
    let gaps = try await run(["wal", "gaps", "-D", node, "--waldir", whole + "/pg_wal"], command)
    #expect(gaps.status != 70 && !(gaps.output + gaps.error).contains(scratch.path + "/slotscope-"), "\(gaps)")
    for words in [["wal", "records"], ["wal", "stats"], ["ledger", "--from", "0/700000"], ["wal", "end"]] {
      for damage in [0, 24, 300] {
        try FileTree.change(file) {
          $0 = bytes; $0[damage] ^= 0x11
        }
        let outcome = try await run(words + ["-D", node], command)
        #expect(!(outcome.output + outcome.error).contains(scratch.path + "/slotscope-"), "\(words) \(outcome)")
      }
    }
    #expect(left == [])
  }

  /// Folders of segments tell whose WAL it is, too; nothing at all does not.
  @Test func whatTellsWhichWALIsMeant() async throws {
    let (node, whole, command, _) = try node(without: "000000010000000000000008")
    let folder = try await run(["wal", "stats", "--waldir", node + "/pg_wal"], command)
    #expect(try await run(["wal", "stats", "-D", whole]).output == folder.output)
    try ExternalProgram.run("/bin/mkdir", [scratch.path + "/empty"])
    let nothing = try await run(["wal", "stats", "--waldir", scratch.path + "/empty"], command)
    #expect(nothing.status == 3 && nothing.error.contains("nothing that tells which WAL to fetch"), "\(nothing)")
    for words in [["wal", "stats", "--start", "2026-11-21 10:00:00"], ["wal", "records", "--follow"]] {
      #expect(try await run(words + ["-D", node], command).status == 64, "\(words)")
    }
    // The node has none of its own.
    let own = try await run(["wal", "stats", "-D", node], "standby")
    #expect(own.status == 3 && own.error.contains("there is no restore_command"), "\(own)")
    // Only what is asked for is fetched.
    let log = scratch.path + "/log"
    #expect(
      try await run(
        ["wal", "stats", "-D", node, "--start", "0/900028", "--end", "0/900418"], "echo %f >>\(log); false"
      ).status == 0)
    #expect(try text(of: log) == "00000002.history\n000000010000000000000009\n")
  }

  @Test func whatAStartFindsInTheArchive() async throws {
    let (node, _, command, _) = try node(without: "0*")
    let alone = try await run(["inspect", node])
    #expect(alone.output.contains("Copy it from an archive before any start"), "\(alone)")
    let outcome = try await run(["inspect", node], command)
    #expect(outcome.output.contains("Copy it from --restore-command, which has a file of that name"), "\(outcome)")
    #expect(!outcome.output.contains(scratch.path + "/slotscope-") && left == [])
    // Its own configuration is not run unasked, and is where it is asked for.
    try FileTree.change(node + "/postgresql.conf") {
      $0 += Array("\nrestore_command = 'touch \(scratch.path)/ran; \(command)'\n".utf8)
    }
    _ = try await run(["inspect", node])
    #expect(!FileTree.exists(scratch.path + "/ran"))
    #expect(try await run(["inspect", node], "standby").output.contains("Copy it from --restore-command"))
    #expect(FileTree.exists(scratch.path + "/ran"))
  }

  @Test func newerTimelinesAreOnTheTree() async throws {
    let (node, _, _, _) = try node(without: "000000010000000000000008")
    let command = #"test %f = 00000002.history && printf '1\t0/900400\tno recovery target specified\n' >%p"#
    let outcome = try await run(["timeline", node], command)
    #expect(
      outcome.output.contains("timeline 2") && !outcome.output.contains(scratch.path + "/slotscope-"), "\(outcome)")
    #expect(try await run(["timeline", node]).output.contains("timeline 2") == false)
  }

  @Test func walOfAnotherClusterIsNamed() async throws {
    let (node, _, command, standby) = try node(without: "000000010000000000000008")
    // The system identifier of the first page.
    try FileTree.change(scratch.path + "/archive/000000010000000000000008") { $0[24] ^= 1 }
    let nodes = ["--primary", node, "--standby", standby]
    let audit = try await run(["audit"] + nodes, command)
    #expect(audit.status == 2 && audit.error.contains("what the restore command brought has"), "\(audit)")
    let nothing = try await run(["audit"] + nodes, "false %f")
    #expect(nothing.error.contains("what the restore command brought has no WAL segment"), "\(nothing)")
    #expect(try await run(["wal", "stats", "-D", node], command).status == 2)
  }

  /// By a terminal's Ctrl-C, a service manager's or an out-of-memory killer's signal.
  @Test(arguments: ["INT", "TERM", "KILL", "HUP"]) func aSignalEndsTheCommandToo(signal: String) async throws {
    let (node, _, _, _) = try node(without: "000000010000000000000008")
    // A shell's background job would not hear of an interrupt. The command tells its own process, and that of what it starts.
    let command = "sleep 1000 & echo $$ $! >\(scratch.path)/ids; kill -\(signal) $PPID; wait; : %f"
    let outcome = try await run(["wal", "stats", "-D", node], command)
    #expect(outcome.status > 128, "\(outcome)")
    let processes = try text(of: scratch.path + "/ids").split(whereSeparator: \.isWhitespace)
    #expect(processes.count == 2)
    for _ in 0..<200 where !left.isEmpty || processes.contains(where: isAlive) {
      try await Task.sleep(for: .milliseconds(20))
    }
    #expect(left == [] && !processes.contains(where: isAlive))
  }

  private func isAlive(_ process: Substring) -> Bool {
    guard let state = try? text(of: "/proc/\(process)/stat") else { return false }
    return !state.contains(") Z ")
  }

  /// What an evidence file says of its WAL may be forged.
  @Test(arguments: ["FFFFFFFF/FFFFFFFF", "FFFFFFFF/00000028", "00FFFFFF/00000028"])
  func aForgedEndIsNoEndlessWay(position: String) async throws {
    let (node, _, command, standby) = try node(without: "000000010000000000000008")
    let file = scratch.path + "/forged.json"
    let capture = try await run(["capture", node, "-o", file])
    #expect(capture.status == 0, "\(capture)")
    try FileTree.change(file) { bytes in
      bytes = Array(String(decoding: bytes, as: UTF8.self).replacing("\"0/00900418\"", with: "\"\(position)\"").utf8)
    }
    for words in [["audit", "--primary", file, "--standby", standby], ["inspect", file]] {
      for asked in [command, "cp \(node)/pg_wal/000000010000000000000009 %p; : %f", "false %f"] {
        let outcome = try await run(words, asked)
        #expect((1...3).contains(outcome.status), "\(words) \(asked) \(outcome)")
      }
    }
    #expect(left == [])
  }
}
