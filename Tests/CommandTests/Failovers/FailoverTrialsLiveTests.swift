import FixtureSupport
import ServerLab
import Testing

/// Random failovers by every kind of plan on every version: none with a loss that was not announced.
@Suite(.serialized, .enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct FailoverTrialsLiveTests {
  @Test(arguments: Lab.servers.filter { $0.major >= 16 })
  func slotsMadeOnTheStandby(server: Lab.Server) async throws {
    try await trials(.slotsOnStandby, server)
  }

  @Test(arguments: TrialSettings.newPrimaries)
  func slotsMadeOnTheNewPrimary(server: Lab.Server) async throws {
    try await trials(.slotsOnNewPrimary, server)
  }

  private func trials(_ kind: FailoverTrial.Kind, _ server: Lab.Server) async throws {
    var results: [FailoverTrial.Result] = []
    try await LabRun.on(server) { lab in
      let template = try await lab.primary("template", settings: ["wal_retrieve_retry_interval": "500ms"])
      try await template.stop()
      for number in 0..<TrialSettings.count {
        let seed = TrialSettings.firstSeed + UInt64(number)
        do {
          let result = try await FailoverTrial(lab: lab, template: template, kind: kind, seed: seed).run()
          print("\(kind.rawValue) \(server) seed \(seed): \(result)")
          #expect(!result.isFalselySafe, "\(kind.rawValue) \(server) seed \(seed): \(result)")
          results.append(result)
        } catch {
          Issue.record("\(kind.rawValue) \(server) seed \(seed): \(error)")
        }
      }
    }
    let safe = results.filter(\.claims)
    let refused = results.filter { !$0.claims }
    print(
      "plan \(kind.rawValue), \(server): \(results.count) failovers; \(safe.count) planned as safe, of these"
        + " \(safe.count(where: \.isClean)) exactly once and \(safe.count { $0.isAhead }) by consumers past the fork;"
        + " \(refused.count) refused, \(refused.count(where: \.nothingInTheGap)) of them for want of proof;"
        + " ready: \(results.count(where: \.isReady)); not announced: \(results.count(where: \.isFalselySafe))")
  }
}
