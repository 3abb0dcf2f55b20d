import FixtureSupport
import Glibc
import ServerLab
import Testing

/// Scripts that reach their servers through PgBouncer in session mode: every connection gets a server's session to itself, but
/// one that others had before, and no option of a connection string comes through.
@Suite(
  .serialized, .enabled(if: !Lab.servers.isEmpty && Pooler.isPossible, "no PostgreSQL server, or no pgbouncer, here"))
struct PlanPoolerLiveTests {
  @Test(arguments: PlanLiveTests.standbySlots)
  func slotsInThreeDatabasesOfAStandby(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let pair = try await PlanStandbySlotsLiveTests.Pair(lab, count: 4)
      let script = try await pair.script(for: "both")
      let consumers = Task {
        while !Task.isCancelled {
          _ = try await PlanStandbySlotsLiveTests.Pair.consume(pair.primary)
          try await Task.sleep(for: .milliseconds(500))
        }
      }
      defer { consumers.cancel() }
      try await Pooler.of(pair.primary) { primary in
        try await Pooler.of(pair.standby) { standby in
          let both = ["primary_conninfo=\(primary.connection)", "standby_conninfo=\(standby.connection)"]
          for _ in 1...2 {
            let outcome = try await standby.psql(script, both)
            #expect(outcome.status == 0, "\(outcome)")
            #expect(outcome.output.matches(of: /ready: at its consumer/).count == 4, "\(outcome)")
          }
          let wrong = try await primary.psql(script, both.reversed())
          #expect(wrong.status == 0, "the connections count, not where psql began: \(wrong)")
          let turned = [
            "primary_conninfo=\(standby.connection)", "standby_conninfo=\(primary.connection)",
          ]
          let refused = try await standby.psql(script, turned)
          #expect(refused.status == 3 && refused.error.contains("expected a standby"), "\(refused)")
        }
      }
    }
  }

  @Test(arguments: Lab.servers)
  func slotsInThreeDatabasesOfANewPrimary(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      for (number, database) in PlanManySlotsLiveTests.databases.enumerated() {
        try await primary.sql("create database \"\(database)\"")
        try await primary.sql(
          "select pg_create_logical_replication_slot('s\(number)', 'pgoutput')", database: database)
      }
      try await primary.sql("checkpoint")
      let standby = try await lab.standby(of: primary)
      try await standby.waitReplay(try await primary.currentLSN())
      try await primary.stop()
      let plan = try await slotscope([
        "plan", "--approach", "slots-on-new-primary", "--primary", primary.data, "--standby", standby.data,
      ])
      try #require(plan.status == 0, "\(plan)")
      try await standby.promote()
      try await Pooler.of(standby) { pooler in
        for _ in 1...2 {
          let outcome = try await pooler.psql(plan.output, ["fork=\(try await standby.fork)"])
          #expect(outcome.status == 0, "\(outcome)")
          #expect(outcome.output.matches(of: /ready: nothing was committed/).count == 3, "\(outcome)")
        }
      }
    }
  }
}

/// A PgBouncer before one cluster, in session mode and reached through a socket of its own.
private struct Pooler {
  private static let program = "/usr/sbin/pgbouncer"
  private let cluster: Cluster
  private var folder: String { cluster.home + "/pooler" }
  var connection: String { "host=\(folder) port=6432 user=postgres" }

  static var isPossible: Bool { FileTree.exists(program) }

  static func of(_ cluster: Cluster, _ body: (Pooler) async throws -> Void) async throws {
    let pooler = Pooler(cluster: cluster)
    try await pooler.start()
    do {
      try await body(pooler)
    } catch {
      pooler.stop()
      throw error
    }
    pooler.stop()
  }

  private func start() async throws {
    mkdir(folder, 0o777)
    chmod(folder, 0o777)
    try cluster.append("\"postgres\" \"\"\n", to: folder + "/users")
    try cluster.append(
      """
      [databases]
      * = host=\(cluster.home)
      [pgbouncer]
      pool_mode = session
      auth_type = trust
      auth_file = \(folder)/users
      listen_port = 6432
      unix_socket_dir = \(folder)
      logfile = \(folder)/log
      pidfile = \(folder)/pid

      """, to: folder + "/ini")
    let user = getuid() == 0 ? ["-u", "postgres"] : []
    let outcome = try await runProgram(Self.program, ["-q", "-d"] + user + [folder + "/ini"])
    guard outcome.status == 0 else { throw ProgramFailure(description: "pgbouncer: \(outcome)") }
    try await cluster.wait("pgbouncer") { FileTree.exists(folder + "/.s.PGSQL.6432") }
  }

  private func stop() {
    guard let text = try? FileTree.contents(of: folder + "/pid") else { return }
    let pid = String(decoding: text, as: UTF8.self).split(separator: "\n").first.flatMap { pid_t($0) }
    if let pid, pid > 1 { _ = Glibc.kill(pid, SIGTERM) }
  }

  func psql(_ script: String, _ variables: [String]) async throws -> Outcome {
    let file = "\(folder)/script-\(UInt64.random(in: 0 ... .max)).sql"
    try cluster.append(script, to: file)
    let command = cluster.server.command("psql") + ["-X"] + variables.flatMap { ["-v", $0] }
    return try await runProgram(command[0], command.dropFirst() + ["-f", file, connection + " dbname=postgres"])
  }
}
