import ServerLab

/// How the primary of a trial ends: killed or stopped, under load or after it, with a standby that has everything or not.
struct TrialEnd {
  /// How likely it is that the load ends first and the standby replays all of it.
  var loadEnds: Double
  /// How likely it is that the standby is away meanwhile.
  var standbyIsAway: Double
  /// A clean stop waits until the standby has what consumers of failover slots are to get.
  var stopWaitsForStandby = false

  func happen(
    _ random: inout TrialRandom, notes: inout [String], _ primary: Cluster, _ standby: Cluster,
    afterLoad: () async throws -> Void = {}, settle: () async throws -> Void = {}
  ) async throws {
    if random.chance(loadEnds) {
      notes.append("load ended")
      try await primary.sql(TrialLoad.stop)
      try await afterLoad()
      try await standby.waitReplay(try await primary.currentLSN())
      if random.chance(0.6) { try await primary.sql("checkpoint") }
    }
    let isBehind = random.chance(standbyIsAway)
    if isBehind {
      notes.append("standby away")
      try await standby.stop(random.pick(["fast", "immediate"]))
      try await random.pause(50...500)
    }
    var end = random.pick(["kill", "kill", "immediate", "fast", "fast"])
    if isBehind, stopWaitsForStandby, end == "fast" { end = "immediate" }
    notes.append(end)
    try await primary.end(end)
    try await settle()
    if isBehind { try await standby.start() }
  }
}
