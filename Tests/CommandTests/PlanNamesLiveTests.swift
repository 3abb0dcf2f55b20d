import FixtureSupport
import PostgresFormat
import Reporting
import ServerLab
import SlotSafety
import Testing

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

      let script = try #require(try PlanScript.text(try Self.plan(names, version: server.major), for: .newPrimary))
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

  private static func slot(_ number: Int) -> String { "slot_\(number)" }

  private static func hex(_ text: String) -> String {
    text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static func plan(_ databases: [String], version: Int) throws -> Plan {
    var plan = Plan(
      approach: .slotsOnNewPrimary,
      servers: [
        PlannedServer(
          node: .newPrimary, version: try #require(ServerVersion(name: String(version))), systemIdentifier: 0,
          timeline: TimelineID(1), checks: [PlanCheck("a server", "true", found: "'none'")])
      ], slots: [])
    for (number, database) in databases.enumerated() {
      let name = try SlotName(slot(number))
      plan.steps.append(
        Step(
          id: "create.\(name)", slotName: name, part: PlanPart(.newPrimary, .afterPromotion), database: database,
          title: "make \(name) in \(database)",
          preconditions: [
            PlanCheck(
              "connected to \(database)", try SQLText.isCurrentDatabase(database), found: "current_database()")
          ], isDone: "false", sql: "select pg_create_logical_replication_slot(\(name.literal), 'pgoutput')",
          postconditions: [], finding: "test"))
    }
    return plan
  }
}
