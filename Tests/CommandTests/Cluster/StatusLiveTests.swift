import FixtureSupport
import ServerLab
import Testing

/// A primary and a standby that run: `status` by nodes and by name, before a promotion, while both run as primaries, and after.
@Suite(.serialized, .enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct StatusLiveTests {
  private static func source(_ cluster: Cluster) -> String { "host=\(cluster.home) user=postgres dbname=postgres" }

  private static func status(_ arguments: [String]) async throws -> (JSONDocument, Outcome) {
    let outcome = try await slotscope(["status", "--format", "json"] + arguments)
    return (try JSONDocument(parsing: outcome.output), outcome)
  }

  private static func roles(_ document: JSONDocument) -> String {
    document["nodes"].elements.map { "\($0["name"].string ?? "?") \($0["role"].string ?? "unread")" }
      .joined(separator: ", ")
  }

  @Test(arguments: Lab.servers)
  func aPromotionInBetween(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      let standby = try await lab.standby(of: primary)
      try await primary.sql(
        "create table t (i int); select pg_create_logical_replication_slot('orders', 'pgoutput');"
          + " insert into t select generate_series(1, 1000)")
      try await standby.waitReplay(try await primary.currentLSN())
      let scratch = ScratchDirectory()
      scratch.write(
        "clusters.d/prod.toml",
        "[nodes]\ndb1 = \"\(Self.source(primary))\"\ndb2 = \"\(Self.source(standby))\"\n")
      let config = ["prod", "--config", scratch.path]

      let (before, outcome) = try await Self.status(config)
      #expect(Self.roles(before) == "db1 primary, db2 standby", "\(outcome)")
      #expect(before["nodes"][0]["timeline_id"].integer == 1 && before["nodes"][1]["running"] == .bool(true))
      #expect(before["nodes"][1]["upstream"].string == "db1", "\(outcome)")
      #expect(before["nodes"][1]["replay_lag_bytes"].integer != nil)
      let orders = before["slots"].elements.first { $0["slot_name"].string == "orders" }
      #expect(
        (orders?["lag_bytes"].integer ?? 0) > 1000 && (orders?["retained_bytes"].integer ?? 0) > 1000, "\(outcome)")
      #expect(orders?["active"] == .bool(false) && orders?["events"]["crash"]["verdict"].string == "at_risk")
      let (byNodes, _) = try await Self.status(["--node", Self.source(standby), "--node", Self.source(primary)])
      #expect(byNodes["nodes"].elements.map { $0["role"].string } == ["primary", "standby"])
      #expect(byNodes["verdict"] == before["verdict"])

      // Both run as primaries.
      try await standby.promote()
      try await standby.sql("checkpoint")
      let (split, during) = try await Self.status(config)
      #expect(Self.roles(split) == "db2 primary, db1 former_primary", "\(during)")
      #expect(split["alerts"][0]["id"].string == "former-primary-runs" && during.status == 3, "\(during)")
      #expect(split["nodes"][0]["timeline_id"].integer == 2 && split["nodes"][1]["fork_lsn"].string != nil)

      // The old one is gone: it cannot be read, and what it was is open.
      try await primary.stop()
      let (gone, after) = try await Self.status(config)
      #expect(Self.roles(gone) == "db2 primary, db1 unread", "\(after)")
      #expect(gone["alerts"][0]["id"].string == "node-unread" && after.status == 3)

      // By its files it is known for what it was, and the name leads to the promotion that was.
      scratch.write(
        "clusters.d/prod.toml",
        "[nodes]\ndb1 = [\"\(Self.source(primary))\", \"\(primary.data)\"]\ndb2 = \"\(standby.data)\"\n")
      let (files, byFiles) = try await Self.status(config)
      #expect(Self.roles(files) == "db2 primary, db1 former_primary", "\(byFiles)")
      let audit = try await slotscope(["audit", "--format", "json"] + config)
      #expect(try JSONDocument(parsing: audit.output)["promoted"] == .bool(true), "\(audit)")
      #expect(audit.error.contains("db1 was the primary, db2 was promoted from it"))
      let ledger = try await slotscope(["ledger"] + config)
      #expect([0, 1, 2].contains(ledger.status), "\(ledger)")
    }
  }
}
