import Evidence
@testable import PostgresFormat
import SlotSafety
import Testing

/// Slots of others that the new primary would have its consumers wait for.
@Suite struct WaitingConsumersTests {
  @Test func theNewPrimaryMustNotKeepConsumersWaitingForASlotThatItLacks() throws {
    var pair = SamplePair()
    pair.standby.set("synchronized_standby_slots", "s2")
    let orders = try #require(pair.orders)
    #expect(orders.verdict == .fixable)
    #expect(orders.findings.contains { $0.id == "A14" && $0.message.contains("s2") })
    // One that it has waits for its follower only.
    let slot = SlotState(name: "s2", restartLSN: SamplePair.confirmed, synced: false, failover: false)
    pair.standby.slots.append(SamplePair.evidence(slot))
    #expect(pair.orders?.verdict == .ready)
    #expect(pair.orders?.findings.contains { $0.id == "A14" } == true)
    // Of one name with the standby's own on the primary, its follower is the standby itself.
    pair.standby.set("primary_slot_name", "s2")
    #expect(pair.orders?.findings.contains { $0.id == "A14" && $0.message.contains("its own slot") } == true)
    pair.standby.set("primary_slot_name", "s1")
    #expect(pair.orders?.verdict == .ready)
    pair.standby.changeSlot("s2") { $0.invalidation = .walRemoved }
    #expect(pair.orders?.verdict == .fixable)
    // Only failover slots wait.
    for node in [\SamplePair.primary, \.standby] {
      pair[keyPath: node].changeSlot("orders") { ($0.failover, $0.synced) = (false, false) }
    }
    #expect(pair.orders?.verdict == .ready)
  }

  @Test func aPromotedStandbyKeepsConsumersWaitingToo() throws {
    var pair = SamplePair()
    pair.standby.promote(at: SamplePair.end)
    #expect(pair.orders?.findings.contains { $0.id == "A14" } == false)
    pair.standby.set("synchronized_standby_slots", "s2")
    #expect(pair.orders?.findings.contains { $0.id == "A14" } == true)
  }
}
