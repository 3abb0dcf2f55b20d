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

  @Test func aFolderThatIsNotThereIsAnError() async throws {
    let scratch = ScratchDirectory()
    let (folder, archive) = try archived(in: scratch)
    #expect(try await verdict(folder, [archive + "/none"]) == (nil, 3))
  }
}
