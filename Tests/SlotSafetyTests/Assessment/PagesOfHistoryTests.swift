import Evidence
import PostgresFormat
import Testing

@testable import SlotSafety

/// What data pages mean for the verdicts.
struct PagesOfHistoryTests {
  static func check(foreign: Int, node: String = "primary") -> PageCheck {
    var witness = PageCheck.Witness(node: node, from: LSN(0x100_0028), to: SamplePair.end)
    (witness.positions, witness.foreign) = (10, foreign)
    witness.examples = foreign == 0 ? [] : [PageCheck.Page(path: "base/5/16384", block: 3, lsn: LSN(0x100_0100))]
    var check = PageCheck(isWhole: false)
    (check.files, check.pages, check.witnesses) = (2, 20, [witness])
    return check
  }

  @Test(arguments: ["standby", "primary"])
  func pagesOfAnotherHistoryAreNeverReady(node: String) throws {
    var pair = SamplePair()
    #expect(pair.orders?.verdict == .ready)
    pair.pages = Self.check(foreign: 0)
    #expect(pair.orders?.verdict == .ready)
    pair.pages = Self.check(foreign: 2, node: node)
    let assessment = pair.assess()
    #expect(assessment.verdict == .atRisk)
    #expect(assessment.slots.filter(\.counts).allSatisfy { $0.verdict == .atRisk })
    let finding = try #require(assessment.findings.first { $0.id == "A44" })
    #expect(finding.facts.first?.path == "base/5/16384" && finding.message.contains("of the \(node)'s WAL"))
    let audit = pair.audit
    #expect(throws: PlanRefusal.self) { try makePlan(audit) }
    let scope = try LedgerScope.failover(Failover.establish(audit.question(of: pair.standby)))
    #expect(scope.otherHistory?.id == "A44")
    // Where no slot is at stake, too.
    pair.primary.slots = []
    pair.standby.slots = []
    #expect(pair.assess().verdict == .atRisk)
  }
}
