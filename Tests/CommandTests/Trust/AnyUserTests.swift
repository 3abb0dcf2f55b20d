import FixtureSupport
import Glibc
import ServerLab
import Testing

/// A user who may not read everything: what is kept from it is unknown, with its path and the reason.
@Suite struct AnyUserTests {
  /// Runs the program as a user without rights where the tests run as root; else as the user of the tests.
  private static func slotscopeAsNobody(_ pair: NodePairCopy, _ arguments: [String]) async throws -> Outcome {
    guard getuid() == 0 else { return try await slotscope(arguments) }
    return try await runProgram(
      "setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", pair.scratch.path + "/slotscope"] + arguments)
  }

  /// A pair that everybody may read, and the program where everybody may run it.
  private static func pair() throws -> NodePairCopy {
    let pair = try NodePairCopy()
    try pair.shell(
      "chmod 755 .; chmod -R a+rX primary standby; chmod 777 outside; cp '\(productsDirectory)/slotscope' .")
    return pair
  }

  @Test func whoeverMayReadEverythingGetsTheSameAnswers() async throws {
    let pair = try Self.pair()
    for line in EveryCommand.lines(primary: pair.primary, standby: pair.standby, outside: pair.outside)
    where !line.contains("--output-dir") && !["capture", "compare"].contains(line[0]) {
      let mine = try await slotscope(line)
      let nobodys = try await Self.slotscopeAsNobody(pair, line)
      #expect(mine.status == nobodys.status, "\(line): \(nobodys)")
      // These say when they looked.
      if !["audit", "plan", "status"].contains(line[0]) && !line.contains("prometheus") && !line.contains("html") {
        #expect(mine.output == nobodys.output, "\(line)")
      }
    }
  }

  /// In whatever place of a command line; of an archive nothing would be told by what is left out.
  @Test(.enabled(if: getuid() == 0, "needs root"))
  func whoseItIsIsSaid() async throws {
    let pair = try Self.pair()
    try pair.shell("mkdir archive && chmod 700 archive primary/pg_wal && chmod 600 standby/global/pg_control")
    let archive = pair.scratch.path + "/archive"
    for line in [
      ["wal", "end", "-D", pair.primary], ["wal", "gaps", "--archive", archive],
      ["show", pair.standby + "/global/pg_control"],
      ["audit", "--primary", pair.primary, "--standby", pair.standby, "--archive", archive],
      ["ledger", "--slot", "cdc_a", "--archive", archive, pair.primary],
      ["inspect", "--archive", archive, pair.primary],
    ] {
      let outcome = try await Self.slotscopeAsNobody(pair, line)
      #expect(outcome.status == 3 && outcome.error.contains("Permission denied"), "\(line): \(outcome)")
      #expect(outcome.error.contains("It belongs to root: sudo -u root"), "\(line): \(outcome)")
    }
  }

  static let kept = [
    "PG_VERSION", "global", "global/pg_control", "global/1262", "global/pg_filenode.map", "postgresql.conf",
    "postgresql.auto.conf", "pg_replslot", "pg_replslot/cdc_a", "pg_replslot/cdc_a/state", "pg_wal", "pg_logical",
    "pg_logical/replorigin_checkpoint", "pg_logical/snapshots", "pg_twophase", "postmaster.opts",
  ]
  /// Without these there is no telling what becomes of a slot.
  static let vital: Set = [
    "global", "global/pg_control", "pg_replslot", "pg_replslot/cdc_a", "pg_replslot/cdc_a/state", "pg_wal",
  ]

  @Test(arguments: kept)
  func whatIsKeptIsUnknown(path: String) async throws {
    let pair = try Self.pair()
    let usual = try await Self.slotscopeAsNobody(pair, ["inspect", "--format", "json", pair.primary])
    try pair.shell("chmod 000 'primary/\(path)'")
    defer { try? pair.shell("chmod 755 'primary/\(path)'") }
    let inspect = try await Self.slotscopeAsNobody(pair, ["inspect", "--format", "json", pair.primary])
    #expect(inspect.status <= 3, "\(inspect)")
    if Self.vital.contains(path) { #expect(inspect.status == 3) }
    #expect(inspect.output.contains("Permission denied"), "\(path)")
    #expect(inspect.output.contains(path), "\(path)")
    #expect(!usual.output.contains("Permission denied"))
    for line in EveryCommand.lines(primary: pair.primary, standby: pair.standby, outside: pair.outside)
    where line.contains("text") || line.prefix(3) == ["wal", "end", "-D"] || line[0] == "timeline" && line.count == 3 {
      let outcome = try await Self.slotscopeAsNobody(pair, line)
      #expect(outcome.status <= 3, "\(line): \(outcome)")
      if line[0] == "audit", Self.vital.contains(path) {
        #expect(outcome.status == 3, "\(line): \(outcome)")
        if line.contains("text") { #expect(outcome.output.contains("Permission denied"), "\(outcome)") }
      }
    }
  }

  /// A limit or a recovery target may stand there; what the server makes of the file, another user cannot say.
  @Test(arguments: ["postgresql.conf", "postgresql.auto.conf"])
  func aStandbyWhoseConfigurationIsKeptIsUnknown(file: String) async throws {
    let pair = try Self.pair()
    try pair.shell("chmod 000 'standby/\(file)'")
    defer { try? pair.shell("chmod 755 'standby/\(file)'") }
    let audit = ["audit", "--primary", pair.primary, "--standby", pair.standby]
    let kept = try await Self.slotscopeAsNobody(pair, audit)
    #expect(
      kept.status == 3 && kept.output.contains("settings are not all known: \(file): Permission denied"), "\(kept)")
    #expect(!kept.output.contains("would not start"))
    let inspect = try await Self.slotscopeAsNobody(pair, ["inspect", pair.standby])
    #expect(!inspect.output.contains("would not start: FATAL: could not open configuration file"), "\(inspect)")
  }

  @Test func aDirectoryThatIsKeptIsRefusedWithTheReason() async throws {
    let pair = try Self.pair()
    try pair.shell("chmod 000 primary")
    defer { try? pair.shell("chmod 755 primary") }
    for line in [["inspect", pair.primary], ["wal", "end", "-D", pair.primary], ["capture", pair.primary]] {
      let outcome = try await Self.slotscopeAsNobody(pair, line)
      #expect(outcome.status == 3 && outcome.output.isEmpty, "\(line): \(outcome)")
      #expect(outcome.error.contains(pair.primary) && outcome.error.contains("Permission denied"), "\(outcome)")
    }
  }
}
