import Evidence
@testable import PostgresFormat
import SlotSafety
import Testing

/// Slots by which a subscription copies a table: what the subscriber's catalog tells decides what they are.
@Suite struct TableSynchronizationTests {
  static let name = "pg_16400_sync_16391_7"

  /// The slot, and a subscriber that was stopped cleanly with the table in a state; nil: no row.
  static func pair(state: String?) -> SamplePair {
    var pair = SamplePair()
    pair.primary.slots.append(SamplePair.evidence(SamplePair.slot(name, failover: false)))
    var subscriber = SamplePair.subscriber(at: SamplePair.confirmed)
    let rows = [state].compactMap { $0 }.map {
      SubscribedTables.Table(
        row: SubscribedTableRow(subscription: OID(16400), relation: OID(16391), state: $0), schemaName: "public",
        tableName: "visits")
    }
    subscriber.subscribedTables = [SubscribedTables(database: OID(5), tables: rows)]
    pair.subscribers = [subscriber]
    return pair
  }

  static func slot(_ pair: SamplePair) throws -> SlotAssessment {
    try #require(pair.assess().slots.first { $0.slotName == name })
  }

  static func exclusion(_ pair: SamplePair) throws -> PlanExclusion {
    let plan = try PrimaryDownTests.plan(pair)
    #expect(!plan.slots.contains { $0.name.description == name })
    return try #require(plan.exclusions.first { $0.slotName == name })
  }

  @Test func itsNameTellsWhoseItIs() throws {
    let parts = try #require(TableSynchronizationSlotName("pg_16396_sync_16391_7713302246070122187"))
    #expect(parts.subscription == OID(16396) && parts.relation == OID(16391))
    #expect(parts.systemIdentifier == 7_713_302_246_070_122_187)
    for other in [
      "pg_1_sync_2", "pg_1_sync_2_", "pg_01_sync_2_3", "pg_1_sync_2_3_4", "pg_0_sync_2_3", "pg_1_sink_2_3", "orders",
      "pg_4294967296_sync_2_3", "pg_1_sync_2_18446744073709551616", "pg_a_sync_2_3", "pg__sync_2_3",
    ] { #expect(TableSynchronizationSlotName(other) == nil, "\(other)") }
  }

  @Test(arguments: ["i", "d"])
  func anUnfinishedCopyIsNoConsumer(state: String) throws {
    let pair = Self.pair(state: state)
    let slot = try Self.slot(pair)
    #expect(!slot.counts && slot.verdict == .ready && pair.assess().verdict == .ready)
    #expect(slot.reason.hasPrefix("the initial copy of public.visits by subscription sub"))
    #expect(try Self.exclusion(pair).isHarmless)
    #expect(slot.findings.map(\.severity) == [.info])
    // The catalog of a server that was killed may be older than the copy is.
    var killed = pair
    killed.subscribers[0].control?.value.state = .inProduction
    #expect(try Self.slot(killed).findings.map(\.severity) == [.warning])
  }

  /// Its worker goes on from this very slot.
  @Test func aFinishedCopyCountsLikeAConsumer() throws {
    let pair = Self.pair(state: "f")
    let slot = try Self.slot(pair)
    #expect(slot.counts && slot.verdict > .ready)
    #expect(try Self.exclusion(pair).detail?.contains("goes on from this slot alone") == true)
  }

  @Test(arguments: ["s", "r", nil])
  func aReadyTableLeavesItOver(state: String?) throws {
    var pair = Self.pair(state: state)
    #expect(try Self.slot(pair).reason.hasPrefix("left over from the initial copy of "))
    pair.primary.startFiles.postmasterPIDPresent = true
    pair.primary.startFiles.postmasterAlive = true
    let plan = try PrimaryDownTests.plan(pair)
    let drop = try #require(plan.steps.first { $0.id == "drop.\(Self.name)" })
    #expect(drop.node == .primary && drop.preconditions.contains { $0.expects.description.contains("nobody has used") })
    #expect(try !PrimaryDownTests.plan(pair, PlanRequest(extraSlots: .kept)).steps.contains { $0.id == drop.id })
  }

  /// Of another subscriber, or none: what the copy is at is open, and nobody's slot is dropped.
  @Test func withoutItsSubscriberItIsOpen() throws {
    var pair = Self.pair(state: "d")
    pair.subscribers = []
    #expect(try Self.slot(pair).verdict == .atRisk)
    #expect(try Self.slot(pair).findings.first?.remedy?.contains("--subscriber") == true)
    pair = Self.pair(state: "r")
    pair.subscribers[0].control?.value.systemIdentifier = 8
    #expect(try Self.slot(pair).verdict == .atRisk)
    pair.primary.startFiles.postmasterPIDPresent = true
    pair.primary.startFiles.postmasterAlive = true
    #expect(try Self.slot(pair).verdict == .waiting)
    #expect(try !PrimaryDownTests.plan(pair).steps.contains { $0.id.hasPrefix("drop.") })
  }

  @Test func nobodyIsAskedForASubscriberWhoGaveIt() {
    var pair = SamplePair.withPrimaryAhead()
    pair.primary.commit(at: SamplePair.end.advanced(by: 0x100))
    func asked() -> Bool { pair.assess().findings.contains { $0.remedy?.contains("--subscriber") == true } }
    #expect(asked())
    var subscriber = SamplePair.subscriber(at: SamplePair.confirmed)
    subscriber.subscriptions[0].slotName = "other"
    pair.subscribers = [subscriber]
    #expect(!asked())
  }
}
