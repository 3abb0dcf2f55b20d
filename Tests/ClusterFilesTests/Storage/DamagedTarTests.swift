import Evidence
import FixtureSupport
import Testing

@testable import ClusterFiles

/// Archives that were cut off, damaged or made to do harm: what they do not show is never missing.
@Suite struct DamagedTarTests {
  let scratch = ScratchDirectory()

  /// A small directory's archive, and the names in it.
  private func small() throws -> (bytes: [UInt8], names: [String]) {
    let names = ["PG_VERSION", "global/pg_control", "standby.signal", "pg_replslot/a/state", "pg_wal/archive_status/x"]
    for name in names {
      for count in 1..<name.split(separator: "/").count {
        let folder = name.split(separator: "/").prefix(count).joined(separator: "/")
        try ExternalProgram.run("/bin/mkdir", ["-p", "\(scratch.path)/data/\(folder)"])
      }
      scratch.write("data/" + name, String(repeating: name, count: 40))
    }
    let tar = scratch.path + "/whole.tar"
    try TarStorageTests.tar(["--format=posix", "-cf", tar, "-C", scratch.path + "/data", "."])
    return (try FileTree.contents(of: tar), names)
  }

  /// For each name: true or false where the storage says so, nil where it says that it does not know.
  private func answers(_ bytes: [UInt8], _ names: [String]) -> [String: Bool]? {
    let tar = scratch.write("damaged.tar", bytes)
    guard let storage = try? TarStorage(path: tar) else { return nil }
    var answers: [String: Bool] = [:]
    for name in names {
      if let known = try? storage.exists(tar + "/" + name) { answers[name] = known }
    }
    // A listing that lacks something would be read as its absence.
    for name in names {
      let parts = name.split(separator: "/")
      let folder = tar + "/" + parts.dropLast().joined(separator: "/")
      if let entries = try? storage.entries(of: folder), !entries.contains(where: { $0.name == parts.last ?? "" }) {
        answers[name] = false
      }
    }
    return answers
  }

  @Test func whatAnArchiveIsCutOffBeforeIsNotMissing() throws {
    let (bytes, names) = try small()
    #expect(answers(bytes, names) == Dictionary(uniqueKeysWithValues: names.map { ($0, true) }))
    #expect(answers(bytes, ["recovery.signal"]) == ["recovery.signal": false])
    let end = bytes.lastIndex { $0 != 0 } ?? 0
    for count in stride(from: 512, through: end + 512, by: 512) where count < bytes.count {
      let answers = answers(Array(bytes[..<count]), names) ?? [:]
      #expect(!answers.values.contains(false), "\(count): \(answers)")
    }
    // The units of zeros at the end are what says that nothing follows.
    let unended = answers(Array(bytes[..<(end / 512 * 512 + 512)]), ["recovery.signal"])
    #expect(unended?["recovery.signal"] == nil)
  }

  @Test func noByteOfAHeaderMakesAnythingMissing() throws {
    let (bytes, names) = try small()
    for place in stride(from: 0, to: bytes.count, by: 7) where bytes[place / 512 * 512 + 257] == UInt8(ascii: "u") {
      var damaged = bytes
      damaged[place] ^= 0x11
      let answers = answers(damaged, names) ?? [:]
      #expect(!answers.values.contains(false), "byte \(place): \(answers)")
    }
  }

  /// A header that says what it likes, with its checksum.
  private func header(_ name: String, size: String, type: Character = "0") -> [UInt8] {
    var block = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at place: Int) { block.replaceSubrange(place..<place + text.utf8.count, with: text.utf8) }
    put(String(name.prefix(100)), at: 0)
    put("0000600\0", at: 100)
    put("0000000\0", at: 108)
    put(size, at: 124)
    put("00000000000\0", at: 136)
    put(String(type), at: 156)
    put("ustar\u{0}00", at: 257)
    let sum = block.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
    let octal = String(sum, radix: 8)
    put(String(repeating: "0", count: 6 - octal.count) + octal + "\0 ", at: 148)
    return block
  }

  @Test(arguments: [
    // More than any file has; a size that adds up to nothing; an extended header without an end; a chain of them.
    ("77777777777\0", Character("0")), ("\u{1}", "0"), ("77777777777\0", "x"), ("00000000000\0", "x"),
    ("00000000000\0", "L"),
  ])
  func noSizeOrChainHangs(size: String, type: Character) throws {
    var bytes = header("PG_VERSION", size: "00000000000\0")
    for _ in 0..<2000 { bytes += header("n", size: size, type: type) }
    #expect(answers(bytes, ["standby.signal"])?["standby.signal"] == nil)
  }

  /// Each folder of a name is an entry: names as deep as a record has room for took minutes, and then all of the stack.
  @Test(arguments: [65, 5000, 200_000])
  func noNameIsDeeperThanAnyBackups(depth: Int) throws {
    func archive(_ depth: Int) -> [UInt8] {
      let path = Array(repeating: "a/", count: depth - 1).joined() + "x"
      let octal = String(path.utf8.count, radix: 8)
      var bytes = header("x", size: String(repeating: "0", count: 11 - octal.count) + octal + "\0", type: "L")
      bytes += Array(path.utf8) + [UInt8](repeating: 0, count: 512 - path.utf8.count % 512)
      return bytes + header("y", size: "00000000000\0") + [UInt8](repeating: 0, count: 1024)
    }
    let started = ContinuousClock.now
    let tar = scratch.write("deep.tar", archive(depth))
    let error = #expect(throws: FileError.self) { try TarStorage(path: tar) }
    #expect(error.map { if case .refused = $0.reason { true } else { false } } == true)
    #expect(ContinuousClock.now - started < .seconds(5))
    // As deep as may be, it is read.
    let shallow = scratch.write("shallow.tar", archive(64))
    #expect(try TarStorage(path: shallow).exists(shallow + "/a") == true)
  }

  @Test func extendedHeadersAreHeldToTheirGrammar() throws {
    for record in ["8 path=a\n", "99999 path=x\n", "x", "-5 path=a\n", "11 size=-1\n", "13 mtime=x.y\n", "7 path\n"] {
      let octal = String(record.utf8.count, radix: 8)
      var bytes = header("x", size: String(repeating: "0", count: 11 - octal.count) + octal + "\0", type: "x")
      bytes += Array(record.utf8) + [UInt8](repeating: 0, count: 512 - record.utf8.count)
      bytes += header("standby.signal", size: "00000000000\0") + [UInt8](repeating: 0, count: 1024)
      let known = answers(bytes, ["standby.signal"])?["standby.signal"]
      #expect(known != false, "\(record)")
    }
  }

  @Test func membersAreBoundedInNumber() throws {
    var bytes: [UInt8] = []
    for number in 0..<200 { bytes += header("base/1/\(number)", size: "00000000000\0") }
    let tar = scratch.write("many.tar", bytes + [UInt8](repeating: 0, count: 1024))
    #expect(throws: FileError.self) { _ = try TarArchive(TarFile(path: tar), memberLimit: 100) }
    #expect(try TarArchive(TarFile(path: tar), memberLimit: 500).incompleteness == nil)
  }

  @Test func theLastMemberOfANameCounts() throws {
    func member(_ text: String) -> [UInt8] {
      let octal = String(text.utf8.count, radix: 8)
      return header("a/b", size: String(repeating: "0", count: 11 - octal.count) + octal + "\0") + Array(text.utf8)
        + [UInt8](repeating: 0, count: 512 - text.utf8.count)
    }
    let tar = scratch.write("twice.tar", member("old") + member("newer") + [UInt8](repeating: 0, count: 1024))
    let storage = try TarStorage(path: tar)
    #expect(try storage.wholeFile(tar + "/a/b", limit: 10) == Array("newer".utf8))
    #expect(try storage.entries(of: tar + "/a").map(\.name) == ["b"])
  }
}
