import FixtureSupport
import PostgresFormat
import Testing

@testable import ClusterFiles

/// Archives as pgBackRest, Barman and WAL-G keep them: where the WAL of one cluster is, below whatever was named.
@Suite struct ArchiveRootTests {
  private let scratch = ScratchDirectory()
  private static let first: UInt64 = 7_713_326_204_266_148_918
  private static let second: UInt64 = 7_713_326_222_607_431_200

  private func folders(_ path: String, _ system: UInt64? = nil) throws -> [String] {
    try ArchiveRoot(path, systemIdentifier: system).folders
  }

  private func refusal(_ path: String, _ system: UInt64? = nil) -> ArchiveRoot.Refusal? {
    do throws(ArchiveRoot.Refusal) {
      _ = try ArchiveRoot(path, systemIdentifier: system)
      return nil
    } catch { return error }
  }

  private func make(_ path: String, _ content: String = "") throws {
    let folder = path.split(separator: "/").dropLast().joined(separator: "/")
    try ExternalProgram.run("/bin/mkdir", ["-p", "/" + folder])
    try write(path, content)
  }

  private func write(_ path: String, _ content: String) throws {
    try ExternalProgram.run("/usr/bin/touch", [path])
    try FileTree.change(path) { $0 = Array(content.utf8) }
  }

  /// A stanza that another cluster took over: the names of both overlap.
  @Test func aRepositoryOfPgBackRest() throws {
    let top = try Fixtures.unpackedArchive("pgbackrest245-pg15-two-clusters", in: scratch)
    let stanza = top + "/repo/archive/main"
    for path in [top, top + "/repo", top + "/repo/archive", stanza] {
      #expect(try folders(path, Self.first) == [stanza + "/15-1"])
      #expect(try folders(path, Self.second) == [stanza + "/15-2"])
      let open = try #require(refusal(path))
      #expect(
        open.message.contains("several clusters") && open.detail.contains("15-1 (system identifier \(Self.first))"))
      let other = try #require(refusal(path, 7))
      #expect(other.message.contains("no WAL of this cluster"))
    }
    #expect(try folders(stanza + "/15-1") == [stanza + "/15-1"])
    // The copy of archive.info where the file itself is damaged; segments where both are.
    try FileTree.change(stanza + "/archive.info") { $0 = Array($0.prefix(20)) }
    #expect(try folders(top, Self.first) == [stanza + "/15-1"])
    try FileTree.change(stanza + "/archive.info.copy") { $0 = Array("Salted__".utf8) }
    #expect(refusal(top) != nil)
    #expect(try folders(top, Self.first).count == 2, "the segments decide then, each for itself")
  }

  @Test func aServerOfBarman() throws {
    let top = try Fixtures.unpackedArchive("barman34-pg15", in: scratch)
    let expected = ["wals", "incoming", "streaming"].map { top + "/main/" + $0 }
    #expect(try folders(top) == expected)
    #expect(try folders(top + "/main") == expected)
    #expect(try folders(top + "/main/wals") == [top + "/main/wals"])
  }

  @Test func aPrefixOfWALG() throws {
    let top = try Fixtures.unpackedArchive("walg-layout-pg16", in: scratch)
    #expect(try folders(top + "/walg-lz4") == [top + "/walg-lz4/wal_005"])
    #expect(try folders(top).count == 3, "three of one cluster")
  }

  /// Nothing that tools keep beside the WAL, no link, nothing deeper than anybody puts it.
  @Test func anyTreeOfSegmentNames() throws {
    let top = scratch.path + "/tree"
    let name = "000000010000000000000001"
    for folder in ["a/b", "a/c/0000000100000000", "backup/x", "a/base/y", "errors", "1/2/3/4/5/6/7"] {
      try make("\(top)/\(folder)/\(name)")
    }
    try make(top + "/a/data/PG_VERSION", "17\n")
    try make(top + "/a/data/pg_wal/\(name)")
    try ExternalProgram.run("/bin/ln", ["-s", "..", top + "/a/loop"])
    #expect(try folders(top) == [top + "/a/b", top + "/a/c"])
    #expect(try folders(top + "/a/data") == [top + "/a/data/pg_wal"])
    #expect(try folders(top + "/nothing") == [top + "/nothing"])
    try ExternalProgram.run("/bin/mkdir", [scratch.path + "/empty"])
    #expect(try folders(scratch.path + "/empty") == [scratch.path + "/empty"])
  }

  @Test(arguments: [
    "[db:history]\n1={\"db-id\":7,\"db-version\":\"../../etc\"}\n",
    "[db:history]\n-1={\"db-id\":7,\"db-version\":\"15\"}\n",
    "[db:history]\n1={\"db-id\":\"7\"}\n", "[db:history]\n1=\n", "", "[db]\n1={\"db-id\":7,\"db-version\":\"15\"}\n",
    "Salted__",
  ])
  func aForgedOrEncryptedInfoTellsNothing(text: String) {
    #expect(throws: (any Error).self) { try PgBackRestInfo(parsing: Array(text.utf8)) }
  }

  @Test func theChecksumInANameIsThatOfTheContent() throws {
    let name = "000000010000000000000008"
    let digits = "a9993e364706816aba3e25717850c26c9cd0d89d"
    #expect(SegmentChecksum.expected(byName: "\(name)-\(digits).lz4") == digits)
    #expect(SegmentChecksum.expected(byName: "\(name).partial-\(digits).gz") == digits)
    #expect(SegmentChecksum.expected(byName: "\(name)-\(digits)") == digits)
    for other in ["", ".gz", "-\(digits)0", "-\(digits.uppercased())", "-\(digits.dropLast())", ".partial"] {
      #expect(SegmentChecksum.expected(byName: name + other) == nil, "\(other)")
    }
    let path = "\(scratch.path)/\(name)-\(digits)"
    try write(path, "abc")
    try SegmentChecksum.check(path, name: "\(name)-\(digits)", segmentSize: 1 << 20)
    try FileTree.change(path) { $0 = Array("abd".utf8) }
    #expect(throws: FileError.self) {
      try SegmentChecksum.check(path, name: "\(name)-\(digits)", segmentSize: 1 << 20)
    }
  }

  @Test(arguments: [
    (0, "da39a3ee5e6b4b0d3255bfef95601890afd80709"), (3, "7e240de74fb1ed08fa08d38063f6a6a91462a815"),
    (55, "c1c8bbdc22796e28c0e15163d20899b65621d65a"), (56, "c2db330f6083854c99d4b5bfb6e8f29f201be699"),
    (64, "0098ba824b5c16427bd7a1122a5a442a25ec644d"), (1000, "291e9a6c66994949b57ba5e650361e98fc36b1ba"),
  ])
  func sha1(count: Int, digits: String) {
    let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: count)
    for piece in [1, 7, 64, 1000] {
      var checksum = SHA1()
      for start in stride(from: 0, to: count, by: piece) {
        checksum.update(bytes.span.bytes.extracting(start..<min(start + piece, count)))
      }
      #expect(checksum.hexadecimal() == digits, "\(piece)")
    }
  }
}
