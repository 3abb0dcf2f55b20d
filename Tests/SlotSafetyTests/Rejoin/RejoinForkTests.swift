import PostgresFormat
import Testing

@testable import SlotSafety

/// Where two histories part, and how they stand to each other.
@Suite struct RejoinForkTests {
  private func history(_ timeline: UInt32, _ entries: (UInt32, UInt64)...) -> TimelineHistory {
    TimelineHistory(
      timeline: TimelineID(timeline),
      ancestors: entries.map {
        TimelineHistory.Entry(timeline: TimelineID($0.0), switchPoint: LSN($0.1), reason: "")
      })
  }

  private func fork(_ timeline: UInt32, _ lsn: UInt64?) -> RejoinFork {
    RejoinFork(timeline: TimelineID(timeline), lsn: lsn.map { LSN($0) })
  }

  @Test func theNewTimelineLeavesTheOldOne() {
    #expect(RejoinFork.relation(old: history(1), new: history(2, (1, 1000))) == .forked(fork(1, 1000)))
    #expect(
      RejoinFork.relation(old: history(2, (1, 500)), new: history(3, (1, 500), (2, 900))) == .forked(fork(2, 900)))
  }

  /// Two promotions in a row: what counts is where the old node's own timeline was left.
  @Test func twoPromotionsPartAtTheFirst() {
    #expect(
      RejoinFork.relation(old: history(1), new: history(3, (1, 1000), (2, 1500))) == .forked(fork(1, 1000)))
  }

  /// The old node was promoted by itself: the smaller end of the last common timeline.
  @Test func twoPromotionsApartPartAtTheEarlierOne() {
    #expect(
      RejoinFork.relation(old: history(2, (1, 1000)), new: history(2, (1, 700))) == .twins(fork(1, 700)))
    #expect(
      RejoinFork.relation(old: history(2, (1, 1000)), new: history(3, (1, 1200), (2, 1500))) == .forked(fork(1, 1000)))
  }

  @Test func oneHistoryDoesNotPart() {
    #expect(RejoinFork.relation(old: history(2, (1, 500)), new: history(2, (1, 500))) == .same)
    #expect(RejoinFork.relation(old: history(2, (1, 500)), new: history(3, (4, 500))) == .strangers)
  }
}
