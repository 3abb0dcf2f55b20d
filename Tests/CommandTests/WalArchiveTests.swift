import FixtureSupport
import Glibc
import PostgresFormat
import ServerLab
import Testing

/// Archives as tools leave them: names with suffixes, compressed or not, and what is not read.
@Suite struct WalArchiveTests {
  private static func segments(of node: FixtureNode) -> [String] {
    FileTree.entries(of: node.path + "/pg_wal").filter { SegmentName($0.utf8) != nil }
  }

  /// A folder with the fixture's segments under the names that `name` makes, packed with gzip where `members` is not 0.
  private func archive(
    _ node: FixtureNode, members: Int = 0, name: (String) -> String = { $0 }
  ) throws -> ScratchDirectory {
    let scratch = ScratchDirectory()
    for segment in Self.segments(of: node) {
      let bytes = try FileTree.contents(of: "\(node.path)/pg_wal/\(segment)")
      scratch.write(name(segment), members == 0 ? bytes : try Self.packed(bytes, members: members))
    }
    return scratch
  }

  /// So many gzip members in a row.
  private static func packed(_ bytes: [UInt8], members: Int) throws -> [UInt8] {
    let scratch = ScratchDirectory()
    var packed: [UInt8] = []
    let size = (bytes.count + members - 1) / members
    for start in stride(from: 0, to: bytes.count, by: size) {
      let file = scratch.write("part", Array(bytes[start..<min(bytes.count, start + size)]))
      try ExternalProgram.run("/usr/bin/gzip", ["-1f", file])
      packed += try FileTree.contents(of: file + ".gz")
    }
    return packed
  }

  private static let questions = [
    ["records"], ["records", "--format", "json", "--slots-only"], ["stats", "--by", "record"],
    ["stats", "--format", "json"], ["end", "--start", "0/500000"], ["gaps"],
    ["records", "-s", "0/00923456", "-n", "20"],
  ]

  /// What tools write: WAL-G and pg_receivewal, pgBackRest, Barman (no suffix), and archives divided into folders.
  static let layouts: [(String, @Sendable (_ segment: String, _ plain: [UInt8]) -> String)] = [
    ("suffix", { segment, _ in segment + ".gz" }),
    (
      "checksum",
      { segment, plain in
        var checksum = SHA1()
        checksum.update(plain.span.bytes)
        return "\(segment)-\(checksum.hexadecimal()).gz"
      }
    ),
    ("none", { segment, _ in segment }), ("folders", { segment, _ in "\(segment.prefix(16))/\(segment)" }),
  ]

  @Test(arguments: [1, 3])
  func compressedAndPlainGiveTheSameAnswers(members: Int) async throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let plain = try archive(node)
    let packed = try archive(node, members: members)
    let archives = try Self.layouts.map { name, layout in (name, try Self.renamed(packed, plain, layout)) }
    for question in Self.questions {
      let expected = try await slotscope(["wal"] + question + [plain.path])
      #expect(expected.output.utf8.count > 20)
      for (name, compressed) in archives {
        let found = try await slotscope(["wal"] + question + [compressed.path])
        #expect(found.status == expected.status, "\(name) \(question): \(found.error)")
        // The file that holds the end is another one.
        func text(_ output: String) -> [Substring] { output.split(separator: "\n").filter { !$0.contains("  file ") } }
        let isSame = found.output == expected.output || text(found.output) == text(expected.output)
        #expect(isSame, "\(name) \(question)")
      }
    }
  }

  /// The same files under other names.
  private static func renamed(
    _ archive: ScratchDirectory, _ plain: ScratchDirectory, _ name: (String, [UInt8]) -> String
  ) throws -> ScratchDirectory {
    let scratch = ScratchDirectory()
    for segment in FileTree.entries(of: archive.path) {
      let unpacked = try FileTree.contents(of: "\(plain.path)/\(segment)")
      scratch.write(name(segment, unpacked), try FileTree.contents(of: "\(archive.path)/\(segment)"))
    }
    return scratch
  }

  /// A file that was cut while it was copied: both folders end there, each in the words of its kind.
  @Test func truncatedEndsAreShortFiles() async throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let plain = try archive(node)
    let compressed = try archive(node, members: 2, name: { $0 + ".gz" })
    let victim = "000000010000000000000009"
    for (path, share) in [("\(plain.path)/\(victim)", 2), ("\(compressed.path)/\(victim).gz", 2)] {
      #expect(truncate(path, off_t(try FileTree.contents(of: path).count / share)) == 0)
    }
    for folder in [plain, compressed] {
      let outcome = try await slotscope(["wal", "end", "--start", "0/500000", "--format", "json", folder.path])
      let document = try JSONDocument(parsing: outcome.output)
      #expect(outcome.status == 2)
      #expect(document["stop"]["reason"].string == "short_file")
      let position = try #require(document["stop"]["lsn"].string.flatMap { LSN($0) })
      #expect(SegmentNumber(containing: position, size: 1 << 20).rawValue == 9)
      // What is after it is found again.
      #expect(document["valid_again_lsn"].string?.hasPrefix("0/00A0") == true)
    }
  }

  @Test(
    arguments: [
      ([0x04, 0x22, 0x4D, 0x18, 0, 0, 0, 0], "LZ4"),
      ([0x28, 0xB5, 0x2F, 0xFD, 0, 0, 0, 0], "Zstandard"),
      ([0x42, 0x5A, 0x68, 0x39, 0, 0, 0, 0], "bzip2; unpack it first (bzip2 -d)"),
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0, 0], "xz; unpack it first (xz -d)"),
      (Array("Salted__".utf8), "is encrypted; fetch it with the tool that archived it"),
      ([UInt8](repeating: 0xC3, count: 8), "damaged, encrypted, or of another server"),
    ] as [([UInt8], String)])
  func whatIsNotReadSaysWhatToDo(head: [UInt8], words: String) async throws {
    let scratch = ScratchDirectory()
    scratch.write("000000010000000000000009.lz4", head + [UInt8](repeating: 7, count: 5000))
    let alone = try await slotscope(["wal", "records", scratch.path])
    #expect(alone.status == 3 && alone.error.contains(words), "\(alone.error)")
    // Among others, and in the way of the reading.
    let node = try Fixtures.node("pg17-crash", "data")
    let mixed = try archive(node) { $0.hasSuffix("9") ? $0 + ".old/x" : $0 }
    mixed.write("000000010000000000000009.lz4", head + [UInt8](repeating: 7, count: 5000))
    let gaps = try await slotscope(["wal", "gaps", mixed.path])
    #expect(gaps.status == 3 && gaps.error.contains(words), "\(gaps.error)")
    let records = try await slotscope(["wal", "stats", mixed.path])
    #expect(records.status != 0)
  }

  /// Pages that someone encrypted: the words say that they are not of this cluster, not that the WAL is corrupt.
  @Test func encryptedPagesAreNamedAsSuch() async throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let scratch = try archive(node)
    try FileTree.change("\(scratch.path)/000000010000000000000009") { bytes in
      for index in 0..<bytes.count { bytes[index] ^= UInt8(truncatingIfNeeded: index &* 37 &+ 11) }
    }
    let gaps = try await slotscope(["wal", "gaps", scratch.path])
    #expect(gaps.status == 3 && gaps.error.contains("damaged, encrypted, or of another server"))
    let json = try await slotscope(["wal", "gaps", "--format", "json", scratch.path])
    #expect(json.status == 3 && json.output.contains("slotscope.wal-gaps/1"))
    try FileTree.change("\(scratch.path)/00000001000000000000000A") { bytes in
      for index in 8192..<bytes.count { bytes[index] ^= 0x5A }
    }
    let stats = try await slotscope(["wal", "stats", "-s", "00000001000000000000000A", scratch.path])
    #expect(stats.status == 2)
    #expect(stats.error.contains("a page of another PostgreSQL version, or none (encrypted or damaged)"))
  }

  @Test func aCompressedHistoryLeadsToTheOlderTimeline() async throws {
    let node = try Fixtures.node("pg17-timelines", "data")
    let scratch = ScratchDirectory()
    for name in FileTree.entries(of: node.path + "/pg_wal") {
      guard SegmentName(name.utf8) != nil || name.hasSuffix(".history") else { continue }
      scratch.write(
        name + ".gz", try Self.packed(try FileTree.contents(of: "\(node.path)/pg_wal/\(name)"), members: 1))
    }
    let expected = try await slotscope(["wal", "stats", "--waldir", node.path + "/pg_wal", "--format", "json"])
    let found = try await slotscope(["wal", "stats", "--waldir", scratch.path, "--format", "json"])
    #expect(found.status == 0 && found.output == expected.output)
  }

  /// A folder that leads back to itself is read once.
  @Test func aFolderThatContainsItselfIsNoLoop() async throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let scratch = try archive(node)
    for name in ["0000000100000000", "0000000100000001"] { #expect(symlink(".", "\(scratch.path)/\(name)") == 0) }
    let outcome = try await slotscope(["wal", "gaps", "--names-only", "--format", "json", scratch.path])
    #expect(outcome.status == 0)
    let document = try JSONDocument(parsing: outcome.output)
    #expect(document["timelines"][0]["missing"].elements.isEmpty)
  }

  /// Of a folder with many files only the names are read, and the report says so.
  @Test func aLargeFolderSaysThatItsFilesWereNotLookedAt() async throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let scratch = try archive(node)
    for number in 0..<20_001 {
      let name = SegmentName(timeline: TimelineID(1), number: SegmentNumber(UInt64(100 + number)), size: 1 << 20)
      scratch.write(name.text, [])
    }
    let outcome = try await slotscope(["wal", "gaps", scratch.path])
    #expect(outcome.output.contains("files known by name alone, the folder has too many to look into"))
    let end = try await slotscope(["wal", "end", "--start", "0/500000", scratch.path])
    #expect(end.status == 0)
  }
}
