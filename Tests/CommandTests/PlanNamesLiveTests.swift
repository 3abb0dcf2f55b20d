import FixtureSupport
import Reporting
import ServerLab
import SlotSafety
import Testing

@testable import PostgresFormat

/// Database names that mean something to psql, to a connection string, to SQL or to a shell, through the real psql.
@Suite(.serialized, .enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct PlanNamesLiveTests {
  static func names(for server: Lab.Server, marker: String) -> [String] {
    let names = [
      "shop", "Shop", "sp ace", " leading", "trailing ", "it's", "''", "quo\"te", "\"", "back\\slash", "\\", "a\\'b",
      "dbname=postgres", "host=nowhere dbname=x", "postgres://nowhere/x", "postgresql://", "-c", "--help", ":name",
      ":'name'", ":\"name\"", "$$", "$slotscope$", "%s %d", "`touch \(marker)`", "$(touch \(marker))",
      "x'; select 1/0; --", "x\"; drop table t; --", "größe", "数据", "a'\u{301}b", "{a,b}", "a;b", "tab\there", "#hash",
      "\u{1B}[2J", "c1\u{9B}31m", "\u{202E}back\u{2066}wards\\", "\u{E0041}tag",
    ]
    // A name with a line end: 19 refuses to make such a database.
    return names + (server.major < 19 ? ["two\nlines", "x\n\\! touch \(marker)"] : [])
  }

  @Test(arguments: Lab.servers)
  func everyNameLeadsToItsOwnDatabase(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary(settings: ["max_replication_slots": "60"])
      let marker = "/var/tmp/\(lab.folder.split(separator: "/").last ?? "run")-marker"
      let names = Self.names(for: server, marker: marker)
      let statements = try names.map { "create database \(try SQLText.identifier($0)) template template0;" }
      // psql's own reading of the statements is not what is tested here; identifiers are quoted all the same.
      try await primary.sql(statements.joined(separator: "\n"))

      let system = try #require(UInt64(try await primary.sql("select system_identifier from pg_control_system()")))
      let list = try await primary.sql(
        "select encode(convert_to(datname::text, 'SQL_ASCII'), 'hex'), oid from pg_database")
      let oids = Dictionary(
        uniqueKeysWithValues: list.split(separator: "\n").compactMap { line in
          let fields = line.split(separator: "|")
          return UInt32(fields[1]).map { (String(fields[0]), OID($0)) }
        })
      let plan = try Self.plan(names, oids, version: server.major, system: system)
      let script = try #require(try PlanScript.text(plan, for: PlanPart(.newPrimary, .afterPromotion)))
      let outcome = try await primary.psql(script)
      #expect(outcome.status == 0, "\(outcome)")
      let found = try await primary.sql(
        """
        select s.slot_name || ' ' || encode(convert_to(d.datname::text, 'SQL_ASCII'), 'hex')
        from pg_replication_slots s join pg_database d on d.oid = s.datoid order by s.slot_name collate "C"
        """)
      let expected = names.enumerated().map { "\(Self.slot($0.offset)) \(Self.hex($0.element))" }.sorted()
      #expect(found.split(separator: "\n").map(String.init) == expected)
      #expect(!FileTree.exists(marker), "something in a name was run")
    }
  }

  /// Real plans for real files, with such names for the databases of slots, for those of a subscriber and for its
  /// subscriptions: every script that there is for the version.
  @Test(arguments: TrialSettings.count > 1 ? Lab.servers : Array(Lab.servers.suffix(1)))
  func realPlansLeadToTheRightPlaces(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let marker = "/var/tmp/\(lab.folder.split(separator: "/").last ?? "run")-marker"
      let names = Self.names(for: server, marker: marker)
      let settings = ["max_replication_slots": "80", "max_wal_senders": "60", "wal_receiver_status_interval": "1s"]
      let primary = try await lab.primary(settings: settings)
      let subscriber = try await lab.primary("subscriber", settings: settings)
      for cluster in [primary, subscriber] {
        try await cluster.sql(
          names.map { "create database \(try SQLText.identifier($0)) template template0;" }.joined(separator: "\n"))
      }
      for (number, name) in names.enumerated() {
        try await primary.sql(
          "select pg_create_logical_replication_slot('\(Self.slot(number))', 'pgoutput')", database: name)
        try await subscriber.sql(
          "create subscription \(try SQLText.identifier(name)) connection 'dbname=nowhere' publication p"
            + " with (connect = false, slot_name = \(Self.slot(number)))", database: name)
      }
      for cluster in [primary, subscriber] { try await cluster.sql("checkpoint") }
      let standby = try await lab.standby(of: primary)
      let sources = ["--primary", primary.data, "--standby", standby.data, "--subscriber", subscriber.data]
      func scripts(_ more: [String]) async throws -> [String: String] {
        let outcome = try await slotscope(["plan", "--output-dir", lab.folder + "/plan"] + sources + more)
        #expect(outcome.status == 0, "\(outcome)")
        return try TrialScripts(folder: lab.folder + "/plan").scripts
      }
      func run(_ script: String?, on cluster: Cluster, _ variables: [String] = []) async throws {
        let outcome = try await cluster.psql(try #require(script), variables: ["patience=20"] + variables)
        #expect(outcome.status == 0, "\(outcome)")
      }
      let expected = names.enumerated().map { "\(Self.slot($0.offset)) \(Self.hex($0.element))" }.sorted()
      func slots(_ cluster: Cluster) async throws -> [String] {
        try await cluster.sql(
          """
          select s.slot_name || ' ' || encode(convert_to(d.datname::text, 'SQL_ASCII'), 'hex')
          from pg_replication_slots s join pg_database d on d.oid = s.datoid order by s.slot_name collate "C"
          """
        ).split(separator: "\n").map(String.init)
      }

      if server.major >= 16 {
        let snapshots = Task {
          while !Task.isCancelled { try await primary.sql("select pg_log_standby_snapshot(), pg_sleep(0.1)") }
        }
        try await run(try await scripts(["--approach", "slots-on-standby"])["standby-before"], on: standby)
        snapshots.cancel()
        #expect(try await slots(standby) == expected)
        try await standby.sql("select pg_drop_replication_slot(slot_name) from pg_replication_slots")
      }
      if server.major >= 17 {
        // Without the subscriber: by the replication command, in each database.
        let plan = try await slotscope([
          "plan", "--approach", "failover-slots", "--for", "primary", "--primary", primary.data, "--standby",
          standby.data,
        ])
        try await run(plan.output, on: primary)
        #expect(try await primary.sql("select count(*) from pg_replication_slots where failover") == "\(names.count)")
      }
      try await standby.waitReplay(try await primary.currentLSN())
      try await primary.stop()
      try await standby.promote()
      let after = try await scripts([])
      try await run(after["new-primary-after"], on: standby)
      #expect(try await slots(standby) == expected)
      let connection = #"host=nowhere options='-c a=b' password='it\'s \\ "x" :name $$'"#
      try await run(
        after["subscriber-after"], on: subscriber,
        ["new_primary_conninfo=\(connection)", "fork=\(try await standby.fork)"])
      #expect(
        try await subscriber.sql("select distinct subconninfo, subenabled from pg_subscription") == connection + "|f")
      #expect(!FileTree.exists(marker), "something in a name was run")
    }
  }

  private static func slot(_ number: Int) -> String { "slot_\(number)" }

  private static func hex(_ text: String) -> String {
    text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static func plan(
    _ databases: [String], _ oids: [String: OID], version: Int, system: UInt64
  ) throws -> Plan {
    var plan = Plan(
      approach: .slotsOnNewPrimary,
      servers: [
        PlannedServer(
          node: .newPrimary, version: try #require(ServerVersion(name: String(version))), systemIdentifier: system,
          timeline: TimelineID(1), checks: [PlanCheck("a server", "true", found: "'none'")])
      ], slots: [])
    for (number, database) in databases.enumerated() {
      let name = try SlotName(slot(number))
      let oid: OID = try #require(oids[hex(database)])
      plan.steps.append(
        Step(
          id: "create.\(name)", slotName: name, part: PlanPart(.newPrimary, .afterPromotion), database: database,
          databaseOID: oid, title: "make \(name) in \(database)", preconditions: [],
          isDone: "false", sql: "select pg_create_logical_replication_slot(\(name), 'pgoutput')",
          postconditions: [], finding: "test"))
    }
    return plan
  }
}
