import FixtureSupport
import ServerLab
import Testing

/// The set-up of PostgreSQL's documentation, both servers by connection string: ready for both events in health, not when something is
/// broken, and then the events themselves, with the rows of a real subscription counted.
@Suite(.serialized, .enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct EventsLiveTests {
  private struct Trio {
    let primary: Cluster
    let standby: Cluster
    let subscriber: Cluster

    init(_ lab: LabRun) async throws {
      primary = try await lab.primary()
      standby = try await lab.standby(
        of: primary,
        settings: [
          "sync_replication_slots": "on", "primary_conninfo": primary.connection("dbname=postgres"),
          "primary_slot_name": "standby",
        ])
      subscriber = try await lab.primary("subscriber")
      try await primary.sql("create table t (i int primary key); create publication p for table t")
      try await subscriber.sql("create table t (i int primary key)")
      try await subscriber.sql(
        "create subscription s connection '\(primary.connection("dbname=postgres"))' publication p with (failover = true)"
      )
      try await primary.sql("alter system set synchronized_standby_slots = 'standby'; select pg_reload_conf()")
      let (primary, standby) = (self.primary, self.standby)
      try await standby.wait("a synchronized slot") {
        try await primary.sql("select pg_log_standby_snapshot()")
        return try await standby.sql("select count(*) from pg_replication_slots where synced and not temporary") == "1"
      }
      // Its setting must have been in force for a while.
      try await Task.sleep(for: .seconds(11))
    }

    /// The verdicts on the subscription's slot and the exit code.
    func verdicts() async throws -> String {
      func source(_ cluster: Cluster) -> String { "host=\(cluster.home) user=postgres dbname=postgres" }
      let outcome = try await slotscope([
        "audit", "--primary", source(primary), "--standby", source(standby), "--format", "json",
      ])
      let document = try JSONDocument(parsing: outcome.output)
      let events = document["slots"].elements.first { $0["slot_name"].string == "s" }?["events"]
      let words = ["crash", "switchover"].map { events?[$0]["verdict"].string ?? "none" }
      return (words + [String(outcome.status)]).joined(separator: " ")
    }

    func insert(_ range: ClosedRange<Int>) async throws {
      try await primary.sql("insert into t select generate_series(\(range.lowerBound), \(range.upperBound))")
    }

    func applied(_ count: Int) async throws {
      let subscriber = self.subscriber
      try await subscriber.wait("\(count) rows") { try await subscriber.sql("select count(*) from t") == String(count) }
    }

    /// Points the subscription to the promoted standby, writes there, and expects each row once.
    func moveAndCount(_ count: Int) async throws {
      try await standby.sql("alter system reset synchronized_standby_slots; select pg_reload_conf()")
      try await subscriber.sql("alter subscription s connection '\(standby.connection("dbname=postgres"))'")
      try await standby.sql("insert into t select generate_series(\(count + 1), \(count + 50))")
      try await applied(count + 50)
      let sum = "select count(*) || ' ' || sum(i) from t"
      #expect(try await subscriber.sql(sum) == standby.sql(sum))
    }
  }

  private static let withFailoverSlots = Lab.servers.filter { $0.major >= 17 }

  @Test(arguments: withFailoverSlots)
  func aSwitchoverThatWasReadyLosesNothing(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let trio = try await Trio(lab)
      try await trio.insert(1...100)
      try await trio.applied(100)
      try await trio.standby.wait("both events ready") { try await trio.verdicts() == "ready ready 0" }
      // Without the barrier only a clean stop is safe.
      try await trio.primary.sql("alter system set synchronized_standby_slots = ''; select pg_reload_conf()")
      try await trio.standby.wait("a crash at risk alone") { try await trio.verdicts() == "at_risk ready 0" }
      // A clean stop does not wait for a standby that is not there.
      try await trio.standby.sql("alter system set primary_conninfo = ''; select pg_reload_conf()")
      let standby = trio.standby
      try await standby.wait("the end of streaming") {
        try await standby.sql("select count(*) from pg_stat_wal_receiver") == "0"
      }
      #expect(try await trio.verdicts() == "at_risk at_risk 2")
      try await trio.standby.sql("alter system reset primary_conninfo; select pg_reload_conf()")
      try await standby.wait("streaming") {
        try await standby.sql("select count(*) from pg_stat_wal_receiver where status = 'streaming'") == "1"
      }
      try await trio.standby.wait("a switchover ready") { try await trio.verdicts().hasSuffix(" ready 0") }
      try await trio.insert(101...200)
      try await trio.primary.stop()
      try await trio.standby.promote()
      try await trio.moveAndCount(200)
    }
  }

  @Test(arguments: withFailoverSlots)
  func aCrashThatWasReadyLosesNothing(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let trio = try await Trio(lab)
      try await trio.insert(1...100)
      try await trio.applied(100)
      // The slot is as new as its consumer after a round of synchronization.
      try await trio.standby.wait("both events ready") { try await trio.verdicts() == "ready ready 0" }
      // Rows that are written now reach the subscriber only when the standby has them.
      try await trio.insert(101...200)
      try await trio.primary.killAll()
      try await trio.standby.promote()
      let count = Int(try await trio.standby.sql("select count(*) from t")) ?? 0
      #expect(count == 100 || count == 200)
      let held = Int(try await trio.subscriber.sql("select count(*) from t")) ?? -1
      #expect(held <= count, "the subscriber has what the new primary lacks")
      try await trio.moveAndCount(count)
    }
  }
}
