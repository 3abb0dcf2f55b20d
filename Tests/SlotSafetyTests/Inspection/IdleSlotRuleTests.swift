import Evidence
import PostgresFormat
import Testing

@testable import SlotSafety

/// When a slot that nobody uses is given up (`CanInvalidateIdleSlot`).
@Suite struct IdleSlotRuleTests {
  private static let now = Timestamp(unixSeconds: 1_000_000)

  /// What is said of `orders` on a primary with a limit of 100 s, a server's answers where it is known since when it idles.
  private func findings(
    _ version: ServerVersion = .v18, idleFor seconds: Int64? = nil, change: (inout Evidence) -> Void = { _ in }
  ) -> [Finding] {
    var node = SamplePair(version).primary
    node.set("idle_replication_slot_timeout", "100s")
    if let seconds {
      node.origin.gatheredAt = Self.now
      var activity = SlotActivity()
      activity.isActive = false
      activity.inactiveSince = Timestamp(unixMicroseconds: Self.now.unixMicroseconds - seconds * 1_000_000)
      node.slots[0].activity = activity
    }
    change(&node)
    return Inspection(node).findings.filter { $0.id == "slot.idle-timeout" && $0.slotName == "orders" }
  }

  @Test func theTimeIsNamedWhereItIsKnown() {
    #expect(findings(idleFor: 40).map(\.severity) == [.warning])
    #expect(findings(idleFor: 40).first?.message.contains("1970-01-12T13:47:40Z") == true, "\(findings(idleFor: 40))")
    #expect(findings(idleFor: 100).map(\.severity) == [.error])
  }

  @Test func filesDoNotTellSinceWhen() { #expect(findings().map(\.severity) == [.info]) }

  @Test func slotsThatAreSpared() {
    #expect(findings(.v17, idleFor: 500) == [])
    #expect(findings(idleFor: 500) { $0.slots[0].activity?.isActive = true } == [])
    #expect(findings(idleFor: 500) { $0.set("idle_replication_slot_timeout", "0") } == [])
    #expect(findings(idleFor: 500) { $0.slots[0].state?.restartLSN = .none } == [])
    #expect(findings(idleFor: 500) { $0.slots[0].state?.invalidation = .walRemoved } == [])
    #expect(findings(idleFor: 500) { $0.slots[0].state?.synced = true }.count == 1)
    #expect(
      findings(idleFor: 500) {
        $0.slots[0].state?.synced = true
        $0.startFiles.standbySignal = true
      } == [])
  }
}
