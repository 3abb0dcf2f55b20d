import FixtureSupport
import Glibc
import ServerLab
import Testing

/// Many clusters at once: one bad one stops none, parts put together are the whole, captures below one folder need no definition.
@Suite struct FleetCommandTests {
  private let pair: NodePairCopy
  private var config: [String] { ["--config", pair.scratch.path + "/config"] }
  private var tree: String { pair.scratch.path + "/captures" }

  /// Three clusters that can be asked, and four that cannot; the same as captures.
  init() async throws {
    pair = try NodePairCopy()
    for name in ["alpha", "beta", "gamma"] {
      pair.scratch.write(
        "config/clusters.d/\(name).toml", "[nodes]\ndb1 = \"\(pair.primary)\"\ndb2 = \"\(pair.standby)\"\n")
    }
    pair.scratch.write("config/clusters.d/gone.toml", "[nodes]\ndb1 = \"/nowhere\"\n")
    pair.scratch.write("config/clusters.d/wrong.toml", "nodes = [\n")
    pair.scratch.write("config/clusters.d/down.toml", "nodes = 'host=/nowhere'\n")
    pair.scratch.write("config/clusters.d/secret.toml", "nodes = 'host=a password=geheim'\n")
    try pair.shell("mkdir -p captures/prod/db2 captures/empty captures/damaged captures/.hidden; ln -s / captures/link")
    for (node, file) in [(pair.primary, "prod/db1.json"), (pair.standby, "prod/db2/standby.json")] {
      #expect(try await slotscope(["capture", node, "-o", "\(tree)/\(file)"]).status == 0)
    }
    pair.scratch.write("captures/damaged/db1.json", "{\"schema\": \"slotscope.evidence/1\"")
  }

  private func rows(_ outcome: Outcome) throws -> [JSONDocument] {
    try outcome.output.split(separator: "\n").map { try JSONDocument(parsing: String($0)) }
  }

  @Test func oneBadClusterStopsNone() async throws {
    for command in ["audit", "status"] {
      let outcome = try await slotscope([command, "--all", "--format", "json"] + config)
      let rows = try rows(outcome)
      #expect(outcome.status == 3 && rows.count == 8, "\(outcome)")
      #expect(Set(rows.prefix(4).map { $0["cluster"].string }) == ["gone", "wrong", "down", "secret"], "\(outcome)")
      #expect(rows.prefix(4).allSatisfy { $0["verdict"].string == "unknown" })
      #expect(rows[4...6].map { $0["cluster"].string } == ["alpha", "beta", "gamma"])
      #expect(rows[4...6].allSatisfy { $0["nodes"].integer == 2 && $0["primary"].string == "db1" })
      #expect(rows[7]["end"] == .bool(true) && rows[7]["clusters"].integer == 7)
      #expect(!(outcome.output + outcome.error).contains("geheim"))
      let text = try await slotscope([command, "--all", "-v"] + config)
      #expect(
        text.output.hasPrefix("7 clusters: 4 unknown, ") && text.output.contains("wrong.toml:1: expected ]"), "\(text)")
    }
    let single = try JSONDocument(
      parsing: try await slotscope(["status", "alpha", "--format", "json"] + config).output)
    let rows = try rows(try await slotscope(["status", "--all", "--jobs", "5", "--format", "json"] + config))
    #expect(rows.first { $0["cluster"].string == "alpha" }?["verdict"] == single["verdict"])
  }

  @Test func partsPutTogetherAreTheWhole() async throws {
    let whole = try rows(try await slotscope(["audit", "--all", "--format", "json"] + config))
    var files: [String] = []
    for number in 1...3 {
      let part = try await slotscope(["audit", "--all", "--shard", "\(number)/3", "--format", "json"] + config)
      files.append(pair.scratch.write("part-\(number).jsonl", part.output))
    }
    let merged = try rows(try await slotscope(["merge", "--format", "json"] + files))
    func names(_ rows: [JSONDocument]) -> [String?] { rows.map { $0["cluster"].string } }
    #expect(names(merged) == names(whole) && merged.last?["clusters"].integer == 7)
    #expect(merged.map { $0["verdict"] } == whole.map { $0["verdict"] })
    let old = pair.scratch.write(
      "old.jsonl",
      String(decoding: try FileTree.contents(of: files[0]), as: UTF8.self)
        .replacing(/"age_seconds":\d+/, with: "\"age_seconds\":99999"))
    let aged = try await slotscope(["merge", "--max-age", "3600", "--format", "json", old] + files.dropFirst())
    let tooOld = try rows(aged).filter {
      $0["headline"].string?.hasPrefix("UNKNOWN: its evidence is 27 h old; it was ") == true
    }
    #expect(aged.status == 3 && !tooOld.isEmpty && tooOld.allSatisfy { $0["verdict"].string == "unknown" }, "\(aged)")
    #expect(try await slotscope(["merge", "--max-age", "0", old]).status == 64)
    let missing = try await slotscope(["merge"] + files.dropLast())
    #expect(missing.status == 3 && missing.output.contains("missing: part 3/3"), "\(missing)")
    let cut = pair.scratch.write(
      "cut.jsonl", String(decoding: try FileTree.contents(of: files[0]).dropLast(40), as: UTF8.self))
    #expect(try await slotscope(["merge", cut]).status == 3)
    let page = try await slotscope(["merge", "--format", "html", "-o", pair.outside + "/fleet.html"] + files)
    #expect(page.status == 3 && page.output.isEmpty)
    #expect(try await slotscope(["merge", "--format", "html", "-o", pair.outside + "/fleet.html"] + files).status == 3)
    #expect(try await slotscope(["merge", pair.primary + "/PG_VERSION"]).status == 3)
  }

  @Test func capturesNeedNoDefinition() async throws {
    let outcome = try await slotscope(["audit", "--evidence", tree, "--format", "json"])
    let rows = try rows(outcome)
    #expect(rows.dropLast().map { $0["cluster"].string } == ["damaged", "empty", "link", "prod"], "\(outcome)")
    #expect(rows[2]["headline"].string?.contains("is a symbolic link, not a directory") == true)
    let explicit = try await slotscope([
      "audit", "--primary", "\(tree)/prod/db1.json", "--standby", "\(tree)/prod/db2/standby.json", "--format", "json",
    ])
    let judged = try JSONDocument(parsing: explicit.output)
    #expect(rows[3]["verdict"].string == judged["verdict"].string)
    #expect(
      rows[3]["primary"].string == "db1" && rows[3]["candidate"].string == "db2"
        && rows[3]["age_seconds"].integer != nil)
    let metrics = try await slotscope(["audit", "--evidence", tree, "--format", "prometheus", "--label", "site=x"])
    #expect(metrics.output.contains("slotscope_cluster_verdict{site=\"x\",cluster=\"prod\","), "\(metrics)")
    let old = try await slotscope(["audit", "--evidence", tree, "--max-age", "1", "--format", "json"])
    #expect(old.status == 3)
    #expect(try await slotscope(["audit", "--evidence", pair.outside]).status == 3)
    #expect(try await slotscope(["audit", "--evidence", "/nowhere"]).status == 3)
  }

  /// A node that is passed over might be the primary.
  @Test(arguments: [
    "ln -s ../prod/db1.json captures/odd/db1.json", "mkfifo captures/odd/db3.json", "mkdir captures/odd/db3",
    "ln -s ../prod captures/odd/db3", "cp captures/prod/db1.json \"captures/odd/$(printf '\\377').json\"",
    "mkdir captures/odd/db3 && ln -s ../../prod/db1.json captures/odd/db3/1.json",
    "for i in $(seq 65); do cp captures/prod/db1.json captures/odd/n$i.json; done",
  ])
  func noNodeIsPassedOver(made: String) async throws {
    try pair.shell("mkdir captures/odd && cp captures/prod/db1.json captures/prod/db2/standby.json captures/odd/")
    func row() async throws -> JSONDocument? {
      try rows(try await slotscope(["audit", "--evidence", tree, "--format", "json"]))
        .first { $0["cluster"].string == "odd" }
    }
    #expect(try await row()?["nodes"].integer == 2)
    try pair.shell("rm captures/odd/db1.json; \(made)")
    let odd = try #require(try await row())
    #expect(odd["verdict"].string == "unknown" && odd["nodes"].integer == 0, "\(made): \(odd)")
  }

  /// Copying gives all files a time of its own.
  @Test func theNewestCaptureIsTheOneThatWasGatheredLast() async throws {
    func outcome() async throws -> Outcome { try await slotscope(["audit", "--evidence", tree, "--format", "json"]) }
    func prod(_ outcome: Outcome) throws -> JSONDocument? { try rows(outcome).first { $0["cluster"].string == "prod" } }
    let before = try #require(try prod(try await outcome()))
    // An older one of the same node, when it was the primary, that was copied there last.
    try pair.shell(
      """
      sed 's/"gathered_at" : "[^"]*"/"gathered_at" : "2020-01-01T00:00:00Z"/' captures/prod/db1.json > captures/prod/db2/old.json
      touch -d 2030-01-01 captures/prod/db2/old.json
      touch -d 2020-01-01 captures/prod/db2/standby.json
      """)
    let after = try #require(try prod(try await outcome()))
    #expect(after["candidate"].string == "db2" && after["primary"].string == "db1", "\(after)")
    #expect(after["verdict"] == before["verdict"])
  }

  @Test func whatWasAskedInTheFutureIsNotTheNewest() async throws {
    func line(_ verdict: String, _ at: String) -> String {
      "{\"schema\":\"slotscope.fleet/1\",\"cluster\":\"a\",\"at\":\"\(at)\",\"verdict\":\"\(verdict)\",\"headline\":\"h\","
        + "\"nodes\":2,\"unread_nodes\":0,\"slots\":0,\"ready_slots\":0,\"errors\":0,\"age_seconds\":1}\n"
        + "{\"schema\":\"slotscope.fleet/1\",\"end\":true,\"clusters\":1,\"shard\":null,\"gaps\":[]}\n"
    }
    let old = pair.scratch.write("old.jsonl", line("lost", "2025-01-01T00:00:00Z"))
    let future = pair.scratch.write("future.jsonl", line("ready", "2999-01-01T00:00:00Z"))
    for files in [[old, future], [future, old], [future]] {
      let outcome = try await slotscope(["merge"] + files)
      #expect(outcome.status == 3 && outcome.output.contains("which has not come yet"), "\(outcome)")
    }
    // Two runs in one file, and how old what they say is by now.
    let ready = pair.scratch.write("ready.jsonl", line("ready", "2024-01-01T00:00:00Z"))
    let alone = try await slotscope(["merge", "-v", ready])
    #expect(alone.status == 0 && alone.output.contains(" days "), "\(alone)")
    try pair.shell("cat ready.jsonl old.jsonl > both.jsonl")
    #expect(try await slotscope(["merge", pair.scratch.path + "/both.jsonl"]).status == 2)
  }

  @Test(arguments: [
    ["audit", "--all", "prod"], ["audit", "--all", "--standby", "S"], ["status", "--all", "--node", "N"],
    ["audit", "--all", "--evidence", "x"], ["audit", "--shard", "1/2", "--standby", "S"],
    ["audit", "--all", "--shard", "3/2"],
    ["audit", "--all", "--wait", "5"], ["status", "--all", "--watch"], ["audit", "--all", "--format", "nagios"],
  ])
  func whatDoesNotGoTogetherIsRefused(arguments: [String]) async throws {
    let outcome = try await slotscope(arguments)
    #expect(outcome.status == (arguments.contains("nagios") ? 3 : 64), "\(outcome)")
  }
}
