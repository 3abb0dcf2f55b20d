import FixtureSupport
import ServerLab
import Testing

/// Real failovers with the primary's log: what it proves counts, and nothing else does.
struct LoggedBarrierFixtureTests {
  @Test(arguments: [
    ("log-safe-5010-pg18", true), ("log-safe-json-5015-pg19", true),
    ("log-gap-safe-late-csv-5222-pg19", true), ("log-dropped-5002-pg17", false), ("log-fatal-5013-pg18", false),
    ("log-gap-late-csv-5221-pg17", false), ("log-restart-trap-5012-pg17", false),
  ])
  func aCompleteLogDecides(name: String, isProven: Bool) async throws {
    let folder = try Fixtures.unpacked("witnesses/\(name)")
    let nodes = ["--primary", "\(folder)/primary", "--standby", "\(folder)/standby"]
    let slot = try await slot(nodes + Self.confirmed)
    let continues = try JSONDocument(contentsOf: "\(folder)/label.json")["slots"]["orders_cdc"]["continues"].bool
    #expect(continues == isProven)
    #expect((slot["verdict"].string == "ready") == isProven)
    let premise = try #require(slot["premises"].elements.first { $0["id"].string == "standby-slots-held" })
    #expect((premise["state"].string == "proven") == isProven)
    // It does not show whether somebody moved the standby's slot by hand.
    let unconfirmed = try await self.slot(nodes)
    #expect(unconfirmed["verdict"].string != "ready")
    let word = unconfirmed["premises"].elements.first { $0["id"].string == "standby-slot-confirmed" }
    #expect(word?["state"].string == (isProven ? "open" : nil))
    if isProven {
      let all = try await self.slot(nodes + ["--assume", "standby-slots-held"])
      #expect(all["verdict"].string == "ready")
    }
  }

  /// A log that lies elsewhere is given; without it nothing is proven. What was captured has it.
  @Test func aLogElsewhereIsGiven() async throws {
    let scratch = ScratchDirectory()
    let folder = try Fixtures.witness("log-safe-5010-pg18", in: scratch)
    let own = try #require(FileTree.entries(of: "\(folder)/primary/log").first)
    let log = "\(scratch.path)/\(own)"
    let nodes = ["--primary", "\(folder)/primary", "--standby", "\(folder)/standby"] + Self.confirmed
    let evidence = "\(scratch.path)/primary.json"
    #expect(try await slotscope(["capture", "\(folder)/primary", "-o", evidence]).status == 0)
    try ExternalProgram.run("/bin/mv", ["\(folder)/primary/log/\(own)", log])
    #expect(try await slot(nodes)["verdict"].string == "at_risk")
    #expect(try await slot(nodes + ["--log", log])["verdict"].string == "ready")
    // Of another name it is not the one that the server wrote to last.
    let other = "\(scratch.path)/other.log"
    try ExternalProgram.run("/bin/cp", ["-p", log, other])
    #expect(try await slot(nodes + ["--log", other])["verdict"].string == "at_risk")
    // What was captured shows nothing of what came after it.
    let captured = ["--primary", evidence, "--standby", "\(folder)/standby"] + Self.confirmed
    #expect(try await slot(captured)["verdict"].string == "at_risk")
    let given = try await slot(captured + ["--assume", "primary-down"])
    #expect(given["verdict"].string == "ready")
    let states = given["premises"].elements.map { "\($0["id"].string ?? "") \($0["state"].string ?? "")" }
    #expect(states.contains("primary-down given") && states.contains("standby-slots-held proven"))
    let missing = try await slotscope(["audit"] + nodes + ["--log", "\(scratch.path)/no.log"])
    #expect(missing.status == 3 && missing.error.contains("no.log"))
  }

  private static let confirmed = ["--assume", "standby-slot-confirmed"]

  private func slot(_ arguments: [String]) async throws -> JSONDocument {
    let outcome = try await slotscope(["audit"] + arguments + ["--format", "json"])
    return try #require(
      try JSONDocument(parsing: outcome.output)["slots"].elements.first { $0["slot_name"].string == "orders_cdc" })
  }
}
