import FixtureSupport
import ServerLab
import Testing

/// The script of a way back, run on real servers to its end, whose databases are named to do harm.
@Suite(.serialized, .enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct RejoinLiveTests {
  enum Way: String, CaseIterable { case follow, rewind, rebuild }

  /// Harm for psql, for a shell, for a terminal. From 19 on no name has a line end.
  private static func database(_ server: Lab.Server) -> String {
    let name = "x'\n\\! touch PWNED\n$(touch PWNED)`touch PWNED`\"%s \u{1B}[2J"
    return server.major < 19 ? name : name.replacing("\n", with: " ")
  }

  /// A slot is synchronized for good once its consumer has moved on beyond what the standby began with.
  private static func waitForSynchronization(of slot: String, from primary: Cluster, on standby: Cluster) async throws {
    try await standby.wait("slot synchronization") {
      try await primary.sql(
        "select pg_replication_slot_advance('\(slot)', pg_current_wal_lsn()); select pg_log_standby_snapshot()")
      return try await standby.sql(
        "select synced and not temporary from pg_replication_slots where slot_name = '\(slot)'") == "t"
    }
  }

  @Test(arguments: Lab.servers, Way.allCases)
  func theOldPrimaryFollows(server: Lab.Server, way: Way) async throws {
    // From 18 on a cluster has checksums, with which pg_rewind works.
    guard way != .rebuild || server.major < 18 else { return }
    try await LabRun.on(server) { lab in
      let synchronizes = server.major >= 17
      let old = try await lab.primary(
        "old",
        settings: ["wal_log_hints": way == .rebuild ? "off" : "on", "wal_keep_size": "32MB"]
          .merging(synchronizes ? ["sync_replication_slots": "on"] : [:]) { $1 })
      try await old.sql("create table t (n int); insert into t values (1)")
      let database = Self.database(server)
      try await old.sql("create database \"\(database.replacing("\"", with: "\"\""))\"")
      try await old.sql("select pg_create_logical_replication_slot('own', 'pgoutput')", database: database)
      let new = try await lab.standby(
        of: old, "new", settings: ["primary_conninfo": old.connection("dbname=postgres")])
      if synchronizes {
        try await old.sql("select pg_create_logical_replication_slot('cdc', 'pgoutput', false, false, true)")
        try await Self.waitForSynchronization(of: "cdc", from: old, on: new)
      }
      try await new.waitReplay(try await old.currentLSN())
      if way == .follow {
        try await old.stop()
      } else {
        try await new.stop()
        try await old.sql("insert into t values (2)")
        try await old.stop()
        try await new.start()
      }
      try await new.promote()
      try await new.sql("insert into t values (100)")

      let sources = [old.data, "--new", new.data, "--slot", "back"]
      let report = try await slotscope(["rejoin"] + sources)
      #expect(report.output.hasPrefix("\(way.rawValue.uppercased()): "), "\(report)")
      #expect(
        report.output.contains("Slot synchronization on the returned node stops at slot cdc")
          == (synchronizes && way == .follow))
      let script = try await LiveRejoin(
        old, new, in: lab, try await slotscope(["rejoin", "--format", "script"] + sources))

      let before = try await script.contents()
      let check = try await script.run("check")
      #expect(check.status == 0 && check.output == "rejoin: all is as it was; nothing was changed\n", "\(check)")
      #expect(try await script.contents() == before)
      for turn in ["first", "again"] {
        let run = try await script.run("run")
        #expect(run.status == 0 && run.output.contains("rejoin: it follows timeline 2"), "\(turn): \(run)")
        #expect(!(run.output + run.error).contains("\u{1B}"))
      }
      try await new.sql("insert into t values (200)")
      // What the new primary never had is gone.
      try await old.wait("the new rows") {
        try await old.sql("select string_agg(n::text, ' ' order by n) from t") == "1 100 200"
      }
      let leftovers =
        "select pg_is_in_recovery(), count(*) from pg_replication_slots\(synchronizes ? " where not synced" : "")"
      #expect(try await old.sql(leftovers) == "t|0")
      if synchronizes { try await Self.waitForSynchronization(of: "cdc", from: new, on: old) }
      #expect(try await new.sql("select active from pg_replication_slots where slot_name = 'back'") == "t")
      let found = try ExternalProgram.output("/usr/bin/find", [lab.folder, "-name", "PWNED*"])
      #expect(found.isEmpty && !FileTree.exists("PWNED"), "\(found)")
    }
  }
}

/// A script, and what it needs to run as a user who is not root, beside programs of a lab's server.
struct LiveRejoin {
  private let (old, new): (Cluster, Cluster)
  private let folder: String
  private let scratch = ScratchDirectory()

  init(_ old: Cluster, _ new: Cluster, in lab: LabRun, _ made: Outcome) async throws {
    guard made.status == 0 else { throw ProgramFailure(description: "no script: \(made)") }
    (self.old, self.new, folder) = (old, new, scratch.path)
    scratch.write("script", made.output)
    let path = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
    for name in ["psql", "pg_ctl", "pg_controldata", "pg_rewind", "postgres", "pg_basebackup"] {
      let words = lab.server.command(name).map { "'\($0)'" }.joined(separator: " ")
      scratch.write("bin/\(name)", "#!/bin/sh\nPATH=\(path); export PATH\nexec \(words) \"$@\"\n")
    }
    scratch.write("fake/id", "#!/bin/sh\necho 1000\n")
    // The configuration that comes from the new primary has its socket's folder.
    scratch.write(
      "start",
      """
      echo "unix_socket_directories = '\(old.home)'" >> '\(old.data)/postgresql.auto.conf'
      exec '\(scratch.path)/bin/pg_ctl' -D '\(old.data)' -l '\(old.log)' -w -t 300 start

      """)
    try ExternalProgram.run("/bin/sh", ["-c", "chmod 755 \"$1\" \"$1\"/bin/* \"$1\"/fake/*", "sh", scratch.path])
  }

  func run(_ mode: String) async throws -> Outcome {
    func place(_ cluster: Cluster) -> String { "host=\(cluster.home) user=postgres dbname=postgres" }
    return try await runProgram(
      "env",
      [
        "PATH=\(folder)/fake:\(Environment.value("PATH") ?? "/usr/bin:/bin")", "BINDIR=\(folder)/bin",
        "NEW_PRIMARY=\(place(new))", "PRIMARY_CONNINFO=\(place(new))", "OLD_NODE=\(place(old))",
        "START=sh '\(folder)/start'", "PATIENCE=120", "sh", folder + "/script", mode,
      ])
  }

  /// What is in the old primary's directory, and beside it.
  func contents() async throws -> String {
    try ExternalProgram.output(
      "/bin/sh", ["-ec", "cd \"$1\"; find . | sort; find data -type f -exec cksum {} + | sort", "sh", old.home])
  }
}
