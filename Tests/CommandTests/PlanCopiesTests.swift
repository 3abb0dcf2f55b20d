import FixtureSupport
import ServerLab
import Testing

/// Scripts as they are, kept for whoever reviews a change of them. SLOTSCOPE_RENEW_PLANS=1 writes them anew.
@Suite struct PlanCopiesTests {
  private static let folder = Fixtures.directory + "/../Tests/Plans"

  @Test(arguments: ["one-slot", "failover-slot", "many-slots", "new-primary", "both-servers"])
  func scriptsAreAsReviewed(name: String) async throws {
    let scratch = ScratchDirectory()
    let outcome = try await slotscope(["plan"] + Self.arguments(name, in: scratch))
    #expect(outcome.status == 0, "\(outcome)")
    let file = "\(Self.folder)/\(name).sql"
    if Environment.value("SLOTSCOPE_RENEW_PLANS") != nil {
      try ExternalProgram.run("/usr/bin/env", ["cp", scratch.write("script.sql", outcome.output), file])
    }
    let reviewed = String(decoding: try FileTree.contents(of: file), as: UTF8.self)
    let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
    let changed = lines.difference(from: reviewed.split(separator: "\n", omittingEmptySubsequences: false))
    #expect(changed.isEmpty, "\(name): \(changed.prefix(20).map { "\($0)" }.joined(separator: "\n"))")
  }

  /// Read in a minute: lines of a script beside those of its list, and columns of a line.
  @Test(arguments: ["one-slot", "failover-slot", "many-slots", "new-primary"])
  func scriptsStayShort(name: String) throws {
    let script = String(decoding: try FileTree.contents(of: "\(Self.folder)/\(name).sql"), as: UTF8.self)
    Self.expectShort(script, name)
  }

  /// 100 lines, and a line for each slot where there are several. A setting that the standby's files lack takes a step of its own,
  /// with its checks, and so do the physical slots of other followers.
  private static func expectShort(_ script: String, _ name: String, limit: Int = 100) {
    // A slot that was left out is no part of a script for one.
    let lines = script.split(separator: "\n", omittingEmptySubsequences: false).dropLast().filter {
      !$0.hasPrefix("-- Not here: ")
    }
    let list = lines.filter { $0.hasPrefix("\\set slots ") }
    let settings = lines.filter { $0.hasPrefix("\\echo 'set.") }
    let few = list.count < 3 ? 0 : list.count
    let followers = lines.contains { $0.hasPrefix("\\set slots_2 ") } ? 50 : 0
    #expect(
      lines.count - few <= limit + 15 * settings.count + followers,
      "\(name): \(lines.count) lines, \(list.count) of them slots")
    // What is told of a slot goes into one object, whichever list has the slot.
    #expect(lines.count { $0.hasPrefix("\\set told_position '{\"") } <= 1, "\(name)")
    // A list, a database's name and a slot's own command stay on their lines, however long.
    let wide = lines.filter { line in
      let isOwn = ["\\set slots", "\\set told_", "\\set database_conninfo ", "\\if :answer_done "].contains {
        line.hasPrefix($0)
      }
      return line.count > 120 && !isOwn && !line.hasPrefix("-- ")
    }
    #expect(wide.isEmpty, "\(name): \(wide)")
  }

  /// Every script for one slot, whichever way it is made, of each major, plugin and kind, with a subscriber and a follower, where the
  /// standby is set up and where it is not; what goes to and fro between two servers is two of them.
  @Test(arguments: ["pg16-pair", "pg17-pair", "pg18-pair", "pg19-pair"])
  func everyScriptForOneSlotIsShort(pair: String) async throws {
    let scratch = ScratchDirectory()
    let standby = try Fixtures.node(pair, "standby").path
    let bare = try await Self.changed(standby, scratch) { document in
      let settings = [("hot_standby_feedback", "off"), ("primary_slot_name", ""), ("sync_replication_slots", "off")].map
      {
        #"{"line": 9999, "name": "\#($0)", "origin": "file", "path": "postgresql.auto.conf", "value": "\#($1)"}, "#
      }
      let list = try #require(document.firstRange(of: #""assignments" : ["#))
      let end = try #require(document[list.upperBound...].firstRange(of: "\n    ]")).lowerBound
      document.insert(contentsOf: ", " + settings.joined().dropLast(2), at: end)
    }
    var folders: [String] = []
    var lines: [[String]] = []
    for (plugin, twoPhase) in [("pgoutput", false), ("test_decoding", true), ("wal2json", false)] {
      let primary = try await Self.changed(try Fixtures.node(pair, "primary").path, scratch) { document in
        let start = try #require(document.firstRange(of: #""directory" : "cdc_b""#)).lowerBound
        let end = try #require(document[start...].firstRange(of: "\n    }")).upperBound
        var slot = document[start..<end].replacing(#""two_phase" : false"#, with: "\"two_phase\" : \(twoPhase)")
        slot = slot.replacing(#/"plugin" : "[a-z_]+"/#, with: "\"plugin\" : \"\(plugin)\"")
        document.replaceSubrange(start..<end, with: slot)
      }
      for approach in ["failover-slots", "slots-on-standby", "slots-on-new-primary"]
      where pair != "pg16-pair" || approach != "failover-slots" {
        for source in [standby, bare] {
          folders.append("\(scratch.path)/plan\(folders.count)")
          lines.append([
            "plan", "--approach", approach, "--slots", "name:cdc_b", "--primary", primary, "--standby", source,
            "--follower",
            standby, "--output-dir", folders[folders.count - 1],
          ])
        }
      }
    }
    var count = 0
    for (folder, line) in zip(folders, lines) {
      let outcome = try await slotscope(line)
      #expect([0, 1, 2].contains(outcome.status), "\(line): \(outcome)")
      for (name, text) in try TrialScripts(folder: folder).scripts {
        count += 1
        if name != "both-before" { Self.expectShort(text, "\(line) \(name)") }
      }
    }
    #expect(count > 25, "\(count)")
  }

  /// What repoints a subscription, too.
  @Test(arguments: [
    "f8-subscribers-standby-pg17", "f4-copy-past-standby-pg17", "f7-two-phase-subscriber-killed-pg17",
  ])
  func everyScriptForASubscriptionIsShort(fixture: String) async throws {
    let pair = try Fixtures.unpacked("promotions/\(fixture)")
    let scratch = ScratchDirectory()
    var names: Set<String> = []
    for approach in ["failover-slots", "slots-on-standby"] {
      let folder = "\(scratch.path)/\(approach)"
      let outcome = try await slotscope([
        "plan", "--approach", approach, "--primary", pair + "/primary", "--standby", pair + "/standby", "--subscriber",
        pair + "/subscriber", "--output-dir", folder,
      ])
      #expect([0, 1].contains(outcome.status), "\(outcome)")
      for (name, text) in try TrialScripts(folder: folder).scripts where name != "both-before" {
        names.insert(name)
        Self.expectShort(text, "\(fixture) \(name)")
      }
    }
    #expect(names.contains("subscriber-after"), "\(names)")
  }

  /// Slots in three databases: what is done in each of them is written once, for which each is connected to and made sure of.
  /// Whether a plugin that PostgreSQL does not bring is installed takes four lines.
  @Test(arguments: [("pgoutput", 100), ("test_decoding", 104)])
  func manySlotsInThreeDatabasesAreOneStatement(plugin: String, limit: Int) async throws {
    let scratch = ScratchDirectory()
    let captured = try FileTree.contents(of: await Self.manySlots(207, in: scratch, areFailover: false))
    let primary = scratch.write(
      "primary-\(plugin).json",
      String(decoding: captured, as: UTF8.self).split(separator: "test_decoding", omittingEmptySubsequences: false)
        .joined(separator: plugin))
    let outcome = try await slotscope([
      "plan", "--approach", "slots-on-standby", "--slots", "name_like:tenant%", "--primary", primary, "--standby",
      try Fixtures.node("pg17-pair", "standby").path,
    ])
    #expect(outcome.status == 0, "\(outcome)")
    Self.expectShort(outcome.output, "three databases", limit: limit)
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count { $0.hasPrefix("\\set slots ") } == 206)
    #expect(lines.count { $0.hasSuffix(" \\g") } == 2)
    #expect(lines.count { $0.contains("pg_create_logical_replication_slot(") } == 1)
  }

  /// Evidence of a node with a change in its text.
  private static func changed(
    _ node: String, _ scratch: ScratchDirectory, _ change: (inout String) throws -> Void
  ) async throws -> String {
    let outcome = try await slotscope(["capture", node, "-o", scratch.path + "/captured.json"])
    #expect(outcome.status == 0, "\(outcome)")
    var document = String(decoding: try FileTree.contents(of: scratch.path + "/captured.json"), as: UTF8.self)
    try change(&document)
    try ExternalProgram.run("/bin/rm", [scratch.path + "/captured.json"])
    return scratch.write("\(FileTree.entries(of: scratch.path).count)-changed.json", document)
  }

  private static func arguments(_ name: String, in scratch: ScratchDirectory) async throws -> [String] {
    switch name {
    case "one-slot":
      let primary = try Fixtures.node("pg16-pair", "primary").path
      return try [
        "--slots", "name:cdc_b", "--primary", primary, "--standby", Fixtures.node("pg16-pair", "standby").path,
      ]
    case "both-servers":
      let primary = try Fixtures.node("pg16-pair", "primary").path
      return try [
        "--for", "both", "--slots", "name:cdc_b", "--primary", primary, "--standby",
        Fixtures.node("pg16-pair", "standby").path,
      ]
    case "failover-slot":
      let primary = try await manySlots(2, in: scratch)
      return try [
        "--approach", "failover-slots", "--slots", "name:tenant_1", "--primary", primary, "--standby",
        Fixtures.node("pg17-pair", "standby").path,
      ]
    case "many-slots":
      let primary = try await manySlots(207, in: scratch)
      return try [
        "--approach", "failover-slots", "--primary", primary, "--standby", Fixtures.node("pg17-pair", "standby").path,
      ]
    default:
      let pair = try FailoverFixture.unpacked("2029-pg19", in: scratch).folder
      return ["--approach", "slots-on-new-primary", "--primary", pair + "/primary", "--standby", pair + "/standby"]
    }
  }

  /// A table of scripts that is read at one look, however many slots there are and however long their names.
  @Test func theTableOfAFoldersReadmeStaysShort() async throws {
    let scratch = ScratchDirectory()
    let long = "debezium_connector_for_tenant_in_region_eu_central_1_public_"
    let primary = try await Self.manySlots(207, named: long, in: scratch)
    let standby = try Fixtures.node("pg17-pair", "standby").path
    for approach in ["failover-slots", "slots-on-standby"] {
      let folder = "\(scratch.path)/\(approach)"
      let outcome = try await slotscope(
        ["plan", "--primary", primary, "--standby", standby, "--approach", approach, "--output-dir", folder])
      #expect(outcome.status == 0, "\(outcome)")
      let readme = String(decoding: try FileTree.contents(of: folder + "/README.md"), as: UTF8.self)
      let rows = readme.split(separator: "\n").filter { $0.hasPrefix("| `") }
      #expect(rows.count > 1 && rows.contains { $0.contains(" and 207 more: ") }, "\(readme)")
      for row in rows {
        let cells = row.split(separator: " | ")
        #expect(cells.count == 3 && cells.allSatisfy { $0.count <= 210 }, "\(row)")
      }
    }
  }

  /// The primary with more slots like one that it has, in three databases.
  static func manySlots(
    _ count: Int, named prefix: String = "tenant_", in scratch: ScratchDirectory, areFailover: Bool = true
  ) async throws -> String {
    let file = scratch.path + "/primary.json"
    let outcome = try await slotscope(["capture", try Fixtures.node("pg17-pair", "primary").path, "-o", file])
    #expect(outcome.status == 0, "\(outcome)")
    var document = String(decoding: try FileTree.contents(of: file), as: UTF8.self)
    let list = try #require(document.firstRange(of: #""slots" : ["#))
    let rest = document[list.upperBound...]
    let start = try #require(rest.firstRange(of: #""directory" : "cdc_b""#)).lowerBound
    let opening = try #require(document[..<start].lastIndex(of: "{"))
    let closing = try #require(document[start...].firstRange(of: "\n    }")).upperBound
    let slot = String(document[opening..<closing])
    let databases = [5, 16384, 16385]
    let more = (1..<count).map { number in
      slot.split(separator: "cdc_b", omittingEmptySubsequences: false).joined(separator: "\(prefix)\(number)")
        .split(separator: "\"failover\" : false", omittingEmptySubsequences: false).joined(
          separator: "\"failover\" : \(areFailover)"
        )
        .split(separator: "\"database\" : 5,", omittingEmptySubsequences: false)
        .joined(separator: "\"database\" : \(databases[number % 3]),")
    }
    document.insert(contentsOf: more.joined(separator: ", ") + ", ", at: list.upperBound)
    return scratch.write("many.json", document)
  }
}
