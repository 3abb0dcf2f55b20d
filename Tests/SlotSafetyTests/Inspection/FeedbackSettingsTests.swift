import Evidence
import PostgresFormat
import Testing

@testable import SlotSafety

/// A standby with slots of its own has to ask its primary for the catalog rows that they need.
@Suite struct FeedbackSettingsTests {
  private func finding(_ version: ServerVersion = .v16, _ change: (inout Evidence) -> Void) -> Finding? {
    var node = SamplePair(version).standby
    node.slots = [SamplePair.evidence(SamplePair.slot("dwh", version, failover: false))]
    change(&node)
    return Inspection(node).findings.first { $0.rule == .nodeFeedback }
  }

  @Test(arguments: [ServerVersion.v16, .v17, .v18, .v19]) func whatIsNotAskedForIsRemoved(version: ServerVersion) {
    #expect(finding(version) { _ in } == nil)
    let off = finding(version) { $0.set("hot_standby_feedback", "off") }
    #expect(off?.message.contains("removes catalog rows that slot dwh needs, and replay then invalidates it") == true)
    #expect(off?.severity == .warning && off?.facts.first?.path == "postgresql.conf")
    let away = finding(version) { $0.set("primary_slot_name", "") }
    #expect(away?.message.hasPrefix("primary_slot_name is not set: while this standby is not connected") == true)
  }

  @Test func whoNeedsNoneIsNotTold() {
    #expect(
      finding {
        $0.slots = []
        $0.set("hot_standby_feedback", "off")
      } == nil)
    #expect(
      finding(.v17) {
        $0.slots[0].state?.synced = true
        $0.set("hot_standby_feedback", "off")
      } == nil, "a synchronized slot has its own rule")
    #expect(
      finding {
        $0.slots[0].state?.invalidation = .rowsRemoved
        $0.set("hot_standby_feedback", "off")
      } == nil, "nothing is left to keep")
    #expect(
      finding {
        $0.set("primary_slot_name", "")
        $0.set("primary_conninfo", "")
      } == nil, "an HA manager takes both away for a while")
  }
}
