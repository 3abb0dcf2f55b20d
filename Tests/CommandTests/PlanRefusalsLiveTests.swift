import FixtureSupport
import ServerLab
import Testing

/// A script on a server that is not fit: psql ends with 3 before anything has changed, and says what was expected and found.
@Suite(.serialized, .enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct PlanRefusalsLiveTests {
  /// A change that makes a server unfit, and the words of the refusal.
  struct Case {
    var name: String
    var expected: String
    var found: String
    var change: (Cluster) async throws -> Void
    var undo: (Cluster) async throws -> Void = { _ in }
  }

  static func restart(_ cluster: Cluster, _ settings: [String: String]) async throws {
    try await cluster.stop()
    try cluster.configure(settings)
    try await cluster.start()
  }

  /// What both kinds of plan refuse.
  static func cases(_ server: Lab.Server, onStandby: Bool) -> [Case] {
    var cases = [
      Case(
        name: "another slot of the name", expected: "the name s is free", found: ",physical,",
        change: { try await $0.sql("select pg_create_physical_replication_slot('s')") },
        undo: { try await $0.sql("select pg_drop_replication_slot('s')") }),
      Case(
        name: "no free slot", expected: "a free slot", found: "none",
        change: {
          try await restart($0, ["max_replication_slots": "1"])
          try await $0.sql("select pg_create_physical_replication_slot('other')")
        },
        undo: {
          try await $0.sql("select pg_drop_replication_slot('other')")
          try await restart($0, ["max_replication_slots": "20"])
        }),
    ]
    if server.major < 19, server.major >= 16 || !onStandby {
      cases.append(
        Case(
          name: "wal_level too low", expected: "wal_level is logical", found: "replica",
          change: { try await restart($0, ["wal_level": "replica"]) },
          undo: { try await restart($0, ["wal_level": "logical"]) }))
    }
    if server.major >= 17 {
      cases.append(
        Case(
          name: "plugin not allowed", expected: "output plugin pgoutput is allowed", found: "output_plugin_libraries",
          change: { try await restart($0, ["output_plugin_libraries": "test_decoding"]) },
          undo: { try await restart($0, ["output_plugin_libraries": "pgoutput, test_decoding"]) }))
    }
    return cases
  }

  private func check(_ cases: [Case], _ script: String, on cluster: Cluster) async throws {
    for one in cases {
      try await one.change(cluster)
      let before = try await cluster.sql("select * from pg_replication_slots order by 1")
      let outcome = try await cluster.psql(script, variables: ["patience=2"])
      #expect(outcome.status == 3, "\(one.name): \(outcome)")
      #expect(outcome.error.contains("expected \(one.expected)"), "\(one.name): \(outcome)")
      #expect(outcome.error.contains("found: ") && outcome.error.contains(one.found), "\(one.name): \(outcome)")
      #expect(try await cluster.sql("select * from pg_replication_slots order by 1") == before, "\(one.name)")
      try await one.undo(cluster)
    }
  }

  @Test(arguments: PlanLiveTests.standbySlots)
  func onTheStandby(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      try await primary.sql("select pg_create_logical_replication_slot('s', 'pgoutput')")
      // Whatever the role has set: a check that is not asked would be no check.
      try await primary.sql("alter role postgres set plpgsql.check_asserts = off")
      let standby = try await lab.standby(of: primary)
      // A copy that falls behind.
      try await standby.stop()
      let old = try await lab.copy(of: standby, "old")
      try old.configure(["unix_socket_directories": old.home, "primary_conninfo": ""])
      try await standby.start()
      try await primary.sql("create table t as select generate_series(1, 1000) i; checkpoint")
      try await standby.waitReplay(try await primary.currentLSN())
      try await standby.sql("checkpoint")
      let plan = try await slotscope(["plan", "--primary", primary.data, "--standby", standby.data])
      try #require(plan.status == 0, "\(plan)")

      try await old.start()
      // As if the primary could be reached: a standby that receives nothing is refused before that.
      let reached = ["primary_conninfo=\(primary.connection())", "standby_conninfo=\(old.connection())"]
      let forBoth = try await slotscope([
        "plan", "--for", "both", "--primary", primary.data, "--standby", standby.data,
      ])
      for told in [reached.prefix(0), reached.prefix(1), reached.suffix(1)] {
        let untold = try await old.psql(forBoth.output, variables: Array(told))
        #expect(untold.status == 3 && untold.error.contains("with -v primary_conninfo"), "\(untold)")
      }
      let behind = try await old.psql(forBoth.output, variables: ["patience=2"] + reached)
      #expect(behind.status == 3 && behind.error.contains("expected WAL replayed to"), "\(behind)")
      try await old.stop()
      let wrong = try await primary.psql(plan.output)
      #expect(wrong.status == 3 && wrong.error.contains("expected a standby (in recovery)"), "\(wrong)")

      try await check(
        Self.cases(server, onStandby: true) + [
          Case(
            name: "no feedback", expected: "hot_standby_feedback", found: "off",
            change: { try await Self.restart($0, ["hot_standby_feedback": "off"]) },
            undo: { try await Self.restart($0, ["hot_standby_feedback": "on"]) })
        ], plan.output, on: standby)
    }
  }

  /// A script from when the primary was alive, and a plan made since.
  @Test(arguments: PlanLiveTests.standbySlots)
  func aPrimaryThatIsDownIsNotWaitedFor(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      try await primary.sql("select pg_create_logical_replication_slot('s', 'pgoutput')")
      let standby = try await lab.standby(of: primary)
      try await standby.waitReplay(try await primary.currentLSN())
      let sources = ["--primary", primary.data, "--standby", standby.data]
      var scripts = [try await slotscope(["plan", "--approach", "slots-on-standby"] + sources).output]
      if server.major >= 17 {
        scripts.append(try await slotscope(["plan", "--approach", "failover-slots"] + sources).output)
      }
      try await primary.killAll()
      try await standby.wait("the end of the connection") {
        try await standby.sql("select count(*) from pg_stat_wal_receiver") == "0"
      }
      for script in scripts {
        let clock = ContinuousClock()
        let began = clock.now
        let outcome = try await standby.psql(script)
        #expect(outcome.status == 3 && outcome.error.contains("expected the standby streams"), "\(outcome)")
        #expect(outcome.error.contains("--resynchronize"), "\(outcome)")
        // As long as a standby takes that tries again, and not a wait's patience.
        #expect(clock.now - began < .seconds(30), "\(outcome)")
      }
      let plan = try await slotscope(["plan"] + sources)
      #expect(plan.error.contains("the primary is down"), "\(plan)")
      #expect(!plan.output.contains("pg_stat_wal_receiver"), "\(plan)")
      let audit = try await slotscope(["audit"] + sources)
      #expect(audit.output.contains("Then:  slotscope plan"), "\(audit)")
      #expect(!audit.output.contains("psql") || audit.output.contains("psql -X -d 'host="), "\(audit)")
    }
  }

  /// The slot's WAL is older than what the standby has: its copy stays temporary until a consumer confirms more.
  @Test(arguments: PlanScriptsLiveTests.failoverSlots)
  func aCopyThatNobodyCanFinishIsNotWaitedFor(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      try await primary.sql("select pg_create_logical_replication_slot('s', 'test_decoding', false, false, true)")
      try await primary.sql("create table t as select generate_series(1, 1000) i; select pg_switch_wal(); checkpoint")
      let standby = try await lab.standby(
        of: primary,
        settings: [
          "sync_replication_slots": "on", "primary_conninfo": primary.connection("dbname=postgres"),
          "primary_slot_name": "standby",
        ])
      try await standby.wait("a temporary copy") {
        try await standby.sql("select count(*) from pg_replication_slots where synced and temporary") == "1"
      }
      try await primary.wait("a minute in which nobody reads") {
        try await primary.sql(
          "select inactive_since < now() - interval '1 min' from pg_replication_slots where slot_name = 's'") == "t"
      }
      let plan = try await slotscope([
        "plan", "--for", "both", "--primary", primary.data, "--standby", standby.data,
      ])
      try #require(plan.status == 0, "\(plan)")
      let both = [
        "primary_conninfo=\(primary.connection())",
        "standby_conninfo=\(standby.connection())",
      ]
      let start = ContinuousClock.now
      let refused = try await standby.psql(plan.output, variables: both)
      #expect(refused.status == 3 && refused.error.contains("has a consumer that reads from it"), "\(refused)")
      #expect(refused.error.contains("--slots") && !refused.error.contains("waiting: "), "\(refused)")
      #expect(ContinuousClock.now - start < .seconds(10))
      // It reads: it has just done so, and does so again while the script waits.
      let reader = Task {
        while !Task.isCancelled {
          _ = try? await primary.sql("select count(*) from pg_logical_slot_get_changes('s', null, null)")
          try? await Task.sleep(for: .milliseconds(500))
        }
      }
      defer { reader.cancel() }
      try await Task.sleep(for: .seconds(2))
      let done = try await standby.psql(plan.output, variables: both)
      #expect(done.status == 0 && done.output.contains("ready: synchronized"), "\(done)")
    }
  }

  @Test(arguments: TrialSettings.newPrimaries)
  func onTheNewPrimary(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      try await primary.sql("create table t (i int); select pg_create_logical_replication_slot('s', 'pgoutput')")
      let standby = try await lab.standby(of: primary)
      try await standby.waitReplay(try await primary.currentLSN())
      try await primary.stop()
      let plan = try await slotscope([
        "plan", "--approach", "slots-on-new-primary", "--primary", primary.data, "--standby", standby.data,
      ])
      try #require(plan.status == 0, "\(plan)")
      let early = try await standby.psql(plan.output)
      #expect(early.status == 3 && early.error.contains("expected a primary (not in recovery)"), "\(early)")
      try await standby.promote()
      try await check(Self.cases(server, onStandby: false), plan.output, on: standby)

      // A fork that is before or after what the files have.
      for (fork, words) in [("0/100", "not ahead of this server"), ("F/0", "was promoted no later than")] {
        let outcome = try await standby.psql(plan.output, variables: ["fork=\(fork)"])
        #expect(outcome.status == 3 && outcome.error.contains(words), "\(outcome)")
      }
      #expect(try await standby.sql("select count(*) from pg_replication_slots where slot_name = 's'") == "0")
      let good = try await standby.psql(plan.output)
      #expect(good.status == 0, "\(good)")
    }
  }

  /// Plan A's script for the standby: what stands against synchronization is seen before a setting is changed.
  @Test(arguments: PlanScriptsLiveTests.failoverSlots)
  func failoverSlots(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      try await primary.sql("select pg_create_logical_replication_slot('s', 'pgoutput')")
      let standby = try await lab.standby(of: primary)
      let plan = try await slotscope([
        "plan", "--approach", "failover-slots", "--primary", primary.data, "--standby", standby.data,
      ])
      try #require(plan.status == 0, "\(plan)")
      let wrong = try await primary.psql(plan.output)
      #expect(wrong.status == 3 && wrong.error.contains("expected a standby (in recovery)"), "\(wrong)")
      try await check(Self.cases(server, onStandby: true), plan.output, on: standby)
      #expect(try await standby.sql("select count(*) from pg_file_settings where sourcefile ~ 'auto.conf$'") == "0")
    }
  }

  /// Two slots and room for one: none is made. Another server, and one that is not a standby any more.
  @Test(arguments: TrialSettings.followers)
  func otherFollowers(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      let standby = try await lab.standby(of: primary)
      try await primary.sql("select pg_create_physical_replication_slot(n, true) from unnest(array['one', 'two']) n")
      try await standby.waitReplay(try await primary.currentLSN())
      let plan = try await slotscope(["plan", "--primary", primary.data, "--standby", standby.data])
      try #require(plan.status == 0, "\(plan)")
      let room = Case(
        name: "room for one", expected: "free slots for all 2", found: "too few",
        change: { try await Self.restart($0, ["max_replication_slots": "1"]) },
        undo: { try await Self.restart($0, ["max_replication_slots": "20"]) })
      try await check([room], plan.output, on: standby)
      let wrong = try await primary.psql(plan.output)
      #expect(wrong.status == 3 && wrong.error.contains("expected a standby (in recovery)"), "\(wrong)")
      try await standby.promote()
      let late = try await standby.psql(plan.output)
      #expect(late.status == 3 && late.error.contains("expected a standby (in recovery); found: a primary"), "\(late)")
      #expect(try await standby.sql("select count(*) from pg_replication_slots") == "0")
    }
  }

  /// A superuser sees beforehand that a plugin's library is missing; for others the server says so, and no slot is left.
  @Test(arguments: TrialSettings.wholeFailovers.filter(\.hasTestDecoding))
  func aLibraryIsMissing(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      let list = try await primary.sql("select current_setting('output_plugin_libraries', true) is not null")
      try await primary.sql("create role mover login replication")
      try await primary.sql("select pg_create_logical_replication_slot('s', 'test_decoding')")
      let standby = try await lab.standby(
        of: primary, settings: list == "t" ? ["output_plugin_libraries": "test_decoding, nowhere"] : [:])
      try await standby.waitReplay(try await primary.currentLSN())
      if server.major < 16 { try await primary.stop() }
      let plan = try await slotscope(["plan", "--primary", primary.data, "--standby", standby.data])
      try #require(plan.status == 0, "\(plan)")
      if server.major < 16 { try await standby.promote() }
      let script = plan.output.replacing("\"test_decoding\"", with: "\"nowhere\"").replacing(
        "'test_decoding'", with: "'nowhere'")
      let seen = try await standby.psql(script)
      #expect(seen.status == 3 && seen.error.contains("expected the library of output plugin"), "\(seen)")
      #expect(seen.error.contains("found: no such file in $libdir"), "\(seen)")
      let fork = server.major < 16 ? ["fork=\(try await standby.fork)"] : []
      let unseen = try await standby.psql(script, variables: fork, user: "mover")
      #expect(unseen.status == 3 && unseen.error.contains("could not access file \"nowhere\""), "\(unseen)")
      #expect(try await standby.sql("select count(*) from pg_replication_slots") == "0")
    }
  }

  /// Somebody else has the subscription: its statement ends with the limit of a change, which was said before it.
  @Test(arguments: PlanScriptsLiveTests.failoverSlots)
  func aStatementThatStandsByItselfHasItsLimit(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let pair = try await PlanScriptsLiveTests.Replication(lab)
      let scripts = try await pair.scripts(["--approach", "failover-slots"])
      let script = try #require(scripts["subscriber-before"])
      let holding = Task {
        _ = try? await pair.subscriber.sql(
          "begin; alter subscription \"or\"\"de:rs\" disable; select pg_sleep(60); rollback",
          database: PlanScriptsLiveTests.Replication.database)
      }
      try await pair.subscriber.wait("a lock on the subscription") {
        try await pair.subscriber.sql("select count(*) from pg_stat_activity where wait_event = 'PgSleep'") == "1"
      }
      let began = ContinuousClock.now
      let refused = try await pair.subscriber.psql(script, variables: ["step_timeout=2s"])
      #expect(refused.status == 3 && ContinuousClock.now - began < .seconds(30), "\(refused)")
      #expect(refused.output.contains("at most 2s (step_timeout)"), "\(refused)")
      #expect(refused.error.contains("statement timeout"), "\(refused)")
      try await pair.subscriber.sql(
        "select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'")
      await holding.value
      try await pair.run(script, on: pair.subscriber)
    }
  }
}
