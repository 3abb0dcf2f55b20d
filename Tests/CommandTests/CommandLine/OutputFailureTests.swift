import FixtureSupport
import ServerLab
import Testing

/// A disk that is full: half an evidence file, script or answer is never given out as a whole one.
@Suite struct OutputFailureTests {
  private static func run(_ arguments: String, into output: String) async throws -> Outcome {
    try await runProgram(
      "/bin/sh", ["-c", "exec \"$1\" \(arguments) \(output)", "sh", productsDirectory + "/slotscope"])
  }

  @Test func aFullDiskIsAnError() async throws {
    let scratch = ScratchDirectory()
    let folder = try FailoverFixture.unpacked("1114-pg17", in: scratch).folder
    let (primary, standby) = ("'\(folder)/primary'", "'\(folder)/standby'")
    for arguments in [
      "capture \(primary)", "inspect \(primary)", "inspect \(primary) --format nagios", "timeline \(primary)",
      "show \(primary)/global/pg_control", "audit --primary \(primary) --standby \(standby)", "rules", "--version",
      "audit --help", "--generate-completion-script bash", "help ready", "wal end \(primary)",
    ] {
      let outcome = try await Self.run(arguments, into: ">/dev/full")
      #expect(outcome.status == 3, "\(arguments): \(outcome)")
      #expect(outcome.error.contains("could not write to standard output: No space left on device"), "\(outcome)")
    }
  }

  /// `head` has seen enough.
  @Test func aReaderThatHasGoneIsNone() async throws {
    let outcome = try await Self.run("rules", into: "| :")
    #expect(outcome.status == 0 && outcome.error.isEmpty, "\(outcome)")
  }
}
