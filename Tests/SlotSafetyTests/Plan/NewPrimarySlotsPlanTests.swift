import Evidence
import PostgresFormat
import SlotSafety
import Testing

/// Slots made right after the promotion: only where nothing was committed between the consumer and their start.
@Suite struct NewPrimarySlotsPlanTests {
  /// Both nodes have all WAL, and the standby lacks the slot.
  static func pair(_ version: ServerVersion = .v15) -> SamplePair {
    var pair = SamplePair(version)
    pair.standby.slots = []
    return pair
  }

  static func plan(_ pair: SamplePair) throws -> Plan {
    try makePlan(Audit(primary: pair.primary, standbys: [pair.standby], subscribers: pair.subscribers))
  }

  /// The slot has no step, because of the gap; with the reason.
  static func refusal(_ pair: SamplePair) throws -> PlanExclusion? {
    let plan = try plan(pair)
    #expect(plan.steps.isEmpty && plan.slots.isEmpty)
    let exclusion = try #require(plan.exclusions.first)
    #expect(exclusion.slotName == "orders" && exclusion.reason == .notProven && exclusion.announcesLoss)
    return exclusion
  }

  @Test(arguments: [ServerVersion.v13, .v14, .v15])
  func madeOnTheNewPrimaryBefore16(version: ServerVersion) throws {
    let plan = try Self.plan(Self.pair(version))
    #expect(plan.approach == .slotsOnNewPrimary)
    #expect(plan.steps.map(\.id) == ["create.orders"])
    #expect(plan.steps.map(\.node) == [.newPrimary])
    #expect(plan.steps.map(\.stage) == [.afterPromotion])
    #expect(plan.exclusions.isEmpty)
    let step = try #require(plan.steps.first)
    #expect(step.undo == "select pg_drop_replication_slot('orders')")
    #expect(step.preconditions.contains { $0.condition.description.contains("<= '\(SamplePair.end)'") && !$0.isAdvice })
  }

  @Test(arguments: [ServerVersion.v13, .v16, .v17, .v19])
  func aPromotedStandbyGetsItsSlotsAsTheNewPrimary(version: ServerVersion) throws {
    var pair = Self.pair(version)
    // As right after a promotion: the record that ends recovery, no checkpoint yet on the new timeline.
    let end = SamplePair.end.advanced(by: 0x38)
    pair.standby.setEnd(end)
    pair.standby.promote(at: SamplePair.end)
    pair.standby.control?.value.checkpoint.timeline = TimelineID(1)
    pair.standby.control?.value.minRecoveryPoint = end
    let plan = try Self.plan(pair)
    #expect(plan.approach == .slotsOnNewPrimary)
    #expect(plan.exclusions.isEmpty)
    #expect(plan.server(.newPrimary)?.timeline == TimelineID(1))
    #expect(plan.steps.map(\.id) == ["create.orders"])
  }

  @Test func refusedWhereSomethingWasCommittedBeforeTheFork() throws {
    var pair = Self.pair()
    let start = SamplePair.confirmed.advanced(by: 0x40)
    pair.primary.commit(at: start)
    pair.standby.commit(at: start)
    let refusal = try Self.refusal(pair)
    #expect(refusal?.exposure?.missed?.transactions == 1)
    #expect(refusal?.detail?.contains("1 transaction") == true)
  }

  @Test func madeWhereItWasCommittedInAnotherDatabase() throws {
    var pair = Self.pair()
    let start = SamplePair.confirmed.advanced(by: 0x40)
    pair.primary.commit(at: start, in: OID(77))
    pair.standby.commit(at: start, in: OID(77))
    #expect(try Self.plan(pair).steps.count == 1)
  }

  @Test func refusedWhereTheConsumerMayHoldWhatTheStandbyLacks() throws {
    var pair = Self.pair()
    let end = SamplePair.end.advanced(by: 0x200)
    pair.primary.setEnd(end)
    pair.primary.control?.value.checkpointLSN = LSN(end.rawValue - 0x78)
    pair.primary.commit(at: SamplePair.end.advanced(by: 0x10))
    #expect(try Self.refusal(pair)?.exposure?.vanished?.transactions == 1)
  }

  @Test func refusedWhereTheNewPrimaryHasWrittenAlready() throws {
    var pair = Self.pair(.v17)
    pair.standby.setEnd(SamplePair.end.advanced(by: 0x400))
    pair.standby.promote(at: SamplePair.end)
    pair.standby.commit(at: SamplePair.end.advanced(by: 0x100))
    #expect(try Self.refusal(pair)?.exposure?.missed?.transactions == 1)
  }

  @Test func refusedWhereTheWALBetweenIsNotThere() throws {
    var pair = Self.pair()
    pair.primary.stretches[0].from = SamplePair.confirmed.advanced(by: 0x100)
    pair.standby.stretches[0].from = SamplePair.confirmed.advanced(by: 0x100)
    #expect(try Self.refusal(pair)?.detail?.contains("cannot all be read") == true)
  }

  @Test func refusedWhileThePrimaryRuns() throws {
    var pair = Self.pair()
    pair.primary.startFiles.postmasterPIDPresent = true
    pair.primary.startFiles.postmasterAlive = true
    let plan = try Self.plan(pair)
    #expect(plan.steps.isEmpty && plan.exclusions.map(\.reason) == [.primaryRuns])
  }

  /// What the script asks for is the number after the newest one in the standby's WAL, or that of its last checkpoint.
  @Test func theNextTransactionIsCounted() throws {
    var pair = Self.pair()
    let checkpoint = try #require(pair.standby.control?.value.checkpoint.nextXID.xid)
    func asked() throws -> String? { try Self.plan(pair).steps.first?.proof?.condition.description }
    #expect(try asked()?.hasSuffix(" = \(checkpoint)") == true)
    pair.standby.stretches[0].activity.nextXID = TransactionID(checkpoint.rawValue + 7)
    #expect(try asked()?.hasSuffix(" = \(checkpoint.rawValue + 7)") == true)
    pair.standby.stretches[0].activity.nextXID = TransactionID(checkpoint.rawValue - 1)
    #expect(try asked()?.hasSuffix(" = \(checkpoint)") == true)
  }
}
