import FixtureSupport
import ServerLab
import Testing

/// WAL between a consumer and its copy that is in an archive alone: `2018-pg16` has it on the primary only.
@Suite struct AuditArchiveTests {
  static let segment = "000000010000000000000008"

  /// The failover with that segment in a folder of its own.
  private func archived(in scratch: ScratchDirectory) throws -> (folder: String, archive: String) {
    let failover = try FailoverFixture.unpacked("2018-pg16", in: scratch)
    let archive = scratch.path + "/archive"
    try ExternalProgram.run("/usr/bin/mkdir", [archive])
    try ExternalProgram.run("/usr/bin/mv", ["\(failover.folder)/primary/pg_wal/\(Self.segment)", archive])
    return (failover.folder, archive)
  }

  private func verdict(_ folder: String, _ archives: [String]) async throws -> (verdict: String?, status: Int) {
    let nodes = ["--primary", folder + "/primary", "--standby", folder + "/standby"]
    let outcome = try await AuditFailoverTests.slotscope(
      ["audit", "--format", "json"] + nodes + archives.flatMap { ["--archive", $0] })
    guard let document = try? JSONDocument(parsing: outcome.output) else { return (nil, outcome.status) }
    return (AuditFailoverTests.verdicts(document)["c1"], outcome.status)
  }

  @Test func whatIsInTheArchiveIsRead() async throws {
    let scratch = ScratchDirectory()
    let (folder, archive) = try archived(in: scratch)
    #expect(try await verdict(folder, []) == ("at_risk", 2))
    #expect(try await verdict(folder, [archive]) == ("ready", 0))
    try ExternalProgram.run("/usr/bin/gzip", ["\(archive)/\(Self.segment)"])
    #expect(try await verdict(folder, [archive]) == ("ready", 0))
  }

  @Test func damagedOrForeignOrEmptyArchivesProveNothing() async throws {
    let scratch = ScratchDirectory()
    let (folder, archive) = try archived(in: scratch)
    let file = "\(archive)/\(Self.segment)"
    let bytes = try FileTree.contents(of: file)
    // The system identifier of the first page, then a byte of the only record after the position of the consumer.
    for offset in [24, 0x52C] {
      try FileTree.change(file) { $0[offset] ^= 1 }
      #expect(try await verdict(folder, [archive]).verdict == "at_risk", "byte \(offset)")
      try FileTree.change(file) { $0 = bytes }
    }
    try FileTree.change(file) { $0 = Array($0.prefix(1_000)) }
    #expect(try await verdict(folder, [archive]).verdict == "at_risk")
    try ExternalProgram.run("/usr/bin/rm", [file])
    #expect(try await verdict(folder, [archive]).verdict == "at_risk")
  }

  /// The folders of fetched WAL that are left in a scratch directory.
  private func left(in scratch: ScratchDirectory) -> [String] {
    FileTree.entries(of: scratch.path).filter { $0.hasPrefix("slotscope-") }
  }

  /// An audit that fetches into a folder of `parent`.
  private func fetching(_ command: String, _ folder: String, in parent: String) async throws -> Outcome {
    try await runProgram(
      "TMPDIR=\(parent)",
      [
        AuditFailoverTests.program, "audit", "--format", "json", "--primary", folder + "/primary", "--standby",
        folder + "/standby", "--restore-command", command,
      ])
  }

  @Test func whatARestoreCommandBringsIsRead() async throws {
    let scratch = ScratchDirectory()
    let (folder, archive) = try archived(in: scratch)
    func run(_ command: String) async throws -> (verdict: String?, status: Int, errors: String) {
      let outcome = try await fetching(command, folder, in: scratch.path)
      let document = try? JSONDocument(parsing: outcome.output)
      return (document.map { AuditFailoverTests.verdicts($0)["c1"] } ?? nil, outcome.status, outcome.error)
    }
    let found = try await run("test -f \(archive)/%f && cp \(archive)/%f \"%p\"")
    #expect(found.verdict == "ready" && found.status == 0, "\(found)")
    // What is cut short is none, and a command that brings nothing changes nothing.
    #expect(try await run("head -c 1000 \(archive)/%f >%p").verdict == "at_risk")
    #expect(try await run("false %f").verdict == "at_risk")
    // One that cannot be run is no answer, and neither is one that was stopped.
    let none = try await run("/nowhere/fetch %f %p")
    #expect(none.verdict == nil && none.status == 3, "\(none)")
    #expect(none.errors.contains("the restore command could not be run (exit code 127)"), "\(none.errors)")
    #expect(none.errors.contains("It wrote: "), "\(none.errors)")
    #expect(try await run("kill -TERM $$; : %f").errors.contains("was stopped by signal 15"))
    #expect(try await run("no percent").status == 64)
    // The standby of this failover has none of its own.
    #expect(try await run("standby").errors.contains("there is no restore_command"))
    #expect(left(in: scratch) == [])
    // Nothing is put into a data directory.
    let inside = try await fetching("cp \(archive)/%f %p", folder, in: folder + "/standby")
    #expect(inside.status == 3 && inside.error.contains("it is in the data directory"), "\(inside.error)")
  }

  @Test func theStandbysOwnRestoreCommandIsRunOnlyWhenAskedFor() async throws {
    let scratch = ScratchDirectory()
    let (folder, archive) = try archived(in: scratch)
    // What looks like a secret is withheld from evidence, and is there when the command is run.
    let line =
      "restore_command = 'PGPASSWORD=secret && touch \(scratch.path)/ran; test $PGPASSWORD = secret && cp \(archive)/%f %p'\n"
    try FileTree.change(folder + "/standby/postgresql.conf") { $0 += Array(line.utf8) }
    #expect(try await verdict(folder, []).verdict == "at_risk")
    #expect(!FileTree.exists(scratch.path + "/ran"))
    let outcome = try await fetching("standby", folder, in: scratch.path)
    #expect(outcome.status == 0, "\(outcome.error)")
    #expect(FileTree.exists(scratch.path + "/ran") && left(in: scratch) == [])
  }

  /// Also where it is killed, nothing stays behind.
  @Test func nothingIsLeftOfACommandThatIsKilled() async throws {
    let scratch = ScratchDirectory()
    let (folder, _) = try archived(in: scratch)
    // The shell that runs the command is a child of the program.
    #expect(try await fetching("kill -KILL $PPID; : %f", folder, in: scratch.path).status == 128 + 9)
    for _ in 0..<100 where !left(in: scratch).isEmpty { try await Task.sleep(for: .milliseconds(50)) }
    #expect(left(in: scratch) == [])
  }

  @Test func aFolderThatIsNotThereIsAnError() async throws {
    let scratch = ScratchDirectory()
    let (folder, archive) = try archived(in: scratch)
    #expect(try await verdict(folder, [archive + "/none"]) == (nil, 3))
  }
}
