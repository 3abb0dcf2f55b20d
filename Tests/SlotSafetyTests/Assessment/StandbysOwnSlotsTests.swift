import Evidence
import PostgresFormat
import Testing

@testable import SlotSafety

/// Slots that the standby alone has: a promotion costs their consumers nothing, and "ready" is not said over one that is lost.
@Suite struct StandbysOwnSlotsTests {
  private func pair(
    consumers: Bool = false, _ version: ServerVersion = .v17, _ change: (inout SlotState) -> Void
  ) -> SamplePair {
    var pair = SamplePair(version)
    if !consumers {
      pair.primary.slots.removeAll { $0.state?.isLogical == true }
      pair.standby.slots = []
    }
    var state = SamplePair.slot("dwh", version, failover: false)
    change(&state)
    pair.standby.slots.append(SamplePair.evidence(state))
    return pair
  }

  @Test(arguments: [ServerVersion.v16, .v17, .v18]) func oneThatIsLostIsSaid(version: ServerVersion) throws {
    let assessment = pair(version) { $0.invalidation = .rowsRemoved }.assess()
    #expect(assessment.verdict == .fixable)
    #expect(assessment.reason == "the standby's own slot dwh does not serve its consumer any more")
    let finding = try #require(assessment.findings.first { $0.rule == .a35Lost })
    #expect(finding.slotName == "dwh" && finding.severity == .warning)
    #expect(
      finding.message.hasPrefix("The standby alone has dwh: Slot dwh is lost (rows_removed)"), "\(finding.message)")
    #expect(finding.facts.allSatisfy { $0.node == "standby" } && !finding.facts.isEmpty)
  }

  @Test func besideConsumersThatGoOnTheyStillDo() {
    let assessment = pair(consumers: true) { $0.invalidation = .walRemoved }.assess()
    #expect(assessment.slots.first { $0.slotName == "orders" }?.verdict == .ready && assessment.verdict == .fixable)
  }

  @Test func whatAnInspectionOfTheStandbyFindsIsFoundHere() {
    #expect(pair { $0.restartLSN = LSN(0x10_0000) }.assess().verdict == .fixable, "its WAL is gone")
    #expect(pair { $0.confirmedFlush = .none }.assess().verdict == .fixable, "never made to the end")
  }

  /// Whoever asks for it by its name hears of it, and not that there is none.
  @Test func oneThatIsAskedForIsThere() throws {
    for lost in [false, true] {
      let assessment = pair { $0.invalidation = lost ? .rowsRemoved : nil }.assess()
      #expect(try SlotFilter("dwh").misfit(among: assessment) == nil)
      #expect(try SlotFilter("s1,gone").misfit(among: assessment) == "there is no slot gone")
    }
  }

  @Test func othersStandAgainstNothing() {
    #expect(pair { _ in }.assess().verdict == .ready)
    #expect(pair { ($0.invalidation, $0.synced) = (.rowsRemoved, true) }.assess().verdict == .ready, "synchronized")
    #expect(pair { ($0.invalidation, $0.persistency) = (.rowsRemoved, .temporary) }.assess().verdict == .ready)
    // The primary has one of that name, which is what is judged.
    var both = pair { ($0.name, $0.invalidation) = ("s1", .walRemoved) }
    both.standby.slots[0].directory = "s1"
    #expect(!both.assess().findings.contains { $0.rule == .a35Lost })
    // Promoted, it is the new primary, with slots of its own.
    var promoted = pair { $0.invalidation = .walRemoved }
    promoted.standby.promote(at: SamplePair.end)
    #expect(!promoted.assess().findings.contains { $0.rule == .a35Lost })
  }

  /// A whole directory that lacks what each start opens starts in no audit either; permissions are those of a copy.
  @Test func aStandbyThatLacksFoldersIsNotReady() {
    var pair = SamplePair()
    pair.standby.startFiles.missing = ["pg_notify"]
    #expect(pair.orders?.verdict == .atRisk && pair.assess().findings.contains { $0.rule == .a03Start })
    pair.standby.startFiles.missing = ["pg_xact"]
    #expect(pair.orders?.verdict == .unknown, "nobody looked what a standby does then")
    pair.standby.startFiles.missing = ["pg_dynshmem", "pg_stat"]
    pair.standby.startFiles.permissions = 0o755
    #expect(pair.orders?.verdict == .ready)
    // Cut down for reading, it says nothing of its server.
    pair.standby.startFiles.missing = ["base/1", "pg_notify", "pg_xact"]
    #expect(pair.orders?.verdict == .ready)
    pair.standby.startFiles.missing = ["pg_notify", "pg_serial", "pg_snapshots", "pg_subtrans", "pg_hba.conf"]
    #expect(pair.orders?.verdict == .ready, "no server loses so many")
  }
}
