import Evidence
import PostgresFormat
import SlotSafety
import Testing

/// A segment that could not be read is named, whatever else is said.
@Suite struct UnreadSegmentsTests {
  private func named(_ problems: Problem...) -> [String] {
    var pair = SamplePair(.v17)
    pair.standby.problems += problems
    return pair.assess().findings.filter { $0.rule == .a12Unread }.map(\.message)
  }

  private func problem(_ subject: String, _ path: String, errno: Int32 = 5) -> Problem {
    Problem(subject: subject, path: path, cause: .file(errno: errno, message: "Input/output error"))
  }

  @Test func eachIsNamedOnce() {
    let path = "pg_wal/000000010000000000000002"
    #expect(named() == [])
    #expect(named(problem(Problem.walSegment, path)) == ["The standby's \(path) cannot be read."])
    #expect(named(problem("wal", path), problem(Problem.walSegment, path)).count == 1)
    #expect(named(problem("wal", path + ".gz")).count == 1)
  }

  @Test func nothingElseIsTakenForOne() {
    #expect(named(problem("wal", "pg_wal")) == [])
    #expect(named(problem("slot_state", "pg_replslot/000000010000000000000002")) == [])
    #expect(
      named(Problem(subject: "wal", path: "pg_wal/000000010000000000000002", cause: .other(code: "x", message: "x")))
        == [])
  }
}
