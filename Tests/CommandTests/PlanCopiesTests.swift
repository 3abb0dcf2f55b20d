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

  private static func expectShort(_ script: String, _ name: String) {
    // A slot that was left out is no part of a script for one.
    let lines = script.split(separator: "\n", omittingEmptySubsequences: false).dropLast().filter {
      !$0.hasPrefix("-- Not here: ")
    }
    let list = lines.filter { $0.hasPrefix("\\set slots ") }
    let few = list.count < 3 ? 0 : list.count
    #expect(lines.count - few <= 103, "\(name): \(lines.count) lines, \(list.count) of them slots")
    // What psql takes as one line stays one.
    let wide = lines.filter { $0.count > 115 && !$0.hasPrefix("\\") && !$0.hasPrefix("-- ") }
    #expect(wide.isEmpty, "\(name): \(wide)")
  }

  /// Every script for one slot, whichever way it is made; what goes to and fro between two servers is two of them.
  @Test(arguments: [
    ("pg17-pair", "failover-slots"), ("pg17-pair", "slots-on-standby"), ("pg16-pair", "slots-on-standby"),
  ])
  func everyScriptForOneSlotIsShort(pair: String, approach: String) async throws {
    let scratch = ScratchDirectory()
    let folder = scratch.path + "/plan"
    let outcome = try await slotscope([
      "plan", "--approach", approach, "--slots", "name:cdc_b", "--primary", try Fixtures.node(pair, "primary").path,
      "--standby", try Fixtures.node(pair, "standby").path, "--output-dir", folder,
    ])
    #expect(outcome.status == 0, "\(outcome)")
    let scripts = try TrialScripts(folder: folder).scripts
    #expect(scripts.count > 2)
    for (name, text) in scripts where name != "both-before" { Self.expectShort(text, name) }
  }

  /// Slots in three databases: what is done in each of them is written once.
  @Test func manySlotsInThreeDatabasesAreOneStatement() async throws {
    let scratch = ScratchDirectory()
    let primary = try await Self.manySlots(207, in: scratch, areFailover: false)
    let outcome = try await slotscope([
      "plan", "--approach", "slots-on-standby", "--slots", "name_like:tenant%", "--primary", primary, "--standby",
      try Fixtures.node("pg17-pair", "standby").path,
    ])
    #expect(outcome.status == 0, "\(outcome)")
    let lines = outcome.output.split(separator: "\n")
    let list = lines.filter { $0.hasPrefix("\\set slots ") }
    #expect(list.count == 206 && lines.count - list.count < 115, "\(lines.count - list.count)")
    #expect(lines.count { $0.hasSuffix(" \\g") } == 2)
    #expect(lines.count { $0.contains("pg_create_logical_replication_slot(") } == 1)
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
