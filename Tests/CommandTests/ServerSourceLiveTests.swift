import FixtureSupport
import ServerLab
import Testing

/// Connection strings on the command line, that lead to real servers.
@Suite(.serialized, .enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct ServerSourceLiveTests {
  private static func slotscope(_ arguments: [String]) async throws -> Outcome {
    try await AuditFailoverTests.slotscope(arguments)
  }

  private static func source(_ cluster: Cluster) -> String {
    "host=\(cluster.home) user=postgres dbname=postgres password=geheim"
  }

  @Test(arguments: Lab.servers)
  func theVerdictOnARunningPrimary(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      let standby = try await lab.standby(of: primary)
      try await primary.sql(
        "create table t (i int); select pg_create_logical_replication_slot('orders', 'pgoutput');"
          + " insert into t select generate_series(1, 10)")
      try await standby.waitReplay(try await primary.currentLSN())
      let arguments = ["audit", "--primary", Self.source(primary), "--standby"]
      for target in [standby.data, Self.source(standby)] {
        let outcome = try await Self.slotscope(arguments + [target, "--event", "crash", "--format", "json"])
        let document = try JSONDocument(parsing: outcome.output)
        let orders = document["slots"].elements.first { $0["slot_name"].string == "orders" }
        // No copy, a running primary, a consumer that nothing holds back.
        #expect(orders?["verdict"].string == "at_risk" && outcome.status == 2, "\(outcome)")
        #expect(!outcome.output.contains("geheim"))
      }
      let text = try await Self.slotscope(arguments + [standby.data])
      #expect(!text.output.contains("geheim") && text.output.contains("--primary 'host="), "\(text)")

      // A plan from two running servers, which its own checks take for the right ones.
      let plan = try await Self.slotscope([
        "plan", "--primary", Self.source(primary), "--standby", Self.source(standby),
      ])
      // Before 16 only WAL of the primary could prove that a slot made after the promotion misses nothing.
      #expect(server.major >= 16 ? plan.status == 0 : [0, 1, 2].contains(plan.status), "\(plan)")
      #expect(!plan.output.contains("geheim"))
      if server.major >= 16 {
        let dry = try await standby.psql(plan.output, variables: ["dry_run=1"])
        #expect(dry.status == 0, "\(dry)")
      }

      let timeline = try await Self.slotscope(["timeline", Self.source(primary), standby.data, "--format", "json"])
      #expect(timeline.status == 0, "\(timeline)")
    }
  }

  @Test(arguments: Lab.servers.suffix(1))
  func capturesAreKeptAndCompared(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      try await primary.sql("select pg_create_logical_replication_slot('orders', 'pgoutput'); create table t (i int)")
      let scratch = ScratchDirectory()
      let file = scratch.path + "/primary.json"
      let capture = ["capture", Self.source(primary), "-o", file, "--keep", "3"]
      for _ in 0..<5 {
        let outcome = try await Self.slotscope(capture)
        #expect(outcome.status == 0 && outcome.output.isEmpty && outcome.error.isEmpty, "\(outcome)")
        try await primary.sql(
          "insert into t values (1); select pg_replication_slot_advance('orders', pg_current_wal_lsn())")
      }
      #expect(FileTree.entries(of: scratch.path) == ["primary.json", "primary.json.1", "primary.json.2"])
      let kept = try String(decoding: FileTree.contents(of: file), as: UTF8.self)
      #expect(!kept.contains("geheim"))

      let moved = try await Self.slotscope(["compare", file + ".2", file, "--format", "json"])
      #expect(moved.status == 1)
      let document = try JSONDocument(parsing: moved.output)
      #expect(document["slots"][0]["change"].string == "moved")
      #expect((document["slots"][0]["confirmed_flush_lsn"]["moved_bytes"].integer ?? 0) > 0)
      #expect((document["wal_end"]["moved_bytes"].integer ?? 0) > 0)

      // The files lag behind the memory: the position moved without a checkpoint.
      let lag = try await Self.slotscope(["compare", primary.data, Self.source(primary), "--format", "json"])
      let lagging = try JSONDocument(parsing: lag.output)
      #expect(lag.status == 1 && lagging["same_cluster"].bool == true)
      #expect((lagging["slots"][0]["confirmed_flush_lsn"]["moved_bytes"].integer ?? 0) > 0)
      #expect(lagging["settings"].elements.isEmpty, "\(lagging["settings"])")
      let text = try await Self.slotscope(["compare", primary.data, Self.source(primary)])
      #expect(text.output.contains("orders") && !text.output.contains("geheim"))

      // The server is gone: the file stays as it was, and the message tells why.
      try await primary.stop()
      let before = try FileTree.contents(of: file)
      let failed = try await Self.slotscope(capture)
      #expect(failed.status == 3 && failed.error.contains("slotscope: error: host="), "\(failed)")
      #expect(!failed.error.contains("geheim"))
      #expect(try FileTree.contents(of: file) == before)
    }
  }

  @Test func keepNeedsAFileAndANumber() async throws {
    for arguments in [["--keep", "3"], ["--keep", "0", "-o", "x"], ["--keep", "x", "-o", "x"]] {
      #expect(try await Self.slotscope(["capture", "nowhere"] + arguments).status == 64)
    }
  }
}
