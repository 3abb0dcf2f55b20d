import FixtureSupport
import ServerLab
import Testing

/// The program itself: exit codes, and which stream says what.
@Suite struct ShowCommandTests {
  private let scratch = ScratchDirectory()

  private func show(_ arguments: [String]) async throws -> Outcome {
    // The tests' own bundle lies beside the program.
    let folder = CommandLine.arguments[0].split(separator: "/", omittingEmptySubsequences: false).dropLast()
    return try await runProgram("\(folder.joined(separator: "/"))/slotscope", ["show"] + arguments)
  }

  private func realSlot() throws -> [UInt8] {
    try FileTree.contents(of: Fixtures.node("pg17-clean", "data").path + "/pg_replslot/fo_slot/state")
  }

  @Test func soundFilesEndWithZero() async throws {
    let data = try Fixtures.node("pg17-clean", "data").path
    let outcome = try await show(["\(data)/global/pg_control", "\(data)/PG_VERSION"])
    #expect(outcome.status == 0 && outcome.error.isEmpty)
    #expect(outcome.output.contains("Database cluster state:                shut down\n"))
    #expect(outcome.output.contains("PG_VERSION\n  version:   17\n"))
  }

  @Test func aDamagedFileEndsWithTwoAndTheOthersAreShown() async throws {
    var bytes = try realSlot()
    bytes[100] ^= 1
    let damaged = scratch.write("damaged", bytes)
    let sound = scratch.write("sound", try realSlot())
    let outcome = try await show([damaged, sound])
    #expect(outcome.status == 2)
    #expect(outcome.output.contains("fo_slot") && outcome.output.contains("(PostgreSQL 17, 18 or 19)"))
    #expect(
      outcome.error.hasPrefix("slotscope: error: \(damaged): replication slot state: the checksum does not match"))
    #expect(outcome.error.contains("slotscope: hint: "))
  }

  @Test func anUnreadableFileEndsWithThree() async throws {
    let missing = "\(scratch.path)/none"
    let outcome = try await show(["--format", "json", missing, scratch.write("text", "what is this, then?\n")])
    #expect(outcome.status == 3)
    #expect(outcome.error.contains("slotscope: error: \(missing): No such file or directory\n"))
    #expect(outcome.output.contains(#""schema": "slotscope.show/1""#) && outcome.output.contains(#""not_recognised""#))
  }

  @Test(arguments: [
    ("", "For a data directory: slotscope inspect "), ("/pg_wal", "For a folder of WAL: slotscope wal gaps --waldir "),
    ("/pg_replslot", "Name the files in it."), ("/base", "Name the files in it."),
  ])
  func ofAFolderTheCommandForItIsNamed(folder: String, hint: String) async throws {
    let path = try Fixtures.node("pg17-clean", "data").path + folder
    let outcome = try await show([path])
    #expect(outcome.status == 3)
    #expect(outcome.error.hasPrefix("slotscope: error: \(path): is a directory, not a regular file\n"))
    #expect(outcome.error.contains("slotscope: hint: \(hint)"), "\(outcome.error)")
  }

  @Test(arguments: [["--no-such-option", "x"], ["--format", "xml", "x"], []])
  func aWrongCommandLineEndsWithSixtyFour(arguments: [String]) async throws {
    let outcome = try await show(arguments)
    #expect(outcome.status == 64 && outcome.output.isEmpty)
    #expect(outcome.error.hasPrefix("slotscope: error: "))
  }
}
