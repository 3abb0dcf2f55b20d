import Evidence
import PostgresFormat
import SlotSafety
import Testing

/// Synchronization that is on and cannot work is told of the standby alone (`ValidateSlotSyncParams`).
@Suite struct SynchronizationSettingsTests {
  private func finding(_ version: ServerVersion = .v17, _ change: (inout Evidence) -> Void) -> Finding? {
    var node = SamplePair(version).standby
    change(&node)
    return Inspection(node).findings.first { $0.id == "node.slot-synchronization" }
  }

  @Test(arguments: [ServerVersion.v17, .v18, .v19]) func whatIsMissingIsNamed(version: ServerVersion) {
    #expect(finding(version) { _ in } == nil)
    let connection = finding(version) { $0.set("primary_conninfo", "host=p") }
    #expect(connection?.message.contains("primary_conninfo names no database") == true)
    #expect(connection?.severity == .warning && connection?.remedy?.contains("dbname=") == true)
    let all = finding(version) {
      $0.set("primary_conninfo", "")
      $0.set("primary_slot_name", "")
      $0.set("hot_standby_feedback", "off")
    }
    #expect(all?.facts.count == 3)
  }

  @Test func theRunningStandbySaysItAsWell() {
    #expect(
      finding {
        $0.ask(.standby)
        $0.set("primary_conninfo", "user=r host=p")
      } != nil)
  }

  @Test func whatIsNotKnownIsNoFault() {
    #expect(finding { $0.settings.hidden = ["primary_conninfo"] } == nil)
    #expect(finding { $0.set("primary_conninfo", "(connection string withheld: its syntax is not certain)") } == nil)
    // Off, it needs nothing; a primary does not synchronize.
    #expect(
      finding {
        $0.set("primary_conninfo", "")
        $0.set("sync_replication_slots", "off")
      } == nil)
    #expect(
      finding {
        $0.set("primary_conninfo", "")
        $0.startFiles.standbySignal = false
        $0.control?.value.state = .inProduction
      } == nil)
  }
}
