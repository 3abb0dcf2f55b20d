import Evidence
@testable import PostgresFormat
import SlotSafety
import Testing

/// Copies that are missing, damaged or will not last, and slots that do not count.
@Suite struct CopyTests {
  @Test func anAbsentCopyCanBeMadeWhereNothingWasCommittedSince() throws {
    var pair = SamplePair()
    pair.standby.slots = []
    #expect(pair.orders?.verdict == .fixable)
    pair.commit(at: LSN(0x100_0900))
    #expect(pair.orders?.verdict == .atRisk)
    #expect(pair.orders?.exposure.missed?.transactions == 1)
  }

  @Test func aDamagedStateFileIsUnknownOnEitherNode() throws {
    for (node, remedy) in [(\SamplePair.standby, "Move the folder"), (\.primary, "Make the primary's")] {
      var pair = SamplePair()
      pair[keyPath: node].slots[0].state = nil
      let orders = try #require(pair.orders)
      #expect(orders.verdict == .unknown)
      let next = try #require(orders.findings.first { $0.id == "A04" }?.remedy)
      #expect(next.hasPrefix(remedy) && next.contains("pg_replslot/orders/state"))
    }
  }

  @Test func aSlotThatThePrimaryGaveUpIsLostWithoutAValidCopy() throws {
    var pair = SamplePair()
    pair.primary.changeSlot("orders") { $0.invalidation = .walRemoved }
    #expect(pair.orders?.verdict == .ready)
    pair.standby.slots = []
    #expect(pair.orders?.verdict == .lost)
  }

  @Test func aTemporarySlotDoesNotCount() throws {
    var pair = SamplePair()
    pair.primary.changeSlot("orders") { $0.persistency = .temporary }
    #expect(pair.orders?.verdict == .lost)
    #expect(pair.assess().verdict == .ready)
  }

  @Test(arguments: [("0", Verdict.ready), ("1h", .ready), ("301", .ready), ("5min", .atRisk), ("1", .atRisk)])
  func aSynchronizedCopyOutlivesTheFirstCheckpointAfterThePromotion(limit: String, expected: Verdict) throws {
    var pair = SamplePair(.v18)
    pair.standby.set("idle_replication_slot_timeout", limit)
    let orders = try #require(pair.orders)
    #expect(orders.verdict == expected)
    #expect(orders.findings.contains { $0.id == "A26" } == (limit != "0"))
  }

  @Test(arguments: [SlotState.Persistency.ephemeral, .temporary])
  func aCopyThatIsNotPersistentDoesNotSurvive(persistency: SlotState.Persistency) throws {
    var pair = SamplePair()
    pair.standby.changeSlot("orders") { ($0.persistency, $0.synced) = (persistency, persistency == .temporary) }
    let orders = try #require(pair.orders)
    let isBeingMade = persistency == .ephemeral
    #expect(orders.verdict == .fixable)
    #expect(
      orders.reason.hasPrefix(
        isBeingMade ? "its slot on the standby is still being made" : "its slot on the standby is temporary"))
    func remedy() -> String? { pair.orders?.findings.first { $0.id == "A09" }?.remedy }
    #expect(remedy()?.hasPrefix("The primary is down") == true)
    RuleCoverageTests.running(&pair)
    #expect(remedy()?.contains("it waits for transactions that are open") == isBeingMade)
  }

  @Test func theStandbysOwnSlotCountsOnlyWhereAnotherFollowsThroughIt() throws {
    var pair = SamplePair()
    func own() -> SlotAssessment? { pair.assess().slots.first { $0.slotName == "s1" } }
    #expect(try #require(own()).counts == false)
    var other = pair.standby
    other.origin.source = "/other"
    other.setEnd(LSN(0x100_2000))
    pair.others = [other]
    let shared = try #require(own())
    #expect(shared.counts && shared.verdict == .atRisk)
  }
}
