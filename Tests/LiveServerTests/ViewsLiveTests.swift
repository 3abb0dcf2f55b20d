import ClusterFiles
import Evidence
import FixtureSupport
import PostgresFormat
import Reporting
import ServerLab
import SlotSafety
import Testing

@testable import LiveServer

/// What is read of a running server against what its own views say, on every version that can be run here.
@Suite(.serialized, .enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct ViewsLiveTests {
  static func evidence(_ cluster: Cluster, _ more: String = "dbname=postgres") throws -> Evidence {
    try ServerSource("host=\(cluster.home) user=postgres " + more).gather(at: DataDirectory.now)
  }

  static func document(_ evidence: Evidence) throws -> JSONDocument {
    try JSONDocument(parsing: InspectJSON.document(Inspection(evidence)).serialized(pretty: false))
  }

  /// The rows of a query as JSON.
  static func rows(_ query: String, _ cluster: Cluster) async throws -> [JSONDocument] {
    try JSONDocument(parsing: try await cluster.sql("select coalesce(json_agg(q), '[]') from (\(query)) q")).elements
  }

  /// Slots of every kind that the version has, in two databases, and a prepared transaction.
  static func fill(_ primary: Cluster) async throws {
    let major = primary.server.major
    let flags = major >= 17 ? ", false, true, true" : major >= 14 ? ", false, true" : ""
    try await primary.sql(
      """
      create database "we""ird \\ db";
      create table t (i int);
      select pg_create_logical_replication_slot('log_main', 'pgoutput');
      select pg_create_logical_replication_slot('log_flags', 'pgoutput'\(flags));
      select pg_create_physical_replication_slot('phys_reserved', true);
      select pg_create_physical_replication_slot('phys_never');
      insert into t select generate_series(1, 1000);
      """)
    try await primary.sql(
      "select pg_create_logical_replication_slot('elsewhere', 'pgoutput')", database: "we\"ird \\ db")
    try await primary.sql("select pg_replication_slot_advance('log_main', pg_current_wal_flush_lsn())")
    try await primary.sql(
      """
      select pg_replication_origin_create('origin_77');
      begin; insert into t values (-1); prepare transaction 'it''s "open"';
      """)
  }

  private func expectSameRows(
    _ found: [JSONDocument], _ wanted: [JSONDocument], columns: [String], _ what: String
  ) {
    #expect(found.count == wanted.count, "\(what)")
    for (found, wanted) in zip(found, wanted) {
      for column in columns where wanted.keys.contains(column) {
        #expect(Self.text(found[column]) == Self.text(wanted[column]), "\(what) \(column)")
      }
    }
  }

  /// Positions as such, everything else by its text: documents spell long numbers as strings.
  private static func text(_ value: JSONDocument) -> String {
    switch value {
    case .string(let text): LSN(text)?.description ?? text
    case .integer(let number): String(number)
    case .bool(let flag): flag ? "true" : "false"
    default: "\(value)"
    }
  }

  @Test(arguments: Lab.servers)
  func aPrimaryIsReadAsItsViewsShowIt(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      try await Self.fill(primary)
      let standby = try await lab.standby(of: primary)
      try await standby.waitReplay(try await primary.currentLSN())
      try await primary.sql("checkpoint")
      try await Task.sleep(for: .seconds(2))

      let before = try await primary.currentLSN()
      let evidence = try Self.evidence(primary)
      let document = try Self.document(evidence)
      let after = try await primary.currentLSN()
      let end = try #require(evidence.wal.end?.lsn)
      #expect(try #require(LSN(before)) <= end && end <= (try #require(LSN(after))))
      #expect(evidence.problems.isEmpty, "\(evidence.problems)")
      #expect(document["node"]["role"].string == "primary" && document["node"]["running"].bool == true)
      #expect(evidence.currentTimeline == TimelineID(1))

      let slots = try await Self.rows("select * from pg_replication_slots order by slot_name", primary)
      let moving = ["safe_wal_size", "inactive_since", "xmin", "restart_lsn"]
      let columns = slots[0].keys.filter { !moving.contains($0) }
      #expect(columns.count >= 9)
      expectSameRows(document["slots"].elements, slots, columns: columns, "slots")
      // The standby's slot moves; the others' positions and times are those of the view.
      let still = { (slot: JSONDocument) in slot["slot_name"].string != "standby" }
      expectSameRows(
        document["slots"].elements.filter(still), slots.filter(still),
        columns: ["xmin", "restart_lsn", "safe_wal_size"],
        "slots")
      if server.major >= 17 {
        let times = try await primary.sql(
          """
          select string_agg(coalesce((extract(epoch from inactive_since) * 1000000)::bigint::text, ''), ' '
            order by slot_name) from pg_replication_slots
          """)
        #expect(
          times
            == evidence.slots.map { $0.activity?.inactiveSince.map { String($0.unixMicroseconds) } ?? "" }
            .joined(separator: " "))
      }

      for function in ["system", "checkpoint", "recovery", "init"] {
        let row = try await Self.rows("select * from pg_control_\(function)()", primary)[0]
        let names = row.keys.filter { !["pg_control_last_modified", "checkpoint_time"].contains($0) }
        expectSameRows([document["control"]], [row], columns: names, function)
        #expect(names.allSatisfy { document["control"].keys.contains($0) }, "\(names)")
      }
      #expect(document["control"]["wal_level"].string == "logical")

      let databases = try await Self.rows("select oid, datname from pg_database order by pg_database.oid", primary)
      expectSameRows(document["databases"].elements, databases, columns: ["oid", "datname"], "databases")
      let prepared = document["prepared_transactions"][0]
      #expect(prepared["gid"].string == "it's \"open\"" && prepared["database"].string == "postgres")
      #expect(document["origins"][0]["roname"].string == "origin_77")

      let senders = try await Self.rows("select pid, application_name, state from pg_stat_replication", primary)
      expectSameRows(
        document["server"]["senders"].elements, senders, columns: ["pid", "application_name", "state"], "senders")

      // Every setting of a file, with its place; what is not given is the default.
      let settings = EffectiveSettings(evidence.settings, version: try #require(evidence.version))
      for row in try await Self.rows(
        "select name, current_setting(name) as value, sourceline from pg_settings where source = 'configuration file'",
        primary)
      {
        let name = row["name"].string ?? ""
        let setting = try #require(settings[name], "\(name)")
        #expect(setting.text == row["value"].string && setting.assignment?.path == "postgresql.conf", "\(name)")
        #expect(setting.assignment.map { Int64($0.line) } == row["sourceline"].integer, "\(name)")
      }
      for definition in SettingDefinition.all where definition.exists(in: settings.version) {
        guard let setting = settings[definition.name], let value = setting.value else { continue }
        let shown = try await primary.sql("select setting from pg_settings where name = '\(definition.name)'")
        // What archive_command shows while archive_mode is off.
        if shown != "(disabled)" { #expect(value.shown == shown, "\(definition.name)") }
      }
    }
  }

  @Test(arguments: Lab.servers)
  func aStandbyIsReadAsItsViewsShowIt(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      let standby = try await lab.standby(of: primary)
      try await standby.sql("select pg_create_physical_replication_slot('own', true)")
      try await standby.waitReplay(try await primary.currentLSN())
      let evidence = try Self.evidence(standby)
      let document = try Self.document(evidence)
      #expect(evidence.problems.isEmpty, "\(evidence.problems)")
      #expect(evidence.role == .standby && evidence.currentTimeline == TimelineID(1))
      #expect(evidence.databases == (try Self.evidence(primary)).databases)
      let receiver = try await Self.rows(
        "select pid, status, slot_name, received_tli from pg_stat_wal_receiver", standby)
      expectSameRows(
        [document["server"]["receiver"]], receiver, columns: ["pid", "status", "slot_name", "received_tli"], "receiver")
      #expect(document["slots"][0]["slot_name"].string == "own")
      #expect(document["control"]["max_connections"].isNull, "no function shows a standby's copy of it")
      let replayed = try #require(evidence.server?.positions.replay)
      let end = try #require(evidence.wal.end?.lsn)
      #expect(replayed <= end)

      // Promoted: another role, another timeline, and the history that its files have.
      try await standby.promote()
      let promoted = try Self.evidence(standby)
      #expect(promoted.role == .primary && promoted.currentTimeline == TimelineID(2))
      #expect(promoted.problems.isEmpty, "\(promoted.problems)")
      let files = try DataDirectory(path: standby.data).gather()
      #expect(promoted.timelines.map(\.value) == files.timelines.map(\.value))
      #expect(promoted.timelines.count == 1)
    }
  }

  @Test(arguments: Lab.servers)
  func afterACleanStopTheFilesSayTheSame(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      try await Self.fill(primary)
      let live = try Self.evidence(primary)
      try await primary.stop()
      let files = try DataDirectory(path: primary.data).gather()
      #expect(live.control?.value.systemIdentifier == files.control?.value.systemIdentifier)
      #expect(live.databases == files.databases)
      #expect(live.preparedTransactions.map(\.value.gid) == files.preparedTransactions.map(\.value.gid))
      #expect(live.slots.compactMap(\.state?.name) == files.slots.compactMap(\.state?.name))
      for (memory, file) in zip(live.slots.compactMap(\.state), files.slots.compactMap(\.state)) {
        #expect(file.restartLSN == memory.restartLSN && file.catalogXmin == memory.catalogXmin, "\(file.name)")
        #expect(file.twoPhase == memory.twoPhase && file.failover == memory.failover, "\(file.name)")
        #expect(file.plugin == memory.plugin && file.database == memory.database, "\(file.name)")
        #expect(file.confirmedFlush <= memory.confirmedFlush, "\(file.name)")
      }
      let version = try #require(live.version)
      let (a, b) = (
        EffectiveSettings(live.settings, version: version), EffectiveSettings(files.settings, version: version)
      )
      for definition in SettingDefinition.all where definition.exists(in: version) {
        #expect(a[definition.name]?.value == b[definition.name]?.value, "\(definition.name)")
      }
    }
  }
}
