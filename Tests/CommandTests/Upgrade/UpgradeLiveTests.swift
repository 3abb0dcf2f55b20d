import FixtureSupport
import ServerLab
import Testing

private let upgradedServers = Lab.servers.filter { $0.major >= 17 && $0.place != "package" }

/// What `upgrade` says, beside pg_upgrade itself: from a major to the same one, which one set of programs can do.
@Suite(.serialized, .enabled(if: !upgradedServers.isEmpty, "no PostgreSQL server of 17 or later on this machine"))
struct UpgradeLiveTests {
  enum Case: String, CaseIterable {
    case read, unread, aborted, message, prepared, immediate, room, level
  }

  private struct Clusters {
    var old: Cluster
    var new: Cluster

    func check(_ more: [String] = ["--check"]) async throws -> Outcome {
      try await new.program("mkdir", ["-p", new.home + "/work"])
      let binaries = try await new.program("bash", ["-c", "dirname \"$(command -v pg_upgrade)\""]).line
      return try await new.attempt(
        "bash",
        [
          "-c", "cd \"$1\" && shift && exec pg_upgrade \"$@\"", "bash", new.home + "/work", "-b", binaries, "-B",
          binaries, "-d",
          old.data, "-D", new.data, "-s", new.home + "/work",
        ] + more)
    }
  }

  @Test(arguments: upgradedServers, Case.allCases)
  func itSaysWhatPgUpgradeSays(server: Lab.Server, kind: Case) async throws {
    try await LabRun.on(server) { lab in
      let old = try await lab.primary("old")
      try await old.sql("create table t (n int); create database other")
      for (slot, database) in [("a", "postgres"), ("b", "other")] {
        try await old.sql(
          "select pg_create_logical_replication_slot('\(slot)', 'pgoutput', false, true, true)", database: database)
      }
      try await old.sql("insert into t values (1)")
      for (slot, database) in [("a", "postgres"), ("b", "other")] {
        try await old.sql("select pg_replication_slot_advance('\(slot)', pg_current_wal_lsn())", database: database)
      }
      switch kind {
      case .unread: try await old.sql("insert into t values (2)")
      case .aborted: try await old.sql("begin; insert into t values (2); rollback")
      case .message: try await old.sql("select pg_logical_emit_message(false, 'x', 'y')", database: "other")
      case .prepared: try await old.sql("begin; insert into t values (2); prepare transaction 'p'")
      case .read, .immediate, .room, .level: break
      }
      try await old.stop(kind == .immediate ? "immediate" : "fast")
      let new = try await lab.primary(
        "new",
        settings: [
          "max_replication_slots": kind == .room ? "1" : "10", "wal_level": kind == .level ? "minimal" : "logical",
        ]
        .merging(kind == .level ? ["max_wal_senders": "0"] : [:]) { $1 })
      try await new.stop()

      let clusters = Clusters(old: old, new: new)
      let outcome = try await slotscope(
        ["upgrade", old.data, "--to", String(server.major), "--new", new.data, "--format", "json"])
      let document = try JSONDocument(parsing: outcome.output)
      let check = try await clusters.check()
      let printed = check.output + check.error
      #expect(document["passes"].bool == (check.status == 0), "\(outcome) \(printed)")
      #expect((check.status == 0) == (kind == .read), "\(printed)")
      if let message = document["message"].string { #expect(printed.contains(message), "\(message): \(printed)") }
      let report = document["checks"].elements.first { $0["passes"].bool == false }?["report"].elements ?? []
      let written = try ExternalProgram.output(
        "/bin/sh",
        ["-c", "find \"$1\" -name invalid_logical_slots.txt -exec cat {} +", "sh", new.data])
      let lines = written.split(separator: "\n").map(String.init)
      #expect(report.compactMap(\.string).sorted() == lines.sorted(), "\(report): \(written)")
      #expect(lines.isEmpty == ![Case.unread, .aborted, .message].contains(kind), "\(lines)")
      guard kind == .read else { return }

      // To the end: the slots are there.
      let run = try await clusters.check([])
      #expect(run.status == 0, "\(run)")
      try await new.start()
      let slots = try await new.sql(
        "select string_agg(slot_name, ' ' order by slot_name) from pg_replication_slots where failover and two_phase")
      #expect(slots == "a b")
    }
  }
}
