import Evidence
import PostgresFormat
import Testing

@testable import SlotSafety

/// Which segments a checkpoint keeps, and why.
@Suite struct RetentionTests {
  private func number(_ value: UInt64) -> SegmentNumber { SegmentNumber(value) }

  @Test func aCheckpointKeepsTheOldestOfAllThatIsAskedFor() {
    var rule = RetentionRule(redo: number(100), current: number(101))
    #expect(rule.oldestKept(slot: nil) == number(100))
    #expect(rule.oldestKept(slot: number(40)) == number(40))
    rule.kept = 5
    #expect(rule.oldestKept(slot: nil) == number(96))
    rule.unsummarized = number(90)
    #expect(rule.oldestKept(slot: nil) == number(90))
    rule.slotLimit = 20
    #expect(rule.oldestKept(slot: number(40)) == number(81))
    #expect(rule.oldestKept(slot: number(81)) == number(81))
  }

  @Test func thereIsNoSegmentBeforeTheFirst() {
    let rule = RetentionRule(redo: number(3), current: number(3), kept: 10, slotLimit: 10)
    #expect(rule.oldestKept(slot: nil) == number(1))
    #expect(rule.oldestKept(slot: number(0)) == number(1))
  }

  /// `GetWALAvailability`.
  @Test func theStatusFollowsTheLimits() {
    let rule = RetentionRule(redo: number(100), current: number(100), slotLimit: 20, ordinary: 10)
    func status(_ slot: UInt64) -> WALStatus {
      rule.status(of: number(slot), oldestSlot: number(min(slot, 60)), oldestThere: number(70))
    }
    #expect(
      [100, 89, 88, 80, 79, 70, 69].map(status) == [
        .reserved, .reserved, .extended, .extended, .unreserved, .unreserved, .lost,
      ])
    #expect(rule.limit(of: number(89), size: 1 << 20) == number(110).start(size: 1 << 20))
    #expect(RetentionRule(redo: number(1), current: number(1)).limit(of: number(1), size: 1 << 20) == nil)
    #expect(
      RetentionRule(redo: number(9), current: number(9), kept: 30, slotLimit: 20).limit(of: number(1), size: 1 << 20)
        == number(32).start(size: 1 << 20), "wal_keep_size keeps slots alive too")
  }

  // MARK: A node

  private static let size: UInt64 = 1 << 20

  /// A primary with the segments 5 to 20, and slots in the segments given.
  private func node(_ version: ServerVersion = .v17, slots: [String: UInt64] = [:]) -> Evidence {
    var node = SamplePair(version).primary
    node.wal.live = [SegmentRun(timeline: TimelineID(1), first: number(5), last: number(20))]
    node.setEnd(LSN(20 * Self.size + 0x100))
    node.slots = slots.map { name, segment in
      SamplePair.evidence(SlotState(name: name, restartLSN: LSN(segment * Self.size + 0x28)))
    }
    return node
  }

  @Test func withoutAnythingToKeepAllButTheCurrentSegmentGo() throws {
    let retention = try #require(Retention(node()))
    #expect(retention.removedCount == 15 && retention.oldestKept == number(20))
    #expect(retention.holds.map(\.reason) == [.checkpoint])
    #expect(retention.recycled == 15...15, "up to min_wal_size, 80 MB, all are used again")
  }

  @Test func theOldestSlotKeepsAndFrees() throws {
    let retention = try #require(Retention(node(slots: ["a": 8, "b": 12])))
    #expect(retention.oldestKept == number(8) && retention.removedCount == 3)
    #expect(retention.holds.first == Retention.Hold(reason: .slot, slotName: "a", oldest: number(8)))
    #expect(retention.slots.map(\.freedBytes) == [4 * Self.size, 0])
    #expect(retention.slots.allSatisfy { $0.status == .reserved && !$0.isLostNext && $0.limit == nil })
  }

  @Test func twoSlotsInOneSegmentFreeNothingAlone() throws {
    let retention = try #require(Retention(node(slots: ["a": 8, "b": 8])))
    #expect(retention.slots.map(\.freedBytes) == [0, 0])
  }

  @Test func aSlotBeyondTheLimitGoesAndTheOthersDecideAnew() throws {
    var node = node(slots: ["a": 6, "b": 18])
    node.set("max_slot_wal_keep_size", "4MB")
    let retention = try #require(Retention(node))
    #expect(retention.slots.map(\.isLostNext) == [true, false])
    #expect(retention.slots.map(\.status) == [.unreserved, .reserved])
    #expect(retention.oldestKept == number(18))
    #expect(retention.slots.last?.limit == LSN(23 * Self.size))
    #expect(retention.slots.last?.limitReachedAt == nil)
  }

  @Test func theRateOfWALTellsWhenALimitIsReached() throws {
    var node = node(slots: ["b": 18])
    node.set("max_slot_wal_keep_size", "4MB")
    node.wal.firstTime = WALTime(lsn: LSN(10 * Self.size), time: Timestamp(unixSeconds: 1000))
    node.wal.end?.lastTime = WALTime(lsn: LSN(20 * Self.size), time: Timestamp(unixSeconds: 1100))
    let retention = try #require(Retention(node))
    #expect(retention.bytesPerSecond == 104_857.6)
    #expect(retention.slots.first?.limitReachedAt == Timestamp(unixSeconds: 1130))
  }

  @Test func whatIsNotArchivedStays() throws {
    var node = node()
    node.set("archive_mode", "on")
    node.wal.archived = [SegmentRun(timeline: TimelineID(1), first: number(5), last: number(9))]
    let retention = try #require(Retention(node))
    #expect(retention.removed == node.wal.archived)
    #expect(retention.awaitingArchiver == 10)
    #expect(retention.holds.contains { $0.reason == .archiver })
    node.set("archive_mode", "always")
    #expect(Retention(node)?.removedCount == 5)
    node.startFiles.standbySignal = true
    node.wal.end?.lastCheckpointRedo = LSN(20 * Self.size)
    #expect(Retention(node)?.removedCount == 5)
    node.set("archive_mode", "on")
    #expect(Retention(node)?.removedCount == 15, "a standby archives only with always")
  }

  @Test func summariesAreWaitedFor() throws {
    var node = node()
    node.set("summarize_wal", "on")
    #expect(Retention(node)?.removedCount == 0)
    node.wal.summarized = [SummarizedTimeline(timeline: TimelineID(1), end: LSN(10 * Self.size))]
    #expect(Retention(node)?.oldestKept == number(10))
  }

  @Test func aStandbyMakesNoRestartpointOfAnOldRecord() throws {
    var node = node()
    node.startFiles.standbySignal = true
    #expect(Retention(node)?.isSkipped == true && Retention(node)?.removedCount == 0)
    node.wal.end?.lastCheckpointRedo = LSN(12 * Self.size)
    node.control?.value.checkpoint.redo = LSN(5 * Self.size)
    #expect(Retention(node)?.isSkipped == false && Retention(node)?.removedCount == 7)
  }

  /// Up to 10 the WAL of the checkpoint before stays too; up to 12 the setting counts segments.
  @Test func olderVersionsKeepMore() throws {
    var node = node(.v10)
    node.control?.value.checkpoint.redo = LSN(12 * Self.size)
    #expect(Retention(node)?.oldestKept == number(12))
    node.set("wal_keep_segments", "10")
    #expect(Retention(node)?.oldestKept == number(10))
  }

  @Test func slotsThatAreGoneOrGoHoldNothing() throws {
    var node = node(slots: ["a": 8, "b": 12])
    node.changeSlot("a") { $0.invalidation = .rowsRemoved }
    node.changeSlot("b") { $0.persistency = .temporary }
    #expect(Retention(node)?.slots == [])
    node.wal.end = nil
    #expect(Retention(node) == nil)
  }

  // MARK: Against the past

  /// A restartpoint goes to a checkpoint record that was replayed.
  @Test func whatWaitsForReplayIsSaid() throws {
    var standby = node()
    standby.startFiles.standbySignal = true
    standby.control?.value.state = .shutDownInRecovery
    standby.control?.value.checkpoint.redo = LSN(6 * Self.size)
    standby.wal.end?.lastCheckpointRedo = LSN(19 * Self.size)
    standby.control?.value.minRecoveryPoint = LSN(8 * Self.size)
    let waits = try #require(Retention(standby))
    #expect(waits.removedCount > 0 && waits.replayedAtLeast == LSN(8 * Self.size))
    standby.control?.value.minRecoveryPoint = LSN(20 * Self.size + 0x100)
    #expect(try #require(Retention(standby)).replayedAtLeast == nil)
    #expect(try #require(Retention(node())).replayedAtLeast == nil)
  }

  @Test func whatTheLastCheckpointLeftIsNoFact() throws {
    var primary = node()
    primary.control?.value.checkpoint.redo = LSN(20 * Self.size + 0x28)
    primary.control?.value.checkpoint.nextXID = FullTransactionID(rawValue: 760)
    var slot = SamplePair.slot("orders")
    (slot.restartLSN, slot.confirmedFlush) = (LSN(20 * Self.size + 0x80), LSN(20 * Self.size + 0x80))
    primary.slots = [SamplePair.evidence(slot)]
    primary.stretches = []
    func warnings(_ node: Evidence) -> [Finding] {
      Inspection(node).findings.filter { $0.id == "wal.left-by-checkpoint" }
    }
    #expect(try #require(Retention(primary)).leftByLast == 15)
    #expect(warnings(primary).count == 1)
    // The slot's xmin has moved since: the server has worked its minimum out anew.
    primary.slots[0].state?.catalogXmin = TransactionID(761)
    #expect(warnings(primary).isEmpty)
    // All was written after the last checkpoint.
    primary.slots[0].state?.catalogXmin = TransactionID(760)
    primary.control?.value.checkpoint.redo = LSN(5 * Self.size + 0x28)
    #expect(warnings(primary).isEmpty)
    #expect(try #require(Retention(primary)).leftByLast == 0)
    // An archiver may have let it go since.
    primary.control?.value.checkpoint.redo = LSN(20 * Self.size + 0x28)
    primary.set("archive_mode", "on")
    #expect(warnings(primary).isEmpty)
  }
}
