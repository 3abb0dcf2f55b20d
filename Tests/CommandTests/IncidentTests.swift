import FixtureSupport
import ServerLab
import Testing

/// Real troubles, made again with real servers: the first line, the exit code and the next step that an operator gets.
@Suite struct IncidentTests {
  private func run(_ incident: String, _ arguments: [String]) async throws -> Outcome {
    let folder = try Fixtures.unpacked("incidents/\(incident)")
    return try await slotscope(arguments.map { $0.replacing("@", with: folder + "/") })
  }

  /// A consumer confirms nothing but messages: the server goes by an older minimum of its slots, and removed nothing.
  @Test func aPredictionThatTheLastCheckpointContradictsIsNone() async throws {
    let outcome = try await run("stale-minimum-pg17", ["inspect", "@db1"])
    #expect(outcome.status == 1, "\(outcome)")
    #expect(outcome.output.contains("The last checkpoint left 12 segments that nothing known keeps"), "\(outcome)")
    #expect(outcome.output.contains("the next checkpoint would remove 12 segments"), "\(outcome)")
    #expect(outcome.output.contains("nobody that is known, but the last checkpoint left it"), "\(outcome)")
    #expect(!outcome.output.contains("removed at the next checkpoint"), "\(outcome)")
  }

  /// No logical slot, and a standby that lacks what is nowhere: neither READY nor nothing to do.
  @Test func withoutAConsumerTheStandbyStillCounts() async throws {
    let nodes = ["--primary", "@pg1", "--standby", "@pg2"]
    let audit = try await run("cannot-catch-up-pg17", ["audit"] + nodes)
    #expect(audit.status == 2 && audit.output.hasPrefix("DO NOT PROMOTE YET: no consumer is at stake"), "\(audit)")
    let words = audit.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("segments 000000010000000000000008 to 00000001000000000000000C are nowhere"))
    let plan = try await run("cannot-catch-up-pg17", ["plan"] + nodes)
    #expect(plan.status == 2 && !plan.error.contains("nothing to do"), "\(plan)")
    #expect(plan.error.contains("no script mends what speaks against this promotion: this standby lacks"), "\(plan)")
    #expect(plan.error.contains("build the standby anew"), "\(plan)")
    let line = try await run("cannot-catch-up-pg17", ["audit", "--format", "nagios"] + nodes)
    #expect(line.status == 2 && line.output.hasPrefix("SLOTSCOPE CRITICAL - DO NOT PROMOTE YET"), "\(line)")
  }
}
