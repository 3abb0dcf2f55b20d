import FixtureSupport
import ServerLab

/// One random failover with another standby, which is to follow the new primary: a load, files read at some moment, a plan,
/// psql, the end of the primary, a promotion. Then the follower has every row of the new primary exactly once, or something
/// said before that it cannot follow.
struct FollowerTrial {
  let lab: LabRun
  let template: Cluster
  let seed: UInt64

  struct Result: CustomStringConvertible {
    var notes: [String] = []
    /// The script for the standby made the follower's slot.
    var claims = false
    /// The audit of what the failover left says so of the follower's slot.
    var isReady = false
    /// The follower's script found nothing against it.
    var follows = false
    /// It has replayed more than the new primary ever had; what else it received is the beginning of a record.
    var isAhead = false
    /// It has the rows of the new primary, those of before and those of after.
    var hasAll = false
    /// What is left over on the standby, or blocks the new primary, is gone.
    var isTidy = true

    var isFalselySafe: Bool {
      !isTidy || isAhead && (follows || isReady) || (claims || isReady) && follows && !hasAll
    }
    var description: String {
      "\(notes.joined(separator: ", ")): claims \(claims), ready \(isReady), follows \(follows), ahead \(isAhead),"
        + " has all \(hasAll), tidy \(isTidy)"
    }
  }

  func run() async throws -> Result {
    var random = TrialRandom(seed: seed)
    var result = Result()
    let name = "n\(seed)"
    let major = lab.server.major
    let primary = try await lab.copy(of: template, started: "\(name)-primary")
    try await primary.sql(
      TrialLoad.schema + "select pg_create_physical_replication_slot('standby', true);"
        + "select pg_create_physical_replication_slot('follower', true);"
        + "select pg_create_physical_replication_slot('unreserved');")
    let isCopied = major >= 17 && random.chance(0.5)
    let standby = try await lab.standbyCopy(
      of: template, primary: primary, "\(name)-standby",
      settings: isCopied ? ["synchronized_standby_slots": "standby, \"follower\""] : [:])
    let follower = try await lab.standbyCopy(
      of: template, primary: primary, "\(name)-follower", settings: ["primary_slot_name": "follower"])
    let hasLeftover = major >= 16 && random.chance(0.5)
    if hasLeftover { try await standby.makeSlotOnStandby("leftover", primary: primary) }
    result.notes += (isCopied ? ["copied setting"] : []) + (hasLeftover ? ["leftover"] : [])
    let load = TrialLoad.begin(on: primary, seed: seed, session: 1, server: lab.server)
    try await random.pause(200...1500)

    let folder = "\(lab.folder)/\(seed)-plan"
    let isAway = random.chance(0.3)
    if isAway { try await leave(&random, &result, primary, standby, follower) }
    let sources = try await lab.captured([primary, standby, follower], seed: seed, &random, notes: &result.notes)
    // Nothing is dropped unasked.
    let plan = try await slotscope(
      ["plan", "--output-dir", folder, "--primary", sources[0], "--standby", sources[1], "--follower", sources[2]]
        + (hasLeftover ? ["--drop-extra"] : []))
    // What no script mends, such as a follower that has more than this standby, is said beside the scripts that are made all the same.
    guard plan.status <= 1 else { throw ProgramFailure(description: "plan: \(plan)") }
    result.notes.append("plan \(plan.status)")
    try await random.pause(0...300)
    let scripts = try TrialScripts(folder: folder)
    let made = try await scripts.run("standby-before", on: standby, notes: &result.notes)
    result.claims = made?.status == 0 && plan.status == 0
    let isMade = made?.status == 0
    if isMade, hasLeftover {
      result.isTidy =
        try await standby.sql("select count(*) from pg_replication_slots where slot_name = 'leftover'") == "0"
    }
    try await random.pause(0...700)
    try await TrialEnd(loadEnds: 0.4, standbyIsAway: 0.25)
      .happen(&random, notes: &result.notes, primary, standby)
    await load.value
    if isAway { try await follower.start() }
    // What a killed primary had sent may end within a record, which is never replayed.
    var (reached, still) = ("", 0)
    try await follower.wait("the follower's replay") {
      let now = try await follower.sql("select pg_last_wal_replay_lsn()")
      (reached, still) = (now, now == reached ? still + 1 : 0)
      let hasAll = try await follower.sql("select '\(now)' >= coalesce(pg_last_wal_receive_lsn(), '0/0')") == "t"
      return hasAll || still >= 25
    }

    result.isReady = try await verdict(primary, standby, follower) == "ready"
    let replayed = try await follower.sql("select pg_last_wal_replay_lsn()")
    try await standby.promote()
    let after = try await scripts.run("new-primary-after", on: standby, notes: &result.notes)
    if isCopied {
      let left = try await standby.sql("show synchronized_standby_slots")
      result.isTidy = result.isTidy && after?.status == 0 && left == (isMade ? "follower" : "")
    }
    let fork = try await standby.fork
    result.isAhead = lsnNumber(replayed) > lsnNumber(fork)
    let told = ["new_primary_conninfo=\(standby.connection())", "fork=\(fork)"]
    result.follows = try await scripts.run("follower-after", on: follower, told, notes: &result.notes)?.status == 0
    if result.follows, result.claims || result.isReady { try await compare(&result, standby, follower) }
    await lab.remove("\(name)-primary", "\(name)-standby", "\(name)-follower")
    return result
  }

  /// The follower is away for some time, in which WAL goes by and is removed.
  private func leave(
    _ random: inout TrialRandom, _ result: inout Result, _ primary: Cluster, _ standby: Cluster, _ follower: Cluster
  ) async throws {
    result.notes.append("follower away")
    try await follower.stop(random.pick(["fast", "immediate"]))
    for _ in 0..<random.number(0...4) {
      try await primary.sql("select pg_switch_wal(); checkpoint")
      try await standby.sql("checkpoint")
    }
  }

  private func verdict(_ primary: Cluster, _ standby: Cluster, _ follower: Cluster) async throws -> String {
    let outcome = try await slotscope([
      "audit", "--primary", primary.data, "--standby", standby.data, "--standby", follower.data, "--format", "json",
    ])
    let document = try JSONDocument(parsing: outcome.output)
    // The most advanced one comes first; what is asked is whether this one may be promoted.
    let asked = document["candidates"].elements.first { $0["source"].string == standby.data }
    return (asked?["assessment"] ?? document)["slots"].elements.first { $0["slot_name"].string == "follower" }?[
      "verdict"
    ].string ?? "nothing"
  }

  private func compare(_ result: inout Result, _ primary: Cluster, _ follower: Cluster) async throws {
    // Past the end of a record whose beginning the follower holds: 13 waits for it.
    try await primary.sql("select pg_logical_emit_message(false, 'past', repeat('x', 200000))")
    for number in 1...3 { try await primary.sql("insert into t\(number % 3) values (\(9_100_000 + number), 'new')") }
    do { try await follower.waitReplay(try await primary.currentLSN()) } catch { result.notes.append("\(error)") }
    let rows = TrialLoad.tables.map { "select * from \($0)" }.joined(separator: " union all ") + " order by 1, 2"
    result.hasAll = try await follower.sql(rows) == primary.sql(rows)
  }
}
