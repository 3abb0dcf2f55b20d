import FixtureSupport
import ServerLab
import Testing

/// Repositories that pgBackRest, Barman and WAL-G's compressors wrote, named by their roots: the same answers as over the segments
/// in one plain folder, and what pg_waldump read from unpacked copies.
@Suite struct ArchiveToolsTests {
  private let scratch = ScratchDirectory()

  private func stats(_ places: [String], _ timeline: Int64 = 1) async throws -> (records: Int64?, end: String?) {
    let outcome = try await slotscope(
      ["wal", "stats", "--format", "json", "--timeline", "\(timeline)"] + places.flatMap { ["--waldir", $0] })
    let document = try JSONDocument(parsing: outcome.output)
    return (document["records"].integer, document["end_lsn"].string)
  }

  @Test func theRecordsOfEachClusterOfAStanza() async throws {
    let top = try Fixtures.unpackedArchive("pgbackrest245-pg15-two-clusters", in: scratch)
    let truth = try JSONDocument(contentsOf: top + "/truth.json")["waldump"].elements
    let folders = truth.indices.map { "\(top)/repo/archive/main/15-\($0 + 1)" }
    for (folder, run) in zip(folders, truth) {
      #expect(try await stats([folder]).records == run["records"].integer)
    }
    for command in ["stats", "records", "gaps", "end"] {
      let asked = try await slotscope(["wal", command, "--waldir", top + "/repo"])
      #expect(asked.status == 3 && asked.output.isEmpty, "\(command)")
      #expect(asked.error.contains("has the WAL of several clusters") && asked.error.contains("main/15-2"), "\(asked)")
    }
  }

  /// A segment that is not what its name's checksum says is not read, though each record of it is sound.
  @Test func aFileThatIsNotWhatWasArchivedIsNamed() async throws {
    let top = try Fixtures.unpackedArchive("pgbackrest245-pg15-two-clusters", in: scratch)
    let folder = top + "/repo/archive/main/15-1/0000000100000000"
    let name = try #require(FileTree.entries(of: folder).first { $0.hasPrefix("000000010000000000000008") })
    let whole = try await stats([top + "/repo/archive/main/15-1"])
    let digits = name.split(separator: "-")[1].prefix(40)
    let other = name.replacing(digits, with: String(repeating: "0", count: 40))
    try ExternalProgram.run("/bin/mv", ["\(folder)/\(name)", "\(folder)/\(other)"])
    let outcome = try await slotscope(["wal", "stats", "--waldir", top + "/repo/archive/main/15-1"])
    #expect((outcome.output + outcome.error).contains("is not what the SHA-1 in its name says"), "\(outcome)")
    #expect(try await stats([top + "/repo/archive/main/15-1"]).records ?? 0 < whole.records ?? 0)
  }

  @Test func whatBarmanHasAndWhatItReceives() async throws {
    let top = try Fixtures.unpackedArchive("barman34-pg15", in: scratch)
    let flat = scratch.path + "/flat"
    try ExternalProgram.run(
      "/bin/sh", ["-c", "mkdir $1; cp $2/main/wals/*/* $2/main/wals/*.history $2/main/incoming/* $1", "sh", flat, top])
    for timeline in [Int64(1), 2] {
      let (root, plain) = (try await stats([top], timeline), try await stats([flat], timeline))
      #expect(root == plain && (root.records ?? 0) > 0, "\(timeline)")
    }
    // Of bzip2 it says what to do.
    let gaps = try await slotscope(["wal", "gaps", "--waldir", top])
    #expect(gaps.status == 3 && gaps.error.contains("is compressed with bzip2; unpack it first (bzip2 -d)"), "\(gaps)")
    // What is there is not missing, whether it is read or not.
    #expect(gaps.output.contains("  unread   ") && !gaps.output.contains("  missing  00000001"), "\(gaps)")
  }

  @Test func whatWALGWrites() async throws {
    let top = try Fixtures.unpackedArchive("walg-layout-pg16", in: scratch)
    let lz4 = try await stats([top + "/walg-lz4"], 2)
    #expect((lz4.records ?? 0) > 0)
    #expect(try await stats([top + "/walg-zst"], 2) == lz4)
    let brotli = try await slotscope(["wal", "gaps", "--waldir", top + "/walg-br"])
    #expect(brotli.status == 3 && brotli.error.contains("brotli"), "\(brotli)")
  }

  /// The primary's WAL is in a repository alone.
  @Test func anAuditAndALedgerOverARepository() async throws {
    let failover = try FailoverFixture.unpacked("2018-pg16", in: scratch)
    let wal = "\(failover.folder)/primary/pg_wal"
    let digits = "0000000100000000"
    let folder = "\(scratch.path)/repo/archive/main/16-1/\(digits)"
    try ExternalProgram.run("/bin/mkdir", ["-p", folder])
    try ExternalProgram.run(
      "/bin/sh",
      [
        "-c", #"s=$(sha1sum <"$1" | cut -c1-40); gzip -c "$1" >"$2-$s.gz" && rm "$1""#, "sh",
        "\(wal)/\(digits)00000008", "\(folder)/\(digits)00000008",
      ])
    let system = try #require(
      try JSONDocument(
        parsing: try await slotscope(["inspect", "--format", "json", failover.folder + "/standby"]).output
      )["node"]["system_identifier"].string)
    for (line, isOwn) in [("\(system)", true), ("7", false)] {
      let info = "\(scratch.path)/repo/archive/main/archive.info"
      try ExternalProgram.run(
        "/bin/sh", ["-c", #"printf '[db:history]\n1={"db-id":%s,"db-version":"16"}\n' $1 >$2"#, "sh", line, info])
      let nodes = [
        "--primary", failover.folder + "/primary", "--standby", failover.folder + "/standby", "--archive",
        scratch.path + "/repo",
      ]
      let audit = try await slotscope(["audit"] + nodes)
      let ledger = try await slotscope(["ledger", "--format", "json"] + nodes)
      #expect((audit.status == 0) == isOwn && (ledger.status != 3) == isOwn, "\(audit) \(ledger)")
      if !isOwn {
        #expect(audit.status == 3 && audit.error.contains("has no WAL of this cluster"))
        #expect(audit.error.contains("16-1 (system identifier 7)"))
      }
    }
  }
}
