import FixtureSupport
import ServerLab
import Testing

/// What each filter of `wal records` leaves, against the whole list that the servers' own tool printed.
@Suite struct WalFilterTests {
  static let fixtures = ["pg9.6-crash", "pg13-crash", "pg15-crash", "pg17-crash", "pg19-crash"]

  private func filtered(_ node: FixtureNode, _ arguments: [String]) async throws -> [WALDumpLine] {
    let outcome = try await slotscope(["wal", "records", "-D", node.path, "--timeline", "1"] + arguments)
    #expect(outcome.status == 0, "\(outcome.error)")
    return outcome.output.split(separator: "\n").compactMap { WALDumpLine(String($0)) }
  }

  private func all(_ fixture: String) throws -> (FixtureNode, [WALDumpLine]) {
    let node = try Fixtures.node(fixture, "data")
    return (node, try #require(try node.walDump(timeline: "00000001")).compactMap(WALDumpLine.init))
  }

  @Test(arguments: fixtures)
  func managersAddUp(fixture: String) async throws {
    let (node, all) = try all(fixture)
    let found = try await filtered(node, ["--rmgr", "heap2", "-r", "Standby", "-r", "XLOG"])
    #expect(found.map(\.lsn) == all.filter { ["Heap2", "Standby", "XLOG"].contains($0.manager) }.map(\.lsn))
  }

  /// All that the transaction wrote, and the record that ends it where that is another's.
  @Test(arguments: fixtures)
  func aTransactionWithItsEnd(fixture: String) async throws {
    let (node, all) = try all(fixture)
    let prepared = all.filter { $0.type == "PREPARE" }.map(\.xid)
    for xid in prepared.prefix(2) + [try #require(all.last { $0.xid != 0 }).xid] {
      let found = try await filtered(node, ["--xid", String(xid)])
      let expected = all.filter { $0.xid == xid || ($0.type.hasSuffix("_PREPARED") && $0.details.contains("\(xid)")) }
      let subtransactions = Set(found.map(\.lsn)).subtracting(expected.map(\.lsn))
      #expect(Set(expected.map(\.lsn)).isSubset(of: found.map(\.lsn)), "\(xid)")
      // 14 and later: a subtransaction's first record names its parent.
      #expect(all.filter { subtransactions.contains($0.lsn) }.allSatisfy { $0.xid > xid })
    }
  }

  @Test(arguments: fixtures)
  func blocksAndRelations(fixture: String) async throws {
    let (node, all) = try all(fixture)
    func references(_ line: WALDumpLine) -> [Substring] { line.blockReferences.split(separator: ",") }
    let blocks = try await filtered(node, ["--block", "2"])
    #expect(blocks.map(\.lsn) == all.filter { references($0).contains { ($0 + " ").contains(" blk 2 ") } }.map(\.lsn))
    let line = try #require(all.last { $0.manager == "Heap" && $0.type == "INSERT" })
    let path = try #require(line.blockReferences.split(separator: " ").first { $0.contains("/") })
    let relation = try await filtered(node, ["--relation", String(path)])
    let paged = all.filter { references($0).contains { ($0 + " ").contains(" \(path) ") } }
    #expect(!paged.isEmpty && relation.filter { !$0.blockReferences.isEmpty }.map(\.lsn) == paged.map(\.lsn))
    // Without pages: its file is made, cut or dropped, or rows of it are cleaned up.
    let number = try #require(path.split(separator: "/").last)
    #expect(relation.filter { $0.blockReferences.isEmpty }.allSatisfy { $0.details.contains(number) })
    let both = try await filtered(node, ["--relation", String(path), "--block", "0"])
    #expect(
      both.map(\.lsn) == paged.filter { references($0).contains { ($0 + " ").contains(" \(path) blk 0 ") } }.map(\.lsn))
  }

  @Test(arguments: fixtures)
  func aDatabase(fixture: String) async throws {
    let (node, all) = try all(fixture)
    let path = try #require(
      all.last { $0.manager == "Heap" }?.blockReferences.split(separator: " ").first { $0.contains("/") })
    let database = String(path.split(separator: "/")[1])
    let found = try await filtered(node, ["--database", database])
    let paged = all.filter { $0.blockReferences.contains("/\(database)/") }
    #expect(found.filter { !$0.blockReferences.isEmpty }.map(\.lsn) == paged.map(\.lsn))
    let rest = found.filter { $0.blockReferences.isEmpty }
    // Files and locks name the database in the tool's own words.
    for (type, words) in [("CREATE", "base/\(database)/"), ("LOCK", "db \(database) ")] {
      let expected = all.filter { $0.type == type && $0.blockReferences.isEmpty && $0.details.contains(words) }
      #expect(rest.filter { $0.type == type && $0.manager != "Database" }.map(\.lsn) == expected.map(\.lsn))
    }
    #expect(rest.contains { $0.type == "COMMIT" })
    #expect(rest.allSatisfy { !["RUNNING_XACTS", "CHECKPOINT_ONLINE", "SWITCH"].contains($0.type) })
  }

  @Test(arguments: fixtures)
  func whatMattersToSlots(fixture: String) async throws {
    let (node, all) = try all(fixture)
    let found = Set(try await filtered(node, ["--slots-only"]).map(\.lsn))
    let always: Set<String> = [
      "COMMIT", "ABORT", "PREPARE", "COMMIT_PREPARED", "ABORT_PREPARED", "RUNNING_XACTS", "CHECKPOINT_ONLINE",
      "CHECKPOINT_SHUTDOWN", "PARAMETER_CHANGE", "END_OF_RECOVERY", "MESSAGE",
    ]
    #expect(all.allSatisfy { !always.contains($0.type) || found.contains($0.lsn) })
    #expect(
      all.allSatisfy {
        !["Btree", "Gin", "CLOG", "Sequence"].contains($0.manager) || $0.type != "INSERT_LEAF"
          || !found.contains($0.lsn)
      })
    // Clean-ups that the tool itself calls those of a catalog (17 and later), where somebody can be in conflict with them.
    let cleanUps = all.filter {
      $0.details.contains("isCatalogRel: T") && $0.details.contains("snapshotConflictHorizon")
    }
    #expect(cleanUps.allSatisfy { $0.details.contains("snapshotConflictHorizon: 0") || found.contains($0.lsn) })
  }
}
