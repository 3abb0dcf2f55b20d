import Evidence
@testable import PostgresFormat
import SlotSafety
import Testing

/// Of a primary that was killed the slot's file lags behind its copy: it may be that slot, or one that was set back since.
@Suite struct TakenCopyTests {
  /// Seconds: the primary's file was written at 100, the standby's copy at 200. The control files are of 90, and have their own time.
  private func verdict(
    written: Int64? = 100, taken: Int64? = 200, committed: Int64 = 50, _ change: (inout SamplePair) -> Void = { _ in }
  ) -> Verdict? {
    var pair = SamplePair()
    pair.primary.control?.value.state = .inProduction
    pair.primary.changeSlot("orders") { $0.confirmedFlush = LSN(0x100_0600) }
    pair.commit(at: LSN(0x100_0700), time: Timestamp(unixSeconds: committed))
    func keepTimes(_ node: inout Evidence, _ time: Int64?) {
      node.control?.value.time = Timestamp(unixSeconds: 90)
      node.control?.modifiedAt = Timestamp(unixSeconds: 90)
      for index in node.slots.indices { node.slots[index].modifiedAt = time.map { Timestamp(unixSeconds: $0) } }
    }
    keepTimes(&pair.primary, written)
    keepTimes(&pair.standby, taken)
    change(&pair)
    return pair.orders?.verdict
  }

  /// The position was confirmed after a commit that came after the file was written, all by the primary's own clock.
  @Test func thePrimarysOwnClockTells() {
    #expect(verdict(committed: 150) == .ready)
    #expect(verdict(taken: nil, committed: 150) == .ready)
    // Somebody made the slot anew since, further back.
    #expect(verdict(written: 300, committed: 150) == .atRisk)
    #expect(verdict(written: nil, committed: 150) == .atRisk)
  }

  /// A file may be a tick younger than its time, and up to a second where that was kept in whole seconds.
  @Test func howExactTheTimeOfAFileIs() {
    func verdict(written: Int64, committed: Int64) -> Verdict? {
      self.verdict(written: nil) { pair in
        let index = pair.primary.slots.firstIndex { $0.state?.name == "orders" }
        pair.primary.slots[index ?? 0].modifiedAt = Timestamp(unixMicroseconds: written)
        pair.commit(at: LSN(0x100_0780), time: Timestamp(unixMicroseconds: committed))
      }
    }
    #expect(verdict(written: 100_000_000, committed: 100_999_999) == .atRisk)
    #expect(verdict(written: 100_000_000, committed: 101_000_000) == .ready)
    #expect(verdict(written: 100_500_000, committed: 100_519_999) == .atRisk)
    #expect(verdict(written: 100_500_000, committed: 100_520_000) == .ready)
  }

  /// The standby's clock may differ by minutes.
  @Test func thatTheClocksAgreeIsAPremise() {
    #expect(verdict(taken: 200) == .atRisk)
    func given(taken: Int64, _ change: (inout SamplePair) -> Void = { _ in }) -> Verdict? {
      verdict(taken: taken) { pair in
        pair.assumed = [.clocksAgree]
        change(&pair)
      }
    }
    #expect(given(taken: 200) == .ready)
    #expect(given(taken: 50) == .atRisk)
    #expect(given(taken: 200) { $0.standby.control?.modifiedAt = nil } == .atRisk)
    #expect(given(taken: 200) { $0.primary.control?.value.state = .shutDown } == .atRisk)
  }

  /// So may that of another node, which was the primary up to the present timeline.
  @Test func commitsOfAnEarlierTimelineProveNothing() {
    func verdict(begun: LSN) -> Verdict? {
      self.verdict(committed: 150) { pair in
        for node in [\SamplePair.primary, \SamplePair.standby] {
          pair[keyPath: node].promote(at: begun, signal: node == \SamplePair.standby)
        }
      }
    }
    #expect(verdict(begun: LSN(0x100_0680)) == .ready)
    #expect(verdict(begun: LSN(0x100_0780)) == .atRisk)
  }

  /// A directory that was copied without times has those of its copying.
  @Test func timesOfACopyProveNothing() {
    #expect(
      verdict(committed: 150) { $0.primary.control?.modifiedAt = Timestamp(unixSeconds: 1000) } == .atRisk)
    #expect(verdict(committed: 150) { $0.standby.control?.modifiedAt = nil } == .ready)
    #expect(verdict(committed: 150) { $0.primary.control?.modifiedAt = nil } == .atRisk)
  }
}
