import PostgresFormat
import Testing

/// The three forms of a log, as servers write them.
struct ServerLogParserTests {
  private func entry(_ line: String, _ prefix: String = "%m [%p] ") -> ServerLogEntry? {
    LogLinePrefix(prefix).entry(Array(line.utf8), in: .utc)
  }

  @Test func thePrefixTellsTheProcess() throws {
    let line = "2026-11-28 20:32:18.250 UTC [19519] LOG:  starting PostgreSQL 18.6 (Debian) on x86_64"
    let found = try #require(entry(line))
    #expect(found.severity == "LOG" && found.message == "starting PostgreSQL 18.6 (Debian) on x86_64")
    #expect(found.processID == 19519 && found.number == nil)
    #expect(found.time?.description == "2026-11-28T20:32:18.250000Z")
    #expect(entry("19519 7 LOG:  shutting down", "%p %l ")?.number == 7)
    #expect(entry("1764361938.250 6929f3d2.4c3f LOG:  x", "%n %c ")?.processID == 0x4c3f)
    #expect(entry("1764361938.250 6929f3d2.4c3f LOG:  x", "%n %c ")?.time?.description == "2025-11-28T20:32:18.250000Z")
    #expect(entry("postmaster,19519 LOG:  00000: x", "%b,%-6p ")?.message == "x")
  }

  /// What stands after %q is of sessions alone.
  @Test func sessionsHaveMore() throws {
    let debian = "%m [%p] %q%u@%d "
    #expect(entry("2026-11-28 20:32:18.250 UTC [7] LOG:  x", debian)?.message == "x")
    let session = try #require(entry("2026-11-28 20:32:18.250 UTC [8] app@shop ERROR:  y", debian))
    #expect(session.processID == 8 && session.severity == "ERROR" && session.message == "y")
    #expect(!LogLinePrefix("%m ").namesProcess && LogLinePrefix(debian).namesProcess)
  }

  @Test(arguments: [
    "", "LOG:  x", "2026-11-28 20:32:18.250 UTC [] LOG:  x", "2026-13-28 20:32:18.250 UTC [1] LOG:  x",
    "2026-11-28 20:32:18.250 UTC [99999999999] LOG:  x", "2026-11-28 20:32:18.250 UTC [1] LOG: x",
    "2026-11-28 20:32:18.250 UTC [1] log:  x", "% %", "\u{0}\u{0}",
  ])
  func anythingElseIsNoEntry(line: String) { #expect(entry(line) == nil) }

  @Test func aZoneThatIsNotKnownHasNoTimes() {
    #expect(!LogZone.isUTC("Europe/Berlin") && LogZone.isUTC(nil) && LogZone.isUTC("Etc/UTC"))
    let line = Array("2026-11-28 20:32:18.250 CET [1] LOG:  x".utf8)
    let found = LogLinePrefix.standard.entry(line, in: .unknown)
    #expect(found?.message == "x" && found?.time == nil)
  }

  @Test func csvHasNewlinesInQuotes() {
    var parser = ServerLogParser(.csv, in: .utc)
    let start = "2026-11-28 20:32:18.250 UTC,,,77,,6929f3d2.4d,3,,2026-11-28 20:32:18 UTC,,0,LOG,00000,"
    let rest = ",,,,,,,,,\"\",\"postmaster\",,0"
    let whole = parser.add(line: Array((start + "\"parameter \"\"a\"\" changed to \"\"b,c\"\"\"" + rest).utf8))
    #expect(whole?.message == "parameter \"a\" changed to \"b,c\"" && whole?.number == 3 && whole?.processID == 77)
    #expect(whole?.backendType == "postmaster")
    #expect(parser.add(line: Array((start + "\"first").utf8)) == nil)
    #expect(parser.add(line: Array(("second\"" + rest).utf8))?.message == "first")
    #expect(parser.notUnderstood == 0)
    #expect(parser.add(line: Array("a,b,c".utf8)) == nil)
    #expect(parser.notUnderstood == 1)
  }

  @Test func jsonIsOneObjectALine() {
    var parser = ServerLogParser(.json, in: .utc)
    let line =
      #"{"timestamp":"2026-11-28 20:32:18.250 UTC","pid":77,"session_id":"a","line_num":4,"error_severity":"LOG","message":"parameter \"a\" changed to \"b\\c\"","backend_type":"postmaster","query_id":0}"#
    let found = parser.add(line: Array(line.utf8))
    #expect(found?.message == #"parameter "a" changed to "b\c""# && found?.number == 4 && found?.processID == 77)
    for broken in ["{", "{}", #"{"a":"#, #"{"a":1"#, #"{"a":"\u00"}"#, "[1]", line + "x"] {
      #expect(parser.add(line: Array(broken.utf8)) == nil)
    }
    #expect(parser.notUnderstood == 7)
  }

  /// Numbers that no server writes are not numbers.
  @Test(arguments: [
    ("9999999999999999999.250 LOG:  x", "%n "), ("1764361938.9999999999999999999 LOG:  x", "%n "),
    ("99999999999999999999999 LOG:  x", "%l "), ("9999-99-99 99:99:99.999 UTC LOG:  x", "%m "),
  ])
  func forgedNumbers(line: String, prefix: String) { #expect(entry(line, prefix) == nil) }

  /// An entry that is longer than any takes nothing with it unseen: what follows may be of it.
  @Test func whatCannotBeReadIsTold() {
    var parser = ServerLogParser(.csv, in: .utc)
    let start = "2026-11-28 20:32:18.250 UTC,,,77,,6929f3d2.4d,3,,2026-11-28 20:32:18 UTC,,0,LOG,00000,\""
    #expect(!parser.isDamaged)
    #expect(parser.add(line: Array((start + String(repeating: "x", count: 1 << 21)).utf8)) == nil)
    #expect(parser.isDamaged)
    var open = ServerLogParser(.csv, in: .utc)
    #expect(open.add(line: Array((start + "cut off").utf8)) == nil && open.isDamaged)
    // The form of stderr has words of other programs.
    var stderr = ServerLogParser(.stderr(.standard), in: .utc)
    #expect(stderr.add(line: Array("cp: no space".utf8)) == nil && stderr.notUnderstood == 1 && !stderr.isDamaged)
  }
}
