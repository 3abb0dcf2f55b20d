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
}
