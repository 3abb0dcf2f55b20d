import Evidence
import FixtureSupport
import Glibc
import PostgresFormat
import Testing

@testable import ClusterFiles

/// For each file that is read, each thing that can stand in its place: named, not waited for, not read without end.
@Suite struct StrangeFilesTests {
  /// Everything that a data directory is asked for, with a path to a file of each kind.
  static let files = [
    "PG_VERSION", "global/pg_control", "global/pg_filenode.map", "global/1262", "global/1213", "pg_xact/0000",
    "postgresql.conf", "postgresql.auto.conf", "postmaster.pid", "postmaster.opts", "backup_label", "tablespace_map",
    "recovery.signal", "standby.signal", "pg_replslot/log_main/state", "pg_twophase/000000000000031D",
    "pg_logical/replorigin_checkpoint", "pg_logical/snapshots/0-1500028.snap", "pg_wal/00000002.history",
    "pg_wal/000000010000000000000014",
  ]
  static let folders = [
    "global", "pg_xact", "pg_replslot", "pg_replslot/log_main", "pg_twophase", "pg_logical", "pg_logical/snapshots",
    "pg_wal",
  ]
  /// What is put there; `$f` is the path.
  static let kinds = [
    "pipe": "mkfifo $f", "device": "ln -s /dev/zero $f", "terminal": "ln -s /dev/tty $f", "loop": "ln -s ${f##*/} $f",
    "socket": "",
    "folder": "mkdir $f", "huge": "truncate -s 1T $f", "nowhere": "ln -s /nowhere/at/all $f", "empty": ": > $f",
    "memory": "ln -s /proc/self/mem $f", "sizeless": "ln -s /proc/kallsyms $f",
  ]

  private static func directory() throws -> ScratchDirectory {
    let scratch = ScratchDirectory()
    // Links will do: what is put in a file's place is another file.
    try ExternalProgram.run("/bin/cp", ["-rl", try Fixtures.node("pg17-crash", "data").path + "/.", scratch.path])
    return scratch
  }

  private static func put(_ kind: String, at path: String, in folder: String) throws {
    let command = try #require(kinds[kind])
    try ExternalProgram.run("/bin/sh", ["-ec", "cd '\(folder)'; f='\(path)'; rm -rf $f; \(command)"])
    if kind == "socket" { bindSocket("\(folder)/\(path)") }
  }

  /// The name of a socket can have 107 bytes: it is made elsewhere on the same file system and moved.
  private static func bindSocket(_ path: String) {
    let scratch = ScratchDirectory()
    let short = scratch.path + "/s"
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: short.utf8) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
    }
    #expect(result == 0)
    close(descriptor)
    #expect(rename(short, path) == 0)
  }

  @Test(arguments: kinds.keys.sorted())
  func inPlaceOfAFile(kind: String) throws {
    for path in Self.files {
      let scratch = try Self.directory()
      let folder = scratch.path
      try Self.put(kind, at: path, in: folder)
      guard let directory = try? DataDirectory(path: folder) else {
        #expect(path == "PG_VERSION", "\(kind) at \(path)")
        continue
      }
      let evidence = directory.gather()
      let named = evidence.problems.filter { $0.path == path || $0.path.hasSuffix("/" + path) }
      // A link to nowhere is a missing file, an empty one can be right, and those of /proc say that they are empty. Of a
      // signal file the name alone counts; of the commit log only what is asked for is read; the server, too, starts
      // without a postgresql.auto.conf that it cannot follow.
      let isNamed =
        ["pipe", "device", "terminal", "socket", "folder", "huge", "loop"].contains(kind)
        && !path.hasSuffix("signal") && path != "pg_xact/0000" && path != "global/1213"
        && !(kind == "loop" && path == "postgresql.auto.conf")
      let isSegment = path.hasPrefix("pg_wal/0000000100")
      if isNamed && !isSegment { #expect(!named.isEmpty, "\(kind) at \(path): \(evidence.problems.map(\.path))") }
      if isSegment { #expect(evidence.wal.end == nil || evidence.wal.end?.stop.reason != nil) }
      for problem in named {
        if case .file(_, let message) = problem.cause { #expect(!message.isEmpty) }
      }
    }
  }

  @Test(arguments: kinds.keys.sorted())
  func inPlaceOfAFolder(kind: String) throws {
    for path in Self.folders where kind != "folder" {
      let scratch = try Self.directory()
      let folder = scratch.path
      try Self.put(kind, at: path, in: folder)
      let evidence = try DataDirectory(path: folder).gather()
      let named = evidence.problems.filter { $0.path.hasPrefix(path) }
      let isLeftover = evidence.slotLeftovers.contains { $0.path == path }
      if kind != "nowhere" && path != "pg_xact" {
        #expect(!named.isEmpty || isLeftover, "\(kind) at \(path): \(evidence.problems)")
      }
    }
  }

  /// Opening alone may have an effect: a watchdog starts, a tape is wound back.
  @Test func aDeviceIsNotEvenOpened() throws {
    #expect(openForReading("/dev/null") == -1 && errno == ENXIO)
    let scratch = ScratchDirectory()
    symlink("/dev/null", scratch.path + "/link")
    #expect(openForReading(scratch.path + "/link") == -1 && errno == ENXIO)
    #expect(throws: FileError(path: "/dev/null", reason: .notRegularFile(.characterDevice))) {
      _ = try BoundedFile(path: "/dev/null")
    }
  }

  @Test func aSocketIsNamed() throws {
    let scratch = ScratchDirectory()
    try Self.put("socket", at: "socket", in: scratch.path)
    #expect(throws: FileError(path: scratch.path + "/socket", reason: .notRegularFile(.socket))) {
      _ = try BoundedFile(path: scratch.path + "/socket")
    }
  }

  @Test func theAccessTimeStays() throws {
    let scratch = ScratchDirectory()
    let path = scratch.write("file", "content")
    try ExternalProgram.run("/usr/bin/touch", ["-a", "-d", "2001-01-01", path, scratch.path])
    _ = try readWholeFile(path, limit: 100)
    _ = try DirectoryListing(path: scratch.path)
    let times = try ExternalProgram.output("/usr/bin/stat", ["-c", "%X", path, scratch.path])
    let old = try ExternalProgram.output("/bin/date", ["-d", "2001-01-01", "+%s"])
    #expect(times == old + old)
  }
}
