import Evidence
@testable import PostgresFormat
import SlotSafety
import Testing

/// What would be sent again to a consumer that cannot tell.
@Suite struct NothingTwiceTests {
  private static let behind = LSN(0x100_0200)

  /// A copy after a commit that the primary's slot has passed; the slot may have been made only after it.
  private func pair(restart: LSN, _ change: (inout SamplePair) -> Void = { _ in }) -> SlotAssessment? {
    var pair = SamplePair()
    pair.commit(at: LSN(0x100_0300))
    pair.standby.changeSlot("orders") { $0.confirmedFlush = Self.behind }
    pair.primary.changeSlot("orders") { $0.restartLSN = restart }
    change(&pair)
    return pair.orders
  }

  @Test func aSynchronizedCopyBehindThePrimarysRestartPositionMayBeOfAnEarlierSlot() {
    let made = LSN(0x100_0400)
    #expect(pair(restart: Self.behind)?.verdict == .ready)
    let orders = pair(restart: made)
    #expect(orders?.verdict == .atRisk && orders?.findings.contains { $0.id == "A08" } == true)
    #expect(orders?.exposure.repeated?.transactions == 1)
    // One made by hand is kept up by hand, and only now and then: whose it was is what somebody has to say.
    let byHand = pair(restart: made) {
      $0.primary.changeSlot("orders") { $0.failover = false }
      $0.standby.changeSlot("orders") { ($0.synced, $0.failover) = (false, false) }
    }
    #expect(byHand?.verdict == .atRisk)
    #expect(byHand?.premises.contains { $0.premise == .consumerKeepsPosition && $0.state == .open } == true)
    // Nothing lies between the two.
    #expect(
      pair(restart: made) { $0.standby.changeSlot("orders") { $0.confirmedFlush = LSN(0x100_0380) } }?.verdict == .ready
    )
    // Its consumer asks from its own position.
    #expect(
      pair(restart: made) {
        $0.commit(at: LSN(0x100_0900))
        $0.subscribers = [SamplePair.subscriber(at: LSN(0x100_0930))]
      }?.verdict == .ready)
  }

  @Test func aSubscriptionThatHasAppliedNothingBeginsWhereTheSlotDoes() {
    #expect(pair(restart: Self.behind) { $0.subscribers = [SamplePair.subscriber(at: .none)] }?.verdict == .atRisk)
    #expect(
      pair(restart: Self.behind) {
        $0.subscribers = [SamplePair.subscriber(at: .none)]
        $0.standby.changeSlot("orders") { $0.confirmedFlush = LSN(0x100_0380) }
      }?.verdict == .ready)
    #expect(
      pair(restart: Self.behind) {
        $0.subscribers = [SamplePair.subscriber(at: .none, connection: "host=p dbname=other")]
        $0.primary.databases.append(DatabaseRow(oid: OID(6), name: "other"))
      }?.verdict == .ready)
    // The database was renamed since the subscription connected, or a pooler has a name of its own for it.
    #expect(
      pair(restart: Self.behind) {
        $0.subscribers = [SamplePair.subscriber(at: .none, connection: "host=p dbname=other")]
      }?.verdict == .atRisk)
  }

  /// While a transaction is open restart_lsn stays, and does not tell that the standby's slot was left behind.
  @Test func aCopyThatLacksALongTimeIsNotKeptUp() {
    func orders(_ seconds: Int64, assumed: Set<Premise> = []) -> SlotAssessment? {
      pair(restart: Self.behind) {
        $0.commit(at: LSN(0x100_0700), time: Timestamp(unixSeconds: seconds))
        $0.assumed = assumed
      }
    }
    #expect(orders(60)?.verdict == .ready)
    let open = orders(61)
    #expect(open?.verdict == .atRisk && open?.readyIf.map(\.premise) == [.consumerKeepsPosition])
    #expect(orders(61, assumed: [.consumerKeepsPosition])?.verdict == .ready)
  }
}
