import PostgresFormat
import Reporting
import SlotSafety
import Testing

@Suite struct PlanScriptTests {
  /// A plan of one check and one step, whose texts are all hostile.
  static func plan(database: String = "shop", title: Words = "make it") throws -> Plan {
    var plan = Plan(
      approach: .slotsOnNewPrimary,
      servers: [
        PlannedServer(
          node: .newPrimary, version: .v15, systemIdentifier: 7, timeline: TimelineID(1),
          checks: [PlanCheck("a thing", "true", found: "'other'")])
      ], slots: [])
    plan.steps = [
      Step(
        id: "create.orders", slotName: try SlotName("orders"), part: PlanPart(.newPrimary, .afterPromotion),
        database: database, databaseOID: OID(5), title: title,
        preconditions: [PlanCheck(title, "1 = 1", found: "'two'")],
        isDone: "false", sql: "select 1", postconditions: [], finding: "slot.missing")
    ]
    return plan
  }

  static func script(_ plan: Plan) throws -> [Substring] {
    try #require(try PlanScript.text(plan, for: PlanPart(.newPrimary, .afterPromotion))).split(
      separator: "\n", omittingEmptySubsequences: false)
  }

  @Test func nothingForANodeWithoutSteps() throws {
    #expect(try PlanScript.text(Self.plan(), for: PlanPart(.standby, .beforePromotion)) == nil)
  }

  @Test func stopsAtErrorsBeforeAnythingElse() throws {
    let lines = try Self.script(Self.plan())
    let first = lines.first { !$0.hasPrefix("--") && !$0.isEmpty }
    #expect(first?.hasPrefix("\\set ON_ERROR_STOP on ") == true)
  }

  @Test func allChecksStandBeforeTheFirstChange() throws {
    let lines = try Self.script(Self.plan())
    let check = try #require(lines.firstIndex { $0.contains("1 = 1") })
    let dryRun = try #require(lines.firstIndex { $0.contains(" \\if :is_dry_run ") })
    let change = try #require(lines.firstIndex { $0.hasPrefix("  perform 1;") })
    #expect(check < dryRun)
    #expect(dryRun < change)
  }

  /// A line end in a text would end a comment, and what follows would be run.
  @Test(arguments: [
    "a\nselect evil", "a\rselect evil", "a\r\nselect evil", "a\u{2028}select evil", "a\u{85}select evil",
  ])
  func textsStayOnTheirLines(text: String) throws {
    let lines = try Self.script(Self.plan(title: "\(text)"))
    #expect(!lines.contains { $0.hasPrefix("select evil") || $0.hasPrefix("  select evil") })
    #expect(!lines.contains { $0.unicodeScalars.contains("\r") })
  }

  @Test func aNameLikeTheDollarQuoteEndsNoBlock() throws {
    var plan = try Self.plan()
    let name = "$$; drop table t; -- $q1$"
    plan.steps[0].preconditions = [PlanCheck("x", "current_database() = \(try .literal(name))", found: "'y'")]
    let lines = try Self.script(plan)
    #expect(lines.contains { $0.hasPrefix("  assert current_database() = '\(name)', ") })
    #expect(lines.count { $0.hasPrefix("do $q2$ ") } == 1 && lines.count { $0.hasSuffix(" $q2$;") } == 1)
  }

  /// Before the first change, and again right before the step.
  @Test func checksRunTwice() throws {
    var plan = try Self.plan()
    // Where nothing lies between the two, not even a connection, once is right before.
    #expect(try Self.script(plan).count { $0.contains("1 = 1") } == 1)
    plan.steps[0].databaseOID = nil
    #expect(try Self.script(plan).count { $0.contains("1 = 1") } == 1)
    var other = plan.steps[0]
    (other.id, other.preconditions) = ("other", [])
    plan.steps.insert(other, at: 0)
    #expect(try Self.script(plan).count { $0.contains("1 = 1") } == 2)
  }

  /// What cannot change while the server runs, or what the statement itself refuses, stands before the first change alone.
  @Test func whatCannotChangeIsAskedOnce() throws {
    var plan = try Self.plan()
    plan.steps[0].preconditions = plan.steps[0].preconditions.map(\.once)
    #expect(try Self.script(plan).count { $0.contains("1 = 1") } == 1)
  }

  /// What another script runs before its changes is a step like any other in its own.
  @Test func aNudgeRunsInItsOwnScript() throws {
    var plan = try Self.plan()
    plan.steps[0].isNudge = true
    #expect(try Self.script(plan).contains { $0.hasPrefix("  perform 1;") })
  }

  /// A server that answers with more columns than were asked for sets no variable that anything but its own answer is in.
  @Test func answersHavePrefixesOfTheirOwn() throws {
    var plan = try Self.plan()
    plan.steps[0].inputs = [StepInput(name: "position_orders", missing: ["it"])]
    plan.steps[0].value = .answer("'x'")
    plan.steps[0].execution = .result
    plan.steps[0].reloads = true
    let script = try Self.script(plan).joined(separator: "\n")
    #expect(!script.contains("\\gexec"))
    let answers = script.matches(of: /\\gset ([a-z_]+)(?: \\endif)?\n/).map(\.1)
    #expect(Set(answers) == ["answer_", "ignored_"])
    #expect(answers.count == script.matches(of: /\\gset/).count)
    let variables =
      script.matches(of: /\\set ([a-z_A-Z]+)/).map(\.1) + script.matches(of: /:['"]?([a-z_]+)/).map(\.1)
      + script.matches(of: /:\{\?([a-z_]+)/).map(\.1)
    #expect(variables.contains("answer_done") && variables.contains("answer_value"))
    for name in variables where name.hasPrefix("answer_") || name.hasPrefix("ignored_") {
      #expect(name == "answer_done" || name == "answer_value")
    }
    // Bare, an answer is only the argument of a condition.
    let bare = script.split(separator: "\n").filter { $0.contains(":answer_") }
    #expect(bare.allSatisfy { $0.hasPrefix("\\if :answer_done \\echo '") || $0.contains(":'answer_value';") })
  }

  /// What psql takes for the end of a text does not depend on an encoding that a server claims.
  @Test func scriptsAreASCIIButForTheirComments() throws {
    let lines = try Self.script(Self.plan(database: "größe", title: "数\u{E0041}"))
    #expect(lines.allSatisfy { line in line.hasPrefix("--") || line.utf8.allSatisfy { $0 < 0x80 } })
    #expect(lines.contains { $0.hasPrefix(#"\set database_conninfo 'dbname=''gr\xc3\xb6\xc3\x9fe''' "#) })
  }

  @Test func backticksAndVariablesInEchoesAreText() throws {
    let lines = try Self.script(Self.plan(title: "`id` :HOST it's"))
    #expect(lines.contains("\\echo 'create.orders (slot.missing): `id` :HOST it''s'"))
  }

  @Test func aZeroByteIsRefused() {
    #expect(throws: QuotingError.zeroByte) {
      try PlanScript.text(Self.plan(database: "a\0b"), for: PlanPart(.newPrimary, .afterPromotion))
    }
  }
}
