import FixtureSupport
import ServerLab
import Testing

extension LabRun {
  /// What a plan is made from: the directories of running servers, evidence files, or copies made while they run.
  func captured(
    _ clusters: [Cluster], seed: UInt64, _ random: inout TrialRandom, notes: inout [String]
  ) async throws -> [String] {
    let way = random.pick(["directories", "evidence files", "live copies"])
    notes.append(way)
    var sources: [String] = []
    for (number, cluster) in clusters.enumerated() {
      switch way {
      case "evidence files":
        let file = "\(folder)/\(seed)-\(number).json"
        let outcome = try await slotscope(["capture", cluster.data, "-o", file])
        guard outcome.status == 0 else { throw ProgramFailure(description: "capture: \(outcome)") }
        sources.append(file)
      case "live copies": sources.append(try await liveCopy(of: cluster.data, "\(seed)-\(number)"))
      default: sources.append(cluster.data)
      }
    }
    return sources
  }
}

extension Cluster {
  /// Makes a logical slot on this standby, which waits for its primary to log its running transactions.
  func makeSlotOnStandby(_ name: String, primary: Cluster) async throws {
    let snapshots = Task {
      while !Task.isCancelled {
        try await primary.sql("select pg_log_standby_snapshot()")
        try await Task.sleep(for: .milliseconds(200))
      }
    }
    defer { snapshots.cancel() }
    try await sql("select pg_create_logical_replication_slot('\(name)', 'pgoutput')")
  }

  /// Where this promoted server left timeline 1.
  var fork: String {
    get async throws {
      let history = try await sql("select pg_read_file('pg_wal/00000002.history')")
      return history.split(separator: "\t").dropFirst().first.map(String.init) ?? ""
    }
  }

  /// Ends it, as servers end: killed, stopped at once, or cleanly.
  func end(_ how: String) async throws { if how == "kill" { try await killAll() } else { try await stop(how) } }
}

/// The scripts of a plan's folder, by their names without the number.
struct TrialScripts {
  let scripts: [String: String]

  init(folder: String) throws {
    var scripts: [String: String] = [:]
    for name in FileTree.entries(of: folder) where name.hasSuffix(".sql") {
      let part = name.dropLast(".sql".count).drop { $0 != "-" }.dropFirst()
      scripts[String(part)] = String(decoding: try FileTree.contents(of: "\(folder)/\(name)"), as: UTF8.self)
    }
    self.scripts = scripts
  }

  /// The plan for a standby and another one that is to follow it.
  static func planned(
    in folder: String, _ primary: Cluster, _ standby: Cluster, follower: Cluster
  ) async throws -> [String: String] {
    let plan = try await slotscope([
      "plan", "--output-dir", folder, "--primary", primary.data, "--standby", standby.data, "--follower",
      follower.data,
    ])
    #expect(plan.status == 0, "\(plan)")
    return try TrialScripts(folder: folder).scripts
  }

  /// Runs the script, and once more what has succeeded; nil where the plan has none. What psql said is noted.
  func run(
    _ name: String, on cluster: Cluster, _ variables: [String] = [], notes: inout [String]
  ) async throws -> Outcome? {
    guard let script = scripts[name] else { return nil }
    let outcome = try await cluster.psql(script, variables: variables)
    notes.append("\(name) \(outcome.status)")
    guard outcome.status == 0 else {
      notes.append(outcome.error)
      return outcome
    }
    let again = try await cluster.psql(script, variables: variables)
    guard again.status == 0 else { throw ProgramFailure(description: "the second run of \(name): \(again)") }
    return outcome
  }
}
