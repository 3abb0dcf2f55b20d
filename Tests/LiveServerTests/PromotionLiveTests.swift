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
      let promotion = Promotion()
      let end = Task {
        do { try await standby.promote() } catch { await promotion.fail(error) }
        await promotion.end()
      }
      var role = Evidence.Role.standby
      // Not for a time, nor a number of looks: until the promotion has ended, and then once more.
      var isLast = false
      while role != .primary, !isLast {
        isLast = await promotion.hasEnded
        // A look holds its thread while the server answers; the promotion needs one too.
        try await Task.sleep(for: .milliseconds(5))
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
      await end.value
      #expect(await promotion.failure == nil)
      #expect(role == .primary)
    }
  }
}

/// How far the promotion is that runs beside the looks.
private actor Promotion {
  private(set) var hasEnded = false
  private(set) var failure: String?
  func end() { hasEnded = true }
  func fail(_ error: any Error) { failure = "\(error)" }
}
