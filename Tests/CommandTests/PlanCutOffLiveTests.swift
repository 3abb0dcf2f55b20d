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
      let plan = try await slotscope([
        "plan", "--for", "both", "--primary", primary.data, "--standby", standby.data,
      ])
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
    _ script: String, on cluster: Cluster, variables: [String] = [], slot: String = "s", says words: String
  ) async throws {
    let statements = Self.statements(script)
    let cuts = Self.cuts(of: statements)
    for cut in cuts {
      let place = Self.place(cut, statements)
      _ = try await cluster.psql(statements[..<cut].joined(separator: "\n") + "\n", variables: variables)
      let whole = try await cluster.psql(script, variables: variables)
      #expect(whole.status == 0, "cut \(place): \(whole)")
      #expect(whole.output.contains(words), "cut \(place): \(whole)")
      try await cluster.sql("select pg_drop_replication_slot('\(slot)')")
    }
    // Twice in a row.
    #expect(try await cluster.psql(script, variables: variables).status == 0)
    let slots = "select restart_lsn from pg_replication_slots where slot_name = '\(slot)'"
    let before = try await cluster.sql(slots)
    let again = try await cluster.psql(script, variables: variables)
    #expect(again.status == 0 && again.error.contains("done before: \(slot)"), "\(again)")
    // With connections to both servers it goes on to where its consumer is by then.
    let after = try await cluster.sql(slots)
    #expect(try await cluster.sql("select '\(after)' \(variables.isEmpty ? "=" : ">=") '\(before)'::pg_lsn") == "t")
    print("\(cluster.server): \(cuts.count) cuts of \(statements.count) statements")
  }

  // MARK: Whole failovers

  /// All scripts of a failover with a real subscription: each is cut off after one statement, then after two, and so on,
  /// and then runs whole, twice.
  @Test(arguments: TrialSettings.wholeFailovers)
  func allScriptsOfAFailover(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let pair = try await PlanScriptsLiveTests.Replication(lab)
      let both = [
        "primary_conninfo=\(pair.primary.connection())", "standby_conninfo=\(pair.standby.connection())",
      ]
      var scripts: [String: String] = [:]
      if server.major >= 16 {
        if server.major > 16 {
          // By the replication command first, for a slot of no subscription; the consumer is away.
          try await pair.primary.sql("select pg_create_logical_replication_slot('polled', 'pgoutput')")
          try await chain(
            "primary-before", try await pair.scripts(["--approach", "failover-slots", "--slots", "name:polled"]),
            on: pair.primary)
          try await pair.primary.sql("select pg_drop_replication_slot('polled')")
        }
        scripts = try await pair.scripts(["--approach", server.major > 16 ? "failover-slots" : "slots-on-standby"])
        if server.major > 16 {
          try await chain("subscriber-before", scripts, on: pair.subscriber)
        }
        try await chain("both-before", scripts, on: pair.standby, both)
        if server.major > 16 { try await chain("primary-meanwhile", scripts, on: pair.primary) }
      }
      try await pair.insert(11...20, into: pair.primary)
      try await pair.arrived(20)
      if server.major == 16 {
        try await pair.run(scripts["both-before"], on: pair.standby, both)
      }
      try await pair.caughtUp()
      try await pair.primary.stop()
      if server.major < 16 {
        try await pair.subscriber.sql("checkpoint")
        scripts = try await pair.scripts()
      }
      try await pair.standby.promote()
      let position = try await pair.standby.sql(
        "select confirmed_flush_lsn from pg_replication_slots where slot_name = 'orders'")
      try await chain(
        "new-primary-after", scripts, on: pair.standby, server.major == 16 ? ["position_orders=\(position)"] : [])
      let told = ["new_primary_conninfo=\(pair.standby.connection())", "fork=\(try await pair.standby.fork)"]
      try await chain("subscriber-after", scripts, on: pair.subscriber, told)
      try await pair.insert(21...30, into: pair.standby)
      try await pair.arrived(30)
    }
  }

  /// The slots of other followers, on the standby and on the new primary, and the follower's own script.
  @Test(arguments: TrialSettings.followers)
  func otherFollowers(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      let standby = try await lab.standby(of: primary)
      let follower = try await lab.standby(of: primary, "follower")
      try await primary.sql("create table t (i int); insert into t values (1); checkpoint")
      for cluster in [standby, follower] { try await cluster.waitReplay(try await primary.currentLSN()) }
      let scripts = try await TrialScripts.planned(in: lab.folder + "/plan", primary, standby, follower: follower)
      try await check(
        try #require(scripts["standby-before"]), on: standby, slot: "follower", says: "follower")
      try await primary.stop()
      try await standby.promote()
      let told = ["new_primary_conninfo=\(standby.connection())", "fork=\(try await standby.fork)"]
      try await chain("follower-after", scripts, on: follower, told)
      try await standby.sql("insert into t values (2)")
      try await follower.wait("the new primary's row") { try await follower.sql("select count(*) from t") == "2" }
    }
  }

  private func chain(
    _ name: String, _ scripts: [String: String], on cluster: Cluster, _ variables: [String] = []
  ) async throws {
    let script = try #require(scripts[name], "no \(name) among \(scripts.keys.sorted())")
    let statements = Self.statements(script)
    for cut in Self.cuts(of: statements).sorted() {
      let outcome = try await cluster.psql(statements[..<cut].joined(separator: "\n") + "\n", variables: variables)
      #expect(!outcome.error.contains("ERROR"), "\(name) cut \(Self.place(cut, statements)): \(outcome)")
    }
    let whole = try await cluster.psql(script, variables: variables)
    #expect(whole.status == 0, "\(name): \(whole)")
    let before = try await Self.state(cluster)
    let again = try await cluster.psql(script, variables: variables)
    #expect(again.status == 0, "\(name): \(again)")
    #expect(try await Self.state(cluster) == before, "\(name)")
  }

  /// Slots, settings and subscriptions: what scripts change.
  private static func state(_ cluster: Cluster) async throws -> String {
    try await cluster.sql(
      """
      select slot_name, slot_type, plugin, datoid from pg_replication_slots order by 1;
      select name, setting from pg_file_settings where sourcefile ~ 'auto.conf$' order by seqno;
      select subname, subenabled, subconninfo, subslotname from pg_subscription order by 1;
      """)
  }

  /// After which statements: all in a long run, else some.
  private static func cuts(of statements: [String]) -> [Int] {
    var random = TrialRandom(seed: TrialSettings.firstSeed)
    let all = Array(1..<statements.count)
    return TrialSettings.count > 1 ? all : Array(all.shuffled(using: &random).prefix(4))
  }

  private static func place(_ cut: Int, _ statements: [String]) -> String {
    "after statement \(cut) of \(statements.count): \(statements[cut - 1].prefix(80))"
  }

  /// The statements and commands of a script, each whole: no end within a text between dollar quotes.
  static func statements(_ script: String) -> [String] {
    var statements: [String] = []
    var open: [Substring] = []
    var quote: Substring?
    for line in script.split(separator: "\n") where quote != nil || !line.hasPrefix("--") {
      open.append(line)
      quote = openQuote(of: line, after: quote)
      let isWhole = line.hasPrefix("\\") || line.hasPrefix(":") || line.hasSuffix(";") || line.contains("\\g")
      guard quote == nil, isWhole || open.count > 1 && line.hasPrefix("$") else { continue }
      statements.append(open.joined(separator: "\n"))
      open = []
    }
    return statements
  }

  /// The dollar quote that is open at the end of a line.
  private static func openQuote(of line: Substring, after quote: Substring?) -> Substring? {
    var (quote, rest) = (quote, line)
    while let start = rest.firstIndex(of: "$") {
      if let tag = quote {
        if rest[start...].hasPrefix(tag) {
          quote = nil
          rest = rest[start...].dropFirst(tag.count)
        } else {
          rest = rest[start...].dropFirst()
        }
      } else {
        let name = rest[start...].dropFirst().prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        if rest[name.endIndex...].hasPrefix("$") {
          quote = rest[start...name.endIndex]
          rest = rest[name.endIndex...].dropFirst()
        } else {
          rest = rest[start...].dropFirst()
        }
      }
    }
    return quote
  }
}
