import FixtureSupport
import ServerLab
import Testing

/// What `inspect` says that the next checkpoint removes, against what real checkpoints then removed.
@Suite(.enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct RetentionLiveTests {
  private struct Prediction {
    var removes: Set<String>
    var retention: JSONDocument

    /// What became of a slot: `lost_next`, `wal_status`, `drop_frees_bytes`.
    func slot(_ name: String) -> JSONDocument {
      retention["slots"].elements.first { $0["slot_name"].string == name } ?? .null
    }
  }

  private func predict(_ cluster: Cluster) async throws -> Prediction {
    let outcome = try await slotscope(["inspect", cluster.data, "--format", "json"])
    let retention = try JSONDocument(parsing: outcome.output)["retention"]
    var names: Set<String> = []
    for run in retention["removes"].elements {
      guard let first = run["from_segment"].string, let last = run["to_segment"].string else { continue }
      // Segments of 1 MB: the last three digits count up to FFF, and no test gets that far.
      names.formUnion(segments(cluster).filter { first <= $0 && $0 <= last })
    }
    #expect(retention["removes_count"].integer == Int64(names.count))
    return Prediction(removes: names, retention: retention)
  }

  private func segments(_ cluster: Cluster) -> Set<String> {
    Set(FileTree.entries(of: cluster.data + "/pg_wal").filter { $0.count == 24 })
  }

  private func write(_ cluster: Cluster, segments count: Int) async throws {
    let one = "insert into t select generate_series(1, 100); select pg_switch_wal();"
    try await cluster.sql(String(repeating: one, count: count))
  }

  /// Writes, stops at once, predicts; starts again, lets a checkpoint come, and compares.
  @discardableResult
  private func check(
    _ cluster: Cluster, _ what: String, settings: [String: String], segments count: Int = 5
  ) async throws -> Prediction {
    try cluster.configure(settings)
    try await cluster.start()
    try await write(cluster, segments: count)
    if settings["archive_mode"] == "on" {
      try await cluster.wait("the archiver") {
        try await cluster.sql("select failed_count > 0 from pg_stat_archiver") == "t"
      }
    }
    try await cluster.stop("immediate")
    let prediction = try await predict(cluster)
    let before = segments(cluster)
    try await cluster.start()
    try await cluster.sql("checkpoint")
    let removed = before.subtracting(segments(cluster))
    if settings["summarize_wal"] == "on" {
      // The summarizer goes on before the checkpoint comes.
      #expect(prediction.removes.isSubset(of: removed), "\(cluster.server), \(what)")
    } else {
      #expect(removed == prediction.removes, "\(cluster.server), \(what)")
    }
    return prediction
  }

  @Test(arguments: Lab.servers)
  func checkpointsRemoveWhatIsPredicted(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary(settings: ["checkpoint_timeout": "1h"])
      try await primary.sql("create table t (a int)")
      try await primary.stop()
      let plain = try await check(primary, "nothing", settings: [:])
      #expect(plain.removes.count >= 5)
      try await primary.stop()
      let kept = try await check(primary, "wal_keep_size", settings: ["wal_keep_size": "3MB"])
      #expect(kept.retention["kept_for"][0]["reason"].string == "wal_keep_size")
      try await primary.sql("select pg_create_physical_replication_slot('follower', true)")
      try await primary.sql("select pg_create_logical_replication_slot('consumer', 'pgoutput')")
      try await primary.stop()
      let held = try await check(primary, "slots", settings: ["wal_keep_size": "0"])
      #expect(held.retention["kept_for"][0]["reason"].string == "slot")
      #expect(held.slot("follower")["wal_status"].string == "reserved")

      // The status as the server shows it, and what dropping the older slot frees.
      try await write(primary, segments: 2)
      try await primary.sql("select pg_replication_slot_advance('consumer', pg_current_wal_lsn()); checkpoint")
      let running = try await predict(primary)
      for name in ["follower", "consumer"] {
        let status = try await primary.sql("select wal_status from pg_replication_slots where slot_name = '\(name)'")
        #expect(running.slot(name)["wal_status"].string == status, "\(server) \(name)")
      }
      let before = segments(primary)
      try await primary.sql("select pg_drop_replication_slot('follower'); checkpoint")
      let freed = try #require(running.slot("follower")["drop_frees_bytes"].integer)
      #expect(before.subtracting(segments(primary)).count == running.removes.count + Int(freed >> 20), "\(server)")
      #expect(freed > 0)
      try await primary.stop()

      let lost = try await check(
        primary, "max_slot_wal_keep_size", settings: ["max_slot_wal_keep_size": "2MB"])
      #expect(lost.slot("consumer")["lost_next"] == .bool(true))
      #expect(try await primary.sql("select wal_status from pg_replication_slots") == "lost")
      try await primary.stop()

      // The archiver gets no further than a segment that it cannot copy.
      let next = try #require(segments(primary).sorted().first)
      let number = try #require(Int(next.suffix(8), radix: 16)) + 3
      let digits = String(number, radix: 16, uppercase: true)
      let stuck = next.dropLast(8) + String(repeating: "0", count: 8 - digits.count) + digits
      let archived = try await check(
        primary, "archiver", settings: ["archive_mode": "on", "archive_command": "test %f != \(stuck)"], segments: 6)
      #expect((archived.retention["awaits_archiver"].integer ?? 0) > 0)
      try await primary.stop()
      if server.major >= 17 {
        try await check(
          primary, "summaries", settings: ["archive_mode": "off", "summarize_wal": "on"])
      }
    }
  }

  /// What a standby's files, as a crash leaves them, say of its next restartpoint is what that one removes.
  private func checkRestartpoint(of standby: Cluster, _ primary: Cluster, _ what: String) async throws -> Prediction {
    try await write(primary, segments: 3)
    try await primary.sql("checkpoint")
    try await write(primary, segments: 2)
    try await standby.waitReplay(try await primary.currentLSN())
    try await standby.stop("immediate")
    let prediction = try await predict(standby)
    let before = segments(standby)
    try await standby.start()
    try await standby.waitReplay(try await primary.currentLSN())
    try await standby.sql("checkpoint")
    #expect(before.subtracting(segments(standby)) == prediction.removes, "\(what)")
    #expect(prediction.retention["skipped"] == .bool(false), "\(what)")
    return prediction
  }

  @Test(arguments: Lab.servers)
  func restartpointsRemoveWhatIsPredicted(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      try await primary.sql("create table t (a int)")
      let standby = try await lab.standby(of: primary, settings: ["checkpoint_timeout": "1h"])
      let prediction = try await checkRestartpoint(of: standby, primary, "\(server)")
      #expect(prediction.removes.count >= 2)
      #expect(try await predict(standby).retention["skipped"] == .bool(true))
    }
  }

  /// Of several slots a limit takes those that are after it; what wal_keep_size keeps saves a slot that is beyond the limit.
  @Test(arguments: Lab.servers)
  func aLimitTakesTheSlotsThatAreBehindIt(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary(settings: ["checkpoint_timeout": "1h"])
      try await primary.sql("create table t (a int)")
      try await primary.sql("select pg_create_physical_replication_slot('behind', true)")
      try await write(primary, segments: 4)
      try await primary.sql("select pg_create_logical_replication_slot('near', 'pgoutput')")
      try await primary.sql("select pg_create_physical_replication_slot('nowhere')")
      try await primary.stop()

      func lost(_ prediction: Prediction) -> [String] {
        prediction.retention["slots"].elements.filter { $0["lost_next"] == .bool(true) }
          .compactMap { $0["slot_name"].string }
      }
      let query =
        "select string_agg(slot_name, ' ' order by slot_name) from pg_replication_slots where wal_status = 'lost'"
      let saved = try await check(
        primary, "wal_keep_size over max_slot_wal_keep_size",
        settings: ["max_slot_wal_keep_size": "3MB", "wal_keep_size": "20MB"], segments: 2)
      #expect(lost(saved) == [], "\(server)")
      #expect(try await primary.sql(query) == "", "\(server)")
      try await primary.stop()
      let some = try await check(
        primary, "one of two slots",
        settings: ["max_slot_wal_keep_size": "6MB", "wal_keep_size": "1MB"], segments: 1)
      #expect(lost(some) == ["behind"], "\(server)")
      #expect(try await primary.sql(query) == "behind", "\(server)")
      #expect(some.retention["kept_for"][0]["slot_name"].string == "near")
      try await primary.stop()
      let all = try await check(primary, "the other", settings: [:], segments: 8)
      #expect(lost(all) == ["near"], "\(server)")
      #expect(try await primary.sql(query) == "behind near", "\(server)")
    }
  }

  /// A standby's own archiver, slot and wal_keep_size, at its restartpoints.
  @Test(arguments: Lab.servers)
  func aStandbyKeepsWhatIsItsOwn(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      try await primary.sql("create table t (a int)")
      let standby = try await lab.standby(of: primary, settings: ["checkpoint_timeout": "1h"])
      func check(keptBy reason: String?, _ settings: [String: String]) async throws -> Prediction {
        try await standby.stop()
        try standby.configure(settings)
        try await standby.start()
        let prediction = try await checkRestartpoint(of: standby, primary, "\(server) \(reason ?? "nothing")")
        if let reason { #expect(prediction.retention["kept_for"][0]["reason"].string == reason, "\(server)") }
        return prediction
      }
      let awaited = try await check(keptBy: "archiver", ["archive_mode": "always", "archive_command": "false"])
      // What came before has been marked as done, as a standby without an archiver of its own does.
      #expect((awaited.retention["awaits_archiver"].integer ?? 0) >= 3)
      let free = try await check(keptBy: nil, ["archive_mode": "on"])
      #expect(free.removes.count > 3)
      try await standby.sql("select pg_create_physical_replication_slot('follower', true)")
      let held = try await check(keptBy: "slot", [:])
      #expect(held.slot("follower")["lost_next"] == .bool(false))
      try await standby.sql("select pg_drop_replication_slot('follower')")
      _ = try await check(keptBy: "wal_keep_size", ["wal_keep_size": "4MB"])
    }
  }

  /// What the findings say of a slot before, after and at the checkpoint that invalidates it.
  @Test(arguments: Lab.servers.filter { $0.major >= 18 })
  func idleSlotsGoAtTheCheckpointThatIsNamed(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary(settings: ["checkpoint_timeout": "1h"])
      try await primary.sql("select pg_create_logical_replication_slot('orders', 'pgoutput')")
      func said(_ source: String) async throws -> [String] {
        let outcome = try await slotscope(["inspect", source, "--format", "json"])
        return try JSONDocument(parsing: outcome.output)["findings"].elements
          .filter { $0["id"].string == "slot.idle-timeout" }.compactMap { $0["message"].string }
      }
      let source = "host=\(primary.home) user=postgres dbname=postgres"
      #expect(try await said(source) == [])
      try await primary.sql("alter system set idle_replication_slot_timeout = '1h'")
      try await primary.sql("select pg_reload_conf()")
      try await primary.wait("the setting") { try await primary.sql("show idle_replication_slot_timeout") == "1h" }
      let later = try await said(source)
      #expect(later.count == 1 && later.first?.contains("The first checkpoint after") == true, "\(later)")
      try await primary.sql("checkpoint")
      #expect(try await primary.sql("select invalidation_reason is null from pg_replication_slots") == "t")

      try await primary.sql("alter system set idle_replication_slot_timeout = '1s'")
      try await primary.sql("select pg_reload_conf()")
      try await primary.wait("the limit") {
        try await primary.sql(
          "select current_setting('idle_replication_slot_timeout') = '1s' and inactive_since < now() - interval '2 s' from pg_replication_slots"
        ) == "t"
      }
      let next = try await said(source)
      #expect(next.count == 1 && next.first?.contains("The next checkpoint") == true, "\(next)")
      let files = try await said(primary.data)
      #expect(files.count == 1 && files.first?.contains("the files do not tell") == true, "\(files)")
      try await primary.sql("checkpoint")
      #expect(try await primary.sql("select invalidation_reason from pg_replication_slots") == "idle_timeout")
      #expect(try await said(source) == [])
    }
  }
}
