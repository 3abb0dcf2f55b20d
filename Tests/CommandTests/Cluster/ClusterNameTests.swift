import FixtureSupport
import Glibc
import ServerLab
import Testing

/// The name of a cluster in the place of its sources: the same answers, and clear words where it cannot be taken.
@Suite struct ClusterNameTests {
  /// A pair of directories, and a definition of them.
  private struct Defined {
    let pair: NodePairCopy
    var config: [String] { ["--config", pair.scratch.path + "/config"] }

    init(_ more: String = "", primary: String? = nil) throws {
      pair = try NodePairCopy()
      try pair.shell("mkdir -p config/clusters.d")
      let primary = primary ?? "\"\(pair.primary)\""
      define("\(more)\n[nodes]\ndb1 = \(primary)\ndb2 = \"\(pair.standby)\"\n")
    }

    func define(_ text: String, as name: String = "prod") {
      pair.scratch.write("config/clusters.d/\(name).toml", text)
    }
  }

  private func run(_ arguments: [String]) async throws -> Outcome { try await slotscope(arguments) }

  @Test func theNameStandsForItsNodes() async throws {
    let defined = try Defined()
    let pair = ["--primary", defined.pair.primary, "--standby", defined.pair.standby]
    for command in [["audit", "--format", "json"], ["plan", "--format", "json"], ["ledger", "--format", "json"]] {
      let explicit = try await run(command + pair)
      let named = try await run(command + ["prod"] + defined.config)
      #expect(named.status == explicit.status, "\(command): \(named)")
      #expect(Self.withoutTimes(named.output) == Self.withoutTimes(explicit.output), "\(command)")
      #expect(named.error.contains("slotscope: db1 is the primary; standbys: db2\n"))
    }
    let text = try await run(["audit", "prod"] + defined.config)
    #expect(
      text.output.contains("slotscope plan prod --config ") || text.output.contains("slotscope ledger prod --config "),
      "\(text)")
    let slot = try await run(["ledger", "prod", "--slot", "cdc_a"] + defined.config)
    let explicitSlot = try await run(["ledger", "--slot", "cdc_a"] + pair)
    #expect(slot.status == explicitSlot.status, "\(slot)")
  }

  /// JSON documents say when they looked.
  private static func withoutTimes(_ text: String) -> String {
    text.split(separator: "\n").filter { !$0.contains("gathered_at") && !$0.contains("\"at\"") }.joined(separator: "\n")
  }

  @Test func whatExistsAsAPathIsAPathToTheLedger() async throws {
    let defined = try Defined()
    let outcome = try await run(["ledger", "--from", "0/0", defined.pair.primary] + defined.config)
    #expect(outcome.status != 64, "\(outcome)")
  }

  @Test func whatIsKnownBesideTheNodesCounts() async throws {
    let defined = try Defined("archives = \"/nowhere/archive\"")
    let outcome = try await run(["audit", "prod"] + defined.config)
    #expect(outcome.status == 3 && outcome.error.contains("/nowhere/archive: no folder that can be read"), "\(outcome)")
  }

  @Test(arguments: [
    ("primary-down", "It holds at one moment only"), ("consumer-stopped", "It holds at one moment only"),
    ("nonsense", "expected one of standby-slots-held"),
  ])
  func whatHoldsForAMomentIsNoPartOfADefinition(premise: String, words: String) async throws {
    let defined = try Defined("assume = [\"\(premise)\"]")
    for command in ["audit", "status"] {
      let outcome = try await run([command, "prod"] + defined.config)
      #expect(
        outcome.status == 3 && outcome.error.contains(words) && outcome.error.contains("prod.toml:1: "), "\(outcome)")
    }
  }

  /// It might be the primary by now.
  @Test func aNodeThatCannotBeReadStopsAllButStatus() async throws {
    let defined = try Defined()
    defined.define(
      "[nodes]\ndb1 = \"\(defined.pair.primary)\"\ndb2 = \"\(defined.pair.standby)\"\ndb3 = \"/nowhere\"\n")
    for command in ["audit", "plan", "ledger"] {
      let outcome = try await run([command, "prod"] + defined.config)
      #expect(outcome.status == 3 && outcome.output.isEmpty && outcome.error.contains("--without db3"), "\(outcome)")
      let without = try await run([command, "prod", "--without", "db3"] + defined.config)
      // A plan may have nothing to do, and a ledger WAL that cannot be read: but the node is no obstacle.
      #expect(!without.error.contains("db3") && (!without.output.isEmpty || command == "plan"), "\(without)")
    }
    let status = try await run(["status", "prod"] + defined.config)
    #expect(status.status == 3 && status.output.hasPrefix("prod: UNKNOWN: a node could not be read"), "\(status)")
    let none = try await run(["audit", "prod", "--without", "db9"] + defined.config)
    #expect(none.status == 64 && none.error.contains("prod has no node db9"), "\(none)")
  }

  /// The second source of a node is what was captured of it.
  @Test func aCaptureStandsInForANodeThatIsGone() async throws {
    let defined = try Defined()
    let file = defined.pair.outside + "/db1.json"
    #expect(try await run(["capture", defined.pair.primary, "-o", file]).status == 0)
    defined.define("[nodes]\ndb1 = [\"/nowhere\", \"\(file)\"]\ndb2 = \"\(defined.pair.standby)\"\n")
    let status = try await run(["status", "prod", "--format", "json"] + defined.config)
    let document = try JSONDocument(parsing: status.output)
    let alert = document["alerts"].elements.first { $0["id"].string == "node-captured" }
    #expect(alert?["node"].string == "db1" && alert?["severity"].string == "warning", "\(status)")
    #expect(document["nodes"][0]["source"].string == file && document["nodes"][0]["role"].string == "primary")
    let named = try await run(["audit", "prod", "--format", "json"] + defined.config)
    let explicit = try await run(
      ["audit", "--primary", file, "--standby", defined.pair.standby, "--format", "json"])
    #expect(named.status == explicit.status && Self.withoutTimes(named.output) == Self.withoutTimes(explicit.output))
  }

  @Test func statusShowsTheSameByNameAndByNodes() async throws {
    let defined = try Defined()
    let named = try await run(["status", "prod", "--format", "json"] + defined.config)
    let nodes = try await run([
      "status", "--node", defined.pair.standby, "--node", defined.pair.primary, "--format", "json",
    ])
    let (one, two) = (try JSONDocument(parsing: named.output), try JSONDocument(parsing: nodes.output))
    #expect(one["cluster"].string == "prod" && two["cluster"].isNull)
    let counts = [one, two].map { $0["slots"].elements.count }
    #expect(one["verdict"] == two["verdict"] && counts[0] > 2 && counts[0] == counts[1])
    #expect(one["nodes"].elements.map { $0["role"].string } == ["primary", "standby"])
    #expect(one["nodes"].elements.map { $0["name"].string } == ["db1", "db2"])
    #expect(two["nodes"].elements.map { $0["name"].string } == ["primary", "standby"])
    #expect(named.status == nodes.status && named.error.isEmpty)
    let audit = try await run([
      "audit", "--primary", defined.pair.primary, "--standby", defined.pair.standby, "--format", "json",
    ])
    let verdicts = try JSONDocument(parsing: audit.output)
    #expect(one["verdict"] == verdicts["verdict"])
    for slot in one["slots"].elements {
      let judged = verdicts["slots"].elements.first { $0["slot_name"] == slot["slot_name"] }
      #expect(judged?["verdict"] == slot["verdict"], "\(slot["slot_name"])")
    }
    let text = try await run(["status", "prod"] + defined.config)
    #expect(text.output.hasPrefix("prod: ") && text.output.contains("\nnode  role "), "\(text)")
  }

  @Test func aNameThatIsNoneIsRefused() async throws {
    let defined = try Defined()
    for name in ["../prod", "clusters.d/prod", ".prod", "a b", "/etc"] {
      for command in ["audit", "plan", "status"] {
        let outcome = try await run([command, name] + defined.config)
        #expect(outcome.status == 64 && outcome.error.contains("is no name of a cluster"), "\(outcome)")
      }
    }
    let near = try await run(["status", "prdo"] + defined.config)
    #expect(
      near.status == 3 && near.error.contains("there is no cluster prdo") && near.error.contains("\"prod\"?"), "\(near)"
    )
    let both = try await run(["audit", "prod", "--primary", "P"] + defined.config)
    #expect(both.status == 64 && both.error.contains("stands for its nodes"), "\(both)")
    let neither = try await run(["status"])
    #expect(neither.status == 64 && neither.error.contains("no cluster given, and no node (--node)"), "\(neither)")
    for (line, words) in [
      (["audit", "--primary", "P"], "no standby given (--standby)"), (["plan"], "no primary given (--primary)"),
    ] {
      let outcome = try await run(line)
      #expect(outcome.status == 64 && outcome.error.contains(words), "\(outcome)")
    }
  }

  /// Nobody is connected to because somebody else wrote a file.
  @Test func aDefinitionThatOthersCanWriteIsNotActedOn() async throws {
    let defined = try Defined()
    chmod(defined.pair.scratch.path + "/config/clusters.d/prod.toml", 0o666)
    for command in ["audit", "plan", "ledger", "status"] {
      let outcome = try await run([command, "prod"] + defined.config)
      #expect(outcome.status == 3 && outcome.error.contains("can be written by others"), "\(outcome)")
    }
  }
}
