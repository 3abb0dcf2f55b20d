import Evidence
@testable import PostgresFormat
import SlotSafety
import Testing

/// A synchronized slot that came over with a promotion, and has moved on since: with its consumer, or by somebody else.
@Suite struct MovedOnTests {
  private static let now = LSN(SamplePair.end.rawValue + 0x800)

  /// The primary was stopped cleanly and the standby promoted; since then the slot was moved past the fork and its commits.
  private func pair(_ change: (inout SamplePair) -> Void = { _ in }) -> SamplePair {
    var pair = SamplePair()
    pair.standby.promote(at: SamplePair.end)
    pair.standby.control?.value.minRecoveryPoint = .none
    pair.standby.control?.value.checkpointLSN = LSN(SamplePair.end.rawValue + 0x100)
    pair.standby.control?.value.checkpoint.redo = LSN(SamplePair.end.rawValue + 0x100)
    pair.standby.setEnd(LSN(SamplePair.end.rawValue + 0x1000), timeline: 2)
    pair.standby.commit(at: LSN(SamplePair.end.rawValue + 0x200))
    pair.standby.changeSlot("orders") { $0.confirmedFlush = Self.now }
    change(&pair)
    return pair
  }

  @Test func whoMovedItIsAPremise() {
    let open = pair().orders
    #expect(open?.verdict == .atRisk && open?.exposure == Exposure())
    #expect(open?.reason == "carried over, and good if its consumer alone has moved it since the promotion")
    #expect(open?.findings.contains { $0.remedy?.contains("--assume slot-moved-by-consumer") == true } == true)
    #expect(open?.premises.contains { $0.premise == .slotMovedByConsumer && $0.state == .open } == true)
    let given = pair { $0.assumed = [.slotMovedByConsumer] }.orders
    #expect(given?.verdict == .ready, "\(given?.reason ?? "")")
    #expect(given?.findings.contains { $0.id == "N5" } == true)
    #expect(given?.premises.contains { $0.premise == .slotMovedByConsumer && $0.state == .given } == true)
  }

  @Test func nobodyIsToldToCopyTablesAnew() {
    let moved = pair()
    #expect(NextStep.after(moved.assess(), in: moved.audit) == .none)
  }

  /// A slot that was made after the promotion did not come over, whatever anybody says.
  @Test func theWordIsOfSlotsThatCameOver() {
    let made = pair {
      $0.standby.changeSlot("orders") { $0.synced = false }
      $0.assumed = [.slotMovedByConsumer]
    }.orders
    #expect(made?.verdict == .atRisk && made?.exposure.missed?.transactions == 1)
    let noFailoverSlot = pair {
      $0.primary.changeSlot("orders") { $0.failover = false }
      $0.assumed = [.slotMovedByConsumer]
    }.orders
    #expect(noFailoverSlot?.verdict == .atRisk)
  }

  /// Over a connection no WAL is read: the files tell what is open, before any table is copied anew.
  @Test func theDirectoryTellsWhatAConnectionLeavesOpen() {
    func made(_ change: (inout SamplePair) -> Void) -> SlotAssessment? {
      pair {
        $0.standby.changeSlot("orders") { $0.synced = false }
        change(&$0)
      }.orders
    }
    func remedies(_ slot: SlotAssessment?) -> [String] {
      slot?.findings.filter { $0.id == "N4" }.map { $0.remedy ?? "of the rule" } ?? []
    }
    let asked = made { $0.standby.ask(.primary) }
    #expect(asked?.verdict == .atRisk && asked?.exposure.missed?.isComplete == false)
    #expect(remedies(asked).first?.contains("directory instead of its connection string") == true, "\(remedies(asked))")
    #expect(remedies(made { _ in }).contains { $0.contains("directory") } == false)
  }

  /// Somebody read from it before its consumer came: the consumer's own position shows it.
  @Test func theConsumersOwnPositionOutweighsTheWord() {
    let read = pair {
      $0.assumed = [.slotMovedByConsumer]
      var subscriber = SamplePair.subscriber(at: SamplePair.confirmed)
      subscriber.control?.value.state = .shutDown
      $0.subscribers = [subscriber]
    }.orders
    #expect(read?.consumer.isExact == true)
    #expect(read?.verdict == .atRisk && read?.exposure.missed?.transactions == 1)
  }
}
