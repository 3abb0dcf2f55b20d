import ClusterFiles
import Evidence
import PostgresFormat
import ServerLab
import Testing

@testable import LiveServer

/// A server that is asked again and again while it is promoted.
@Suite(.serialized, .enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct PromotionLiveTests {
  @Test(arguments: Lab.servers)
  func everyLookIsAtOneRole(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      let standby = try await lab.standby(of: primary)
      try await standby.waitReplay(try await primary.currentLSN())
      let promotion = Task { try await standby.promote() }
      var role = Evidence.Role.standby
      // Not a number of looks: how many fit into a promotion depends on the machine.
      let deadline = ContinuousClock.now + .seconds(180)
      while role != .primary, ContinuousClock.now < deadline {
        let evidence: Evidence
        do throws(ServerError) {
          evidence = try ServerSource("host=\(standby.home) user=postgres dbname=postgres").gather(
            at: DataDirectory.now)
        } catch {
          #expect(error.cause == .answer && error.message.contains("changed its role"), "\(error)")
          continue
        }
        role = evidence.role
        let positions = try #require(evidence.server?.positions)
        #expect((positions.flush != nil) == (role == .primary) && (positions.replay == nil) == (role == .primary))
        #expect(evidence.control?.value.state == (role == .primary ? .inProduction : .inArchiveRecovery))
        #expect(role != .primary || evidence.timelines.map(\.value.timeline) == [TimelineID(2)])
        #expect(evidence.wal.end != nil)
      }
      try await promotion.value
      #expect(role == .primary)
    }
  }
}
