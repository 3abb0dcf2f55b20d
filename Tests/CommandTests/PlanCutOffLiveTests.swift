import FixtureSupport
import ServerLab
import Testing

/// A script that is cut off after any of its statements and then run whole comes to the same end; run once more it changes
/// nothing. Every statement where SLOTSCOPE_TRIALS asks for more than one trial, else some.
@Suite(.serialized, .enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct PlanCutOffLiveTests {
  @Test(arguments: PlanLiveTests.standbySlots)
  func onTheStandby(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary(settings: ["wal_retrieve_retry_interval": "500ms"])
      try await primary.sql(TrialLoad.schema)
      let standby = try await lab.standby(of: primary)
      let consumer = SQLConsumer(seed: 1)
      try await consumer.begin(on: primary)
      let plan = try await slotscope(["plan", "--primary", primary.data, "--standby", standby.data])
      try #require(plan.status == 0, "\(plan)")
      // Rows that the consumer passes, and records from which a slot can begin.
      let load = Task {
        for id in 0... where !Task.isCancelled {
          _ = try? await primary.sql("insert into t0 values (\(id)); select pg_log_standby_snapshot()")
          if Task.isCancelled { break }
        }
      }
      let connections = [
        "primary_conninfo=\(primary.connection())", "standby_conninfo=\(standby.connection())",
      ]
      try await check(plan.output, on: standby, variables: connections, says: "ready: at its consumer")
      load.cancel()
      await load.value
      try await primary.stop("immediate")
      await consumer.settle()
    }
  }

  @Test(arguments: TrialSettings.newPrimaries)
  func onTheNewPrimary(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      try await primary.sql("select pg_create_logical_replication_slot('s', 'pgoutput')")
      let standby = try await lab.standby(of: primary)
      try await standby.waitReplay(try await primary.currentLSN())
      try await primary.stop()
      try await standby.promote()
      let plan = try await slotscope(["plan", "--primary", primary.data, "--standby", standby.data])
      try #require(plan.status == 0, "\(plan)")
      try await check(plan.output, on: standby, says: "ready: nothing was committed")
    }
  }

  private func check(
    _ script: String, on cluster: Cluster, variables: [String] = [], says words: String
  ) async throws {
    let statements = Self.statements(script)
    var random = TrialRandom(seed: TrialSettings.firstSeed)
    let all = Array(1..<statements.count)
    let cuts = TrialSettings.count > 1 ? all : Array(all.shuffled(using: &random).prefix(4))
    for cut in cuts {
      let place = "after statement \(cut) of \(statements.count): \(statements[cut - 1].prefix(80))"
      _ = try await cluster.psql(statements[..<cut].joined(separator: "\n") + "\n", variables: variables)
      let whole = try await cluster.psql(script, variables: variables)
      #expect(whole.status == 0, "cut \(place): \(whole)")
      #expect(whole.output.contains(words), "cut \(place): \(whole)")
      try await cluster.sql("select pg_drop_replication_slot('s')")
    }
    // Twice in a row.
    #expect(try await cluster.psql(script, variables: variables).status == 0)
    let slots = "select slot_name, plugin, restart_lsn from pg_replication_slots where slot_name = 's'"
    let before = try await cluster.sql(slots)
    let again = try await cluster.psql(script)
    #expect(again.status == 0 && again.output.contains("done before"), "\(again)")
    #expect(try await cluster.sql(slots) == before)
    print("\(cluster.server): \(cuts.count) cuts of \(statements.count) statements")
  }

  /// The statements and commands of a script, each whole.
  static func statements(_ script: String) -> [String] {
    var statements: [String] = []
    var open: [Substring] = []
    var tag: Substring?
    for line in script.split(separator: "\n") where tag != nil || !line.hasPrefix("--") {
      open.append(line)
      if let begun = tag {
        guard line.hasSuffix("\(begun);") else { continue }
      } else if line.hasPrefix("do $"), let end = line.dropFirst(4).firstIndex(of: "$") {
        let quote = line[line.index(line.startIndex, offsetBy: 3)...end]
        if !line.dropFirst(4).hasSuffix("\(quote);") {
          tag = quote
          continue
        }
      } else if !line.hasPrefix("\\"), !line.hasSuffix(";"), !line.contains("\\g") {
        continue
      }
      tag = nil
      statements.append(open.joined(separator: "\n"))
      open = []
    }
    return statements
  }
}
