import FixtureSupport
import ServerLab
import Testing

/// The slot by which a real subscription copies a table, looked at while the copy cannot go on.
@Suite(.serialized, .enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct TableSynchronizationLiveTests {
  @Test(arguments: Lab.servers.filter { $0.major >= 15 })
  func theSubscribersCatalogTellsWhatItIs(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      try await primary.sql("create table visits (i int primary key); create publication p for table visits")
      try await primary.sql("insert into visits select generate_series(1, 10)")
      let standby = try await lab.standby(of: primary)
      let subscriber = try await lab.primary("subscriber")
      // A row that the copy runs into, again and again.
      try await subscriber.sql("create table visits (i int primary key); insert into visits values (5)")
      try await subscriber.sql("create subscription moved connection '\(primary.connection())' publication p")
      try await primary.wait("the slot of the copy") {
        try await primary.sql("select count(*) from pg_replication_slots where slot_name like 'pg\\_%sync%'") == "1"
      }
      for cluster in [primary, subscriber] { try await cluster.sql("checkpoint") }
      let name = try await primary.sql("select slot_name from pg_replication_slots where slot_name like 'pg\\_%sync%'")
      try await standby.waitReplay(try await primary.currentLSN())
      let sources = ["--primary", primary.data, "--standby", standby.data]

      let unknown = try await slotscope(["audit", "--format", "json"] + sources)
      #expect(unknown.output.contains("whether it was finished is open"), "\(unknown)")
      for source in [subscriber.data, subscriber.connection("dbname=postgres")] {
        let told = try await slotscope(["audit", "--format", "json", "--subscriber", source] + sources)
        #expect(told.output.contains("the initial copy of public.visits by subscription moved: its worker"), "\(told)")
        let plan = try await slotscope(["plan", "--subscriber", source] + sources)
        #expect(plan.error.contains("slot \(name) is left out: a table's first copy"), "\(plan)")
        #expect(!plan.output.contains("create.\(name)") && !plan.output.contains("failover.\(name)"), "\(plan)")
      }

      // One of a subscription that the subscriber does not have any more, as it says after a clean stop.
      try await subscriber.stop()
      let system = name.split(separator: "_").last.map(String.init) ?? ""
      let left = "pg_99999_sync_88888_\(system)"
      try await primary.sql("select pg_create_logical_replication_slot('\(left)', 'pgoutput'); checkpoint")
      let script = try await slotscope(
        ["plan", "--for", "primary-before", "--subscriber", subscriber.data] + sources)
      for _ in 1...2 {
        let outcome = try await primary.psql(script.output)
        #expect(outcome.status == 0, "\(outcome) \(script)")
      }
      let names = try await primary.sql(
        "select string_agg(slot_name, ' ' order by 1) from pg_replication_slots where slot_name like 'pg\\_%'")
      #expect(names == name)
    }
  }
}
