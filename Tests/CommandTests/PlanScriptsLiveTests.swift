import FixtureSupport
import ServerLab
import Testing

/// All scripts of a plan, each on its server, in the order of their numbers: a real failover with a real subscription, other
/// followers, and what is left over from an earlier failover.
@Suite(.serialized, .enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct PlanScriptsLiveTests {
  static let failoverSlots = Lab.servers.filter { $0.major >= 17 }
  static let standbySlots = Lab.servers.filter { $0.major == 16 }
  static let newPrimarySlots = Lab.servers.filter { $0.major < 16 }

  /// A primary with a table, its standby, and a subscriber whose database and subscription have awkward names.
  struct Replication {
    static let database = "sp ace's"
    static let subscription = "or\"de:rs"
    let lab: LabRun
    let primary: Cluster
    let standby: Cluster
    let subscriber: Cluster

    init(_ lab: LabRun, standbySettings: [String: String] = [:]) async throws {
      self.lab = lab
      primary = try await lab.primary()
      try await primary.sql("create table t (i int primary key); create publication p for table t")
      standby = try await lab.standby(of: primary, settings: standbySettings)
      subscriber = try await lab.primary("subscriber")
      try await subscriber.sql("create database \"\(Self.database)\"")
      try await subscriber.sql(
        """
        create table t (i int primary key);
        create subscription "or""de:rs" connection '\(primary.connection())' publication p with (slot_name = orders);
        """, database: Self.database)
      try await insert(1...10, into: primary)
      try await arrived(10)
      try await subscriber.sql("checkpoint")
      try await caughtUp()
    }

    func insert(_ numbers: ClosedRange<Int>, into cluster: Cluster) async throws {
      try await cluster.sql("insert into t select generate_series(\(numbers.lowerBound), \(numbers.upperBound))")
    }

    /// Every row has reached the subscriber; its primary key lets none arrive twice.
    func arrived(_ count: Int) async throws {
      try await subscriber.wait("\(count) rows at the subscriber") {
        try await subscriber.sql("select count(*) from t", database: Self.database) == "\(count)"
      }
    }

    func caughtUp() async throws { try await standby.waitReplay(try await primary.currentLSN()) }

    var sources: [String] {
      ["--primary", primary.data, "--standby", standby.data, "--subscriber", subscriber.data]
    }

    /// All scripts, by their names without the number.
    func scripts(_ more: [String] = []) async throws -> [String: String] {
      let folder = lab.folder + "/plan"
      let outcome = try await slotscope(["plan", "--output-dir", folder] + sources + more)
      #expect(outcome.status == 0, "\(outcome)")
      return try TrialScripts(folder: folder).scripts
    }

    /// Runs a script, first checking only, then twice: what it did is there, and the second run leaves it.
    @discardableResult
    func run(_ script: String?, on cluster: Cluster, _ variables: [String] = []) async throws -> Outcome {
      let script = try #require(script)
      let dry = try await cluster.psql(script, variables: variables + ["dry_run=1"])
      #expect(dry.status == 0, "\(dry)")
      let first = try await cluster.psql(script, variables: variables)
      #expect(first.status == 0, "\(first)")
      let second = try await cluster.psql(script, variables: variables)
      #expect(second.status == 0, "\(second)")
      return first
    }

    /// Both nodes stopped, the primary first: the slots are safe by their files.
    func audit(_ status: Int = 0) async throws {
      // The subscriber runs: its files tell how far it is since its last checkpoint.
      try await subscriber.sql("checkpoint")
      let outcome = try await slotscope(["audit"] + sources)
      #expect(outcome.status == status, "\(outcome)")
    }

    /// The new primary's script. A slot that was advanced by hand is past what the plan's files know of its consumer: without
    /// the position that it was advanced to, the script does not call it good.
    func goOver(_ scripts: [String: String]) async throws -> Outcome {
      let script = scripts["new-primary-after"]
      guard lab.server.major == 16 else { return try await run(script, on: standby) }
      let untold = try await standby.psql(try #require(script))
      #expect(untold.status == 3 && untold.output.contains("STARTS AFTER ITS CONSUMER"), "\(untold)")
      #expect(untold.error.contains("-v position_orders=LSN"), "\(untold)")
      let position = try await standby.sql(
        "select confirmed_flush_lsn from pg_replication_slots where slot_name = 'orders'")
      return try await run(script, on: standby, ["position_orders=\(position)"])
    }

    /// The rest of the way: the primary is gone, the standby takes over, the subscriber goes on there.
    func failOver(_ scripts: [String: String]) async throws {
      try await standby.promote()
      let after = try await goOver(scripts)
      #expect(after.output.contains(try await standby.fork))
      let repoint = try #require(scripts["subscriber-after"])
      let connection = "new_primary_conninfo=\(standby.connection())"
      let untold = try await subscriber.psql(repoint)
      #expect(untold.status == 3)
      #expect(untold.error.contains("new_primary_conninfo") || untold.error.contains("fork"))
      // The fork of another failover, before what it has applied: nothing is changed.
      let early = try await subscriber.psql(repoint, variables: [connection, "fork=0/1"])
      #expect(early.status == 3 && early.error.contains("holds nothing that the new primary lacks"), "\(early)")
      #expect(try await subscriber.sql("select subenabled from pg_subscription") == "t")
      try await run(repoint, on: subscriber, [connection, "fork=\(try await standby.fork)"])
      try await insert(21...30, into: standby)
      try await arrived(30)
    }
  }

  /// A consumer that reads again and again: a copy is finished only when its consumer has gone on.
  private static func poll(_ slot: String, on primary: Cluster) -> Task<Void, any Error> {
    Task {
      while !Task.isCancelled {
        try await primary.sql(
          """
          select pg_log_standby_snapshot();
          select count(*) from pg_logical_slot_get_binary_changes('\(slot)', null, null, 'proto_version', '1',
            'publication_names', 'p');
          """)
        try await Task.sleep(for: .milliseconds(300))
      }
    }
  }

  @Test(arguments: failoverSlots)
  func failoverSlotsFromNothing(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let pair = try await Replication(
        lab, standbySettings: ["primary_slot_name": "", "hot_standby_feedback": "off"])
      try await pair.primary.sql("select pg_create_logical_replication_slot('polled', 'pgoutput')")
      try await pair.primary.sql("select pg_drop_replication_slot('standby')")
      let scripts = try await pair.scripts(["--approach", "failover-slots", "--physical-slot", "second"])
      #expect(
        scripts.keys.sorted() == [
          "both-before", "new-primary-after", "primary-before", "primary-meanwhile", "standby-before",
          "subscriber-after",
          "subscriber-before",
        ])
      let wrong = try await pair.primary.psql(try #require(scripts["subscriber-before"]))
      #expect(wrong.status == 3 && wrong.error.contains("system identifier"), "\(wrong)")
      // Too early: the standby is not connected through its slot, and consumers would stop.
      let early = try await pair.primary.psql(try #require(scripts["primary-meanwhile"]), variables: ["patience=1"])
      #expect(early.status == 3 && early.error.contains("else every consumer would stop"), "\(early)")

      try await pair.run(scripts["subscriber-before"], on: pair.subscriber)
      try await pair.run(scripts["primary-before"], on: pair.primary)
      #expect(
        try await pair.primary.sql(
          "select string_agg(slot_name, ',' order by 1) from pg_replication_slots where failover")
          == "orders,polled")
      let polling = Self.poll("polled", on: pair.primary)
      defer { polling.cancel() }
      let done = try await pair.run(scripts["standby-before"], on: pair.standby)
      #expect(
        done.output.contains("synchronized; ready once the primary's script") && !done.output.contains("NOT SAFE"),
        "\(done)")
      try await pair.run(scripts["primary-meanwhile"], on: pair.primary)
      polling.cancel()
      #expect(try await pair.primary.sql("show synchronized_standby_slots") == "second")

      try await pair.insert(11...20, into: pair.primary)
      try await pair.arrived(20)
      try await pair.primary.stop()
      try await pair.standby.stop()
      try await pair.audit()
      try await pair.standby.start()
      try await pair.failOver(scripts)
    }
  }

  @Test(arguments: standbySlots)
  func slotsMadeOnTheStandby(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let pair = try await Replication(lab)
      let scripts = try await pair.scripts()
      let both = [
        "primary_conninfo=\(pair.primary.connection())", "standby_conninfo=\(pair.standby.connection())",
      ]
      try await pair.run(scripts["both-before"], on: pair.standby, both)
      try await pair.insert(11...20, into: pair.primary)
      try await pair.arrived(20)
      try await pair.run(scripts["both-before"], on: pair.standby, both)
      try await pair.primary.stop()
      try await pair.failOver(scripts)
    }
  }

  @Test(arguments: newPrimarySlots)
  func slotsMadeOnTheNewPrimary(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let pair = try await Replication(lab)
      try await pair.insert(11...20, into: pair.primary)
      try await pair.arrived(20)
      try await pair.primary.stop()
      try await pair.standby.stop()
      try await pair.subscriber.sql("checkpoint")
      let scripts = try await pair.scripts()
      try await pair.standby.start()
      try await pair.failOver(scripts)
    }
  }

  /// Another standby follows the new primary: its slot is there, at its position.
  @Test(arguments: Lab.servers.filter { [13, 17].contains($0.major) })
  func otherFollowers(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      let standby = try await lab.standby(of: primary)
      let follower = try await lab.standby(of: primary, "follower")
      try await primary.sql("create table t (i int); insert into t values (1); checkpoint")
      try await primary.sql("select pg_create_physical_replication_slot('unreserved')")
      for cluster in [standby, follower] { try await cluster.waitReplay(try await primary.currentLSN()) }
      try await primary.stop()
      let scripts = try await TrialScripts.planned(in: lab.folder + "/plan", primary, standby, follower: follower)
      for _ in 1...2 {
        let before = try await standby.psql(try #require(scripts["standby-before"]))
        #expect(before.status == 0, "\(before)")
      }
      #expect(
        try await standby.sql("select slot_name, restart_lsn is null from pg_replication_slots order by 1")
          == "follower|f\nunreserved|t")
      try await standby.promote()
      let fork = try await standby.fork
      let after = try #require(scripts["follower-after"])
      let connection = "new_primary_conninfo=\(standby.connection())"
      let ahead = try await follower.psql(after, variables: [connection, "fork=0/1"])
      #expect(ahead.status == 3 && ahead.error.contains("nothing that the new primary lacks"), "\(ahead)")
      for _ in 1...2 {
        let outcome = try await follower.psql(after, variables: [connection, "fork=\(fork)"])
        #expect(outcome.status == 0, "\(outcome)")
      }
      try await standby.sql("insert into t values (2)")
      try await follower.wait("the new primary's row") { try await follower.sql("select count(*) from t") == "2" }
      #expect(
        try await standby.sql("select active from pg_replication_slots where slot_name = 'follower'") == "t")
    }
  }

  /// What a killed primary sent last is the beginning of a long record, and only that.
  @Test(arguments: Lab.servers)
  func theBeginningOfARecordHoldsNoFollowerBack(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      // The WAL writer flushes whole pages as soon as there are some, and the rest of a record 10 s later.
      let primary = try await lab.primary()
      try await primary.sql(
        """
        create table t (i int); insert into t values (1);
        alter system set wal_writer_flush_after = 0; alter system set wal_writer_delay = '10s';
        """)
      let standby = try await lab.standby(of: primary)
      let follower = try await lab.standby(of: primary, "follower")
      for cluster in [standby, follower] { try await cluster.waitReplay(try await primary.currentLSN()) }
      let scripts = try await TrialScripts.planned(in: lab.folder + "/plan", primary, standby, follower: follower)
      let before = try await standby.psql(try #require(scripts["standby-before"]))
      #expect(before.status == 0, "\(before)")
      try await primary.sql("select pg_reload_conf()")
      try await follower.wait("the beginning of a record") {
        try await primary.sql("select pg_logical_emit_message(false, 'long', repeat('x', 20000))")
        try await Task.sleep(for: .milliseconds(200))
        return try await follower.sql("select pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()") == "t"
      }
      try await primary.killAll()
      try await standby.promote()
      let fork = try await standby.fork
      #expect(try await follower.sql("select pg_last_wal_receive_lsn() > '\(fork)'") == "t")
      let told = ["new_primary_conninfo=\(standby.connection())", "fork=\(fork)"]
      let outcome = try await follower.psql(try #require(scripts["follower-after"]), variables: told)
      #expect(outcome.status == 0, "\(outcome)")
      // 13 waits where the rest of the record would be, until the new primary has written that far.
      try await standby.sql("insert into t select generate_series(2, 1000)")
      try await follower.wait("the new primary's rows") { try await follower.sql("select count(*) from t") == "1000" }
    }
  }

  /// After a switchover the old primary has its slots still: in the way of their copies, or unknown to the new primary.
  @Test(arguments: Lab.servers.filter { [17, 18].contains($0.major) })
  func leftoversOfASwitchover(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let old = try await lab.primary()
      let new = try await lab.standby(of: old, settings: ["sync_replication_slots": "on"])
      try await old.sql("alter system set synchronized_standby_slots = 'standby'; select pg_reload_conf()")
      try await new.sql("alter system set primary_conninfo = '\(old.connection("dbname=postgres"))'")
      try await new.sql("select pg_reload_conf()")
      try await old.sql("create publication p for all tables")
      try await old.sql("select pg_create_logical_replication_slot('orders', 'pgoutput', false, false, true)")
      let reading = Self.poll("orders", on: old)
      try await new.wait("the copy") {
        try await new.sql("select count(*) from pg_replication_slots where synced and not temporary") == "1"
      }
      reading.cancel()
      _ = await reading.result
      for name in ["stale", "kept"] {
        try await old.sql("select pg_create_logical_replication_slot('\(name)', 'pgoutput')")
      }
      try await old.stop()
      // The setting of the old primary, as a base backup or the same configuration brings it along.
      try await new.promote()
      try old.configure([
        "primary_conninfo": new.connection(), "primary_slot_name": "standby", "hot_standby_feedback": "on",
      ])
      try old.append("", to: old.data + "/standby.signal")
      try await new.sql("select pg_create_physical_replication_slot('standby')")
      try await old.start()
      try await old.waitReplay(try await new.currentLSN())

      let sources = ["--primary", new.data, "--standby", old.data]
      let kept = try await slotscope(["plan"] + sources)
      #expect(!kept.output.contains("\"stale\""))
      #expect(kept.output.contains("\n--   select pg_drop_replication_slot('stale');"), "\(kept)")
      #expect(kept.error.contains("left alone on the standby, which somebody may read from: kept, stale"), "\(kept)")
      let plan = try await slotscope(
        ["plan", "--for", "both", "--drop-extra", "--slots", "name:orders,name_like:sta%"] + sources)
      #expect(plan.status == 0, "\(plan)")
      #expect(plan.output.contains("{\"slot_name\": \"stale\"") && !plan.output.contains("\"kept\""))
      let polling = Self.poll("orders", on: new)
      defer { polling.cancel() }
      let both = ["primary_conninfo=\(new.connection())", "standby_conninfo=\(old.connection())"]
      for _ in 1...2 {
        let outcome = try await old.psql(plan.output, variables: both)
        #expect(outcome.status == 0, "\(outcome)")
      }
      #expect(
        try await old.sql("select slot_name, synced from pg_replication_slots where slot_type = 'logical' order by 1")
          == "kept|f\norders|t")
    }
  }

  /// The setting that came with the configuration names slots that the new primary does not have.
  @Test(arguments: Lab.servers.filter { $0.major == 17 })
  func aCopiedSettingIsCleared(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let pair = try await Replication(lab)
      try await pair.primary.sql("alter system set synchronized_standby_slots = 'standby'; select pg_reload_conf()")
      try pair.standby.configure([
        "synchronized_standby_slots": "standby, \"follower\"", "sync_replication_slots": "on",
      ])
      try await pair.standby.sql("select pg_reload_conf()")
      try await pair.standby.sql("select pg_create_physical_replication_slot('follower')")
      let scripts = try await pair.scripts()
      try await pair.run(scripts["subscriber-before"], on: pair.subscriber)
      let both = [
        "primary_conninfo=\(pair.primary.connection())", "standby_conninfo=\(pair.standby.connection())",
      ]
      try await pair.run(scripts["both-before"], on: pair.standby, both)
      try await pair.primary.stop()
      try await pair.standby.promote()
      try await pair.run(scripts["new-primary-after"], on: pair.standby)
      #expect(try await pair.standby.sql("show synchronized_standby_slots") == "follower")
    }
  }
}
