import FixtureSupport
import ServerLab
import Testing

/// Data pages of real servers held against real WAL: never an alarm over healthy nodes, and one where a node was set back.
@Suite(.serialized, .enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct CheckPagesLiveTests {
  private func audit(_ primary: String, _ standby: String, _ more: [String] = []) async throws -> JSONDocument {
    let outcome = try await slotscope(
      ["audit", "--primary", primary, "--standby", standby, "--format", "json"] + more)
    return try JSONDocument(parsing: outcome.output)
  }

  private func findings(_ document: JSONDocument) -> [JSONDocument] {
    document["findings"].elements.filter { $0["id"].string == "A44" }
  }

  /// How many positions were judged, by the note's words.
  private func judged(_ document: JSONDocument) throws -> Int {
    let found = findings(document)
    #expect(found.count == 1 && found.first?["severity"].string == "info", "\(found)")
    let words = try #require(found.first?["message"].string).split(separator: " ")
    let place = try #require(words.firstIndex(of: "their"))
    return Int(words[place - 2]) ?? 0
  }

  @Test(arguments: Lab.servers)
  func healthyNodesHaveNoAlarm(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      var settings = WALWorkload.settings
      settings["wal_log_hints"] = "on"
      let primary = try await lab.primary(settings: settings)
      let standby = try await lab.standby(of: primary)
      try await WALWorkload.run(on: primary)
      try await primary.sql("create unlogged table un as select generate_series(1, 2000) i; create index on un(i)")
      try await primary.sql("checkpoint; select count(*) from w; update w set k = 0 where id % 9 = 0")
      // While both run, and pages are written.
      try await standby.sql("checkpoint")
      #expect(
        findings(try await audit(primary.data, standby.data, ["--check-pages"])).allSatisfy {
          $0["severity"].string == "info"
        })
      try await standby.waitReplay(try await primary.currentLSN())
      try await primary.stop("immediate")
      try await standby.stop()
      let count = try judged(await audit(primary.data, standby.data, ["--check-pages"]))
      #expect(count > 200, "\(count)")
      #expect(try judged(await audit(primary.data, standby.data)) > 50)
      // And once promoted, against the history of both.
      try await standby.start()
      try await standby.promote()
      let added = "insert into w(id, k) select (select max(id) from w) + i, i from generate_series(1, 1000) i"
      try await standby.sql("\(added); checkpoint")
      #expect(try judged(await audit(primary.data, standby.data, ["--check-pages"])) > 200)
    }
  }

  /// The storage of the primary is set back to a snapshot, and it writes its WAL anew: the standby has pages of before.
  @Test(arguments: Lab.servers)
  func aPrimarySetBackIsAnAlarm(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary(settings: WALWorkload.settings)
      let standby = try await lab.standby(of: primary)
      try await primary.sql("create table t(i int primary key, t text); checkpoint")
      try await standby.waitReplay(try await primary.currentLSN())
      try await primary.stop("immediate")
      let snapshot = lab.folder + "/snapshot"
      try ExternalProgram.run("/bin/cp", ["-a", primary.data, snapshot])
      try await primary.start()
      try await primary.sql("insert into t select i, md5(i::text) from generate_series(1, 20000) i")
      try await standby.waitReplay(try await primary.currentLSN())
      try await standby.stop()
      try await primary.stop("immediate")
      #expect(try judged(await audit(primary.data, standby.data)) > 50)
      try ExternalProgram.run("/bin/rm", ["-r", primary.data])
      try ExternalProgram.run("/bin/mv", [snapshot, primary.data])
      try await primary.start()
      try await primary.sql("insert into t select -i, md5(i::text) || 'other' from generate_series(1, 30000) i")
      try await primary.stop("immediate")
      #expect(try await audit(primary.data, standby.data)["verdict"].string != "ready")
      // What the standby had received is written anew: by streaming from the start of a segment, by hand, out of the archive.
      let wal = server.major >= 10 ? "pg_wal" : "pg_xlog"
      try ExternalProgram.run(
        "/bin/sh",
        ["-c", "rm \"$2\"/0*0* && cp -a \"$1\"/0*0* \"$2\"", "sh", "\(primary.data)/\(wal)", "\(standby.data)/\(wal)"])
      for more in [[], ["--check-pages"]] {
        let document = try await audit(primary.data, standby.data, more)
        #expect(document["verdict"].string == "at_risk")
        let found = findings(document)
        #expect(found.first?["severity"].string == "error", "\(document["findings"])")
        #expect(found.first?["evidence"].elements.first?["path"].string?.hasPrefix("base/") == true)
      }
    }
  }
}
