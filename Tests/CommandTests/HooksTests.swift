import FixtureSupport
import Glibc
import ServerLab
import Testing

/// What is installed beside the program for other tools to read: units and commands. The gate has tests of its own.
@Suite struct HooksTests {
  private static let folder = String(Fixtures.directory.dropLast("Fixtures".count)) + "Sources/Packaging/Hooks"

  @Test(.enabled(if: FileTree.exists("/usr/bin/systemd-analyze"), "no systemd on this machine"))
  func unitsAreSound() async throws {
    let scratch = ScratchDirectory()
    for name in FileTree.entries(of: Self.folder) where name.hasSuffix(".service") || name.hasSuffix(".timer") {
      let text = String(decoding: try FileTree.contents(of: "\(Self.folder)/\(name)"), as: UTF8.self)
      scratch.write(
        name.replacing("@.", with: "@x."),
        text.replacing("/usr/bin/slotscope", with: productsDirectory + "/slotscope").replacing(
          "User=postgres", with: "User=daemon"))
    }
    for name in FileTree.entries(of: scratch.path) {
      let outcome = try await runProgram("/usr/bin/systemd-analyze", ["verify", "--man=no", "\(scratch.path)/\(name)"])
      // What it says of other units of this machine is not ours.
      #expect(outcome.status == 0 && !outcome.error.contains("@x."), "\(name): \(outcome)")
    }
  }

  /// The metric that the page names is one that there is.
  @Test func thePageNamesMetricsThatThereAre() async throws {
    let page = String(decoding: try FileTree.contents(of: Self.folder + "/README.md"), as: UTF8.self)
    let scratch = ScratchDirectory()
    let folder = try FailoverFixture.unpacked("2003-pg17", in: scratch).folder
    let metrics = try await slotscope([
      "audit", "--primary", folder + "/primary", "--standby", folder + "/standby", "--format", "prometheus",
    ]).output
    #expect(page.contains("slotscope_slot_verdict{verdict=\"at_risk\"}"))
    #expect(metrics.contains("slotscope_slot_verdict{") && metrics.contains("verdict=\"at_risk\"} 0"))
  }
}
