import FixtureSupport
import ServerLab
import Testing

/// Reports in text as they are, kept so that every change of a word is seen. SLOTSCOPE_RENEW_REPORTS=1 writes them anew.
@Suite struct ReportCopiesTests {
  private static let folder = Fixtures.directory + "/reports"

  /// A kept report: a folder of `Fixtures`, unpacked, and what is asked there.
  struct Report: Sendable, CustomStringConvertible {
    var name: String
    var archive: String
    var command: String
    var description: String { name }
  }

  private static let reports = [
    Report(
      name: "audit-not-ready", archive: "examples/shop", command: "audit --primary db1 --standby db2 --event crash"),
    Report(
      name: "audit-premise-given", archive: "examples/shop",
      command: "audit -v --primary db1 --standby db2 --event crash --assume standby-slots-held"),
    Report(
      name: "audit-copy-past-the-standby", archive: "promotions/f4-copy-past-standby-pg17",
      command: "audit --primary primary --standby standby --subscriber subscriber --assume primary-down"),
    Report(
      name: "audit-without-primary", archive: "pg17-pair", command: "audit --standby standby --assume primary-down"),
    Report(
      name: "audit-after-promotion", archive: "failovers/2029-pg19",
      command: "audit --primary primary --standby standby"),
    Report(name: "inspect-primary", archive: "examples/shop", command: "inspect db1"),
    Report(name: "inspect-restored", archive: "examples/shop", command: "inspect restored"),
    Report(name: "inspect-invalidated", archive: "pg17-invalidated", command: "inspect data"),
    Report(
      name: "ledger", archive: "examples/shop", command: "ledger --primary db1 --standby db2 --slot debezium"),
    Report(name: "timelines", archive: "pg17-timelines", command: "timeline data"),
    Report(name: "compare", archive: "examples/shop", command: "compare db1 db2"),
  ]

  @Test(arguments: reports)
  func reportsAreAsReviewed(report: Report) async throws {
    let folder = try Fixtures.unpacked(report.archive)
    let arguments = report.command.split(separator: " ").map(String.init)
    let outcome = try await runProgram(
      "/usr/bin/env", ["-C", folder, "COLUMNS=100", AuditFailoverTests.program] + arguments)
    #expect(outcome.status <= 2 && outcome.error.isEmpty, "\(outcome)")
    // The age of what was just gathered depends on the machine.
    let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !($0.hasPrefix("Evidence of the primary is ") && $0.hasSuffix(" old.")) }
      .map { $0.replacing(/seen \d{4}-\d\d-\d\dT[\d:.]+Z/, with: "seen now") }
    let file = "\(Self.folder)/\(report.name).txt"
    let printed = (["$ slotscope \(report.command)"] + lines).joined(separator: "\n")
    if Environment.value("SLOTSCOPE_RENEW_REPORTS") != nil {
      let scratch = ScratchDirectory()
      try ExternalProgram.run("/usr/bin/env", ["cp", scratch.write("report.txt", printed), file])
    }
    let reviewed = String(decoding: try FileTree.contents(of: file), as: UTF8.self)
    let changed = printed.split(separator: "\n", omittingEmptySubsequences: false)
      .difference(from: reviewed.split(separator: "\n", omittingEmptySubsequences: false))
    #expect(changed.isEmpty, "\(report.name): \(changed.prefix(20).map { "\($0)" }.joined(separator: "\n"))")
  }

  /// A copy that nothing prints any more is reviewed in vain.
  @Test func everyCopyIsOfAReport() {
    let names = Set(Self.reports.map { "\($0.name).txt" })
    #expect(Set(FileTree.entries(of: Self.folder)) == names)
  }
}
