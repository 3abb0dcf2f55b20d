import Evidence
@testable import PostgresFormat
import SlotSafety
import Testing

/// The consumer's own position, as its subscriber tells it.
@Suite struct ConsumerPositionTests {
  /// The primary has a commit that the standby has, too, and a later one that it lacks.
  private func twoCommits() -> SamplePair {
    var pair = SamplePair.withPrimaryAhead()
    pair.commit(at: LSN(0x100_0900))
    pair.commit(at: LSN(0x100_1800))
    return pair
  }

  @Test func theConsumersOwnPositionDecides() throws {
    var pair = twoCommits()
    pair.subscribers = [SamplePair.subscriber(at: LSN(0x100_0930), connection: "host=p dbname=shop")]
    #expect(pair.orders?.verdict == .ready)
    pair.subscribers = [SamplePair.subscriber(at: LSN(0x100_1830))]
    #expect(pair.orders?.verdict == .atRisk)
    // It has not got anything since the position that its slot has.
    pair.subscribers = [SamplePair.subscriber(at: SamplePair.confirmed)]
    #expect(pair.orders?.verdict == .ready)
  }

  @Test func aSubscriberOfAnotherPublisherOrOfAnEarlierTimeDecidesNothing() throws {
    var pair = twoCommits()
    // No commit of this primary ends there.
    pair.subscribers = [SamplePair.subscriber(at: LSN(0x100_0940))]
    #expect(pair.orders?.verdict == .atRisk)
    pair.subscribers = [SamplePair.subscriber(at: LSN(0x100_0930), connection: "host=p dbname=other")]
    #expect(pair.orders?.verdict == .atRisk)
    // Its slot was confirmed past a commit that these files do not have.
    pair.commit(at: LSN(0x100_0700))
    pair.subscribers = [SamplePair.subscriber(at: LSN(0x100_0600))]
    #expect(pair.orders?.verdict == .atRisk)
    // Nothing was committed between the two.
    pair.subscribers = [SamplePair.subscriber(at: LSN(0x100_0730))]
    #expect(pair.orders?.verdict == .ready)
    pair.primary.changeSlot("orders") { $0.plugin = "wal2json" }
    #expect(pair.orders?.verdict != .ready)
  }
}
