import Evidence
@testable import PostgresFormat
import SlotSafety
import Testing

/// A subscription that is to leave out a transaction of its publisher.
@Suite struct SkippedTransactionsTests {
  /// The consumer stopped within what the standby has; the primary committed something past it.
  private func verdict(skip: LSN?, _ change: (inout SamplePair) -> Void = { _ in }) throws -> Verdict {
    var pair = SamplePair.withPrimaryAhead()
    pair.commit(at: LSN(0x100_0900))
    pair.commit(at: LSN(0x100_1800))
    pair.subscribers = [SamplePair.subscriber(at: LSN(0x100_0930))]
    pair.subscribers[0].subscriptions[0].skipLSN = skip
    change(&pair)
    let assessment = pair.assess()
    let speaks = assessment.findings.contains { $0.ruleName == RuleID.a13Skipped.rawValue }
    let verdict = try #require(pair.orders).verdict
    #expect(speaks == (verdict != .ready))
    return verdict
  }

  @Test func aTransactionThatTheNewPrimaryLacksIsARisk() throws {
    #expect(try verdict(skip: LSN.none) == .ready)
    // It fails on either primary, and is left out as was asked.
    #expect(try verdict(skip: LSN(0x100_0990)) == .ready)
    #expect(try verdict(skip: LSN(0x100_1830)) == .atRisk)
  }

  @Test func whatIsNotKnownIsNotNone() throws {
    #expect(try verdict(skip: nil) == .atRisk)
    // Before 15 there is no such thing; what the publisher is does not matter.
    #expect(try verdict(skip: nil) { $0.subscribers[0].version = .v14 } == .ready)
  }

  @Test func nothingIsPastTheEndOfAStandbyThatHasAll() throws {
    var pair = SamplePair()
    pair.subscribers = [SamplePair.subscriber(at: SamplePair.confirmed)]
    pair.subscribers[0].subscriptions[0].skipLSN = LSN(0x1100_0000)
    #expect(!pair.assess().findings.contains { $0.ruleName == RuleID.a13Skipped.rawValue })
  }
}
