import FixtureSupport
import ServerLab
import Testing

/// Real failovers of a real Debezium connector, with the offset that it had stored: what the offset proves counts, and nothing
/// else does.
struct StoredOffsetTests {
  /// Whether the case is ready without the offset, with it, and with the word that it is the last one.
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var without: Bool
    var with: Bool
    var final: Bool
    var findings: Set<String> = []
    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "dbz-safe-barrier-5104-pg17", without: true, with: true, final: true),
    Case(name: "dbz-safe-offset-5105-pg18", without: false, with: false, final: true),
    Case(name: "dbz-manual-5008-pg16", without: true, with: true, final: true),
    Case(name: "dbz-stale-5307-pg18", without: false, with: false, final: true),
    Case(name: "dbz-phantom-5103-pg17", without: false, with: false, final: false, findings: ["A13"]),
    Case(name: "dbz-old-5006-pg17", without: true, with: false, final: false, findings: ["A11"]),
    Case(name: "dbz-old-silent-5418-pg17", without: true, with: false, final: false, findings: ["A11"]),
    Case(name: "dbz-manual-ahead-5009-pg16", without: false, with: false, final: false, findings: ["A11"]),
  ]

  @Test(arguments: cases)
  func theOffsetDecides(_ one: Case) async throws {
    let folder = try Fixtures.unpacked("witnesses/\(one.name)")
    let label = try JSONDocument(contentsOf: "\(folder)/label.json")
    let continues = label["slots"]["orders_cdc"]["continues"].bool == true
    let nodes = ["--primary", "\(folder)/primary", "--standby", "\(folder)/standby", "--assume", "clocks-agree"]
    let word = ["--assume", "consumer-stopped"]
    #expect((try await slot(nodes)["verdict"].string == "ready") == one.without)
    // A word about an offset that is not there is none.
    #expect((try await slot(nodes + word)["verdict"].string == "ready") == one.without)
    for file in ["offsets.dat", "offsets.json"] {
      let given = nodes + ["--consumer", "orders_cdc=\(folder)/consumer/\(file)"]
      let open = try await slot(given)
      let final = try await slot(given + word)
      #expect((open["verdict"].string == "ready") == one.with, "\(open)")
      #expect((final["verdict"].string == "ready") == one.final, "\(final)")
      #expect(one.findings.isSubset(of: open["findings"].elements.compactMap(\.string)), "\(open["findings"])")
      // Never ready where it did not go on, unless somebody said what is not so.
      if !continues { #expect(!one.with && (!one.final || label["offset_is_final"].bool != true)) }
      if one.final, !one.with {
        let premise = try #require(final["premises"].elements.first { $0["id"].string == "consumer-stopped" })
        #expect(premise["state"].string == "given")
        #expect(try await text(given).contains("ready, if its consumer went no further than its stored position"))
      }
    }
  }

  /// A position by itself, in either form, is what the file says where it was stored with a commit.
  @Test func aPositionByItself() async throws {
    let scratch = ScratchDirectory()
    let folder = try Fixtures.witness("dbz-safe-offset-5105-pg18", in: scratch)
    let nodes = ["--primary", "\(folder)/primary", "--standby", "\(folder)/standby", "--assume", "consumer-stopped"]
    for position in ["0/A08158", "10518872"] {
      #expect(
        try await slot(nodes + ["--consumer", "orders_cdc=\(position)"])["verdict"].string == "ready", "\(position)")
    }
    // Where no commit ends nothing tells what the consumer has of the transaction there.
    #expect(try await slot(nodes + ["--consumer", "orders_cdc=0/A08190"])["verdict"].string == "at_risk")
    #expect(try await slot(nodes + ["--consumer", "orders_cdc=0/FFFFFFFF"])["verdict"].string == "at_risk")
  }

  /// What is lost is told before: the ledger lists what lies between an old offset and the start of the slot.
  @Test func theLedgerListsWhatTheOffsetLacks() async throws {
    let scratch = ScratchDirectory()
    let folder = try Fixtures.witness("dbz-old-silent-5418-pg17", in: scratch)
    let label = try JSONDocument(contentsOf: "\(folder)/label.json")["slots"]["orders_cdc"]
    let old = (label["lost"].integer ?? 0) - (label["lost_new_timeline"].integer ?? 0)
    let nodes = ["--primary", "\(folder)/primary", "--standby", "\(folder)/standby"]
    let outcome = try await slotscope(
      ["ledger", "--format", "json"] + nodes + ["--consumer", "orders_cdc=\(folder)/consumer/offsets.dat"])
    let lines = try outcome.output.split(separator: "\n").map { try JSONDocument(parsing: String($0)) }
    let missed = lines.dropLast().filter { line in
      line["consumers"].elements.contains { $0["effect"].string == "missed" }
    }
    // Of one more the offset shows that the consumer has rows, and not that it has all.
    #expect(old > 0 && missed.count == old + 1, "\(missed.count), not \(old) and one")
  }

  @Test(arguments: [
    ("orders_cdc", 64, "is not SLOT=POSITION"), ("orders_cdc=", 64, "no position"),
    ("orders_cdc=0/0", 64, "no position"),
    ("orders_cdc=/no/such/file", 3, "/no/such/file"), ("nosuch=0/1", 3, "there is no slot nosuch"),
    ("sb=0/1", 3, "slot sb is physical"), ("orders_cdc=FOLDER/label.json", 3, "no offsets that can be read"),
    ("orders_cdc=FOLDER/consumer/offsets.dat#other", 3, "It has: orders/shop"), ("orders_cdc=FOLDER", 3, "directory"),
  ])
  func whatIsNoPosition(argument: String, status: Int, message: String) async throws {
    let scratch = ScratchDirectory()
    let folder = try Fixtures.witness("dbz-safe-offset-5105-pg18", in: scratch)
    let argument = argument.split(separator: "FOLDER", omittingEmptySubsequences: false).joined(separator: folder)
    let outcome = try await slotscope([
      "audit", "--primary", "\(folder)/primary", "--standby", "\(folder)/standby", "--consumer", argument,
    ])
    #expect(outcome.status == status && outcome.error.contains(message), "\(outcome)")
  }

  private func slot(_ arguments: [String]) async throws -> JSONDocument {
    let outcome = try await slotscope(["audit"] + arguments + ["--format", "json"])
    return try #require(
      try JSONDocument(parsing: outcome.output)["slots"].elements.first { $0["slot_name"].string == "orders_cdc" })
  }

  private func text(_ arguments: [String]) async throws -> String {
    try await slotscope(["audit", "--verbose"] + arguments).output
  }
}
