import Evidence
@testable import PostgresFormat
import SlotSafety
import Testing

/// What is advised can be done: not by a primary that is down, not while replay is paused, not what is set already.
@Suite struct CopyRemedyTests {
  private func remedies(_ pair: SamplePair, _ ids: Set<String>) -> [String] {
    pair.assess().findings.filter { ids.contains($0.id) }.map { $0.remedy ?? "" }
  }

  private func invalidated(_ pair: SamplePair, synced: Bool = true) -> SamplePair {
    var pair = pair
    pair.standby.changeSlot("orders") { ($0.invalidation, $0.synced) = (.rowsRemoved, synced) }
    return pair
  }

  @Test func aSynchronizedCopyIsNotDroppedByHand() {
    let found = remedies(invalidated(PrimaryDownTests.running()), ["A10", "L12"])
    #expect(found == ["Synchronization drops it and makes it anew."])
    var without = invalidated(PrimaryDownTests.running())
    without.standby.set("sync_replication_slots", "off")
    #expect(remedies(without, ["A10"]).first?.contains("once it is set up") == true)
    let byHand = invalidated(PrimaryDownTests.running(.v16), synced: false)
    #expect(remedies(byHand, ["A10"]).first?.hasPrefix("Drop it") == true)
  }

  @Test func nothingIsMadeWhileReplayIsPaused() {
    var pair = invalidated(PrimaryDownTests.running())
    pair.standby.ask(.standby)
    pair.standby.server?.positions.replayIsPaused = true
    let found = remedies(pair, ["A10", "L12"])
    #expect(found.count == 1 && found.allSatisfy { $0.hasPrefix("Let replay go on first") }, "\(found)")
    pair.standby.server?.positions.replayIsPaused = false
    #expect(remedies(pair, ["A10"]).first?.hasPrefix("Synchronization") == true)
  }

  /// Nothing is advised that a primary which is down would have to do.
  @Test(arguments: [ServerVersion.v16, .v17, .v18])
  func aPrimaryThatIsDownMakesNoCopy(version: ServerVersion) {
    let changes: [(inout SamplePair) -> Void] = [
      { $0.standby.slots = [] },
      { $0.standby.changeSlot("orders") { $0.invalidation = .rowsRemoved } },
      { $0.standby.changeSlot("orders") { $0.persistency = .temporary } },
      { $0.standby.changeSlot("orders") { $0.plugin = "wal2json" } },
      {
        $0.primary.changeSlot("orders") { $0.failover = false }
        $0.standby.slots = []
      },
    ]
    for change in changes {
      var pair = PrimaryDownTests.killed(version)
      change(&pair)
      let found = pair.assess().findings.filter {
        $0.severity > .info && ["A08", "A09", "A10", "L3", "L4", "L6", "L9", "L12"].contains($0.id)
      }
      #expect(!found.isEmpty)
      for finding in found {
        #expect(finding.remedy?.hasPrefix("The primary is down") == true, "\(finding.id): \(finding.remedy ?? "")")
      }
    }
  }

  @Test func settingsOfAPrimaryThatIsDownAreForTheNextOne() {
    var pair = PrimaryDownTests.killed()
    pair.primary.set("synchronized_standby_slots", "")
    pair.standby.set("sync_replication_slots", "off")
    pair.standby.set("primary_conninfo", "host=p")
    let found = remedies(pair, ["A14", "A18", "A19"])
    #expect(found.count == 3 && found.allSatisfy { $0.hasPrefix("The primary is down") }, "\(found)")
  }

  @Test func whatIsSetIsNotToBeSet() {
    func advice(_ change: (inout SamplePair) -> Void) -> String {
      var pair = PrimaryDownTests.running()
      change(&pair)
      return remedies(pair, ["A14"]).first ?? "none"
    }
    let unset = advice { $0.primary.set("synchronized_standby_slots", "") }
    #expect(unset == "Set synchronized_standby_slots to s1 and reload the primary.")
    let another = advice { $0.primary.set("synchronized_standby_slots", "other") }
    #expect(another == "Add s1 to synchronized_standby_slots, which names other, and reload the primary.")
    let noSlot = advice { $0.primary.slots.removeAll { $0.state?.name == "s1" } }
    #expect(noSlot.hasPrefix("Make the physical slot s1"))
    let noName = advice { $0.standby.set("primary_slot_name", "") }
    #expect(noName.hasPrefix("Set primary_slot_name on this standby"))
  }

  /// Synchronization cannot help where the primary is down.
  @Test func theConsumersOwnPositionSettlesWhatIsSentAgain() {
    var pair = SamplePair()
    pair.commit(at: LSN(0x100_0300))
    pair.standby.changeSlot("orders") { $0.confirmedFlush = LSN(0x100_0200) }
    pair.primary.changeSlot("orders") { $0.restartLSN = LSN(0x100_0400) }
    let told = remedies(pair, ["A08"])
    #expect(
      told.count == 1 && told[0].hasPrefix("The consumer's own position (--subscriber, --consumer) settles it."),
      "\(told)")
  }
}
