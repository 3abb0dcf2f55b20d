import Evidence
import FixtureSupport
import PostgresFormat
import ServerLab
import Testing

@testable import LiveServer

/// One connection for many questions: kept, made anew where it broke, and true after a promotion.
@Suite(.serialized, .enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct ServerSessionLiveTests {
  private static let time = Timestamp(unixSeconds: 1)

  private func backends(_ cluster: Cluster) async throws -> String {
    try await cluster.sql(
      "select string_agg(pid::text, ',') from pg_stat_activity where application_name = 'slotscope' and backend_type = 'client backend'"
    )
  }

  @Test(arguments: Lab.servers.suffix(1))
  func theConnectionIsKept(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      let session = ServerSession(ServerSource("host=\(primary.home) user=postgres dbname=postgres"))
      let first = try session.gather(at: Self.time)
      let pid = try await backends(primary)
      #expect(!pid.isEmpty && !pid.contains(","))
      try await primary.sql("select pg_create_physical_replication_slot('later')")
      let second = try session.gather(at: Self.time)
      #expect(first.slots.isEmpty && second.slots.map { $0.state?.name } == ["later"])
      #expect(try await backends(primary) == pid)
      // The server throws it out: the next question connects anew, and is no failure.
      try await primary.sql("select pg_terminate_backend(\(pid))")
      #expect(try session.gather(at: Self.time).slots.count == 1)
      let other = try await backends(primary)
      #expect(!other.isEmpty && other != pid)
      try await primary.stop()
      #expect(throws: ServerError.self) { try session.gather(at: Self.time) }
      try await primary.start()
      #expect(try session.gather(at: Self.time).slots.count == 1)
    }
  }

  @Test(arguments: Lab.servers.suffix(1))
  func aPromotionIsSeenOverTheSameConnection(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      let standby = try await lab.standby(of: primary)
      let session = ServerSession(ServerSource("host=\(standby.home) user=postgres dbname=postgres"))
      #expect(try session.gather(at: Self.time).role == .standby)
      let pid = try await backends(standby)
      try await standby.promote()
      let promoted = try session.gather(at: Self.time)
      #expect(promoted.role == .primary && promoted.currentTimeline == TimelineID(2))
      #expect(try await backends(standby) == pid)
    }
  }
}
