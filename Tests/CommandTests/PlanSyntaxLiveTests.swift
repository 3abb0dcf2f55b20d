import FixtureSupport
import ServerLab
import SlotSafety
import Testing

/// Every script of every approach through the real psql and the real server of each major: every statement is parsed,
/// every block compiled, every expression of a plan analyzed with the names and types of that major.
@Suite(.serialized, .enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct PlanSyntaxLiveTests {
  @Test(arguments: Lab.servers)
  func everyStatementIsUnderstood(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let pair = try await PlanScriptsLiveTests.Replication(lab)
      let follower = try await lab.standby(of: pair.primary, "follower")
      // The subscriber's database, so that its scripts find one of that name here.
      try await pair.primary.sql("create database \"\(PlanScriptsLiveTests.Replication.database)\"")
      try await pair.primary.sql("alter role postgres set plpgsql.extra_errors = 'all'")
      try await pair.primary.sql("select pg_create_logical_replication_slot('polled', 'pgoutput'); checkpoint")
      try await pair.caughtUp()
      var scripts: [String: String] = [:]
      var documents: [String] = []
      func plan(_ approach: String, _ more: [String] = []) async throws {
        let options = ["--approach", approach, "--follower", follower.data] + more
        for (name, text) in try await pair.scripts(options) { scripts["\(approach) \(name)"] = text }
        let document = try await slotscope(["plan", "--format", "json"] + pair.sources + options)
        #expect(document.status == 0, "\(document)")
        documents.append(document.output)
      }
      if server.major >= 17 { try await plan("failover-slots", ["--physical-slot", "other"]) }
      if server.major >= 16 { try await plan("slots-on-standby") }
      try await pair.primary.sql("select pg_drop_replication_slot('polled')")
      try await pair.caughtUp()
      for cluster in [pair.primary, pair.standby, follower] { try await cluster.stop() }
      try await pair.subscriber.sql("checkpoint")
      try await plan("slots-on-new-primary")
      try await pair.primary.start()
      var expected: Set<String> = ["new-primary-after", "subscriber-after", "follower-after", "standby-before"]
      if server.major >= 16 { expected.formUnion(["primary-meanwhile", "both-before"]) }
      if server.major >= 17 { expected.formUnion(["primary-before", "subscriber-before"]) }
      let names = scripts.keys.compactMap { $0.split(separator: " ").last.map(String.init) }
      #expect(Set(names) == expected)
      for (name, text) in scripts.sorted(by: { $0.key < $1.key }) {
        for dryRun in ["off", "on"] {
          let errors = try await Self.errors(in: text, dryRun: dryRun, on: pair.primary)
          #expect(errors.isEmpty, "\(name), dry_run=\(dryRun): \(errors)")
        }
      }
      for document in documents {
        let outcome = try await pair.primary.psql(Self.analysis(of: document))
        #expect(outcome.status == 0 && !outcome.error.contains("ERROR"), "\(outcome)")
      }
      // What is not understood is seen.
      let wrong = try #require(scripts["slots-on-new-primary new-primary-after"])
      let broken = wrong.split(separator: "    perform pg_", maxSplits: 1).joined(separator: "    perfrom pg_")
      #expect(try await !Self.errors(in: broken, dryRun: "off", on: pair.primary).isEmpty || broken == wrong)
      let unknown = documents[0].split(separator: "system_identifier = ", maxSplits: 1).joined(
        separator: "system_identifir = ")
      #expect(try await pair.primary.psql(Self.analysis(of: unknown)).error.contains("system_identifir"))
    }
  }

  /// What psql and the server say against a script whose blocks return at once: they are compiled, and do nothing. It goes
  /// on after errors; that a subscription or a slot is not there is none.
  private static func errors(in script: String, dryRun: String, on cluster: Cluster) async throws -> [Substring] {
    var isInHead = false
    let lines = script.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
      if line.hasPrefix("do $") { isInHead = true }
      if isInHead, line.hasSuffix(" begin") {
        isInHead = false
        return line + " return;"
      }
      if line.hasPrefix("\\set ON_ERROR_STOP on") { return "\\set ON_ERROR_STOP off" + line.dropFirst(21) }
      return String(line)
    }
    #expect(
      lines.contains { $0.hasSuffix(" begin return;") } && lines.contains { $0.hasPrefix("\\set ON_ERROR_STOP off") })
    let place = cluster.connection()
    let outcome = try await cluster.psql(
      lines.joined(separator: "\n"),
      variables: [
        "dry_run=\(dryRun)", "primary_conninfo=\(place)", "standby_conninfo=\(place)", "fork=0/1",
        "new_primary_conninfo=host=nowhere",
      ])
    return outcome.error.split(separator: "\n").filter { line in
      let isMissing =
        line.hasSuffix("does not exist") && (line.contains("subscription \"") || line.contains("replication slot \""))
      return !isMissing && (line.contains("ERROR") || line.contains("error") || line.contains("invalid"))
    }
  }

  /// SQL that has each expression and each statement of a plan analyzed, and none run.
  private static func analysis(of document: String) -> String {
    let plan = SQLText.dollarQuoted(document)
    return """
      \\set ON_ERROR_STOP on
      do $analysis$ declare plan jsonb := \(plan); part record; wrong text := ''; count int := 0; begin
        for part in
          with recursive parts (name, value) as (
            select ''::text, plan
            union all
            select inner_part.name, inner_part.value from parts, lateral (
              select key, case jsonb_typeof(parts.value) when 'object' then parts.value -> key end
              from jsonb_object_keys(case jsonb_typeof(parts.value) when 'object' then parts.value else '{}' end) key
              union all
              select parts.name, element from jsonb_array_elements(
                case jsonb_typeof(parts.value) when 'array' then parts.value else '[]' end) element
            ) inner_part (name, value)
          )
          select distinct name, value #>> '{}' as sql from parts
          where jsonb_typeof(value) = 'string'
            and name in ('sql', 'found_sql', 'done_when', 'undo_sql', 'while_waiting')
        loop
          continue when part.sql ~* '^(alter|alter_replication_slot)[ _]';
          begin
            count := count + 1;
            execute 'prepare analyzed as '
              || case when part.sql ~* '^select ' then part.sql else 'select (' || part.sql || ')' end;
            deallocate analyzed;
          exception when others then wrong := wrong || format(E'\\n%s: %s', sqlerrm, part.sql);
          end;
        end loop;
        if wrong <> '' or count < 10 then raise exception '% analyzed: %', count, wrong; end if;
      end $analysis$;
      """
  }
}
