import FixtureSupport
import ServerLab
import Testing

/// `wal records --save-fullpage` without a server.
@Suite struct WalSavedPagesTests {
  private let scratch = ScratchDirectory()

  private func save(_ node: FixtureNode, _ folder: String, _ more: [String] = []) async throws -> Outcome {
    try await slotscope(["wal", "records", "-D", node.path, "--save-fullpage", folder] + more)
  }

  @Test(arguments: ["pg11-crash", "pg17-crash"])
  func eachImageThatIsToldIsAFile(fixture: String) async throws {
    let (node, folder) = (try Fixtures.node(fixture, "data"), scratch.path + "/\(fixture)")
    let outcome = try await save(node, folder, ["-b"])
    let told = outcome.output.split(separator: "\n").filter { $0.contains(" (FPW") }
    #expect(outcome.status == 0 && told.count > 10)
    let files = FileTree.entries(of: folder)
    #expect(files.count == told.count)
    for file in files {
      #expect(try FileTree.contents(of: folder + "/" + file).count == 8192)
      #expect(file.wholeMatch(of: /00000001-[0-9A-F]{8}-[0-9A-F]{8}\.\d+\.\d+\.\d+\.\d+_(main|fsm|vm|init)/) != nil)
    }
  }

  @Test func onlyANewOrEmptyFolderOutsideOfClusters() async throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let taken = scratch.path + "/taken"
    try ExternalProgram.run("/bin/mkdir", [taken])
    let emptied = scratch.path + "/empty"
    try ExternalProgram.run("/bin/mkdir", [emptied])
    #expect(try await save(node, emptied, ["-n", "100", "-w"]).status == 0)
    #expect(FileTree.entries(of: emptied).count > 10)
    scratch.write("taken/mine", [1])
    for (folder, reason) in [
      (taken, "is not empty"), (emptied, "is not empty"), (taken + "/mine", "is there already, and is not a folder"),
      (node.path + "/pages", "data directory"), (scratch.path + "/none/pages", "No such file or directory"),
    ] {
      let outcome = try await save(node, folder)
      #expect(outcome.status == 3 && outcome.output.isEmpty && outcome.error.contains(reason), "\(outcome)")
    }
    #expect(FileTree.entries(of: taken) == ["mine"] && !FileTree.entries(of: node.path).contains("pages"))
  }
}
