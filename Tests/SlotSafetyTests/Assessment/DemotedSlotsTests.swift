import Evidence
import PostgresFormat
import Testing

@testable import SlotSafety

/// The line that an audit and a status have once the standby was promoted: what the old primary brings along.
@Suite struct DemotedSlotsTests {
  /// The standby is promoted at its end; both nodes have the slot `orders`, a failover slot.
  private func pair(_ version: ServerVersion = .v17, promoted: Bool = true) -> SamplePair {
    var pair = SamplePair(version)
    guard promoted else { return pair }
    pair.standby.startFiles.standbySignal = false
    pair.standby.control?.value.state = .inProduction
    pair.standby.control?.value.checkpoint.timeline = TimelineID(2)
    pair.standby.timelines = [
      Located(
        TimelineHistory(
          timeline: TimelineID(2),
          ancestors: [TimelineHistory.Entry(timeline: TimelineID(1), switchPoint: SamplePair.end, reason: "")]),
        path: "pg_wal/00000002.history")
    ]
    pair.standby.setEnd(SamplePair.end.advanced(by: 0x100))
    return pair
  }

  private func found(_ pair: SamplePair) -> Finding? {
    pair.assess().findings.first { $0.rule == .rejoinWillBlock }
  }

  @Test(arguments: [ServerVersion.v17, .v18, .v19]) func aFailoverSlotOfTheOldPrimaryStopsIt(version: ServerVersion)
    throws
  {
    let finding = try #require(found(pair(version)))
    #expect(finding.severity == .warning && finding.id == "rejoin.will-block")
    #expect(
      finding.message == "When the old primary comes back as it is, its slot orders stops slot synchronization there.")
    #expect(finding.facts.map(\.path) == ["pg_replslot/orders/state"] && finding.facts[0].node == "primary")
    // Name and `synced` are all that is looked at: the old slot need not ask for failover itself.
    var without = pair(version)
    without.primary.slots[0].state?.failover = false
    #expect(found(without) != nil)
  }

  @Test func severalAreCounted() throws {
    var pair = pair()
    for name in ["a1", "a2"] {
      pair.primary.slots.append(SamplePair.evidence(SamplePair.slot(name)))
      pair.standby.slots.append(SamplePair.evidence(SamplePair.slot(name, synced: true)))
    }
    let finding = try #require(found(pair))
    #expect(finding.message.contains("its slot orders and 2 more stops") && finding.facts.count == 3)
  }

  @Test func othersStopNothing() {
    #expect(found(pair(promoted: false)) == nil)
    #expect(found(pair(.v16)) == nil)
    func changed(_ change: (inout SamplePair) -> Void) -> SamplePair {
      var pair = pair()
      change(&pair)
      return pair
    }
    #expect(found(changed { $0.primary.slots[0].state?.synced = true }) == nil, "it is synchronized")
    #expect(found(changed { $0.primary.slots[0].state?.persistency = .temporary }) == nil, "gone with its server")
    #expect(found(changed { $0.standby.slots[0].state?.failover = false }) == nil, "nothing is synchronized")
    #expect(found(changed { $0.standby.slots[0].state?.name = "other" }) == nil, "no slot of its name")
    #expect(found(changed { $0.primary.slots.removeFirst() }) == nil, "no slot")
  }
}
