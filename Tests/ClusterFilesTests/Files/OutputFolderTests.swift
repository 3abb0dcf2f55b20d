import FixtureSupport
import Glibc
import Testing

@testable import ClusterFiles

/// What is written and removed is in the folder that was looked at, whatever somebody puts in its place meanwhile.
@Suite struct OutputFolderTests {
  private let scratch = ScratchDirectory()
  private static let files = [(name: "README.md", text: "new"), (name: "1.sql", text: "new")]

  private func text(_ name: String) throws -> String {
    String(decoding: try FileTree.contents(of: "\(scratch.path)/\(name)"), as: UTF8.self)
  }

  private func mode(_ name: String) throws -> UInt32 {
    var raw = stat()
    #expect(stat("\(scratch.path)/\(name)", &raw) == 0)
    return raw.st_mode & 0o777
  }

  /// The folder is moved away once it has been looked at, and its name leads to another folder with files of ours.
  @Test(arguments: ["link", "folder"])
  func whatTakesThePlaceOfTheFolderIsLeftAlone(kind: String) throws {
    for folder in ["plan", "victim"] {
      for name in ["README.md", "dump.sql"] { scratch.write("\(folder)/\(name)", "old") }
    }
    let (path, victim) = (scratch.path + "/plan", scratch.path + "/victim")
    var looked = 0
    let folder = OutputFolder(path) { _, _ in
      looked += 1
      guard looked == 2 else { return true }
      #expect(rename(path, path + ".moved") == 0)
      #expect(kind == "link" ? symlink(victim, path) == 0 : rename(victim, path) == 0)
      return true
    }
    let error = #expect(throws: OutputFolder.WriteError.self) { try folder.write(Self.files) }
    #expect(error?.message.contains("somebody else") == true)
    let now = kind == "link" ? "victim" : "plan"
    #expect(FileTree.entries(of: "\(scratch.path)/\(now)") == ["README.md", "dump.sql"])
    #expect(FileTree.entries(of: path + ".moved") == ["README.md", "dump.sql"])
    #expect(FileTree.entries(of: scratch.path).allSatisfy { !$0.contains(".tmp.") && !$0.contains(".old.") })
  }

  /// A file that takes the place of one that was looked at is another file: then nothing is changed.
  @Test func whatTakesThePlaceOfAFileStays() throws {
    scratch.write("plan/README.md", "old")
    scratch.write("plan/dump.sql", "old")
    let path = scratch.path + "/plan"
    let folder = OutputFolder(path) { name, _ in
      if name == "dump.sql" {
        #expect(rename(path + "/README.md", scratch.path + "/kept") == 0)
        scratch.write("plan/README.md", "mine")
      }
      return true
    }
    let error = #expect(throws: OutputFolder.WriteError.self) { try folder.write(Self.files) }
    #expect(error?.message.contains("somebody else") == true)
    #expect(FileTree.entries(of: path) == ["README.md", "dump.sql"])
    #expect(try text("plan/README.md") == "mine")
  }

  /// A folder that somebody made stays the same one, with its owner and who may enter it: a mount point, a share.
  @Test func aFolderThatIsThereIsUsedAndStaysItself() throws {
    let path = scratch.path + "/plan"
    #expect(mkdir(path, 0o700) == 0 && chmod(path, 0o2750) == 0)
    let before = try FileStatus(path: path)
    for text in ["first", "second"] {
      try OutputFolder(path) { _, text in text == "new" || text == "first" }.write([
        ("README.md", text), ("\(text).sql", "new"),
      ])
      let now = try FileStatus(path: path)
      #expect(now.identity == before.identity && now.permissions == before.permissions)
      #expect(FileTree.entries(of: path) == ["README.md", "\(text).sql"])
      #expect(FileTree.entries(of: scratch.path) == ["plan"])
    }
  }

  /// What a killed process left half done is its own, and no obstacle.
  @Test func whatAKilledProcessLeftIsReplaced() throws {
    for name in ["1.sql", "README.md.tmp.\(getpid())", "2.sql.tmp.1"] { scratch.write("plan/" + name, "old") }
    var asked: [String] = []
    try OutputFolder(scratch.path + "/plan") { name, _ in
      asked.append(name)
      return true
    }.write(Self.files)
    #expect(asked == ["1.sql", "2.sql", "README.md"])
    #expect(FileTree.entries(of: scratch.path + "/plan") == ["1.sql", "README.md"])
    scratch.write("plan/README.md.tmp.x", "old")
    _ = #expect(throws: OutputFolder.WriteError.self) {
      try OutputFolder(scratch.path + "/plan") { name, _ in name != "README.md.tmp.x" }.write(Self.files)
    }
  }

  @Test func aFolderOfADataDirectoryOnAnotherDiskIsRefused() throws {
    scratch.write("data/PG_VERSION", "17\n")
    #expect(mkdir(scratch.path + "/disk", 0o700) == 0)
    #expect(symlink(scratch.path + "/disk", scratch.path + "/data/pg_stat") == 0)
    for path in ["data/pg_stat/plan", "data/pg_stat"] {
      _ = #expect(throws: OutputFolder.WriteError.self) {
        try OutputFolder("\(scratch.path)/\(path)") { _, _ in true }.write(Self.files)
      }
    }
    #expect(FileTree.entries(of: scratch.path + "/disk").isEmpty)
  }

  @Test func linksAndFilesOfOthersAreNoEarlierOutput() throws {
    scratch.write("victim", "old")
    #expect(mkdir(scratch.path + "/plan", 0o700) == 0)
    #expect(symlink(scratch.path + "/victim", scratch.path + "/plan/README.md") == 0)
    let folder = OutputFolder(scratch.path + "/plan") { _, _ in true }
    #expect(throws: OutputFolder.WriteError.self) { try folder.write(Self.files) }
    #expect(symlink(scratch.path + "/plan", scratch.path + "/link") == 0)
    let error = #expect(throws: OutputFolder.WriteError.self) {
      try OutputFolder(scratch.path + "/link") { _, _ in true }.write(Self.files)
    }
    #expect(error?.message == "is there already, and is not a folder")
    #expect(try text("victim") == "old")
  }

  @Test func onlyTheUserMayReadIt() throws {
    try OutputFolder(scratch.path + "/plan") { _, _ in true }.write(Self.files)
    #expect(try (mode("plan"), mode("plan/README.md")) == (0o700, 0o600))
    try OutputFolder(scratch.path + "/plan", permissions: 0o644) { _, _ in true }.write(Self.files)
    #expect(try mode("plan/README.md") == 0o644 & ~currentUmask())
    #expect(try mode("plan") == 0o755)
  }

  private func currentUmask() -> UInt32 {
    scratch.write("probe", "")
    let descriptor = open(scratch.path + "/probe.mode", O_CREAT | O_WRONLY, 0o666)
    close(descriptor)
    return (try? mode("probe.mode")).map { ~$0 & 0o777 } ?? 0
  }
}
