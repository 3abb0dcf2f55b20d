import Evidence
import PostgresFormat
import Testing

@testable import SlotSafety

/// What two looks at one cluster tell of each other.
@Suite struct EvidenceComparisonTests {
  private let pair = SamplePair()

  private func change(_ name: String, _ comparison: EvidenceComparison) -> SlotChange? {
    comparison.slots.first { $0.name == name }
  }

  @Test func nothingDiffersFromItself() {
    let comparison = EvidenceComparison(pair.primary, pair.primary)
    #expect(comparison.isUnchanged && comparison.isSameCluster == true && comparison.open.isEmpty)
    #expect(comparison.slots.allSatisfy { $0.kind == .same })
  }

  @Test func positionsHaveADirection() throws {
    var later = pair.primary
    later.changeSlot("orders") { $0.confirmedFlush = $0.confirmedFlush.advanced(by: 0x100) }
    later.setEnd(SamplePair.end.advanced(by: 0x200))
    let forth = EvidenceComparison(pair.primary, later)
    #expect(forth.end.moved == 0x200 && !forth.isUnchanged)
    let orders = try #require(change("orders", forth))
    #expect(orders.kind == .moved && orders.confirmedFlush.moved == 0x100 && orders.restart.moved == 0)
    #expect(EvidenceComparison(later, pair.primary).end.moved == -0x200)
  }

  @Test func aSettingThatABuildLacksIsNoDifferenceToFilesWithoutIt() {
    var asked = pair.primary
    asked.settings.absent = ["max_slot_wal_keep_size"]
    #expect(EvidenceComparison(pair.primary, asked).settings == [])
    #expect(EvidenceComparison(asked, pair.primary).settings == [])
    var given = pair.primary
    given.set("max_slot_wal_keep_size", "1GB")
    #expect(EvidenceComparison(given, asked).settings.map(\.name) == ["max_slot_wal_keep_size"])
  }

  @Test func slotsComeAndGo() {
    var later = pair.primary
    later.slots.removeFirst()
    later.slots.append(SamplePair.evidence(SamplePair.slot("new")))
    let comparison = EvidenceComparison(pair.primary, later)
    #expect(change("orders", comparison)?.kind == .went && change("new", comparison)?.kind == .came)
    #expect(change("new", comparison)?.restart.moved == nil)
  }

  @Test func anotherSlotOfTheSameNameIsTold() {
    var later = pair.primary
    later.changeSlot("orders") {
      $0.plugin = "wal2json"
      $0.invalidation = .walRemoved
    }
    let orders = change("orders", EvidenceComparison(pair.primary, later))
    #expect(orders?.kind == .changed && orders?.attributes.map(\.name) == ["plugin", "invalidation_reason"])
  }

  @Test func settingsAreComparedByTheirValues() {
    var later = pair.primary
    later.set("max_slot_wal_keep_size", "1GB")
    later.set("max_wal_senders", "10")
    var same = later
    same.set("max_slot_wal_keep_size", "1024MB")
    #expect(EvidenceComparison(later, same).settings.isEmpty)
    let changes = EvidenceComparison(pair.primary, later).settings
    #expect(changes == [SettingChange(name: "max_slot_wal_keep_size", a: "-1", b: "1GB")])
    later.settings.hidden = ["max_slot_wal_keep_size"]
    let hidden = EvidenceComparison(pair.primary, later)
    #expect(hidden.settings.isEmpty && hidden.open.count == 1)
  }

  @Test func anotherClusterAndAnotherTimelineAreTold() {
    var stranger = pair.primary
    stranger.control?.value.systemIdentifier = 8
    #expect(EvidenceComparison(pair.primary, stranger).isSameCluster == false)
    var promoted = pair.standby
    promoted.promote(at: SamplePair.end)
    let comparison = EvidenceComparison(pair.primary, promoted)
    #expect(comparison.open.contains { $0.contains("\(SamplePair.end)") })
    promoted.control = nil
    #expect(EvidenceComparison(pair.primary, promoted).isSameCluster == nil)
  }
}
