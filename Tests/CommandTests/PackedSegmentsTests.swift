import FixtureSupport
import ServerLab
import Testing

/// Segments that somebody packed to make room, in a server's own pg_wal: no server reads them, whatever is in them.
@Suite struct PackedSegmentsTests {
  private let scratch = ScratchDirectory()
  private let shop: String
  /// The oldest segment, which `reports_2024` needs.
  private static let needed = "00000001000000000000000A"
  /// The one with the checkpoint and the end.
  private static let last = "000000010000000000000018"

  init() throws { shop = try Fixtures.example("shop", in: scratch) }

  private func inspect(_ arguments: [String] = []) async throws -> Outcome {
    try await slotscope(["inspect", shop + "/db1"] + arguments)
  }

  /// With the suffix that gzip gives, and under the segment's own name.
  @Test(arguments: [true, false])
  func aSlotThatNeedsOneIsNotFine(keepsSuffix: Bool) async throws {
    let path = "\(shop)/db1/pg_wal/\(Self.needed)"
    try ExternalProgram.run("/usr/bin/gzip", [path])
    if !keepsSuffix { try ExternalProgram.run("/bin/mv", [path + ".gz", path]) }
    let outcome = try await inspect()
    #expect(outcome.status == 2, "\(outcome)")
    #expect(outcome.output.contains("Slot reports_2024 needs WAL from 0/00A4A480 on"), "\(outcome)")
    #expect(outcome.output.contains("Unpack pg_wal/\(Self.needed).gz there") == keepsSuffix, "\(outcome)")
    let gaps = try await slotscope(["wal", "gaps", "-D", shop + "/db1"])
    #expect(!gaps.output.contains(Self.needed), "\(gaps)")
    // As an archive the folder has it.
    let archive = try await slotscope(["wal", "gaps", "--archive", shop + "/db1/pg_wal"])
    #expect(archive.output.contains(Self.needed) && archive.status == 0, "\(archive)")
  }

  /// What a start reads first is packed.
  @Test func noServerStartsFromOne() async throws {
    try ExternalProgram.run("/usr/bin/gzip", ["\(shop)/db1/pg_wal/\(Self.last)"])
    let outcome = try await inspect()
    #expect(outcome.status == 2 && outcome.output.contains("It would not start."), "\(outcome)")
  }

  /// The standby's last segment is packed: what it holds is not replayed.
  @Test func aStandbyDoesNotHaveWhatIsPacked() async throws {
    try ExternalProgram.run("/usr/bin/gzip", ["\(shop)/db2/pg_wal/\(Self.last)"])
    let audit = try await slotscope([
      "audit", "--format", "json", "--primary", shop + "/db1", "--standby", shop + "/db2",
    ])
    let document = try JSONDocument(parsing: audit.output)
    #expect(document["nodes"]["standby"]["end_lsn"].string != "0/018F9B80", "\(audit)")
    #expect(audit.status >= 2)
  }

  /// A copy that broke off, in the middle of the WAL: it ends no WAL, and the slot cannot be served past it.
  @Test func oneThatIsCutShortIsNotWhole() async throws {
    let name = "00000001000000000000000E"
    try ExternalProgram.run("/usr/bin/truncate", ["-s", "300000", "\(shop)/db1/pg_wal/\(name)"])
    let outcome = try await inspect()
    #expect(outcome.status == 2 && !outcome.output.contains("no gaps"), "\(outcome)")
    #expect(outcome.output.contains("WAL segment \(name) is cut short: 300000 of 1048576 bytes"), "\(outcome)")
    #expect(outcome.output.contains("Slot reports_2024 needs WAL from"), "\(outcome)")
    let gaps = try await slotscope(["wal", "gaps", "--archive", shop + "/db1/pg_wal"])
    #expect(gaps.status == 1 && gaps.output.contains("short    \(name) (300000 of 1048576 bytes)"), "\(gaps)")
    let json = try await slotscope(["wal", "gaps", "--format", "json", "-D", shop + "/db1"])
    let short = try JSONDocument(parsing: json.output)["timelines"][0]["short"][0]
    #expect(short["segment"].string == name && short["bytes"].integer == 300_000)
  }

  /// A folder in it is as little read.
  @Test func norIsAFolderInIt() async throws {
    let folder = "\(shop)/db1/pg_wal/0000000100000000"
    try ExternalProgram.run("/bin/mkdir", [folder])
    try ExternalProgram.run("/bin/mv", ["\(shop)/db1/pg_wal/\(Self.needed)", folder + "/"])
    let outcome = try await inspect()
    #expect(outcome.status == 2 && outcome.output.contains("needs WAL from 0/00A4A480 on"), "\(outcome)")
  }
}
