import PostgresFormat
import Reporting
import SlotSafety
import Testing

@Suite struct PlanScriptTests {
  /// A plan of one check and one step, whose texts are all hostile.
  static func plan(database: String = "shop", title: String = "make it") throws -> Plan {
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
        database: database, title: title, preconditions: [PlanCheck(title, "1 = 1", found: "'two'")],
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
    #expect(first == "\\set ON_ERROR_STOP on")
  }

  @Test func allChecksStandBeforeTheFirstChange() throws {
    let lines = try Self.script(Self.plan())
    let check = try #require(lines.firstIndex { $0.contains("1 = 1") })
    let dryRun = try #require(lines.firstIndex { $0 == "\\if :slotscope_dry_run" })
    let change = try #require(lines.firstIndex { $0 == "select 1 as slotscope_ignored \\gset" })
    #expect(check < dryRun)
    #expect(dryRun < change)
  }

  /// A line end in a text would end a comment, and what follows would be run.
  @Test(arguments: [
    "a\nselect evil", "a\rselect evil", "a\r\nselect evil", "a\u{2028}select evil", "a\u{85}select evil",
  ])
  func textsStayOnTheirLines(text: String) throws {
    let lines = try Self.script(Self.plan(title: text))
    #expect(!lines.contains { $0.hasPrefix("select evil") })
    #expect(!lines.contains { $0.unicodeScalars.contains("\r") })
  }

  /// One kind of quote for the check, another for the list that it stands in.
  @Test func aDatabaseNamedLikeTheDollarQuoteEndsNoBlock() throws {
    var plan = try Self.plan()
    let name = "$$; drop table t; -- $q1$"
    plan.steps[0].preconditions = [PlanCheck("x", try SQLText.isCurrentDatabase(name), found: "'y'")]
    let lines = try Self.script(plan)
    #expect(lines.contains("    $q2$current_database() = '\(name)'::name$q2$,"))
    #expect(lines.contains("select $q3$"))
    #expect(lines.contains("$q3$ as before_create_orders \\gset"))
  }

  /// The checks of a step stand in the script once and run twice.
  @Test func checksAreDefinedOnceAndRunAgainBeforeTheirStep() throws {
    let lines = try Self.script(Self.plan())
    #expect(lines.count { $0.contains("1 = 1") } == 1)
    #expect(lines.count { $0 == "select :expect from (values :before_create_orders) as :check \\gexec" } == 2)
  }

  @Test func backticksAndVariablesInEchoesAreText() throws {
    let lines = try Self.script(Self.plan(title: "`id` :HOST it's"))
    #expect(lines.contains("\\echo 'orders: `id` :HOST it''s'"))
  }

  @Test func aZeroByteIsRefused() {
    #expect(throws: QuotingError.zeroByte) {
      try PlanScript.text(Self.plan(database: "a\0b"), for: PlanPart(.newPrimary, .afterPromotion))
    }
  }
}
