import FixtureSupport
import ServerLab
import Testing

/// A script that visits both servers changes on each what is meant for it.
@Suite struct PlanTwoServersTests {
  /// The primary's slot is to be made a failover slot, and the standby has one of its own by that name, which is in the way.
  @Test func aStandbysSlotIsDroppedOnTheStandby() async throws {
    let scratch = ScratchDirectory()
    let pair = try Fixtures.unpacked("pg17-pair")
    try ExternalProgram.run("/usr/bin/env", ["cp", "-a", pair + "/standby", scratch.path + "/standby"])
    try ExternalProgram.run(
      "/usr/bin/env", ["cp", "-a", pair + "/primary/pg_replslot/cdc_b", scratch.path + "/standby/pg_replslot/"])
    let outcome = try await slotscope([
      "plan", "--for", "both", "--approach", "failover-slots", "--slots", "name:cdc_b", "--primary", pair + "/primary",
      "--standby",
      scratch.path + "/standby",
    ])
    #expect(outcome.status == 0, "\(outcome)")
    var server: Substring?
    var changed: [String: [Substring?]] = [:]
    for line in outcome.output.split(separator: "\n") {
      if let place = line.firstMatch(of: /\\connect .*:"(primary|standby)_conninfo"/)?.1 { server = place }
      for change in ["pg_drop_replication_slot(", "ALTER_REPLICATION_SLOT cdc_b"] where line.contains(change) {
        changed[change, default: []].append(server)
      }
    }
    #expect(changed == ["pg_drop_replication_slot(": ["standby"], "ALTER_REPLICATION_SLOT cdc_b": ["primary"]])
  }
}
