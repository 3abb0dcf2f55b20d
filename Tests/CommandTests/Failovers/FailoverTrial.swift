import FixtureSupport
import ServerLab

/// One random failover: a load, a consumer, files read at some moment, a plan, psql, the end of the primary, a promotion.
/// Then every row must have arrived exactly once, or something must have said before that it might not.
struct FailoverTrial {
  enum Kind: String { case failoverSlots = "A", slotsOnStandby = "B", slotsOnNewPrimary = "C" }

  let lab: LabRun
  let template: Cluster
  let kind: Kind
  let seed: UInt64

  /// What came of it.
  struct Result: CustomStringConvertible {
    var kind: Kind
    var consumer: TrialConsumerKind
    /// Everything that was chosen, and everything that was said.
    var notes: [String] = []
    /// The plan and its script claimed that the slot is safe.
    var claims = false
    /// The audit of what the failover left said `ready`.
    var isReady = false
    /// The audit after a plan for the new primary.
    var auditAfterwards: String?
    var missing = 0
    var twice = 0
    var excess = 0
    var rows = 0
    /// A new slot at the end of what was there at the promotion would have lost nothing.
    var nothingInTheGap = false
    /// The consumer was past the fork.
    var isAhead = false

    var isClean: Bool { missing == 0 && twice == 0 && excess == 0 && rows > 0 }
    /// A loss that nothing announced. Consumers of failover slots wait for the standby; others can run past the fork, which the
    /// audit of what is left then says.
    var isFalselySafe: Bool {
      rows == 0 || isReady && !isClean || claims && !isClean && (kind == .failoverSlots || !isAhead)
    }
    var description: String {
      "\(consumer.rawValue), \(notes.joined(separator: ", ")): claims \(claims), ready \(isReady), ahead \(isAhead),"
        + " rows \(rows), missing \(missing), twice \(twice), excess \(excess), afterwards \(auditAfterwards ?? "-")"
    }
  }

  func run() async throws -> Result {
    var random = TrialRandom(seed: seed)
    let name = "n\(seed)"
    let primary = try await lab.copy(of: template, started: "\(name)-primary")
    let setup = TrialSetup(kind, &random)
    try await primary.sql(TrialLoad.schema + setup.slots)
    let standby = try await lab.standbyCopy(
      of: template, primary: primary, "\(name)-standby", settings: setup.standbySettings)
    let consumerKind = random.pick(TrialConsumerKind.allCases)
    let consumer = try await consumerKind.make(lab, template: template, name, seed: seed)
    var result = Result(kind: kind, consumer: consumerKind)
    result.notes += setup.notes
    if setup.hasLeftover { try await standby.makeSlotOnStandby("leftover", primary: primary) }
    try await consumer.begin(on: primary, failover: setup.hasFailover)
    let sessions = random.number(1...2)
    let loads = (1...sessions).map { TrialLoad.begin(on: primary, seed: seed, session: $0, server: lab.server) }
    try await random.pause(200...1200)

    var scripts: TrialScripts?
    if kind != .slotsOnNewPrimary { scripts = try await planBefore(&random, &result, primary, standby, consumer) }
    let end = TrialEnd(
      loadEnds: kind == .slotsOnNewPrimary ? 0.7 : 0.4, standbyIsAway: 0.2, stopWaitsForStandby: kind == .failoverSlots)
    try await end.happen(
      &random, notes: &result.notes, primary, standby, afterLoad: { try await consumer.catchUp(on: primary) },
      settle: { try await consumer.settle() })
    for load in loads { await load.value }

    if kind != .slotsOnNewPrimary {
      let audit = try await Self.audit(primary, standby, consumer)
      result.isReady = audit == "ready"
      result.notes.append("audit \(audit)")
      try await standby.promote()
      if let scripts { try await goOver(scripts, &result, standby, consumer) }
    } else {
      try await planAfter(&random, &result, primary, standby, consumer)
    }
    try await compare(&result, consumer, standby)
    await lab.remove("\(name)-primary", "\(name)-standby", "\(name)-subscriber")
    return result
  }

  // MARK: Before the promotion

  /// The plan's scripts; those for before the promotion have run, as far as none was refused.
  private func planBefore(
    _ random: inout TrialRandom, _ result: inout Result, _ primary: Cluster, _ standby: Cluster,
    _ consumer: any TrialConsumer
  ) async throws -> TrialScripts? {
    let sources = try await lab.captured([primary, standby], seed: seed, &random, notes: &result.notes)
    let folder = "\(lab.folder)/\(seed)-plan"
    let plan = try await slotscope(
      ["plan", "--output-dir", folder, "--primary", sources[0], "--standby", sources[1]] + consumer.sources
        + (kind == .failoverSlots ? ["--approach", "failover-slots"] : []))
    guard plan.status == 0 else {
      result.notes.append("plan \(plan.status): \(plan.error)")
      return nil
    }
    try await random.pause(0...300)
    let scripts = try TrialScripts(folder: folder)
    if let subscriber = consumer.subscriber,
      let outcome = try await scripts.run("subscriber-before", on: subscriber, notes: &result.notes),
      outcome.status != 0
    {
      return scripts
    }
    if scripts.scripts["primary-before"] != nil {
      try await consumer.pause(on: primary)
      let outcome = try await scripts.run("primary-before", on: primary, notes: &result.notes)
      try await consumer.resume(on: primary)
      if outcome?.status != 0 { return scripts }
    }
    let both = ["primary_conninfo=\(primary.connection())", "standby_conninfo=\(standby.connection())"]
    let outcome = try await scripts.run("both-before", on: standby, both, notes: &result.notes)
    let words = kind == .failoverSlots ? "ready: synchronized" : "ready: at its consumer"
    result.claims = outcome.map { $0.status == 0 && $0.output.contains(words) } ?? false
    try await random.pause(0...700)
    return scripts
  }

  // MARK: After the promotion

  /// The scripts for afterwards: what they refuse was announced.
  private func goOver(
    _ scripts: TrialScripts, _ result: inout Result, _ standby: Cluster, _ consumer: any TrialConsumer
  ) async throws {
    // Nobody but the script has moved the slot: it is where its consumer was then.
    let position = try await standby.sql(
      "select confirmed_flush_lsn from pg_replication_slots where slot_name = 's' and confirmed_flush_lsn is not null")
    let told = result.claims && !position.isEmpty ? ["position_s=\(position)"] : []
    if let outcome = try await scripts.run("new-primary-after", on: standby, told, notes: &result.notes),
      outcome.status != 0
    {
      result.claims = false
    }
    guard result.claims, let subscriber = consumer.subscriber, scripts.scripts["subscriber-after"] != nil else {
      return
    }
    try await subscriber.start()
    // What was settled is disabled; the script enables only what its files had enabled.
    try await subscriber.sql("alter subscription s enable")
    let connection = [
      "new_primary_conninfo=\(standby.connection("dbname=postgres"))", "fork=\(try await standby.fork)",
    ]
    let outcome = try await scripts.run("subscriber-after", on: subscriber, connection, notes: &result.notes)
    if outcome?.status != 0 { result.claims = false }
  }

  private func planAfter(
    _ random: inout TrialRandom, _ result: inout Result, _ primary: Cluster, _ standby: Cluster,
    _ consumer: any TrialConsumer
  ) async throws {
    let before = random.chance(0.5)
    let writes = random.pick(["never", "never", "never", "before the plan", "after the plan"])
    result.notes += [before ? "planned before the promotion" : "planned after it", "writes \(writes)"]
    func write(_ moment: String) async throws {
      if writes == moment { try await standby.sql("insert into t0 values (9000001, 'early')") }
    }
    func plan() async throws -> Outcome {
      try await slotscope(
        ["plan", "--approach", "slots-on-new-primary", "--primary", primary.data, "--standby", standby.data]
          + consumer.sources)
    }
    if !before { try await promote(standby, write) }
    let outcome = try await plan()
    if before { try await promote(standby, write) }
    guard outcome.status == 0 else {
      result.notes.append("plan \(outcome.status)")
      if outcome.status != 2 { result.notes.append(outcome.error) }
      return
    }
    try await write("after the plan")
    let made = try await standby.psql(outcome.output)
    result.notes.append("psql \(made.status)")
    if made.status != 0, made.status != 3 { result.notes.append(made.error) }
    result.claims = made.status == 0
    guard result.claims else { return }
    let again = try await standby.psql(outcome.output)
    if again.status != 0 || !(again.output + again.error).contains("done before") {
      throw ProgramFailure(description: "the second run: \(again)")
    }
    let audit = try await Self.audit(primary, standby, consumer)
    result.auditAfterwards = audit
    result.isReady = audit == "ready"
  }

  private func promote(_ standby: Cluster, _ write: (String) async throws -> Void) async throws {
    try await standby.promote()
    try await write("before the plan")
  }

  // MARK: Truth

  private func compare(
    _ result: inout Result, _ consumer: any TrialConsumer, _ standby: Cluster
  ) async throws {
    let fork = lsnNumber(try await standby.fork)
    let position = try await consumer.position()
    result.isAhead = position > fork
    if position == 0 { result.notes.append("nothing received before") }
    let slot = try await standby.sql(
      "select count(*) from pg_replication_slots where slot_name = 's' and not temporary")
    let before = try await rowNumbers(of: standby)
    for number in 1...3 { try await standby.sql("insert into t\(number % 3) values (\(9_100_000 + number), 'new')") }
    if slot == "1" {
      do { try await consumer.goOn(on: standby) } catch { result.notes.append("goes on: \(error)") }
    } else {
      result.notes.append("no slot")
    }
    let received = try await consumer.received()
    var counts: [Int: Int] = [:]
    for id in received { counts[id, default: 0] += 1 }
    result.nothingInTheGap =
      Set(received).isSuperset(of: before) && !result.isAhead
      && !result.notes.contains { $0.hasPrefix("writes") && $0 != "writes never" }
    let there = Set(try await rowNumbers(of: standby))
    result.rows = before.count
    result.missing = there.count { counts[$0] == nil }
    result.twice = counts.values.count { $0 > 1 }
    result.excess = counts.keys.count { !there.contains($0) }
  }

  /// The verdict on the slot.
  private static func audit(
    _ primary: Cluster, _ standby: Cluster, _ consumer: any TrialConsumer
  ) async throws -> String {
    let outcome = try await slotscope(
      ["audit", "--primary", primary.data, "--standby", standby.data, "--format", "json"] + consumer.sources)
    let document = try JSONDocument(parsing: outcome.output)
    return document["slots"].elements.first { $0["slot_name"].string == "s" }?["verdict"].string ?? "nothing"
  }
}
