import FixtureSupport
import ServerLab
import Testing

/// The verdicts against what really became of every consumer.
@Suite struct AuditFailoverTests {
  /// The program that was built beside the tests.
  static var program: String {
    let folder = CommandLine.arguments[0].split(separator: "/", omittingEmptySubsequences: false).dropLast()
    return folder.joined(separator: "/") + "/slotscope"
  }

  static func slotscope(_ arguments: [String]) async throws -> Outcome { try await runProgram(program, arguments) }

  static func audit(_ primary: String, _ standby: String) async throws -> (JSONDocument, Int) {
    let outcome = try await slotscope(["audit", "--primary", primary, "--standby", standby, "--format", "json"])
    return (try JSONDocument(parsing: outcome.output), Int(outcome.status))
  }

  /// The verdict of each logical slot.
  static func verdicts(_ document: JSONDocument) -> [String: String] {
    var verdicts: [String: String] = [:]
    for slot in document["slots"].elements where slot["slot_type"].string == "logical" {
      if let name = slot["slot_name"].string { verdicts[name] = slot["verdict"].string }
    }
    return verdicts
  }

  private func check(_ failover: FailoverFixture) async throws {
    let (document, status) = try await Self.audit(failover.folder + "/primary", failover.folder + "/standby")
    #expect([0, 1, 2, 3].contains(status))
    let verdicts = Self.verdicts(document)
    let slots = try failover.label()["slots"]
    for name in slots.keys {
      let truth = slots[name]
      let verdict = verdicts[name]
      #expect(verdict != nil)
      guard truth["continues"] != .bool(true) else { continue }
      #expect(verdict != "ready" && verdict != "waiting", "\(failover) \(name)")
      if truth["phantom"] != .integer(0) { #expect(verdict != "fixable", "\(failover) \(name)") }
    }
  }

  @Test(arguments: FailoverFixture.names)
  func noSlotIsReadyWhoseConsumerDidNotGoOn(name: String) async throws {
    try await check(try FailoverFixture.unpacked(name))
  }

  @Test(.enabled(if: !FailoverFixture.external.isEmpty), arguments: FailoverFixture.external)
  func nothingElsewhereIsFalselyReadyEither(failover: FailoverFixture) async throws { try await check(failover) }

  /// The standby lacks WAL, and synchronized_standby_slots was set: no file shows that it was all the time.
  @Test func aBarrierOfStandbySlotsIsTheOperatorsToVouchFor() async throws {
    let failover = try FailoverFixture.unpacked("2003-pg17")
    let nodes = ["--primary", failover.folder + "/primary", "--standby", failover.folder + "/standby"]
    #expect(try await Self.slotscope(["audit"] + nodes).status == 2)
    #expect(try await Self.slotscope(["audit"] + nodes + ["--primary-reloaded"]).status == 2)
    #expect(try await Self.slotscope(["audit"] + nodes + ["--assume", "standby-slots-held"]).status == 0)
  }

  /// Nothing was committed between the last write of the primary's file and its slot's position on the standby: two clocks tell.
  @Test func thatTheClocksAgreeIsTheOperatorsToVouchFor() async throws {
    let failover = try FailoverFixture.unpacked("4314-pg17")
    let nodes = ["--primary", failover.folder + "/primary", "--standby", failover.folder + "/standby"]
    #expect(try await Self.slotscope(["audit"] + nodes).status == 2)
    #expect(try await Self.slotscope(["audit"] + nodes + ["--assume", "clocks-agree"]).status == 0)
  }

  @Test(arguments: [
    ("2034-pg16", ["c0": "ready"]), ("1114-pg17", ["c0": "ready", "c1": "ready"]),
    ("2014-pg18", ["c0": "ready", "c1": "ready", "c2": "ready"]),
  ])
  func whatTheEvidenceProvesIsReady(name: String, expected: [String: String]) async throws {
    let failover = try FailoverFixture.unpacked(name)
    let (document, status) = try await Self.audit(failover.folder + "/primary", failover.folder + "/standby")
    #expect(Self.verdicts(document) == expected)
    #expect(document["verdict"].string == "ready" && status == 0)
  }

  @Test(arguments: ["2034-pg16", "2014-pg18", "2019-pg17", "2029-pg19", "3303-pg18", "1114-pg17"])
  func evidenceFilesGiveTheVerdictOfTheDirectories(name: String) async throws {
    let scratch = ScratchDirectory()
    let failover = try FailoverFixture.unpacked(name)
    for node in ["primary", "standby"] {
      let outcome = try await Self.slotscope([
        "capture", "\(failover.folder)/\(node)", "-o", "\(scratch.path)/\(node).json",
      ])
      #expect(outcome.status == 0)
    }
    let (directories, _) = try await Self.audit(failover.folder + "/primary", failover.folder + "/standby")
    let files = ["audit", "--primary", "\(scratch.path)/primary.json", "--standby", "\(scratch.path)/standby.json"]
    let given = try JSONDocument(
      parsing: try await Self.slotscope(files + ["--assume", "primary-down", "--format", "json"]).output)
    #expect(Self.verdicts(directories) == Self.verdicts(given))
    #expect(directories["verdict"] == given["verdict"])
    // What was captured does not show that the primary was not started again since.
    let alone = try JSONDocument(parsing: try await Self.slotscope(files + ["--format", "json"]).output)
    #expect(!Self.verdicts(alone).values.contains("ready"))
    for slot in alone["slots"].elements where Self.verdicts(directories)[slot["slot_name"].string ?? ""] == "ready" {
      #expect(slot["ready_if"].elements.map { $0.string } == ["primary-down"])
    }
  }

  /// A maintenance: the stopped primary is captured, started without its standby, and dies with changes that its consumers have.
  @Test func aStoppedPrimaryMayHaveBeenStartedAgain() async throws {
    let scratch = ScratchDirectory()
    let failover = try FailoverFixture.unpacked("2034-pg16")
    let evidence = "\(scratch.path)/primary.json"
    #expect(try await Self.slotscope(["capture", failover.folder + "/primary", "-o", evidence]).status == 0)
    let nodes = ["audit", "--primary", evidence, "--standby", failover.folder + "/standby"]
    let text = try await Self.slotscope(nodes)
    #expect(text.status == 2 && text.output.contains("ready, if the primary is down, and was not started again"))
    let given = try await Self.slotscope(nodes + ["--assume", "primary-down"])
    #expect(given.status == 0 && given.output.hasPrefix("READY, if what was given is so"))
    let premise = try JSONDocument(
      parsing: try await Self.slotscope(nodes + ["--assume", "primary-down", "--format", "json"]).output)["slots"]
      .elements.flatMap { $0["premises"].elements }.first { $0["id"].string == "primary-down" }
    #expect(premise?["state"].string == "given")
  }

  // MARK: Damage

  /// Files that the verdict on the one slot of this failover rests on.
  @Test(arguments: [
    "primary/global/pg_control", "primary/pg_replslot/c0/state", "primary/pg_wal/00000001000000000000000B",
    "standby/global/pg_control", "standby/pg_replslot/c0/state", "standby/pg_wal/00000001000000000000000A",
  ])
  func damageIsNeverReady(path: String) async throws {
    let scratch = ScratchDirectory()
    let failover = try FailoverFixture.unpacked("2034-pg16", in: scratch)
    let file = failover.folder + "/" + path
    let bytes = try FileTree.contents(of: file)
    // Magic, page address, system identifier and the first record in WAL; anything in files with one checksum.
    for offset in [0, 8, 24, 44] where offset < bytes.count {
      var damaged = bytes
      damaged[offset] ^= 0x10
      scratch.write("2034-pg16/" + path, damaged)
      let (document, status) = try await Self.audit(failover.folder + "/primary", failover.folder + "/standby")
      #expect(Self.verdicts(document)["c0"] != "ready" && status != 0, "byte \(offset)")
    }
    for length in [0, 16] {
      scratch.write("2034-pg16/" + path, Array(bytes.prefix(length)))
      let (document, status) = try await Self.audit(failover.folder + "/primary", failover.folder + "/standby")
      #expect(Self.verdicts(document)["c0"] != "ready" && status != 0, "cut to \(length)")
    }
  }

  // MARK: Formats

  @Test func everyFormatSaysTheSame() async throws {
    let scratch = ScratchDirectory()
    let failover = try FailoverFixture.unpacked("2019-pg17")
    let sources = ["audit", "--primary", failover.folder + "/primary", "--standby", failover.folder + "/standby"]
    let text = try await Self.slotscope(sources)
    #expect(text.status == 2 && text.output.hasPrefix("DO NOT PROMOTE YET"))
    let nagios = try await Self.slotscope(sources + ["--format", "nagios"])
    #expect(nagios.status == 2 && nagios.output.hasPrefix("SLOTSCOPE CRITICAL - "))
    #expect(nagios.output.split(separator: "\n").count == 1)
    let file = scratch.path + "/slotscope.prom"
    let metrics = try await Self.slotscope(sources + ["--format", "prometheus", "-o", file])
    #expect(metrics.status == 2 && metrics.output.isEmpty)
    let written = String(decoding: try FileTree.contents(of: file), as: UTF8.self)
    #expect(written.contains("verdict=\"at_risk\"} 1"))
    let page = try await Self.slotscope(sources + ["--format", "html"])
    #expect(page.status == 2 && page.output.contains("<svg") && !page.output.contains("<script"))
  }
}
