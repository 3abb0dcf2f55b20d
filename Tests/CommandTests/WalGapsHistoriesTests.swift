import FixtureSupport
import PostgresFormat
import ServerLab
import Testing

/// What an archive's histories say beside its segments: forks, a branch that a promotion by mistake left, a history that is missing.
@Suite struct WalGapsHistoriesTests {
  /// Timeline 1 as the fixture has it, and one segment of timeline 2 in the place of one of those.
  private func archive(fork: String?) throws -> (scratch: ScratchDirectory, second: String) {
    let node = try Fixtures.node("pg17-crash", "data")
    let scratch = ScratchDirectory()
    let names = FileTree.entries(of: node.path + "/pg_wal").filter { SegmentName($0.utf8) != nil }.sorted()
    for name in names { scratch.write(name, try FileTree.contents(of: "\(node.path)/pg_wal/\(name)")) }
    let branch = names[names.count - 2].replacing("00000001", with: "00000002", maxReplacements: 1)
    var bytes = try FileTree.contents(of: "\(node.path)/pg_wal/\(names[names.count - 2])")
    bytes[4] = 2
    scratch.write(branch, bytes)
    if let fork { scratch.write("00000002.history", "1\t\(fork)\tno recovery target specified\n") }
    return (scratch, names[names.count - 2])
  }

  @Test func aForkAndWhatGoesOnPastItAreTold() async throws {
    let second = try archive(fork: nil).second
    let number = try #require(UInt64(second.suffix(8), radix: 16))
    let fork = LSN(number << 20 | 0x100)
    let (scratch, _) = try archive(fork: fork.description)
    let text = try await slotscope(["wal", "gaps", scratch.path])
    #expect(text.output.contains("Timeline 2: 1 segment, forks off 1 at \(fork)\n"), "\(text)")
    #expect(text.output.contains("timeline 1 goes on past it"), "\(text)")
    let json = try await slotscope(["wal", "gaps", "--format", "json", scratch.path])
    let timeline = try JSONDocument(parsing: json.output)["timelines"][1]
    #expect(timeline["fork"]["lsn"].string == fork.description && timeline["history_missing"].bool == false)
    #expect(timeline["fork"]["parent_goes_on"].bool == true)
  }

  @Test func aHistoryThatIsMissingIsMissing() async throws {
    let (scratch, _) = try archive(fork: nil)
    let text = try await slotscope(["wal", "gaps", scratch.path])
    #expect(text.status == 1 && text.output.contains("  missing  00000002.history\n"), "\(text)")
    // What is there and cannot be read is not missing: by its name, its content, its end.
    let whole = Array("1\t0/3000000\tno recovery target specified\n".utf8)
    for (name, bytes) in [
      ("00000002.history.bz2", Array("BZh91AY&SY".utf8)), ("00000002.history.xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]),
      ("00000002.history.gz", [0x1F, 0x8B, 8, 0]), ("00000002.history", Array("not a history".utf8)),
    ] {
      let (scratch, _) = try archive(fork: nil)
      scratch.write(name, bytes)
      let found = try await slotscope(["wal", "gaps", scratch.path])
      #expect(found.status == 3 && found.output.contains("  unread   00000002.history\n"), "\(name): \(found)")
      #expect(!found.output.contains("  missing  00000002.history") && found.error.contains(name), "\(name): \(found)")
      let json = try await slotscope(["wal", "gaps", "--format", "json", scratch.path])
      let timeline = try JSONDocument(parsing: json.output)["timelines"][1]
      #expect(timeline["history_missing"].bool == false && timeline["history_unreadable"].bool == true, "\(name)")
      // One that can be read is enough.
      let other = ScratchDirectory()
      other.write("00000002.history", whole)
      let both = try await slotscope(["wal", "gaps", scratch.path, other.path])
      #expect(both.output.contains("Timeline 2") && !both.output.contains("unread   00000002.history"), "\(both)")
    }
    // Of single files nothing is missing but what lies between them.
    let branch = try #require(FileTree.entries(of: scratch.path).first { $0.hasPrefix("00000002") })
    let file = try await slotscope(["wal", "gaps", scratch.path + "/" + branch])
    #expect(file.status == 0 && !file.output.contains("history"), "\(file)")
  }
}
