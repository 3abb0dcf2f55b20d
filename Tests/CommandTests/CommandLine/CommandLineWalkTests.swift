import Testing

@testable import SlotscopeCommands

/// A command line as getopt's programs take it, and what is said of a wrong one.
@Suite struct CommandLineWalkTests {
  private func walk(_ line: String) throws -> CommandLineWalk {
    var walk = CommandLineWalk(try CommandDescription.program())
    for word in line.split(separator: " ").map(String.init) { try walk.take(word) }
    return walk
  }

  @Test(arguments: [
    ("wal records -n1 -D/data", "wal records --limit=1 --pgdata=/data"),
    ("wal records -n 1 -D /data", "wal records --limit=1 --pgdata=/data"),
    ("wal records -n=1 -rHeap -r Btree", "wal records --limit=1 --rmgr=Heap --rmgr=Btree"),
    ("audit --primary P --standby=S -vj1", "audit --primary=P --standby=S --verbose --jobs=1"),
    ("inspect -D -odd", "inspect --pgdata=-odd"), ("inspect -v db1", "inspect --verbose db1"),
    ("show -- -a -b", "show -- -a -b"), ("-- wal end -a", "wal end -- -a"),
    ("plan --approach failover_slots", "plan --approach=failover_slots"),
    ("ledger --from 0/1 --to=0/2 -", "ledger --from=0/1 --to=0/2 -"),
  ])
  func wordsAreTakenAsByGetopt(line: String, taken: String) throws {
    #expect(try walk(line).arguments.joined(separator: " ") == taken)
  }

  @Test(arguments: ["-V", "--version", "audit -V", "wal end --version", "inspect -vV db1"])
  func versionIsAsked(line: String) throws { #expect(try walk(line).request == .version) }

  @Test(arguments: ["-h", "-?", "--help", "audit -?", "wal end --help"])
  func helpIsAsked(line: String) throws { #expect(try walk(line).request == .help) }

  @Test(arguments: [
    ("audti", "there is no command \"audti\"", "Did you mean \"audit\"? Try \"slotscope --help\""),
    ("records", "there is no command \"records\"", "Did you mean \"wal records\"?"),
    (
      "wal recrods", "\"slotscope wal\" has no command \"recrods\"",
      "Did you mean \"records\"? Try \"slotscope wal --help\""
    ),
    ("xyzzy", "there is no command \"xyzzy\"", "The commands are status, inspect, audit,"),
    (
      "audit --primray P", "unrecognized option \"--primray\"",
      "Did you mean \"--primary\"? Try \"slotscope audit --help\""
    ),
    ("wal end -z", "unrecognized option \"-z\"", "Try \"slotscope wal end --help\""),
    ("inspect -vz", "unrecognized option \"-z\" in \"-vz\"", "Try \"slotscope inspect --help\""),
    ("inspect --verbose=1", "option \"--verbose\" takes no value", "Try"),
    (
      "audit --standby S --format jsno", "invalid value \"jsno\" for option \"--format\"",
      "Did you mean \"json\"?"
    ),
    ("inspect --format xml", "invalid value \"xml\" for option \"--format\"", "It is one of text, json"),
    ("audit P S", "too many arguments (first is \"S\")", "Name the nodes: slotscope audit --primary SOURCE --standby"),
    ("plan P S", "too many arguments (first is \"S\")", "Name the nodes: slotscope plan --primary SOURCE --standby"),
    (
      "ledger P S", "too many arguments (first is \"S\")", "Name the nodes: slotscope ledger --primary SOURCE --standby"
    ),
    (
      "inspect host=h port=1", "too many arguments (first is \"port=1\")",
      "A connection string is one argument: put it in quotes."
    ),
    ("inspect db1 db2", "too many arguments (first is \"db2\")", "Try \"slotscope inspect --help\""),
  ])
  func whatIsWrongIsNamed(line: String, message: String, hint: String) throws {
    let failure = #expect(throws: CommandFailure.self) { try walk(line) }
    #expect(failure?.status == .usage && failure?.message == message, "\(line)")
    #expect(failure?.hint?.contains(hint) == true, "\(line): \(failure?.hint ?? "")")
  }

  @Test(arguments: ["audit --bogus", "plan --zzzz", "wal end --xyzzy"])
  func whatIsFarIsNotMeant(line: String) throws {
    let failure = #expect(throws: CommandFailure.self) { try walk(line) }
    #expect(failure?.hint?.hasPrefix("Try \"slotscope") == true, "\(failure?.hint ?? "")")
  }

  /// That of a variable that is not set: `-D ""` would be the root's `pg_wal`.
  @Test(arguments: [
    (["audit", "--primary", ""], "option \"--primary\" has an empty value"),
    (["audit", "--standby="], "option \"--standby\" has an empty value"),
    (["wal", "end", "-D", ""], "option \"--pgdata\" has an empty value"),
    (["plan", "--slots", ""], "option \"--slots\" has an empty value"),
    (["inspect", ""], "an empty argument was given"), (["show", "a", ""], "an empty argument was given"),
  ])
  func nothingIsTakenForAValue(words: [String], message: String) throws {
    var walk = CommandLineWalk(try CommandDescription.program())
    let failure = #expect(throws: CommandFailure.self) { for word in words { try walk.take(word) } }
    #expect(failure?.status == .usage && failure?.message == message)
  }

  @Test(arguments: [
    ("show", "no file given"), ("compare a", "no second source given"), ("capture", "no source given"),
    ("wal records -n", "option \"--limit\" requires a value"),
  ])
  func whatIsMissingIsNamed(line: String, message: String) throws {
    let walk = try walk(line)
    let failure = #expect(throws: CommandFailure.self) { try walk.end() }
    #expect(failure?.message == message)
  }

  @Test(arguments: [
    ("audti", ["audit"]), ("AT-RISK", ["at_risk"]), ("fixible", ["fixable"]), ("led", ["ledger"]), ("", []),
    ("zzzzzz", []), (String(repeating: "a", count: 10_000), []),
  ])
  func nearNamesAreFound(word: String, near: [String]) {
    #expect(NearestNames.of(word, among: ["audit", "ledger", "at_risk", "fixable", "ready"]) == near)
  }

  @Test func whatTheParserSaysBecomesOneLine() {
    #expect(
      UsageMessage.text("The value 'x' is invalid for '--from <lsn>': \"x\" is not an LSN")
        == "option \"--from\": \"x\" is not an LSN")
    #expect(
      UsageMessage.text("The value 'x' is invalid for '--jobs <n>'") == "invalid value \"x\" for option \"--jobs\"")
    #expect(UsageMessage.text("one\n   or: two") == "one; or: two")
  }
}
