import Evidence
import PostgresFormat
import Testing

/// What a log says of its server, and what only looks like it.
struct PostmasterLifeTests {
  /// Lines of `PID:number text`, each of a file.
  private func lives(_ lines: [(file: String, text: String)], current: String? = "b") -> [PostmasterLife] {
    var collector = PostmasterLifeCollector(currentFile: current, zone: .utc)
    let prefix = LogLinePrefix("%p:%l ")
    for (index, line) in lines.enumerated() {
      guard let entry = prefix.entry(Array(line.text.utf8), in: .utc) else { continue }
      collector.add(entry, path: line.file, line: index + 1)
    }
    return collector.finish()
  }

  private func whole(_ lines: [(String, String)], current: String? = "b") -> [Bool] {
    lives(lines.map { (file: $0.0, text: $0.1) }, current: current).map(\.isWhole)
  }

  @Test func numbersOrOneFileShowThatNothingIsMissing() {
    let start = ("b", "7:1 LOG:  starting PostgreSQL 18.6")
    #expect(whole([start, ("b", "7:2 LOG:  received SIGHUP, reloading configuration files")]) == [true])
    // A hole, in one file: nothing is missing there, as the server numbers what it hides, too.
    #expect(whole([start, ("b", "7:4 LOG:  x")]) == [true])
    // In two files the numbers decide.
    let first = ("a", "7:1 LOG:  starting PostgreSQL 18.6")
    #expect(whole([first, ("b", "7:2 LOG:  x")]) == [true])
    #expect(whole([first, ("b", "7:3 LOG:  x")]) == [false])
    // The file that was written last has no line of it: more may have been in one between.
    #expect(whole([first, ("a", "7:2 LOG:  x")]) == [false])
    #expect(whole([first, ("a", "7:2 LOG:  database system is shut down")]) == [true])
    #expect(whole([start], current: nil) == [false])
  }

  /// A prefix that somebody forged: as long as a configuration file may be.
  @Test func aPrefixWithoutEndIsOfNoLog() {
    let line = Array("7 LOG:  x".utf8)
    let mark = LogLinePrefix("%p " + String(repeating: "%q", count: 1_000_000))
    #expect(mark.entry(line, in: .utc)?.processID == 7)
    let start = ContinuousClock.now
    let prefix = LogLinePrefix(String(repeating: "%p", count: 1_000_000))
    for _ in 0..<10_000 { #expect(prefix.entry(line, in: .utc) == nil) }
    #expect(ContinuousClock.now - start < .seconds(20))
  }

  @Test func changesAreThePostmastersAlone() throws {
    let found = try #require(
      lives([
        ("b", "7:1 LOG:  starting PostgreSQL 18.6"),
        ("b", "9:1 LOG:  parameter \"synchronized_standby_slots\" changed to \"x\""),
        ("b", "7:2 LOG:  parameter \"synchronized_standby_slots\" changed to \"\"sb\", other\""),
        ("b", "7:3 LOG:  parameter \"work_mem\" changed to \"secret\""),
        ("b", "7:3 LOG:  parameter \"log_min_messages\" changed to \"secret\""),
        ("b", "7:4 LOG:  parameter \"synchronized_standby_slots\" removed from configuration file, reset to default"),
        (
          "b",
          "9:2 WARNING:  replication slot \"sb\" specified in parameter \"synchronized_standby_slots\" does not have active_pid"
        ),
      ]).first)
    // Of others nothing is kept, and no value but of the one that is asked about.
    #expect(found.events.map(\.kind) == [.changed, .changed, .removed])
    #expect(
      found.events.map(\.name) == ["synchronized_standby_slots", "log_min_messages", "synchronized_standby_slots"])
    #expect(found.events.map(\.value) == ["\"sb\", other", nil, nil])
  }

  /// RAISE LOG writes any text, and leaves its statement beside it.
  @Test func aUserStartsNoServer() {
    let forged = [
      ("b", "9:1 LOG:  starting PostgreSQL 18.6"),
      ("b", "9:2 CONTEXT:  PL/pgSQL function inline_code_block line 1 at RAISE"),
      ("b", "9:3 STATEMENT:  do $$ begin raise log 'starting PostgreSQL 18.6'; end $$"),
      ("b", "9:4 LOG:  parameter \"synchronized_standby_slots\" changed to \"sb\""),
    ]
    #expect(whole(forged) == [])
    let own = [("b", "7:1 LOG:  starting PostgreSQL 18.6")] + forged
    let found = lives(own.map { (file: $0.0, text: $0.1) })
    #expect(found.map(\.processID) == [7] && found.first?.events == [])
  }
}
