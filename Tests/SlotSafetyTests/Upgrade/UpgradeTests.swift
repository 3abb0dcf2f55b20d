import Evidence
import PostgresFormat
import Testing

@testable import SlotSafety

/// What pg_upgrade says, on evidence made by hand.
@Suite struct UpgradeTests {
  private func sample(_ version: ServerVersion = .v17, to: ServerVersion = .v18) -> UpgradeCase {
    var old = SamplePair(version).primary
    old.control?.value.state = .shutDown
    old.settings.mainFile = "postgresql.conf"
    var one = UpgradeCase(old: old, new: nil, to: to)
    one.unread = old.slots.compactMap(\.state).filter(\.isLogical).map {
      UnreadWAL(slotName: $0.name, first: nil, isComplete: true)
    }
    return one
  }

  private func newCluster(_ level: String, slots: Int = 10, _ version: ServerVersion = .v18) -> Evidence {
    var new = Evidence(origin: Origin(kind: .dataDirectory, source: "/new"))
    new.version = version
    new.settings.mainFile = "postgresql.conf"
    new.set("wal_level", level)
    new.set("max_replication_slots", "\(slots)")
    return new
  }

  @Test func whatWasReadToTheEndPasses() {
    var one = sample()
    #expect(Upgrade(one).passes == nil)
    one.new = newCluster("logical")
    let upgrade = Upgrade(one)
    #expect(upgrade.passes == true && upgrade.slots.map(\.caughtUp) == [true], "\(upgrade.checks)")
  }

  @Test func theNewClusterNeedsALevelAndRoom() {
    var one = sample()
    one.new = newCluster("replica")
    #expect(Upgrade(one).message == "\"wal_level\" must be \"logical\" but is set to \"replica\"")
    one.new = newCluster("logical", slots: 0)
    #expect(Upgrade(one).message?.hasPrefix("\"max_replication_slots\" (0) must be greater") == true)
    one.to = .v19
    one.new = newCluster("replica", slots: 10, .v19)
    #expect(Upgrade(one).passes == true)
  }

  @Test func anUnreadRecordIsNamed() {
    var one = sample()
    let record = UnreadWAL.Record(lsn: LSN(0x100_0900), kind: .abort, database: nil, xid: TransactionID(800))
    one.unread = [UnreadWAL(slotName: "orders", first: record, isComplete: true)]
    let upgrade = Upgrade(one)
    #expect(upgrade.slots[0].caughtUp == false && upgrade.slots[0].firstUnread == record)
    #expect(upgrade.message == "Your installation contains logical replication slots that cannot be upgraded.")
    // What was not read to its end is open, never read.
    one.unread = [UnreadWAL(slotName: "orders", first: nil, isComplete: false)]
    #expect(Upgrade(one).slots[0].caughtUp == nil && Upgrade(one).passes == nil)
    one.unread = nil
    #expect(Upgrade(one).slots[0].caughtUp == nil)
  }

  @Test func slotsOf16AreDroppedWithoutAWord() {
    let upgrade = Upgrade(sample(.v16, to: .v18))
    #expect(upgrade.passes == true && upgrade.findings.contains { $0.rule == .upgradeSlotsDropped })
    #expect(upgrade.slots.allSatisfy { $0.caughtUp == nil && $0.message == nil })
  }

  @Test func oneCheckHidesTheNext() {
    var one = sample()
    one.old.control?.value.state = .inProduction
    one.unread = [
      UnreadWAL(slotName: "orders", first: .init(lsn: LSN(0x100_0900), kind: .commit, database: nil, xid: .none))
    ]
    let upgrade = Upgrade(one)
    #expect(upgrade.message?.contains("was not shut down cleanly") == true)
    #expect(upgrade.checks.filter { $0.passes == false }.map(\.kind) == [.stopped, .slots])
  }

  @Test func anOlderMajorIsRefused() {
    #expect(Upgrade(sample(.v17, to: .v16)).passes == false)
  }
}
