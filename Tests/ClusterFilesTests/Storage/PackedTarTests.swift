import Evidence
import FixtureSupport
import PostgresFormat
import Testing

@testable import ClusterFiles

/// Compressed tar archives: what they say is what the unpacked directory says, in bounded memory, and nothing of damage is absence.
@Suite struct PackedTarTests {
  let scratch = ScratchDirectory()

  /// What a program makes of a file, beside it; nil where the program is not on this machine.
  private func compressed(_ path: String, _ program: String, _ suffix: String) throws -> String? {
    guard DataDirectory.exists("/usr/bin/" + program) else { return nil }
    try ExternalProgram.run("/bin/sh", ["-c", "\(program) -c < \(path) > \(path)\(suffix)"])
    return path + suffix
  }

  private static let programs = [("gzip", ".gz"), ("lz4", ".lz4"), ("zstd", ".zst")]

  private func evidence(_ directory: DataDirectory) throws -> Evidence {
    var evidence = directory.gather()
    evidence.origin = Origin(kind: .dataDirectory, source: "")
    evidence.startFiles.permissions = nil
    return evidence
  }

  /// As pg_basebackup of 13, 15 and 17 wrote them: by client and server, with WAL beside it or in it, in full and in part.
  @Test(arguments: [
    ("basebackup-pg13", "tar-z"), ("basebackup-pg15", "tar"), ("basebackup-pg15", "tar-fetch"),
    ("basebackup-pg15", "client-gzip"), ("basebackup-pg15", "client-lz4"), ("basebackup-pg15", "client-zstd"),
    ("basebackup-pg15", "server-lz4"), ("basebackup-pg15", "server-zstd"),
    ("basebackup-pg17-incremental", "incr-tar"), ("basebackup-pg17-incremental", "tar-R"),
  ])
  func everyFormOfABackupSaysWhatTheDirectorySays(backup: String, form: String) async throws {
    let folder = try Fixtures.unpacked("backups/\(backup)") + "/\(form)"
    let unpacked = scratch.path + "/unpacked"
    var isPacked = false
    for name in try PosixStorage().entries(of: folder).map(\.name) where name.contains(".tar") {
      let base = name.split(separator: ".")[0]
      let place = base == "base" ? "" : base == "pg_wal" ? "/pg_wal" : "/pg_tblspc/\(base)"
      if place.hasPrefix("/pg_tblspc") {
        try ExternalProgram.run("/bin/mkdir", ["-p", unpacked + "/pg_tblspc", "\(scratch.path)/\(base)"])
        try ExternalProgram.run("/bin/ln", ["-sfn", "\(scratch.path)/\(base)", unpacked + place])
      }
      isPacked = isPacked || !name.hasSuffix(".tar")
      let program = ["gz": "gzip", "lz4": "lz4", "zst": "zstd"][name.split(separator: ".").last ?? ""]
      if let program, !DataDirectory.exists("/usr/bin/" + program) { return }
      try ExternalProgram.run("/bin/mkdir", ["-p", unpacked + place])
      try ExternalProgram.run(
        "/usr/bin/tar", (program.map { ["-I", $0] } ?? []) + ["-xpf", "\(folder)/\(name)", "-C", unpacked + place])
    }
    try ExternalProgram.run("/bin/cp", [folder + "/backup_manifest", unpacked])
    let base = try #require(TarStorage.base(at: folder))
    let storage = try TarStorage(path: base)
    #expect(storage.readsInOrder == isPacked)
    let (packed, plain) = (try DataDirectory(path: base, in: storage), try DataDirectory(path: unpacked))
    let (inTar, inFolder) = (try evidence(packed), try evidence(plain))
    #expect(inTar == inFolder)
    #expect(inTar.startFiles.backupLabel != nil && !inTar.wal.live.isEmpty && inTar.control != nil)
    let stretches = try await WALStretchReader(inTar, dataDirectory: base, in: storage)?.stretches(from: nil, jobs: 4)
    #expect(stretches == (try await WALStretchReader(inFolder, dataDirectory: unpacked)?.stretches(from: nil)))
  }

  @Test(arguments: ["pg17-crash", "pg13-catalogs", "pg9.6-crash"])
  func aDirectoryIsPackedInAnyWay(fixture: String) async throws {
    let source = try Fixtures.node(fixture, "data").path
    let tar = scratch.path + "/data.tar"
    try TarStorageTests.tar(["-cf", tar, "-C", source, "."])
    let plain = try evidence(DataDirectory(path: tar, in: TarStorage(path: tar)))
    let plainWAL = try await WALStretchReader(plain, dataDirectory: tar, in: TarStorage(path: tar))?.stretches(
      from: nil)
    for (program, suffix) in Self.programs {
      guard let path = try compressed(tar, program, suffix) else { continue }
      #expect(TarStorage.base(at: path) == path)
      let storage = try TarStorage(path: path)
      #expect(try evidence(DataDirectory(path: path, in: storage)) == plain, "\(program)")
      let stretches = try await WALStretchReader(plain, dataDirectory: path, in: storage)?.stretches(from: nil, jobs: 3)
      #expect(stretches == plainWAL && stretches?.isEmpty == false, "\(program)")
    }
  }

  /// Bytes that are neither all the same nor all different.
  private func data(_ count: Int) -> [UInt8] {
    var (state, bytes) = (UInt64(88_172_645_463_325_252), [UInt8]())
    bytes.reserveCapacity(count)
    while bytes.count < count {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      bytes += [UInt8](repeating: UInt8(truncatingIfNeeded: state), count: 1 + Int(state >> 60))
    }
    return Array(bytes.prefix(count))
  }

  @Test func anyPlaceIsReadFromAnyOther() throws {
    let size = 3 * PackedFile.chunkSize + 12_345
    let bytes = data(size)
    let path = scratch.write("data", bytes)
    for (program, suffix) in Self.programs {
      guard let packed = try compressed(path, program, suffix) else { continue }
      // Several frames, and one without data: places to begin at.
      try ExternalProgram.run(
        "/bin/sh", ["-c", "\(program) -c < /dev/null > \(packed).3; cat \(packed) \(packed) \(packed) >> \(packed).3"])
      for (name, copies) in [(packed, 1), (packed + ".3", 3)] {
        let file = try #require(try PackedFile(BoundedFile(path: name)))
        var state: UInt64 = 42
        for _ in 0..<200 {
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          let offset = Int(state >> 33) % (copies * size + 1000)
          let count = Int(state >> 20) % 300_000
          var buffer = [UInt8](repeating: 0, count: count)
          let got = try buffer.withUnsafeMutableBytes { try file.read(into: $0, at: offset) }
          let expected = max(0, min(count, copies * size - offset))
          #expect(got == expected)
          // Behind the end of one copy the next one begins.
          let first = min(got, size - offset % size)
          let isSame =
            sameBytes(buffer[..<first], bytes[(offset % size)..<(offset % size + first)])
            && sameBytes(buffer[first..<got], bytes[..<(got - first)])
          #expect(isSame, "\(name) \(offset) \(count)")
        }
      }
    }
  }

  @Test func whatUnpacksToFarTooMuchIsRefused() throws {
    let zeros = scratch.path + "/zeros"
    try ExternalProgram.run("/usr/bin/truncate", ["-s", "64M", zeros])
    for (program, suffix) in Self.programs {
      guard let path = try compressed(zeros, program, suffix) else { continue }
      let size = try PosixStorage().status(path).size
      guard size * PackedFile.ratioLimit < 60 << 20 else { continue }
      let file = try #require(try PackedFile(BoundedFile(path: path), bombSize: 1 << 20))
      let error = #expect(throws: FileError.self) { try file.finish(from: 0) }
      #expect(error?.message.contains("unpacks to more than 200 times its size") == true)
    }
    // As an archive: a member of zeros, named by its size.
    let tar = scratch.path + "/base.tar"
    try TarStorageTests.tar(["-cf", tar, "-C", scratch.path, "zeros"])
    let path = try #require(try compressed(tar, "gzip", ".gz"))
    #expect(try TarStorage(path: path).status(path + "/zeros").size == 64 << 20)
  }

  @Test func whatAnArchiveIsCutOffBeforeIsNotMissing() throws {
    let names = ["PG_VERSION", "global/pg_control", "standby.signal"]
    try ExternalProgram.run("/bin/mkdir", ["-p", scratch.path + "/data/global"])
    for name in names { scratch.write("data/" + name, data(70_000)) }
    let tar = scratch.path + "/data.tar"
    try TarStorageTests.tar(["-cf", tar, "-C", scratch.path + "/data"] + names)
    for (program, suffix) in Self.programs {
      guard let path = try compressed(tar, program, suffix) else { continue }
      let whole = try FileTree.contents(of: path)
      for count in stride(from: 1, to: whole.count, by: max(1, whole.count / 97)) {
        let cut = scratch.write("cut.tar" + suffix, Array(whole[..<count]))
        guard let storage = try? TarStorage(path: cut) else { continue }
        for name in names { #expect((try? storage.exists(cut + "/" + name)) != false, "\(program) \(count) \(name)") }
        if count < whole.count * 9 / 10 { #expect((try? storage.exists(cut + "/recovery.signal")) == nil) }
      }
    }
  }

  /// Only the end of the data has the checksum: what lies before it is not believed without.
  @Test func damageIsNamed() throws {
    let tar = scratch.path + "/data.tar"
    scratch.write("data/PG_VERSION", "17\n")
    scratch.write("data/filler", data(300_000))
    try TarStorageTests.tar(["-cf", tar, "-C", scratch.path + "/data", "PG_VERSION", "filler"])
    let path = try #require(try compressed(tar, "gzip", ".gz"))
    let whole = try FileTree.contents(of: path)
    for place in stride(from: 20, to: whole.count - 4, by: whole.count / 53) {
      var damaged = whole
      damaged[place] ^= 0x10
      let file = scratch.write("damaged.tar.gz", damaged)
      // Bits that only fill a byte change nothing, and the checksum says so.
      guard let storage = try? TarStorage(path: file), (try? storage.exists(file + "/nothing")) != nil else { continue }
      #expect(try storage.wholeFile(file + "/filler", limit: 300_000) == data(300_000), "byte \(place)")
    }
    let bad = scratch.write("bad.tar.gz", [0x1F, 0x8B, 8, 0] + [UInt8](repeating: 0xFF, count: 100))
    #expect(TarStorage.base(at: bad) == bad)
    let error = #expect(throws: FileError.self) { _ = try TarStorage(path: bad) }
    #expect(error?.message.hasPrefix("cannot be unpacked: ") == true)
  }

  @Test func whatIsNotUnpackedHereIsNamed() throws {
    for (name, bytes, words) in [
      (
        "base.tar.xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00] as [UInt8], "is compressed with xz; unpack it first (xz -d)"
      ),
      ("base.tar.bz2", [0x42, 0x5A, 0x68, 0x39], "is compressed with bzip2; unpack it first (bzip2 -d)"),
    ] {
      let folder = scratch.path + "/" + name.split(separator: ".")[2]
      let path = scratch.write("\(name.split(separator: ".")[2])/\(name)", bytes + [UInt8](repeating: 1, count: 600))
      #expect(TarStorage.base(at: folder) == path)
      let error = #expect(throws: FileError.self) { _ = try TarStorage(path: path) }
      #expect(error?.message == words)
    }
  }

  /// What lies in one frame of gzip is not unpacked from its beginning for each of its parts: segments lie in a tar in any order.
  @Test func readingBackwardsDoesNotUnpackAllOfItEachTime() throws {
    let path = scratch.path + "/large"
    let size = 400 << 20
    try ExternalProgram.run(
      "/bin/sh",
      ["-c", "for i in $(seq 1 400); do head -c 1048568 /dev/zero; printf 'N%07d' $i; done | gzip -1 >\(path)"])
    let packed = try #require(try PackedFile(BoundedFile(path: path)))
    var last = [UInt8](repeating: 0, count: 8)
    func end(of megabyte: Int) throws -> String {
      let count = try last.withUnsafeMutableBytes { try packed.read(into: $0, at: megabyte << 20 - 8) }
      return String(decoding: last.prefix(count), as: UTF8.self)
    }
    for megabyte in stride(from: 400, through: 20, by: -20) {
      let number = String(megabyte)
      #expect(try end(of: megabyte) == "N" + String(repeating: "0", count: 7 - number.count) + number)
    }
    #expect(packed.unpackedBytes < 2 * size, "\(packed.unpackedBytes >> 20) MB")
  }
}
