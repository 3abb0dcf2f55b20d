import Evidence
import PostgresFormat
import Testing

@testable import SlotSafety

/// What becomes of a slot when the server starts with these files, and what is said of it.
@Suite struct SlotFateTests {
  private func inspection(_ change: (inout SlotState, inout Evidence) -> Void) throws -> (SlotInspection, [String]) {
    var node = SamplePair().primary
    var state = SamplePair.slot("orders")
    change(&state, &node)
    node.slots = [SamplePair.evidence(state)]
    let inspection = Inspection(node)
    let ids = inspection.findings.filter { $0.slotName == "orders" }.map(\.id)
    return (try #require(inspection.slots.first), ids)
  }

  @Test func aSlotWithAllItsWALIsFine() throws {
    for restart in [SamplePair.restart, SamplePair.end] {
      let (slot, findings) = try inspection { state, _ in
        (state.restartLSN, state.confirmedFlush) = (restart, SamplePair.end)
      }
      #expect(slot.fate == .fine && slot.requiredWAL?.present == true && findings == [], "\(restart)")
    }
  }

  @Test func segmentsThatAreMissingAreCounted() throws {
    let (slot, findings) = try inspection { state, _ in
      state.restartLSN = LSN(SamplePair.restart.rawValue - 0x10_0000)
    }
    #expect(slot.fate == .walMissing && slot.requiredWAL?.present == false && findings == ["slot.wal-missing"])
    #expect(slot.requiredWAL?.missing.map(\.count) == [1])
  }

  /// Nothing of what it needs is here, though no segment before the end is missing.
  @Test func aSlotPastTheEndHasNoneOfItsWAL() throws {
    let (slot, findings) = try inspection { state, _ in
      (state.restartLSN, state.confirmedFlush) = (SamplePair.end.advanced(by: 8), SamplePair.end.advanced(by: 8))
    }
    #expect(slot.fate == .beyondEnd(SamplePair.end) && findings == ["slot.beyond-end"])
    #expect(slot.requiredWAL?.present == false && slot.requiredWAL?.missing == [])
  }

  @Test func aConsumerPastTheEndIsTold() throws {
    let (slot, findings) = try inspection { state, _ in state.confirmedFlush = SamplePair.end.advanced(by: 1) }
    #expect(
      slot.fate == .beyondEnd(SamplePair.end) && slot.requiredWAL?.present == true && findings == ["slot.beyond-end"])
  }

  @Test func whatIsGivenUpOrTemporaryNeedsNothing() throws {
    let (lost, lostFindings) = try inspection { state, _ in state.invalidation = .walRemoved }
    #expect(lost.fate == .lost(.walRemoved) && lost.requiredWAL == nil && lostFindings == ["slot.lost"])
    let (temporary, findings) = try inspection { state, _ in state.persistency = .temporary }
    #expect(temporary.fate == .vanishes && temporary.requiredWAL == nil && findings == ["slot.vanishes"])
  }

  @Test func aSlotWithoutAPositionWasNeverFinished() throws {
    let (slot, findings) = try inspection { state, _ in state.confirmedFlush = .none }
    #expect(slot.fate == .unfinished && findings == ["slot.unfinished"])
    let (made, _) = try inspection { state, _ in (state.confirmedFlush, state.persistency) = (.none, .ephemeral) }
    #expect(made.fate == .vanishes)
    let (physical, _) = try inspection { state, _ in state = SlotState(name: "orders") }
    #expect(physical.fate == .fine)
  }

  @Test(arguments: [ServerVersion.v13, .v15, .v16, .v17, .v18, .v19])
  func aLostPhysicalSlotIsWhatItsVersionMakesOfIt(version: ServerVersion) throws {
    var node = SamplePair(version).primary
    node.slots = [SamplePair.evidence(SlotState(name: "db2", invalidation: .walRemoved))]
    let message = try #require(Inspection(node).findings.first { $0.id == "slot.lost" }?.message)
    #expect(message.contains("makes it valid") == (version < .v16))
    #expect(message.contains("stays lost") == (version == .v16 || version == .v17))
    #expect(message.contains("refuses its follower") == (version >= .v18))
  }

  /// A standby that has received a history and no WAL of its timeline decodes from the parent's files.
  @Test func aTimelineThatIsKnownAndNotReplayedNamesNoSegment() {
    let history = TimelineHistory(
      timeline: TimelineID(2),
      ancestors: [.init(timeline: TimelineID(1), switchPoint: SamplePair.end, reason: "no recovery target specified")])
    func missing(end: LSN) -> [SegmentGap] {
      let live = [SegmentRun(timeline: TimelineID(1), first: SegmentNumber(16), last: SegmentNumber(16))]
      let available = AvailableWAL(size: 1 << 20, end: end, history: history, live: live)
      if end == SamplePair.end {
        #expect(available.required(from: SamplePair.restart).firstSegment.timeline == TimelineID(1))
      }
      return available.missing(from: SamplePair.restart)
    }
    #expect(missing(end: SamplePair.end) == [])
    #expect(missing(end: SamplePair.end.advanced(by: 0x100)).map(\.timeline) == [TimelineID(2)])
  }
}
