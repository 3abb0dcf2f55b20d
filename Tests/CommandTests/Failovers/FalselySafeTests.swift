import FixtureSupport
import ServerLab
import Testing

/// Real failovers in which a consumer lost changes, kept what the new primary lacks, or got changes twice, each of another kind:
/// whatever is given of them, none is called ready.
struct FalselySafeTests {
  static let names: [String] = {
    let suffix = ".tar.xz"
    return FileTree.entries(of: Fixtures.directory + "/promotions").filter { $0.hasSuffix(suffix) }
      .map { String($0.dropLast(suffix.count)) }
  }()

  @Test func thereAreSome() { #expect(Self.names.count >= 14) }

  @Test(arguments: names)
  func noneIsReady(name: String) async throws {
    let (nodes, subscriber) = try unpacked(name)
    for arguments in [nodes] + (subscriber.isEmpty ? [] : [nodes + subscriber]) {
      let outcome = try await slotscope(["audit"] + arguments + ["--format", "json"])
      #expect(outcome.status != 0, "\(arguments)")
      let document = try JSONDocument(parsing: outcome.output)
      #expect(document["verdict"].string != "ready")
      for slot in document["slots"].elements where slot["slot_type"].string == "logical" {
        #expect(slot["verdict"].string != "ready")
      }
    }
  }

  /// Times of files are those of a copy, where one was made without them: whichever came last, they prove nothing.
  @Test(arguments: ["primary", "standby"])
  func timesOfACopyProveNothing(last: String) async throws {
    let (nodes, _) = try unpacked("f6-slot-set-back-pg17")
    let scratch = ScratchDirectory()
    defer { withExtendedLifetime(scratch) {} }
    for node in ["primary", "standby"].sorted(by: { first, _ in first != last }) {
      let folder = try #require(nodes.first { $0.hasSuffix("/\(node)") })
      try ExternalProgram.run("/bin/cp", ["-r", folder, "\(scratch.path)/\(node)"])
    }
    let outcome = try await slotscope(
      ["audit", "--primary", "\(scratch.path)/primary", "--standby", "\(scratch.path)/standby"])
    #expect(outcome.status == 2)
  }

  /// What was sent again is what these consumers had no position for; where they have one, nothing stands against them.
  @Test(arguments: ["f18-copy-of-former-slot-by-hand-pg16", "f47b-subscription-without-position-pg17"])
  func aPremiseThatIsGivenCounts(name: String) async throws {
    let (nodes, _) = try unpacked(name)
    for (given, state, verdict) in [
      ([], "open", "at_risk"),
      (["--assume", "consumer-keeps-position", "--assume", "clocks-agree"], "given", "ready"),
    ] {
      let outcome = try await slotscope(["audit"] + nodes + given + ["--format", "json"])
      let slot = try #require(
        try JSONDocument(parsing: outcome.output)["slots"].elements.first { $0["slot_type"].string == "logical" })
      #expect(slot["verdict"].string == verdict)
      let premise = slot["premises"].elements.first { $0["id"].string == "consumer-keeps-position" }
      #expect(premise?["state"].string == state)
    }
  }

  private func unpacked(_ name: String) throws -> (nodes: [String], subscriber: [String]) {
    let folder = try Fixtures.unpacked("promotions/\(name)")
    let evidence = "\(folder)/primary.evidence"
    let primary = FileTree.exists(evidence) ? evidence : "\(folder)/primary"
    let subscriber = "\(folder)/subscriber"
    return (
      ["--primary", primary, "--standby", "\(folder)/standby"],
      FileTree.exists(subscriber) ? ["--subscriber", subscriber] : []
    )
  }
}
