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

  /// What needs the old server comes before its stop, and that before what the new cluster needs.
  @Test func stepsAreInOrder() {
    var one = sample()
    one.old.preparedTransactions = [
      Located(
        PreparedTransaction(
          xid: TransactionID(9), database: SamplePair.database, preparedAt: Timestamp(unixSeconds: 0), owner: OID(10),
          gid: "x'y"),
        path: "pg_twophase/00000009")
    ]
    let record = UnreadWAL.Record(lsn: LSN(0x100_0900), kind: .commit, database: nil, xid: TransactionID(800))
    one.unread = [UnreadWAL(slotName: "orders", first: record, isComplete: true)]
    var gone = SamplePair.slot("gone")
    gone.invalidation = .walRemoved
    one.old.slots.append(SamplePair.evidence(gone))
    one.new = newCluster("replica", slots: 1)
    let typed = Upgrade(one).steps.map { "\($0.node.rawValue) \($0.commands.joined(separator: " "))" }
    let wanted = [
      "old pg_ctl -D /primary -w start", "old COMMIT PREPARED 'x''y'", "old SELECT pg_drop_replication_slot",
      "old SELECT slot_name, active", "old pg_ctl -D /primary -m fast -w stop",
      "old slotscope upgrade /primary --to 18 --new /new", "new wal_level = logical max_replication_slots = 2",
      "new pg_upgrade -b OLD_BIN -B NEW_BIN -d /primary -D /new --check",
      "new SELECT pg_create_physical_replication_slot('s1', true);",
    ]
    #expect(typed.count == wanted.count && zip(typed, wanted).allSatisfy { $0.hasPrefix($1) }, "\(typed)")
    #expect(typed[2].contains("'gone'") && typed[3].contains("IN ('orders')"))
    // Where all is well nothing is to be started.
    one = sample()
    one.new = newCluster("logical")
    #expect(Upgrade(one).steps.map(\.node) == [.new, .new], "\(Upgrade(one).steps)")
  }

  @Test func slotsOf16AreMadeAnewAfterwards() {
    var one = sample(.v16, to: .v18)
    one.old.slots[0].state?.twoPhase = true
    let typed = Upgrade(one).steps.flatMap(\.commands)
    #expect(typed.contains("SELECT pg_create_logical_replication_slot('orders', 'pgoutput', false, true);"), "\(typed)")
    #expect(!typed.contains { $0.hasPrefix("wal_level") })
  }

  /// It goes on writing: what it has read until now is not what it will have read.
  @Test func aServerThatRunsNeverPasses() {
    var one = sample()
    one.new = newCluster("logical")
    (one.old.startFiles.postmasterPIDPresent, one.old.startFiles.postmasterAlive) = (true, true)
    one.old.control?.value.state = .inProduction
    let upgrade = Upgrade(one)
    #expect(upgrade.passes == nil && upgrade.message == nil && upgrade.checks[0].passes == nil)
    #expect(upgrade.steps.first?.commands == ["pg_ctl -D /primary -m fast -w stop"])
  }

  /// pg_upgrade takes a lock file for that of a server that runs or was killed, and starts it to see.
  @Test func whatWasKilledIsRecoveredFirst() {
    var one = sample()
    one.new = newCluster("logical")
    one.old.control?.value.state = .inProduction
    #expect(Upgrade(one).message?.contains("was not shut down cleanly") == true)
    (one.old.startFiles.postmasterPIDPresent, one.old.startFiles.postmasterAlive) = (true, false)
    let upgrade = Upgrade(one)
    #expect(upgrade.passes == nil && upgrade.message == nil && upgrade.findings.contains { $0.rule == .upgradeOpen })
    #expect(upgrade.steps.first?.commands == ["pg_ctl -D /primary -w start"])
  }

  @Test func aStandbyIsTakenByNoPgUpgrade() {
    var one = sample()
    one.old.control?.value.state = .shutDownInRecovery
    let upgrade = Upgrade(one)
    #expect(upgrade.message?.hasPrefix("The source cluster was shut down while in recovery mode.  To") == true)
    #expect(upgrade.steps.map(\.kind) == [.note])
    one = sample()
    one.new = newCluster("logical")
    one.new?.control = one.old.control
    one.new?.control?.value.state = .inProduction
    #expect(
      Upgrade(one).message == "The target cluster was not shut down cleanly, state reported as: \"in production\"")
  }

  /// What comes with PostgreSQL is there; of others no file of the clusters tells.
  @Test func anotherPluginHasToBeInstalled() {
    var one = sample()
    one.new = newCluster("logical")
    for (plugin, passes) in [("pgoutput", true), ("test_decoding", true), ("wal2json", nil)] as [(String, Bool?)] {
      one.new?.settings.assignments.append(
        SettingAssignment(name: "output_plugin_libraries", value: plugin, path: "postgresql.conf", line: 9))
      one.old.slots[0].state?.plugin = plugin
      let upgrade = Upgrade(one)
      #expect(upgrade.passes == passes, "\(upgrade.checks)")
      #expect(upgrade.steps.contains { $0.commands == ["\(plugin).so"] } == (plugin != "pgoutput"))
    }
  }

  @Test func whatIsInstalledIsLookedAt() {
    var one = sample()
    one.new = newCluster("logical")
    one.new?.set("output_plugin_libraries", "wal2json")
    one.old.slots[0].state?.plugin = "wal2json"
    one.installedPlugins = ["pgoutput", "wal2json"]
    #expect(Upgrade(one).passes == true && !Upgrade(one).steps.contains { $0.kind == .note })
    one.installedPlugins = ["pgoutput"]
    let upgrade = Upgrade(one)
    #expect(upgrade.message == "Your installation references loadable libraries that are missing from the")
    #expect(upgrade.checks.first { $0.passes == false }?.report == ["could not load library \"wal2json\""])
  }
}
