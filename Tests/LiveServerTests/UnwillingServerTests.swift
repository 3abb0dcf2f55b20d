import ClusterFiles
import Evidence
import FixtureSupport
import Glibc
import PostgresFormat
import ServerLab
import SlotSafety
import Testing

@testable import LiveServer

/// Servers that do not show everything, do not answer, or are not there.
@Suite(.serialized, .enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct UnwillingServerLiveTests {
  static var short: ServerBounds {
    var bounds = ServerBounds()
    (bounds.connecting, bounds.answering) = (2, 1)
    return bounds
  }

  @Test(arguments: Lab.servers)
  func whatARoleMayNotSeeIsUnknown(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      let standby = try await lab.standby(of: primary)
      try await primary.sql("create role nobody login; create role monitor login; grant pg_monitor to monitor")
      try await ViewsLiveTests.fill(primary)
      try await standby.waitReplay(try await primary.currentLSN())
      let all = try ViewsLiveTests.evidence(primary)
      func ask(_ cluster: Cluster, _ role: String) throws -> Evidence {
        try ServerSource("host=\(cluster.home) user=\(role) dbname=postgres").gather(at: DataDirectory.now)
      }

      // Positions need no rights; hidden settings are neither set nor default.
      let little = try ask(primary, "nobody")
      // The standby moves its own while they are read.
      func still(_ evidence: Evidence) -> [SlotState] {
        evidence.slots.compactMap(\.state).filter { $0.name != "standby" }
      }
      #expect(still(little) == still(all) && still(all).count == 5)
      #expect(little.control?.value.systemIdentifier == all.control?.value.systemIdentifier)
      let settings = EffectiveSettings(little.settings, version: try #require(little.version))
      #expect(settings["shared_preload_libraries"] == nil && settings.isHidden("shared_preload_libraries"))
      #expect(settings.walLevel == .logical)
      #expect(little.wal.path == nil && AvailableWAL(little) == nil)
      #expect(Inspection(little).findings.contains { $0.id == "server.limited-role" })
      #expect(little.problems.contains { $0.path == "pg_ls_waldir()" })

      let much = try ask(primary, "monitor")
      #expect(much.settings.hidden == nil)
      #expect(
        EffectiveSettings(much.settings, version: settings.version)["shared_preload_libraries"]?.isDefault == true)
      #expect(much.wal.live == all.wal.live && !much.wal.live.isEmpty)
      // The server goes on between the two looks.
      let (before, after) = (all.server?.senders.compactMap(\.flushed), much.server?.senders.compactMap(\.flushed))
      #expect(before?.count == 1 && after?.count == 1)
      #expect(zip(before ?? [], after ?? []).allSatisfy { $0 <= $1 })
      #expect(!Inspection(much).findings.contains { $0.id == "server.limited-role" })

      // A standby: its connection to the primary is hidden, and that it is a standby shows all the same.
      let hidden = try ask(standby, "nobody")
      #expect(hidden.role == .standby)
      #expect(EffectiveSettings(hidden.settings, version: settings.version).isHidden("primary_conninfo"))
      #expect(hidden.server?.receiver != nil && hidden.server?.receiver?.status == nil)
      #expect(try ask(standby, "monitor").server?.receiver?.slotName == "standby")
    }
  }

  @Test(arguments: Lab.servers.suffix(1))
  func aHistoryThatMayNotBeAskedForIsMissed(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      let standby = try await lab.standby(of: primary)
      try await standby.promote()
      try await standby.sql("create role monitor login; grant pg_monitor to monitor")
      let evidence = try ServerSource("host=\(standby.home) user=monitor dbname=postgres").gather(at: DataDirectory.now)
      #expect(evidence.timelines.isEmpty && evidence.currentTimeline == TimelineID(2))
      #expect(evidence.problems.contains { $0.subject == "timeline_history" })
      // The other node's evidence cannot be compared with it.
      let audit = Audit(primary: try ViewsLiveTests.evidence(primary), standbys: [evidence])
      #expect(audit.assess(evidence).verdict == .unknown)
    }
  }

  @Test(arguments: Lab.servers)
  func aStoppedServerEndsTheWait(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      let text = "host=\(primary.home) user=postgres dbname=postgres"
      let connection = try ServerConnection.open(text, bounds: Self.short)
      let pid = try #require(pid_t(try connection.rows("select pg_backend_pid() as pid").first?.text("pid") ?? ""))
      // The session's own process, in the middle of it.
      try #require(kill(pid, SIGSTOP) == 0)
      defer { kill(pid, SIGCONT) }
      do throws(ServerError) {
        _ = try connection.rows("select 1")
        Issue.record("it answered")
      } catch { #expect(error.cause == .silence) }

      // The postmaster: nobody accepts the connection.
      let file = try String(decoding: FileTree.contents(of: primary.data + "/postmaster.pid"), as: UTF8.self)
      let postmaster = try #require(pid_t(file.split(separator: "\n")[0]))
      try #require(kill(postmaster, SIGSTOP) == 0)
      defer { kill(postmaster, SIGCONT) }
      do throws(ServerError) {
        _ = try ServerSource(text).gather(at: DataDirectory.now, bounds: Self.short)
        Issue.record("it answered")
      } catch {
        #expect(error.cause == .connection && error.message.contains("timeout"), "\(error)")
      }
    }
  }

  @Test(arguments: Lab.servers)
  func aLockDoesNotHoldItUp(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      try await ViewsLiveTests.fill(primary)
      var bounds = ServerBounds()
      bounds.lock = 1
      let text = "host=\(primary.home) user=postgres dbname=postgres"
      let other = try ServerConnection.open(text, bounds: bounds)
      _ = try other.rows("begin")
      _ = try other.rows("lock table pg_catalog.pg_subscription in access exclusive mode")
      let evidence = try ServerSource(text).gather(at: DataDirectory.now, bounds: bounds)
      #expect(evidence.slots.count == 5)
      let problem = evidence.problems.first { $0.path == "pg_subscription" }
      guard case .other(code: "55P03", message: _)? = problem?.cause else {
        Issue.record("\(evidence.problems)")
        return
      }
    }
  }

  @Test(arguments: Lab.servers)
  func aServerThatEndsTheSessionIsNotHalfRead(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      let text = "host=\(primary.home) user=postgres dbname=postgres"
      let reader = try ServerReader.open(text, bounds: ServerBounds())
      try await primary.sql(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'slotscope'")
      var evidence = Evidence(origin: Origin(kind: .server, source: text, host: nil, gatheredAt: DataDirectory.now))
      do throws(ServerError) {
        _ = try reader.readAll(into: &evidence)
        Issue.record("it was read")
      } catch { #expect(!error.concernsOneStatement, "\(error)") }
    }
  }

  /// Two servers in one connection string: the second connection gets to the other.
  @Test(arguments: Lab.servers)
  func historiesAreNotAskedOfAnotherServer(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let first = try await lab.primary()
      let second = try await lab.primary("second")
      let text = "host=\(first.home),\(second.home) user=postgres dbname=postgres"
      let reader = try ServerReader.open(text, bounds: ServerBounds())
      _ = try reader.replicationConnection()
      // Its session goes on; new ones find only the second.
      try #require(unlink(first.home + "/.s.PGSQL.5432") == 0)
      do throws(ServerError) {
        _ = try reader.replicationConnection()
        Issue.record("it was taken for the same server")
      } catch { #expect(error.cause == .answer && error.message.contains("another server"), "\(error)") }
    }
  }

  @Test(arguments: Lab.servers)
  func aServerThatRecoversSaysSo(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      let standby = try await lab.standby(of: primary)
      try await standby.stop()
      try standby.configure(["hot_standby": "off"])
      _ = try await standby.attempt("pg_ctl", ["-D", standby.data, "-l", standby.log, "-W", "start"])
      // Asked until the postmaster listens.
      var message = ""
      for _ in 0..<100 where !message.contains("database system") {
        do throws(ServerError) {
          _ = try ServerSource("host=\(standby.home) user=postgres").gather(at: DataDirectory.now)
          Issue.record("it answered")
        } catch { (message) = error.message }
        try await Task.sleep(for: .milliseconds(100))
      }
      #expect(message.contains("the database system is"), "\(message)")
    }
  }

  @Test(arguments: Lab.servers.suffix(1))
  func hostileNamesAreReadAsTheyAre(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      let names = [
        "it's", "quo\"te", "back\\slash", "dbname=postgres", "postgresql://x:secret@y/z", "$(touch x)", "größe", "数据",
        "\u{1B}[31mred", "tab\there",
      ]
      for (number, name) in names.enumerated() {
        let quoted = name.replacing("\"", with: "\"\"")
        try await primary.sql("create database \"\(quoted)\" template template0")
        try await primary.sql("select pg_create_logical_replication_slot('s\(number)', 'pgoutput')", database: name)
      }
      let evidence = try ViewsLiveTests.evidence(primary)
      let found = evidence.slots.compactMap { $0.state.flatMap { evidence.databaseName($0.database) } }
      #expect(found == names)
    }
  }
}
