import FixtureSupport
import ServerLab
import Testing

/// Random failovers by every kind of plan on every version: none with a loss that was not announced.
@Suite(.serialized, .enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct FailoverTrialsLiveTests {
  @Test(arguments: Lab.servers.filter { $0.major >= 17 })
  func failoverSlots(server: Lab.Server) async throws {
    try await trials(.failoverSlots, server)
  }

  @Test(arguments: TrialSettings.standbys)
  func slotsMadeOnTheStandby(server: Lab.Server) async throws {
    try await trials(.slotsOnStandby, server)
  }

  @Test(arguments: TrialSettings.newPrimaries)
  func slotsMadeOnTheNewPrimary(server: Lab.Server) async throws {
    try await trials(.slotsOnNewPrimary, server)
  }

  @Test(arguments: TrialSettings.followers)
  func otherFollowers(server: Lab.Server) async throws {
    let results = try await each("D", server) { lab, template, seed in
      try await FollowerTrial(lab: lab, template: template, seed: seed).run()
    } isFalselySafe: {
      $0.isFalselySafe
    }
    let made = results.filter(\.claims)
    print(
      "plan D, \(server): \(results.count) failovers; \(made.count) with the slot made, of these"
        + " \(made.count(where: \.hasAll)) followed with every row, \(made.count(where: \.isAhead)) refused as ahead;"
        + " ready: \(results.count(where: \.isReady)); not announced: \(results.count(where: \.isFalselySafe))")
  }

  private func trials(_ kind: FailoverTrial.Kind, _ server: Lab.Server) async throws {
    let results = try await each(kind.rawValue, server) { lab, template, seed in
      try await FailoverTrial(lab: lab, template: template, kind: kind, seed: seed).run()
    } isFalselySafe: {
      $0.isFalselySafe
    }
    let safe = results.filter(\.claims)
    let refused = results.filter { !$0.claims }
    print(
      "plan \(kind.rawValue), \(server): \(results.count) failovers; \(safe.count) planned as safe, of these"
        + " \(safe.count(where: \.isClean)) exactly once and \(safe.count { $0.isAhead }) by consumers past the fork;"
        + " \(refused.count) refused, \(refused.count(where: \.nothingInTheGap)) of them for want of proof;"
        + " ready: \(results.count(where: \.isReady)); not announced: \(results.count(where: \.isFalselySafe))")
  }

  private func each<Result: CustomStringConvertible>(
    _ kind: String, _ server: Lab.Server, _ trial: (LabRun, Cluster, UInt64) async throws -> Result,
    isFalselySafe: (Result) -> Bool
  ) async throws -> [Result] {
    var results: [Result] = []
    try await LabRun.on(server) { lab in
      let template = try await lab.primary("template", settings: ["wal_retrieve_retry_interval": "500ms"])
      try await template.stop()
      for number in 0..<TrialSettings.count {
        let seed = TrialSettings.firstSeed + UInt64(number)
        do {
          let result = try await trial(lab, template, seed)
          print("\(kind) \(server) seed \(seed): \(result)")
          #expect(!isFalselySafe(result), "\(kind) \(server) seed \(seed): \(result)")
          results.append(result)
        } catch {
          Issue.record("\(kind) \(server) seed \(seed): \(error)")
        }
      }
    }
    return results
  }
}
