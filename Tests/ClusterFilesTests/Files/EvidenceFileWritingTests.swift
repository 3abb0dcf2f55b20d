import Evidence
import FixtureSupport
import Glibc
import Testing

@testable import ClusterFiles

/// A file that is written beside its place and then takes it: what it may take the place of, and what is left behind.
@Suite struct EvidenceFileWritingTests {
  private let scratch = ScratchDirectory()

  private func text(_ name: String) throws -> String {
    String(decoding: try FileTree.contents(of: "\(scratch.path)/\(name)"), as: UTF8.self)
  }

  @Test func aFileIsReplacedAndNothingElseIsLeft() throws {
    scratch.write("out", "old")
    try EvidenceFile.write("new", to: scratch.path + "/out", replacing: .anything)
    #expect(try text("out") == "new")
    #expect(FileTree.entries(of: scratch.path) == ["out"])
  }

  /// As root, a rename would put a file in the place of /dev/null.
  @Test(arguments: ["pipe", "device", "folder", "stdout"])
  func whatIsNoFileStaysAsItIs(kind: String) throws {
    let path = scratch.path + "/out"
    switch kind {
    case "pipe": #expect(mkfifo(path, 0o600) == 0)
    case "device": #expect(symlink("/dev/null", path) == 0)
    case "folder": #expect(mkdir(path, 0o700) == 0)
    default: #expect(symlink("/proc/self/fd/1", path) == 0)
    }
    let before = try FileStatus(path: path, followingLinks: false).kind
    let error = #expect(throws: EvidenceFile.WriteError.self) {
      try EvidenceFile.write("new", to: path, replacing: .anything)
    }
    #expect(error?.message.hasSuffix("not a regular file") == true && error?.hint != nil, "\(error as Any)")
    #expect(try FileStatus(path: path, followingLinks: false).kind == before)
    #expect(FileTree.entries(of: scratch.path) == ["out"])
  }

  @Test func whatAKilledProcessOfTheSameNumberLeftIsNoObstacle() throws {
    let left = ["out.tmp.\(getpid())", "out.tmp.\(getpid()).1"]
    for name in left { scratch.write(name, "half") }
    try EvidenceFile.write("new", to: scratch.path + "/out", replacing: .anything)
    #expect(try text("out") == "new")
    #expect(FileTree.entries(of: scratch.path) == ["out"] + left)
    #expect(try text(left[0]) == "half")
  }

  /// Either of the two files makes a data directory, for reading as for writing.
  @Test(arguments: ["PG_VERSION", "global/pg_control"])
  func whatIsLeftOfADataDirectoryIsOne(file: String) throws {
    scratch.write("data/\(file)", "17\n")
    scratch.write("data/base/x", "")
    for folder in ["data", "data/base"] {
      let error = #expect(throws: EvidenceFile.WriteError.self) {
        try EvidenceFile.write("new", to: "\(scratch.path)/\(folder)/out", replacing: .anything)
      }
      #expect(error?.message.hasPrefix("is inside the data directory") == true)
      #expect(!FileTree.exists("\(scratch.path)/\(folder)/out"))
    }
    try EvidenceFile.write("new", to: scratch.path + "/out", replacing: .anything)
  }

  /// A member of a data directory on a disk of its own is part of it, by whatever way the path leads there.
  @Test(arguments: [
    "data/pg_wal/out", "data/pg_wal/sub/out", "way/out", "disk/wal/out", "disk/wal/sub/out", "../way/out",
  ])
  func aFolderThatADataDirectoryLinksToIsPartOfIt(path: String) throws {
    scratch.write("data/PG_VERSION", "17\n")
    scratch.write("disk/wal/archive_status/x", "")
    scratch.write("disk/wal/sub/x", "")
    #expect(symlink("../disk/wal", scratch.path + "/data/pg_wal") == 0)
    #expect(symlink("data/pg_wal", scratch.path + "/way") == 0)
    let given = path.hasPrefix("..") ? "\(scratch.path)/data/\(path)" : "\(scratch.path)/\(path)"
    let error = #expect(throws: EvidenceFile.WriteError.self) {
      try EvidenceFile.write("new", to: given, replacing: .anything)
    }
    #expect(error?.message.hasPrefix("is inside ") == true, "\(error as Any)")
    #expect(FileTree.entries(of: scratch.path + "/disk/wal") == ["archive_status", "sub"])
    #expect(FileTree.entries(of: scratch.path + "/disk/wal/sub") == ["x"])
  }

  /// Only the link says that such a folder is a server's: nothing in it does.
  @Test func aFolderIsRefusedOnTheWayThroughALinkOfADataDirectory() throws {
    scratch.write("data/global/pg_control", "")
    scratch.write("disk/x", "")
    #expect(symlink(scratch.path + "/disk", scratch.path + "/data/pg_xact") == 0)
    #expect(symlink(scratch.path + "/data/pg_xact", scratch.path + "/way") == 0)
    for path in ["data/pg_xact/out", "way/out", "way/../disk/out"] {
      _ = #expect(throws: EvidenceFile.WriteError.self) {
        try EvidenceFile.write("new", to: "\(scratch.path)/\(path)", replacing: .anything)
      }
    }
    #expect(FileTree.entries(of: scratch.path + "/disk") == ["x"])
  }

  @Test(arguments: ["PG_17_202406281/5/x", "pg_control", "1/pg_filenode.map", "archive_status/x"])
  func whatOnlyAServerPutsThereMakesAFolderIts(entry: String) throws {
    scratch.write("disk/\(entry)", "")
    scratch.write("disk/sub/x", "")
    for folder in ["disk", "disk/sub"] {
      _ = #expect(throws: EvidenceFile.WriteError.self) {
        try EvidenceFile.write("new", to: "\(scratch.path)/\(folder)/out", replacing: .anything)
      }
    }
  }

  @Test func slotsMakeAFolderAServers() throws {
    scratch.write("disk/s1/state", [0xA1, 0x1C, 0x05, 0x01])
    _ = #expect(throws: EvidenceFile.WriteError.self) {
      try EvidenceFile.write("new", to: scratch.path + "/disk/out", replacing: .anything)
    }
    scratch.write("other/s1/state", "text")
    try EvidenceFile.write("new", to: scratch.path + "/other/out", replacing: .anything)
  }

  /// A slip of the hand: `capture -o` with the name of something else.
  @Test func onlyFilesOfTheSameKindAreReplaced() throws {
    let path = scratch.path + "/out"
    scratch.write("out", "my notes")
    let one = try evidence("pg17-pair", "primary")
    let error = #expect(throws: EvidenceFile.WriteError.self) { try EvidenceFile.write(one, to: path, keeping: 1) }
    #expect(
      error?.message == "is there already, and slotscope did not write it" && error?.hint?.contains("--force") == true)
    #expect(try text("out") == "my notes")
    try EvidenceFile.write(one, to: path, keeping: 1, replacing: .anything)
    try EvidenceFile.write(try evidence("pg17-pair", "standby"), to: path, keeping: 1)
    scratch.write("out", "")
    try EvidenceFile.write(one, to: path, keeping: 1)
    for (end, isReplaced) in [("mine", true), ("yours", false)] {
      scratch.write("out", String(repeating: "x", count: 5000) + end)
      let written: Void? = try? EvidenceFile.write(
        "new", to: path, replacing: .own { $1.hasSuffix("mine") && $0.count == 1024 })
      #expect((written != nil) == isReplaced)
    }
  }

  // MARK: Keeping older files

  private func evidence(_ fixture: String, _ node: String) throws -> Evidence {
    try DataDirectory(path: Fixtures.node(fixture, node).path).gather()
  }

  @Test func olderEvidenceOfTheSameClusterIsKept() throws {
    let path = scratch.path + "/out"
    for _ in 1...4 { try EvidenceFile.write(try evidence("pg17-pair", "primary"), to: path, keeping: 3) }
    try EvidenceFile.write(try evidence("pg17-pair", "standby"), to: path, keeping: 3)
    #expect(FileTree.entries(of: scratch.path) == ["out", "out.1", "out.2"])
  }

  /// What somebody else called FILE.1 is not moved, and neither is anything else then.
  @Test(arguments: ["out", "out.1", "out.2"])
  func whatIsNoEvidenceOfThisClusterStays(name: String) throws {
    let path = scratch.path + "/out"
    let other = try EvidenceFile.encode(try evidence("pg15-pair", "primary"))
    for text in ["notes", other] {
      try EvidenceFile.write(try evidence("pg17-pair", "primary"), to: path, keeping: 3)
      scratch.write(name, text)
      let before = FileTree.entries(of: scratch.path)
      let error = #expect(throws: EvidenceFile.WriteError.self) {
        try EvidenceFile.write(try evidence("pg17-pair", "primary"), to: path, keeping: 3)
      }
      #expect(error?.message.contains(text == "notes" ? "not an evidence file" : "another cluster") == true)
      #expect(try self.text(name) == text)
      #expect(FileTree.entries(of: scratch.path) == before)
      for name in before { unlink(scratch.path + "/" + name) }
    }
  }

  @Test func aFolderInTheRowOfKeptFilesStays() throws {
    scratch.write("out.1/x", "")
    #expect(throws: EvidenceFile.WriteError.self) {
      try EvidenceFile.write(try evidence("pg17-pair", "primary"), to: scratch.path + "/out", keeping: 2)
    }
    #expect(FileTree.entries(of: scratch.path) == ["out.1"])
  }
}
