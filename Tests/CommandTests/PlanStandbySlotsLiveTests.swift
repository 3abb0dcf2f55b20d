import ServerLab
import Testing

/// Many slots made on a standby whose primary is quiet: it logs its running transactions only where the script makes it.
@Suite(.serialized, .enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct PlanStandbySlotsLiveTests {
  /// A primary with slots in three databases, and its standby. Nothing happens on either by itself.
  struct Pair {
    static let databases = ["shop", "it's", "größe"]
    let primary: Cluster
    let standby: Cluster
    let count: Int

    init(_ lab: LabRun, count: Int) async throws {
      self.count = count
      primary = try await lab.primary(settings: ["max_replication_slots": "80", "checkpoint_timeout": "1h"])
      for (number, database) in Self.databases.enumerated() {
        try await primary.sql("create database \"\(database)\"")
        // The last slot of a database with several is a two-phase one.
        try await primary.sql(
          """
          create table t (i int primary key);
          create publication p for table t;
          select pg_create_logical_replication_slot(format('s%s', i), 'pgoutput', false, i = \(count))
          from generate_series(1, \(count)) i where i % 3 = \(number);
          insert into t select generate_series(1, 10);
          """, database: database)
      }
      standby = try await lab.standby(of: primary, settings: ["max_replication_slots": "80"])
      _ = try await Self.consume(primary)
      try await primary.sql("checkpoint")
      try await standby.waitReplay(try await primary.currentLSN())
    }

    var both: [String] {
      ["primary_conninfo=\(primary.connection())", "standby_conninfo=\(standby.connection())"]
    }

    func script(for node: String) async throws -> String {
      let plan = try await slotscope([
        "plan", "--for", node, "--approach", "slots-on-standby", "--primary", primary.data, "--standby", standby.data,
      ])
      try #require(plan.status == 0, "\(plan)")
      return plan.output
    }

    /// Runs a standby's script while the primary logs its running transactions, for which the slots wait.
    func runWhileWoken(_ script: String) async throws -> Outcome {
      let waking = Task {
        while !Task.isCancelled {
          try await primary.sql("select pg_log_standby_snapshot()")
          try await Task.sleep(for: .milliseconds(300))
        }
      }
      defer { waking.cancel() }
      return try await standby.psql(script)
    }

    func insert(_ numbers: ClosedRange<Int>, into cluster: Cluster) async throws {
      for database in Self.databases {
        try await cluster.sql(
          "insert into t select generate_series(\(numbers.lowerBound), \(numbers.upperBound))", database: database)
      }
    }

    /// How many rows the consumers of the slots get, and take.
    static func consume(_ cluster: Cluster) async throws -> [Int] {
      var rows: [Int] = []
      for database in databases {
        let text = try await cluster.sql(
          """
          select (select count(*) filter (where get_byte(data, 0) = ascii('I')) from pg_logical_slot_get_binary_changes(
            slot_name, null, null, 'proto_version', '1', 'publication_names', 'p'))
          from pg_replication_slots where datoid = (select oid from pg_database where datname = current_database())
          """, database: database)
        rows += text.split(separator: "\n").compactMap { Int($0) }
      }
      return rows
    }

    static func slots(_ cluster: Cluster) async throws -> String {
      try await cluster.sql(
        """
        select slot_name, plugin, database, two_phase, restart_lsn, confirmed_flush_lsn from pg_replication_slots
        where slot_type = 'logical' order by 1
        """)
    }
  }

  static let counts = TrialSettings.count > 1 ? [2, 12, 61] : [12]
  static let servers = Lab.servers.filter { TrialSettings.count > 1 ? $0.major >= 16 : [16, 18].contains($0.major) }

  @Test(arguments: servers, counts)
  func everyConsumerGetsEveryChangeOnce(server: Lab.Server, count: Int) async throws {
    try await LabRun.on(server) { lab in
      let pair = try await Pair(lab, count: count)
      let script = try await pair.script(for: "both")
      let consumers = Task {
        while !Task.isCancelled {
          _ = try await Pair.consume(pair.primary)
          try await Task.sleep(for: .milliseconds(500))
        }
      }
      let start = ContinuousClock.now
      let first = try await pair.standby.psql(script, variables: pair.both)
      print("\(server), \(count) slots: \(ContinuousClock.now - start)")
      #expect(first.status == 0, "\(first)")
      #expect(first.output.matches(of: /ready: at its consumer/).count == count, "\(first)")
      consumers.cancel()
      _ = await consumers.result
      let made = try await Pair.slots(pair.standby)
      #expect(made.split(separator: "\n").count == count && made.contains("|t|"), "\(made)")

      try await pair.insert(11...20, into: pair.primary)
      try await pair.standby.waitReplay(try await pair.primary.currentLSN())
      try await pair.primary.killAll()
      // What is there is there: nobody waits for a primary that is gone.
      let again = ContinuousClock.now
      let second = try await pair.standby.psql(try await pair.script(for: "standby"))
      #expect(second.status == 0 && ContinuousClock.now - again < .seconds(20), "\(second)")
      #expect(second.error.contains("done before: s1"), "\(second)")
      #expect(try await Pair.slots(pair.standby) == made)
      let alone = try await pair.standby.psql(script, variables: pair.both)
      #expect(alone.status != 0 && ContinuousClock.now - again < .seconds(30), "\(alone)")
      #expect(try await Pair.slots(pair.standby) == made)

      try await pair.standby.promote()
      try await pair.insert(21...25, into: pair.standby)
      #expect(try await Pair.consume(pair.standby) == Array(repeating: 15, count: count))
    }
  }

  /// Nobody wakes the primary: the script ends in time, with the reason, and another run goes on from there.
  @Test(arguments: Lab.servers.filter { [16, 18].contains($0.major) })
  func aQuietPrimaryIsNotWaitedForWithoutEnd(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let pair = try await Pair(lab, count: 5)
      let script = try await pair.script(for: "standby")
      // Whatever the primary logs of what was done until now has come.
      try await Task.sleep(for: .seconds(20))
      let start = ContinuousClock.now
      let refused = try await pair.standby.psql(script, variables: ["patience=5"])
      #expect(refused.status == 3 && ContinuousClock.now - start < .seconds(25), "\(refused)")
      let reason = refused.error.split(separator: "\n").filter { $0.contains("ERROR") }
      #expect(
        reason.count == 1
          && reason[0].contains("canceling statement due to statement timeout. Run the primary's script"), "\(refused)")
      #expect(refused.error.contains("pg_log_standby_snapshot()"), "\(refused)")
      // Woken by hand while the script waits, one database after the other.
      let done = try await pair.runWhileWoken(script)
      #expect(done.status == 0 && done.output.contains("NOT SAFE YET"), "\(done)")
      #expect(try await Pair.slots(pair.standby).split(separator: "\n").count == 5)
    }
  }

  /// A consumer may be where the standby has not replayed to yet: that is waited for, not without end, and before any change.
  @Test(arguments: Lab.servers.filter { [16, 17, 18, 19].contains($0.major) })
  func aConsumerAheadOfTheStandbyIsWaitedFor(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let pair = try await Pair(lab, count: 1)
      let script = try await pair.script(for: "standby")
      let made = try await pair.runWhileWoken(script)
      #expect(made.status == 0, "\(made)")
      let slots = try await Pair.slots(pair.standby)
      try await pair.standby.sql("select pg_wal_replay_pause()")
      try await pair.insert(11...20, into: pair.primary)
      _ = try await Pair.consume(pair.primary)
      let told = [
        "position_s1="
          + (try await pair.primary.sql("select confirmed_flush_lsn from pg_replication_slots where database <> ''"))
      ]
      let start = ContinuousClock.now
      let refused = try await pair.standby.psql(script, variables: told)
      let time = ContinuousClock.now - start
      #expect(refused.status == 3 && time > .seconds(15) && time < .seconds(50), "\(refused), \(time)")
      let expectation = "expected WAL replayed as far as the consumer of s1 is; found: "
      #expect(refused.error.contains("waiting: \(expectation)"), "\(refused)")
      #expect(refused.error.contains("refused: \(expectation)"), "\(refused)")
      #expect(try await Pair.slots(pair.standby) == slots)
      let resuming = Task {
        try await Task.sleep(for: .seconds(3))
        try await pair.standby.sql("select pg_wal_replay_resume()")
      }
      let done = try await pair.standby.psql(script, variables: told)
      _ = await resuming.result
      #expect(done.status == 0 && done.output.contains("ready: at its consumer's position"), "\(done)")
    }
  }

  /// Others took the slots' room meanwhile: the refusal says what to do.
  @Test(arguments: Lab.servers.filter { $0.major == 16 })
  func aLimitOfTheServerIsExplained(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let pair = try await Pair(lab, count: 2)
      // As if they had been free when it looked.
      let script = try await pair.script(for: "standby").replacing(
        "current_setting('max_replication_slots')::int", with: "1000")
      try await pair.standby.sql(
        "select count(pg_create_physical_replication_slot('p' || i)) from generate_series(1, 80) i")
      let refused = try await pair.standby.psql(script)
      #expect(refused.status == 3 && refused.error.contains("all replication slots are in use"), "\(refused)")
      #expect(refused.error.contains("max_replication_slots"), "\(refused)")
    }
  }

  /// One block makes and advances a slot: the message says which of the two had no time, and the next run goes on.
  @Test(arguments: Lab.servers.filter { $0.major == 16 })
  func anAdvanceThatTakesTooLongIsNoSlotThatWasNotMade(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let pair = try await Pair(lab, count: 1)
      let script = try await pair.script(for: "standby")
      let made = try await pair.runWhileWoken(script)
      #expect(made.status == 0 && made.output.contains("-v start_s1="), "\(made)")
      try await pair.insert(11...20, into: pair.primary)
      _ = try await Pair.consume(pair.primary)
      let position = try await pair.primary.sql(
        "select confirmed_flush_lsn from pg_replication_slots where database <> ''")
      try await pair.standby.waitReplay(try await pair.primary.currentLSN())
      let slow = script.replacing(
        "perform pg_replication_slot_advance(", with: "perform pg_sleep(9), pg_replication_slot_advance(")
      try #require(slow != script)
      let told = ["position_s1=\(position)"]
      let refused = try await pair.standby.psql(slow, variables: told + ["patience=3"])
      #expect(refused.status == 3 && refused.error.contains("refused: slot s1: canceling statement"), "\(refused)")
      #expect(refused.error.contains("raise patience"), "\(refused)")
      let done = try await pair.standby.psql(script, variables: told)
      #expect(done.status == 0 && done.output.contains("ready: at its consumer's position"), "\(done)")
      let slots = try await Pair.slots(pair.standby)
      let again = try await pair.standby.psql(script, variables: told)
      #expect(again.status == 0 && again.error.contains("done before: s1"), "\(again)")
      #expect(try await Pair.slots(pair.standby) == slots)
    }
  }
}
