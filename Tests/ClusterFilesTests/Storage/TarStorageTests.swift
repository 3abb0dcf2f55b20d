import Evidence
import FixtureSupport
import PostgresFormat
import Testing

@testable import ClusterFiles

/// A data directory in a tar file says what the same directory says once it is unpacked.
@Suite struct TarStorageTests {
  let scratch = ScratchDirectory()

  static func tar(_ arguments: [String]) throws { try ExternalProgram.run("/usr/bin/tar", arguments) }

  /// The evidence, but for where it comes from.
  private func evidence(_ path: String, in storage: any ClusterStorage = PosixStorage()) throws -> Evidence {
    var evidence = try DataDirectory(path: path, in: storage).gather()
    evidence.origin = Origin(kind: .dataDirectory, source: "")
    // Of an archive nobody can look for the server's process.
    if evidence.startFiles.postmasterPIDPresent, !storage.mayHaveServers { #expect(evidence.isRunning == nil) }
    // The archive does not say what the folder itself will be.
    #expect((evidence.startFiles.permissions == nil) == !storage.mayHaveServers)
    (evidence.startFiles.postmasterAlive, evidence.startFiles.permissions) = (nil, nil)
    return evidence
  }

  /// An archive of a fixture's directory, and the folder that it unpacks to.
  private func archive(_ fixture: String, _ node: String, _ options: [String]) throws -> (tar: String, folder: String) {
    let source = try Fixtures.node(fixture, node).path
    let (tar, folder) = (scratch.path + "/base.tar", scratch.path + "/unpacked")
    try Self.tar(options + ["-cf", tar, "-C", source, "."])
    try ExternalProgram.run("/bin/mkdir", [folder])
    try Self.tar(["-xpf", tar, "-C", folder])
    return (tar, folder)
  }

  @Test(
    arguments: [
      ("pg9.6-crash", "data"), ("pg13-catalogs", "data"), ("pg15-pair", "standby"), ("pg17-crash", "data"),
      ("pg17-pubsub", "subscriber"), ("pg17-invalidated", "data"), ("pg19-timelines", "data"),
    ], ["gnu", "posix", "ustar"])
  func anArchiveSaysWhatTheDirectorySays(fixture: (String, String), format: String) async throws {
    let (tar, folder) = try archive(fixture.0, fixture.1, ["--format=\(format)"])
    let storage = try TarStorage(path: tar)
    let (packed, plain) = (try evidence(tar, in: storage), try evidence(folder))
    #expect(packed == plain)
    #expect(!plain.databases.isEmpty)
    let inTar = try await WALStretchReader(packed, dataDirectory: tar, in: storage)?.stretches(from: nil, jobs: 2)
    let inFolder = try await WALStretchReader(plain, dataDirectory: folder)?.stretches(from: nil)
    #expect(inTar == inFolder && inTar?.isEmpty == false)
  }

  /// As pg_basebackup has it: WAL in an archive of its own, whose `archive_status` is that of the directory, too.
  @Test func walLiesInAnArchiveBesideIt() throws {
    let source = try Fixtures.node("pg17-pair", "standby").path
    try Self.tar(["-cf", scratch.path + "/base.tar", "--exclude=./pg_wal/0*", "-C", source, "."])
    try Self.tar(["-cf", scratch.path + "/pg_wal.tar", "-C", source + "/pg_wal", "."])
    let base = try #require(TarStorage.base(at: scratch.path))
    let packed = try evidence(base, in: try TarStorage(path: base))
    let folder = scratch.path + "/unpacked"
    try ExternalProgram.run("/bin/mkdir", [folder])
    try Self.tar(["-xpf", base, "-C", folder])
    try Self.tar(["-xpf", scratch.path + "/pg_wal.tar", "-C", folder + "/pg_wal"])
    #expect(packed == (try evidence(folder)) && !packed.wal.live.isEmpty)
    // Of another name than base.tar nothing beside it counts.
    try ExternalProgram.run("/bin/mv", [base, scratch.path + "/other.tar"])
    let alone = try evidence(scratch.path + "/other.tar", in: try TarStorage(path: scratch.path + "/other.tar"))
    #expect(alone.wal.live.isEmpty && alone.slots == packed.slots)
  }

  @Test(arguments: [["-C", "..", "data"], ["-P", "--transform=s,^,/var/lib/,", "-C", "..", "data"]])
  func theDirectoryMayLieDeeperInTheArchive(place: [String]) throws {
    let source = try Fixtures.node("pg17-crash", "data").path
    let tar = scratch.path + "/deep.tar"
    try Self.tar(["-cf", tar, "-C", source] + place)
    let packed = try evidence(tar, in: try TarStorage(path: tar))
    var plain = try evidence(source)
    // An archive has whole seconds.
    #expect(packed.slots.map(\.state) == plain.slots.map(\.state) && packed.wal == plain.wal)
    plain.problems.removeAll()
    #expect(packed.problems.isEmpty && packed.databases == plain.databases)
  }

  @Test(arguments: ["gnu", "posix"]) func longNamesAreWhole(format: String) throws {
    let folder = scratch.path + "/data"
    try ExternalProgram.run("/bin/cp", ["-a", try Fixtures.node("pg17-crash", "data").path, folder])
    let name = String(repeating: "n", count: 150) + ".conf"
    scratch.write("data/conf.d/" + name, "work_mem = '77MB'\n")
    try FileTree.change(folder + "/postgresql.conf") { $0 += Array("\ninclude_dir = 'conf.d'\n".utf8) }
    let tar = scratch.path + "/x.tar"
    try Self.tar(["--format=\(format)", "-cf", tar, "-C", folder, "."])
    let settings = try evidence(tar, in: try TarStorage(path: tar)).settings
    #expect(settings.assignments.contains { $0.name == "work_mem" && $0.path == "conf.d/" + name })
  }

  @Test func whatLeadsOutOfTheArchiveIsRefused() throws {
    let source = try Fixtures.node("pg17-crash", "data").path
    let tar = scratch.path + "/x.tar"
    try Self.tar(["-P", "-cf", tar, "-C", source + "/global", "../PG_VERSION", "../global/pg_control"])
    #expect(throws: FileError.self) { _ = try TarStorage(path: tar) }
    // A link: not even looked at, and no lack.
    let folder = scratch.path + "/data"
    try ExternalProgram.run("/bin/cp", ["-a", source, folder])
    try ExternalProgram.run("/bin/ln", ["-s", "/etc/passwd", folder + "/backup_label"])
    try ExternalProgram.run("/bin/ln", ["-s", "../../../etc", folder + "/pg_replslot/leads_out"])
    try Self.tar(["-cf", tar, "-C", folder, "."])
    let packed = try evidence(tar, in: try TarStorage(path: tar))
    #expect(packed.startFiles.backupLabelPresent && packed.startFiles.backupLabel == nil)
    #expect(packed.problems.contains { $0.path == "backup_label" })
    #expect(packed.slotLeftovers.contains { $0.path == "pg_replslot/leads_out" && $0.kind == .symbolicLink })
  }

  @Test func linksInTheArchiveAreFollowed() throws {
    let folder = scratch.path + "/data"
    try ExternalProgram.run("/bin/cp", ["-a", try Fixtures.node("pg17-crash", "data").path, folder])
    try ExternalProgram.run("/bin/mv", [folder + "/pg_wal", folder + "/elsewhere"])
    try ExternalProgram.run("/bin/ln", ["-s", "elsewhere", folder + "/pg_wal"])
    try ExternalProgram.run("/bin/ln", ["-s", "loop", folder + "/loop"])
    let tar = scratch.path + "/x.tar"
    try Self.tar(["-cf", tar, "-C", folder, "."])
    let storage = try TarStorage(path: tar)
    let packed = try evidence(tar, in: storage)
    #expect(!packed.wal.live.isEmpty && packed.wal.linkTarget == "elsewhere")
    #expect(throws: FileError.self) { _ = try storage.exists(tar + "/loop") }
  }

  @Test(arguments: ["gnu", "posix"]) func aSecondNameIsTheFileThatItNames(format: String) throws {
    let folder = scratch.path + "/data"
    try ExternalProgram.run("/bin/cp", ["-a", try Fixtures.node("pg17-crash", "data").path, folder])
    try ExternalProgram.run("/bin/ln", [folder + "/PG_VERSION", folder + "/standby.signal"])
    try ExternalProgram.run("/bin/ln", [folder + "/global/pg_control", folder + "/backup.control"])
    let tar = scratch.path + "/x.tar"
    try Self.tar(["--format=\(format)", "-cf", tar, "-C", folder, "."])
    let storage = try TarStorage(path: tar)
    #expect(try evidence(tar, in: storage) == evidence(folder))
    #expect(
      try storage.wholeFile(tar + "/backup.control", limit: 8192)
        == storage.wholeFile(tar + "/global/pg_control", limit: 8192))
  }

  /// What unpacking makes of these depends on the order, or it fails.
  @Test func aSecondNameOfNothingIsRefused() throws {
    let folder = scratch.path + "/data"
    try ExternalProgram.run("/bin/mkdir", ["-p", folder])
    scratch.write("data/PG_VERSION", "17\n")
    scratch.write("data/other", "16\n")
    try ExternalProgram.run("/bin/ln", [folder + "/PG_VERSION", folder + "/link"])
    let tar = scratch.path + "/x.tar"
    func exists(_ name: String) throws -> Bool {
      let storage = try TarStorage(path: tar)
      _ = try storage.wholeFile(tar + "/" + name, limit: 10)
      return true
    }
    try Self.tar(["-cf", tar, "-C", folder, "PG_VERSION", "link"])
    #expect(try exists("link"))
    // The name that it names comes twice.
    try Self.tar(["-cf", tar, "-C", folder, "PG_VERSION", "link", "--transform=s,other,PG_VERSION,", "other"])
    #expect(throws: FileError.self) { _ = try exists("link") }
    // It is not there, or is the link itself.
    for name in ["nothere", "./link", "../PG_VERSION"] {
      try Self.tar([
        "-cf", tar, "-P", "-C", folder, "PG_VERSION", "link", "--transform=flags=h;s,^PG_VERSION$,\(name),",
      ])
      #expect(throws: FileError.self, "\(name)") { _ = try exists("link") }
    }
  }

  @Test func whatIsNotStoredWholeIsNamed() throws {
    let folder = scratch.path + "/data"
    try ExternalProgram.run("/bin/cp", ["-a", try Fixtures.node("pg17-crash", "data").path, folder])
    try ExternalProgram.run("/usr/bin/truncate", ["-s", "8M", folder + "/pg_logical/replorigin_checkpoint"])
    for format in ["gnu", "posix"] {
      let tar = scratch.path + "/\(format).tar"
      try Self.tar(["--format=\(format)", "-S", "-cf", tar, "-C", folder, "."])
      let packed = try evidence(tar, in: try TarStorage(path: tar))
      let words = packed.problems.map { "\($0.path): \($0.cause)" }
      #expect(words.contains { $0.hasPrefix("pg_logical/replorigin_checkpoint") && $0.contains("sparse") }, "\(words)")
    }
  }
}
