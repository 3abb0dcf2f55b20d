import FixtureSupport
import Reporting
import ServerLab
import Testing

/// Every template of psql by itself, with plain texts in its places, through the real psql and the real server of each major.
@Suite(.serialized, .enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct PlanTemplatesLiveTests {
  private static let folder = Fixtures.directory + "/../Sources/Reporting/Templates"
  private static let names = FileTree.entries(of: folder).filter { $0.hasSuffix(".sql") }

  /// Parts of a block of PL/pgSQL; the others stand by themselves.
  private static let ofBlocks: Set = [
    "advice", "carried-over", "change", "checks", "checks-once", "checks-wait", "fact", "for-slots", "only-where",
    "poll", "poll-nudging", "slot-check", "slot-checks", "undo", "wait",
  ]

  /// What stands for a text in a place of that name.
  private static let samples: [String: ScriptText] = [
    "block": "select 2;", "body": "perform 1;\nperform 2;", "changes": "select 3;",
    "clear": "pg_stat_clear_snapshot(), ", "column": "position", "columns": "active", "condition": "1 = 1",
    "connect": "select 4", "count": "5", "done": "true", "end": "raise exception '%', message", "expected": "'this'",
    "expression": "'x'", "first": "values", "found": "'that'", "given": "\\set position ''", "id": "1",
    "identity": "select 5;", "is_role": "true", "is_synced": "false",
    "isolation": "set transaction isolation level read committed \\;", "limit": "5 * patience", "list": "slots",
    "look_up": "perform 3;", "major": "17", "message": "'a'", "more": "-- more", "name": "x", "names": "'x'",
    "nudges": "perform 4;", "other_role": "another", "otherwise": " perform 5;", "place": "here",
    "query": "select true as holds, 1 as seconds, '' as expected, '' as found into it;", "ready": "ready",
    "role": "one", "rows": "from json_populate_recordset(null::pg_replication_slots, '[]')", "seconds": "seconds, ",
    "select": "select *", "sentence": "gone", "slots": "-- slot", "start": "s.confirmed_flush_lsn",
    "statement": "pg_sleep(0)", "steps": "select 6;", "summary": "select 7;", "system_identifier": "1",
    "tables": "-- tables", "title": "a title", "twice": "", "again": "", "beside": "", "undo": "perform 6;",
    "waiting": "perform 7; ",
    "checks": "select 8;",
  ]
  private static let own: [String: [String: ScriptText]] = [
    "checks": ["rows": "(true, 0, 'a', 'b')"], "change": ["name": "'x'"], "advice": ["message": "'a: %', 1"],
    "slot-check": [
      "seconds": "0 as seconds, ", "rows": "json_populate_recordset(null::pg_replication_slots, '[]') slot",
    ],
    "slot-checks": [
      "checks": "(true, 'a', 'b')", "rows": "json_populate_recordset(null::pg_replication_slots, '[]') slot",
    ],
    "poll-nudging": ["seconds": "3"], "holds-carried-over": ["is_synced": "false"],
  ]

  /// What runs it, and what a template is to be: nothing happens in a block that returns at once.
  private static func script(_ name: String, broken: Bool = false) throws -> String {
    let name = String(name.dropLast(".sql".count))
    let bytes = try FileTree.contents(of: "\(folder)/\(name).sql")
    let text = String(decoding: bytes, as: UTF8.self)
    var values: [String: ScriptText] = [:]
    for place in Set(text.matches(of: /\{\{([a-z_]+)\}\}/).map({ String($0.1) })) {
      values[place] = try #require(Self.own[name]?[place] ?? samples[place], "\(name): \(place)")
    }
    var lines = try Template.lines(bytes, values).joined().description.replacing("\u{2}", with: "")
    // A group of rows is a query, as it stands among others.
    if name == "slot-checks" { lines += ";" }
    if broken { lines += "\nperfrom 1;" }
    return ofBlocks.contains(name)
      ? "do $$ declare slot record; here pg_replication_slots; it record; message text; patience int; begin return;\n"
        + "\(lines)\nend $$;\n"
      : "begin;\n\\set slots '[]'\n\\set told_position '{}'\n\\set told_fork ''\n\\set is_dry_run off\n"
        + "\\set primary_conninfo x\n\\set standby_conninfo ''\n\(lines)\n;\nrollback;\n"
  }

  @Test(arguments: Lab.servers)
  func everyTemplateIsUnderstood(server: Lab.Server) async throws {
    #expect(ofBlocks(in: Self.names).count == Self.ofBlocks.count && Self.names.count > Self.ofBlocks.count + 10)
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      for name in Self.names {
        // A column that came with 17.
        if name == "holds-synchronized.sql", server.major < 17 { continue }
        let outcome = try await primary.psql(try Self.script(name))
        // The system identifier is another one, and no block asks for it.
        let errors = outcome.error.split(separator: "\n").filter {
          ($0.contains("ERROR") || $0.contains("error:") || $0.contains("invalid")) && !$0.contains("refused: ")
        }
        #expect(errors.isEmpty, "\(name): \(outcome)")
        let broken = try await primary.psql(try Self.script(name, broken: true))
        #expect(
          broken.error.contains("ERROR") || !Self.ofBlocks.contains(String(name.dropLast(4))), "\(name): \(broken)")
      }
    }
  }

  private func ofBlocks(in names: [String]) -> [String] {
    names.filter { Self.ofBlocks.contains(String($0.dropLast(".sql".count))) }
  }
}
