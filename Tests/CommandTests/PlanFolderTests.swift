import FixtureSupport
import ServerLab
import Testing

/// `plan --output-dir`: all scripts at once, and nothing of anybody else's in danger.
@Suite struct PlanFolderTests {
  private let scratch = ScratchDirectory()

  private func plan(to folder: String, _ more: [String] = []) async throws -> Outcome {
    let primary = try Fixtures.node("pg17-pair", "primary").path
    let standby = try Fixtures.node("pg17-pair", "standby").path
    return try await slotscope(
      ["plan", "--primary", primary, "--standby", standby, "--output-dir", folder] + more)
  }

  private func text(_ name: String) throws -> String {
    String(decoding: try FileTree.contents(of: "\(scratch.path)/\(name)"), as: UTF8.self)
  }

  @Test func scriptsAreNumberedAndTheReadmeHasTheirOrder() async throws {
    let outcome = try await plan(to: scratch.path + "/plan")
    #expect(outcome.output.isEmpty)
    let names = FileTree.entries(of: scratch.path + "/plan")
    #expect(names.first == "1-primary-before.sql" && names.last == "README.md", "\(names)")
    let readme = try text("plan/README.md")
    var rest = Substring(readme)
    #expect(readme.contains("`2-both-before.sql`") && names.contains("2-both-before.sql"))
    for name in names.dropLast() where name != "2-both-before.sql" {
      let found = try #require(rest.firstRange(of: "`\(name)`"), "\(name) in its place")
      rest = rest[found.upperBound...]
    }
    #expect(FileTree.entries(of: scratch.path) == ["plan"])
  }

  /// 207 slots with long names, some of them left out: a page all the same.
  @Test func theReadmeIsOnePage() async throws {
    let primary = try await PlanCopiesTests.manySlots(207, in: scratch)
    let standby = try Fixtures.node("pg17-pair", "standby").path
    let outcome = try await slotscope([
      "plan", "--approach", "failover-slots", "--slots", "name_like:tenant\\_1%", "--primary", primary, "--standby",
      standby, "--output-dir", scratch.path + "/plan",
    ])
    #expect(outcome.status == 0, "\(outcome)")
    let lines = try text("plan/README.md").split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count < 50 && lines.contains { $0.contains(" more: not selected by --slots") }, "\(lines.count)")
    for cell in lines.filter({ $0.hasPrefix("|") }).flatMap({ $0.split(separator: "|") }) {
      #expect(cell.count <= 200, "\(cell)")
    }
  }

  @Test func anEarlierPlanIsReplaced() async throws {
    _ = try await plan(to: scratch.path + "/plan")
    let before = FileTree.entries(of: scratch.path + "/plan")
    _ = try await plan(to: scratch.path + "/plan/", ["--approach", "slots-on-new-primary"])
    #expect(FileTree.entries(of: scratch.path + "/plan") != before)
    #expect(FileTree.entries(of: scratch.path) == ["plan"])
  }

  @Test func aFolderWithAnythingElseIsRefused() async throws {
    _ = try await plan(to: scratch.path + "/plan")
    scratch.write("plan/9-mine.sql", "-- my own script\n")
    let before = FileTree.entries(of: scratch.path + "/plan")
    let outcome = try await plan(to: scratch.path + "/plan")
    #expect(outcome.status == 3)
    #expect(outcome.error.contains("holds 9-mine.sql, which is not from an earlier plan"))
    #expect(FileTree.entries(of: scratch.path + "/plan") == before)
  }

  @Test(arguments: ["data", "data/plan", "data/base/plan"])
  func aDataDirectoryIsRefused(folder: String) async throws {
    scratch.write("data/PG_VERSION", "17\n")
    scratch.write("data/global/pg_control", "")
    scratch.write("data/base/x", "")
    let outcome = try await plan(to: "\(scratch.path)/\(folder)")
    #expect(outcome.status == 3)
    #expect(outcome.error.contains("data directory"))
    #expect(FileTree.entries(of: scratch.path + "/data") == ["PG_VERSION", "base", "global"])
    #expect(FileTree.entries(of: scratch.path + "/data/base") == ["x"])
  }

  @Test func aFileInThePlaceOfTheFolderIsRefused() async throws {
    scratch.write("plan", "text")
    let outcome = try await plan(to: scratch.path + "/plan")
    #expect(outcome.status == 3)
    #expect(try text("plan") == "text")
  }
}
