import FixtureSupport
import ServerLab
import Testing

/// From files to slots: a real primary and standby, their files read by `slotscope plan`, its script run by the real psql.
@Suite(.serialized, .enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct PlanLiveTests {
  static let standbySlots = Lab.servers.filter { $0.major >= 16 }
  static let promotedSlots = Lab.servers.filter { $0.major < 16 }

  /// A primary and its standby, a database with a quote and a blank in its name, rows that a slot's consumer has not had.
  struct Pair {
    static let database = "sp ace's"
    let primary: Cluster
    let standby: Cluster

    init(_ lab: LabRun) async throws {
      primary = try await lab.primary()
      try await primary.sql("create database \"\(Self.database)\"")
      standby = try await lab.standby(of: primary)
      try await sql(
        """
        create table t (i int primary key);
        create publication p for table t;
        select pg_create_logical_replication_slot('orders', 'pgoutput');
        insert into t select generate_series(1, 10);
        """)
      try await caughtUp()
    }

    @discardableResult
    func sql(_ text: String) async throws -> String { try await primary.sql(text, database: Self.database) }

    func caughtUp() async throws { try await standby.waitReplay(try await primary.currentLSN()) }

    func stop() async throws {
      try await primary.stop()
      try await standby.stop()
    }

    func start() async throws {
      try await primary.start()
      try await standby.start()
    }

    /// What slotscope makes of the two directories.
    func plan(_ more: [String] = []) async throws -> Outcome {
      try await slotscope(["plan", "--primary", primary.data, "--standby", standby.data] + more)
    }

    /// Stops both where nothing is left to consume, so that every version has a safe plan, and returns its script.
    func provenScript() async throws -> String {
      #expect(try await Self.consume(primary) == 10)
      try await caughtUp()
      try await stop()
      let plan = try await plan()
      try #require(plan.status == 0 && !plan.output.isEmpty, "\(plan)")
      return plan.output
    }

    /// Rows that a consumer of the slot gets, and takes.
    static func consume(_ cluster: Cluster) async throws -> Int {
      let changes = try await cluster.sql(
        """
        select count(*) filter (where get_byte(data, 0) = ascii('I')) from pg_logical_slot_get_binary_changes(
          'orders', null, null, 'proto_version', '1', 'publication_names', 'p')
        """, database: database)
      return Int(changes) ?? -1
    }

    static func slots(_ cluster: Cluster) async throws -> String {
      try await cluster.sql(
        "select slot_name, plugin, database, temporary, confirmed_flush_lsn from pg_replication_slots"
          + " where slot_type = 'logical' order by 1")
    }
  }

  @Test(arguments: standbySlots)
  func theStandbyGetsItsSlotAndNoRowIsLostOrTwice(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let pair = try await Pair(lab)
      try await pair.stop()
      let plan = try await pair.plan()
      #expect(plan.status == 0, "\(plan)")
      let script = plan.output
      try await pair.start()

      // The wrong server, and no changes on the right one.
      let wrong = try await pair.primary.psql(script)
      #expect(wrong.status == 3)
      #expect(wrong.error.contains("a standby (in recovery)"))
      let dry = try await pair.standby.psql(script, variables: ["dry_run=1"])
      #expect(dry.status == 0, "\(dry)")
      let bad = try await pair.standby.psql(script, variables: ["dry_run=perhaps"])
      #expect(bad.status == 3)
      #expect(try await Pair.slots(pair.standby) == "")

      // Alone: the slot is there and is called what it is. A load goes on, so that the primary logs its transactions.
      let load = Task {
        while !Task.isCancelled {
          try await pair.primary.sql("select pg_log_standby_snapshot()")
          try await Task.sleep(for: .milliseconds(300))
        }
      }
      let first = try await pair.standby.psql(script)
      load.cancel()
      #expect(first.status == 0, "\(first)")
      #expect(first.output.contains("NOT SAFE YET"))
      let slots = try await Pair.slots(pair.standby)
      #expect(slots.hasPrefix("orders|pgoutput|sp ace's|f|"))

      // Again: nothing changes.
      let second = try await pair.standby.psql(script)
      #expect(second.status == 0, "\(second)")
      #expect(second.error.contains("done before: orders"))
      #expect(try await Pair.slots(pair.standby) == slots)

      // A position that the consumer has not reached is not believed.
      let early = try await pair.standby.psql(script, variables: ["position_orders=0/1"])
      #expect(early.status == 3)
      #expect(try await Pair.slots(pair.standby) == slots)

      // With both connections, and a consumer that goes on: the slot is finished.
      try await pair.sql("insert into t select generate_series(11, 20)")
      #expect(try await Pair.consume(pair.primary) == 20)
      try await pair.caughtUp()
      let both = [
        "primary_conninfo=\(pair.primary.connection())", "standby_conninfo=\(pair.standby.connection())",
      ]
      let forBoth = try await pair.plan(["--for", "both"])
      let finished = try await pair.standby.psql(forBoth.output, variables: both)
      #expect(finished.status == 0, "\(finished)")
      #expect(finished.output.contains("ready: at its consumer's position"))

      // More rows, the primary is lost, and the consumer goes on at the standby.
      try await pair.sql("insert into t select generate_series(21, 25)")
      try await pair.caughtUp()
      try pair.primary.kill()
      try await pair.standby.promote()
      try await pair.standby.sql("insert into t select generate_series(26, 28)", database: Pair.database)
      #expect(try await Pair.consume(pair.standby) == 8)
      let late = try await pair.standby.psql(script)
      #expect(late.status == 3, "\(late)")
    }
  }

  @Test(arguments: promotedSlots)
  func theNewPrimaryGetsItsSlot(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let pair = try await Pair(lab)
      #expect(try await Pair.consume(pair.primary) == 10)
      try await pair.caughtUp()
      let running = try await pair.plan()
      #expect(running.status == 2 && running.output.isEmpty)
      #expect(running.error.contains("the primary still runs"))

      try await pair.primary.stop()
      let plan = try await pair.plan()
      #expect(plan.status == 0, "\(plan)")
      let script = plan.output

      let early = try await pair.standby.psql(script)
      #expect(early.status == 3)
      #expect(early.error.contains("a primary (not in recovery)"))
      try pair.standby.configure(["default_transaction_read_only": "on"])
      try await pair.standby.promote()
      try await pair.standby.sql("select pg_reload_conf()")
      let dry = try await pair.standby.psql(script, variables: ["dry_run=1"])
      #expect(dry.status == 0, "\(dry)")
      #expect(try await Pair.slots(pair.standby) == "")

      let first = try await pair.standby.psql(script)
      #expect(first.status == 0, "\(first)")
      #expect(first.output.contains("ready: nothing was committed"))
      let slots = try await Pair.slots(pair.standby)
      #expect(slots.hasPrefix("orders|pgoutput|sp ace's|f|"))
      let second = try await pair.standby.psql(script)
      #expect(second.status == 0, "\(second)")
      #expect(try await Pair.slots(pair.standby) == slots)

      try await pair.standby.sql(
        "set default_transaction_read_only = off; insert into t values (11), (12)", database: Pair.database)
      #expect(try await Pair.consume(pair.standby) == 2)
    }
  }

  /// The server went on after its files were read: the script makes no slot.
  @Test(arguments: promotedSlots)
  func aNewPrimaryThatWroteIsRefused(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let pair = try await Pair(lab)
      #expect(try await Pair.consume(pair.primary) == 10)
      try await pair.caughtUp()
      try await pair.primary.stop()
      let plan = try await pair.plan()
      #expect(plan.status == 0, "\(plan)")
      try await pair.standby.promote()
      try await pair.standby.sql("insert into t values (11)", database: Pair.database)
      let outcome = try await pair.standby.psql(plan.output)
      #expect(outcome.status == 3)
      #expect(outcome.error.contains("no transaction has written"))
      #expect(try await Pair.slots(pair.standby) == "")
      // Its present files tell what it was.
      try await pair.standby.sql("checkpoint")
      let again = try await pair.plan()
      #expect(again.status == 2 && again.output.isEmpty, "\(again)")
      #expect(again.error.contains("1 transaction"))
    }
  }

  /// The consumer lacks, or has, what a slot on the new primary would not send: no slot, as it would hide that.
  @Test(arguments: promotedSlots, [false, true])
  func commitsInTheGapAreRefused(server: Lab.Server, consumed: Bool) async throws {
    try await LabRun.on(server) { lab in
      let pair = try await Pair(lab)
      try await pair.standby.stop()
      try await pair.sql("insert into t select generate_series(11, 20)")
      if consumed {
        #expect(try await Pair.consume(pair.primary) == 20)
        try await pair.primary.sql("checkpoint")
      }
      try await pair.primary.stop()
      let plan = try await pair.plan()
      #expect(plan.status == 2 && plan.output.isEmpty, "\(plan)")
      #expect(plan.error.contains("no safe plan"))
      let advice = try await pair.plan(["--resynchronize"])
      #expect(advice.status == 2)
      #expect(advice.output.contains("pg_filenode_relation"))
      #expect(advice.output.split(separator: "\n").allSatisfy { $0.hasPrefix("--") })
      try await pair.standby.start()
      let file = try await pair.standby.sql(
        "select pg_relation_filenode('t')", database: Pair.database)
      #expect(advice.output.contains("pg_filenode_relation(1663, \(file))"))
    }
  }

  /// A script meets a server of another cluster, and of another version.
  @Test func aServerOfAnotherClusterIsRefused() async throws {
    let server = try #require(Lab.servers.last)
    var script = ""
    try await LabRun.on(server) { lab in
      script = try await Pair(lab).provenScript()
    }
    for other in [server] + Lab.servers.prefix(1) {
      try await LabRun.on(other) { lab in
        let primary = try await lab.primary()
        let standby = try await lab.standby(of: primary)
        try await primary.sql("create database \"\(Pair.database)\"")
        try await standby.waitReplay(try await primary.currentLSN())
        let outcome = try await standby.psql(script)
        #expect(outcome.status == 3)
        let expected = other == server ? "system identifier" : "PostgreSQL \(server.major)"
        #expect(outcome.error.contains(expected), "\(outcome)")
        #expect(try await Pair.slots(standby) == "")
      }
    }
  }

  /// A slot of that name with another plugin stays as it is.
  @Test func anotherSlotOfTheNameIsRefused() async throws {
    let server = try #require(Lab.servers.last { $0.hasTestDecoding && $0.major >= 16 } ?? Lab.servers.last)
    try await LabRun.on(server) { lab in
      let pair = try await Pair(lab)
      let script = try await pair.provenScript()
      if server.major >= 16 { try await pair.primary.start() }
      try await pair.standby.start()
      if server.major < 16 { try await pair.standby.promote() }
      try await pair.standby.sql("select pg_create_physical_replication_slot('orders')")
      let outcome = try await pair.standby.psql(script)
      #expect(outcome.status == 3)
      #expect(outcome.error.contains("orders"), "\(outcome)")
      #expect(try await pair.standby.sql("select slot_type from pg_replication_slots") == "physical")
    }
  }
}

/// Runs the program that this build made.
func slotscope(_ arguments: [String]) async throws -> Outcome {
  try await runProgram(productsDirectory + "/slotscope", arguments)
}

/// The folder of the build's products: that of the running test bundle.
let productsDirectory: String = {
  let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
  return bundle.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
}()
