import ServerLab
import Testing

/// As many slots as large sites have, in three databases, with names as long as they can be.
@Suite(.serialized, .enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct PlanManySlotsLiveTests {
  static let databases = ["shop", "it's", "größe"]
  static let count = 207

  @Test(arguments: Lab.servers)
  func everySlotIsThereAfterwards(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary(settings: ["max_replication_slots": "220"])
      for (number, database) in Self.databases.enumerated() {
        try await primary.sql("create database \"\(database)\"")
        try await primary.sql(
          """
          select pg_create_logical_replication_slot(rpad(format('tenant_%s_%s_', i, \(number)), 63, 'x'), 'pgoutput')
          from generate_series(1, \(Self.count / 3)) i
          """, database: database)
      }
      try await primary.sql("checkpoint")
      let standby = try await lab.standby(of: primary)
      try await standby.waitReplay(try await primary.currentLSN())
      try await primary.stop()
      let plan = try await slotscope([
        "plan", "--approach", "slots-on-new-primary", "--primary", primary.data, "--standby", standby.data,
      ])
      try #require(plan.status == 0, "\(plan)")
      // A line a slot, some for each database, and a page for the rest.
      let lines = plan.output.split(separator: "\n").count
      #expect(lines < Self.count + 20 * Self.databases.count + 100, "\(lines) lines")
      try await standby.promote()
      let fork = ["fork=\(try await standby.fork)"]
      let dry = try await standby.psql(plan.output, variables: fork + ["dry_run=1"])
      #expect(dry.status == 0, "\(dry)")
      let slots =
        "select datoid, count(*), max(length(slot_name::text)) from pg_replication_slots group by 1 order by 1"
      #expect(try await standby.sql(slots) == "")
      let first = try await standby.psql(plan.output, variables: fork)
      #expect(first.status == 0, "\(first.error.suffix(3000))")
      let made = try await standby.sql(slots)
      #expect(
        made.split(separator: "\n").allSatisfy { $0.hasSuffix("|69|63") } && made.split(separator: "\n").count == 3)
      let second = try await standby.psql(plan.output, variables: fork)
      #expect(second.status == 0 && second.error.contains("done before: tenant_1_0_"), "\(second.error.suffix(3000))")
      #expect(try await standby.sql(slots) == made)
    }
  }
}
