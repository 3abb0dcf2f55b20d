import ServerLab
import Testing

@Suite struct EveryCommandTests {
  /// A command that is added later is missing in none of the tests that run all.
  @Test func noCommandIsLeftOut() async throws {
    let lines = EveryCommand.lines(primary: "p", standby: "s", outside: "o")
    let help = try await slotscope(["--help"]).output
    let listed = help.split(separator: "\n").drop { $0 != "SUBCOMMANDS:" }.dropFirst()
      .filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }.compactMap {
        $0.split(separator: " ").first.map(String.init)
      }
    #expect(listed.count >= 10)
    let missing = Set(listed).subtracting(lines.map { $0[0] }).subtracting(["help", "See"])
    #expect(missing.isEmpty)
  }
}
