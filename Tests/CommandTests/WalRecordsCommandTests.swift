import FixtureSupport
import ServerLab
import Testing

/// `wal records` and `wal stats` on real directories, against what the servers' own tool printed for them.
@Suite struct WalRecordsCommandTests {
  private func wal(_ arguments: [String]) async throws -> Outcome {
    // The tests' own bundle lies beside the program.
    let folder = CommandLine.arguments[0].split(separator: "/", omittingEmptySubsequences: false).dropLast()
    return try await runProgram("\(folder.joined(separator: "/"))/slotscope", ["wal"] + arguments)
  }

  /// The records from the first that a walk finds, as the dump has them.
  private func expected(_ node: FixtureNode) throws -> [WALDumpLine] {
    try #require(try node.walDump(timeline: "00000001")).compactMap(WALDumpLine.init)
  }

  private func document(_ text: some StringProtocol) throws -> JSONDocument {
    try JSONDocument(parsing: text)
  }

  @Test(arguments: ["pg11-crash", "pg13-crash", "pg17-crash", "pg19-crash"])
  func recordsAreThoseOfTheServersTool(fixture: String) async throws {
    let node = try Fixtures.node(fixture, "data")
    let outcome = try await wal(["records", "-D", node.path, "--timeline", "1"])
    #expect(outcome.status == 0 && outcome.error.isEmpty)
    let lines = outcome.output.split(separator: "\n").compactMap { WALDumpLine(String($0)) }
    let expected = try expected(node)
    #expect(lines.map(\.lsn) == expected.map(\.lsn))
    #expect(lines.map(\.type) == expected.map(\.type))
    #expect(lines.map(\.blockReferences) == expected.map(\.blockReferences))
  }

  @Test func jsonEndsWithTheTotals() async throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let outcome = try await wal(["records", "-D", node.path, "--format", "json", "--slots-only"])
    #expect(outcome.status == 0)
    let lines = outcome.output.split(separator: "\n")
    let end = try document(try #require(lines.last))
    #expect(end["end"] == .bool(true))
    #expect(end["records"] == .integer(Int64(lines.count - 1)))
    #expect(end["stop"]["reason"].string == "zero_length")
    #expect(try lines.dropLast().allSatisfy { try document($0)["resource_manager"].string != "Heap" })
  }

  @Test func aRangeAndALimitCutTheStream() async throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let expected = try expected(node)
    let (first, last) = (expected[100], expected[109])
    func text(_ lsn: UInt64) -> String { "\(String(lsn >> 32, radix: 16))/\(String(lsn & 0xFFFF_FFFF, radix: 16))" }
    let ranged = try await wal(["records", "-D", node.path, "-s", text(first.lsn), "-e", text(last.lsn)])
    #expect(ranged.status == 0)
    #expect(ranged.output.split(separator: "\n").count == 9)
    let limited = try await wal(["records", "-D", node.path, "-s", text(first.lsn), "-n", "3"])
    #expect(
      limited.output.split(separator: "\n").compactMap { WALDumpLine(String($0))?.lsn }
        == expected[100..<103].map(\.lsn))
  }

  @Test(arguments: ["pg13-crash", "pg18-crash"], ["1", "2"])
  func statisticsAreThoseOfTheServersTool(fixture: String, jobs: String) async throws {
    let node = try Fixtures.node(fixture, "data")
    let outcome = try await wal(["stats", "-D", node.path, "--format", "json", "--by", "record", "-j", jobs])
    #expect(outcome.status == 0)
    let statistics = try document(outcome.output)
    let expected = try expected(node)
    #expect(statistics["schema"].string == "slotscope.wal-stats/1")
    #expect(statistics["records"] == .integer(Int64(expected.count)))
    for name in ["Heap", "Btree", "XLOG", "Transaction", "Gin"] {
      let lines = expected.filter { $0.manager == name }
      guard case .array(let managers) = statistics["resource_managers"],
        let row = managers.first(where: { $0["name"].string == name })
      else {
        Issue.record("no \(name)")
        continue
      }
      #expect(row["count"] == .integer(Int64(lines.count)))
      #expect(row["record_bytes"] == .integer(Int64(lines.reduce(0) { $0 + $1.length })))
      #expect(row["fpi_bytes"] == .integer(Int64(lines.reduce(0) { $0 + $1.totalLength - $1.length })))
    }
    guard case .array(let types) = statistics["record_types"] else {
      Issue.record("no record types")
      return
    }
    #expect(Set(types.compactMap { $0["name"].string }) == Set(expected.map { "\($0.manager)/\($0.type)" }))
  }

  @Test func aFolderWithoutWALEndsWithThree() async throws {
    let scratch = ScratchDirectory()
    let outcome = try await wal(["records", "--waldir", scratch.path])
    #expect(outcome.status == 3 && outcome.output.isEmpty)
    #expect(outcome.error.hasPrefix("slotscope: error: "))
  }

  @Test(arguments: [
    ["records", "--rmgr", "Nothing"], ["records", "-n", "0"], ["records", "--relation", "1663/5"],
    ["stats", "--by", "colour"],
  ])
  func aWrongCommandLineEndsWithSixtyFour(arguments: [String]) async throws {
    let outcome = try await wal(arguments + ["-D", "."])
    #expect(outcome.status == 64 && outcome.output.isEmpty)
  }
}
