import FixtureSupport
import Glibc
import ServerLab
import Testing

/// Real servers' shutdown checkpoints at the end of a standby's WAL: of a clean stop, and of a start after a crash.
@Suite(.serialized, .enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct CleanStopLiveTests {
  @Test(arguments: Lab.servers)
  func onlyACleanStopIsOne(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      let standby = try await lab.standby(of: primary)
      let scratch = ScratchDirectory()
      let evidence = scratch.path + "/primary.json"
      let start = ["--primary", evidence, "--standby", standby.data]
      try await primary.sql("create table t (n int)")
      try await primary.sql("select pg_create_logical_replication_slot('cdc', 'test_decoding')")
      try await primary.sql("checkpoint; insert into t values (1)")

      try await capture(primary, to: evidence)
      try await primary.sql("insert into t values (2)")
      try await primary.stop()
      let stopped = try await audit(start + ["--assume", "primary-down"])
      #expect(stopped.output.contains("The primary was stopped cleanly at"), "\(stopped)")
      #expect(!stopped.output.contains("How far the consumer of cdc"), "\(stopped)")
      let open = try await audit(start)
      #expect(open.status == 2 && open.output.contains("ask again with --assume primary-down"), "\(open)")

      // It went on, and crashed. What it writes when it is started is not a clean stop, though OIDs were given out before.
      try await primary.start()
      try await primary.sql("create table u (n int)")
      try await primary.sql("checkpoint")
      try await capture(primary, to: evidence)
      try await primary.sql("insert into t values (3)")
      try await primary.killAll()
      for name in [
        primary.data + "/postmaster.pid", primary.home + "/.s.PGSQL.5432", primary.home + "/.s.PGSQL.5432.lock",
      ] {
        unlink(name)
      }
      try await primary.start()
      let end = try await primary.currentLSN()
      try await standby.waitReplay(end)
      let restarted = try await audit(start + ["--assume", "primary-down"])
      // A server that runs may have logged more after that checkpoint; it is not a clean stop in either case.
      #expect(restarted.status == 2 && !restarted.output.contains("stopped cleanly"), "\(restarted)")

      // A stop that cannot be told from that.
      try await capture(primary, to: evidence)
      try await primary.stop()
      let same = try await audit(start + ["--assume", "primary-down"])
      #expect(same.status == 2 && same.output.contains("it may be that of a start after a crash"), "\(same)")
    }
  }

  /// The former primary itself, of which the capture notes where it is.
  @Test(arguments: Lab.servers.filter { $0.major >= 12 })
  func aFormerPrimaryIsKnown(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary(settings: ["fsync": "on"])
      let standby = try await lab.standby(of: primary)
      let scratch = ScratchDirectory()
      let evidence = scratch.path + "/primary.json"
      try await primary.sql("create table t (n int)")
      try await primary.sql("select pg_create_logical_replication_slot('cdc', 'test_decoding')")
      try await capture(primary, to: evidence)
      try await primary.sql("insert into t values (1)")
      try await primary.sql("select pg_logical_slot_get_changes('cdc', null, null)")
      try await primary.killAll()
      unlink(primary.data + "/postmaster.pid")
      try primary.append("", to: primary.data + "/standby.signal")
      let own = try await audit([
        "--primary", evidence, "--standby", primary.data, "--assume", "primary-down",
      ])
      #expect(own.output.contains("This standby is the former primary itself"), "\(own)")
      let other = try await audit([
        "--primary", evidence, "--standby", standby.data, "--assume", "primary-down",
      ])
      #expect(other.status != 0 && !other.output.contains("former primary"), "\(other)")
    }
  }

  /// An audit's status and its words, wherever its lines are broken.
  private func audit(_ arguments: [String]) async throws -> (status: Int, output: String) {
    let outcome = try await slotscope(["audit", "-v"] + arguments)
    return (outcome.status, outcome.output.split(whereSeparator: \.isWhitespace).joined(separator: " "))
  }

  private func capture(_ cluster: Cluster, to path: String) async throws {
    let outcome = try await slotscope([
      "capture", "host=\(cluster.home) user=postgres dbname=postgres", "-o", path,
    ])
    guard outcome.status == 0 else { throw ProgramFailure(description: "capture: \(outcome)") }
  }
}
