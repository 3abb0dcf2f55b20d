import FixtureSupport
import ServerLab
import Testing

/// What `audit` and `status` say of a demoted primary, beside what happened when it came back.
@Suite struct DemotedNodeTests {
  private static let fixture = Fixtures.directory + "/rejoin/pg17-two-promotions-5032.tar.xz"
  private static let line = "When the old primary comes back as it is, its slot failover stops slot synchronization"

  @Test func auditAndStatusSayItInOneLine() async throws {
    let scratch = ScratchDirectory()
    let one = try LabeledRejoin(Self.fixture, in: scratch)
    let (old, new) = (one.folder + "/old", one.folder + "/new")
    // So it was, with the slots as they are there.
    let said = one.label["plain"]["slot_sync"]["first"]["stderr"].elements.compactMap(\.string).joined()
    #expect(said.isEmpty || said.contains("same name slot \"failover\""), "\(said)")
    let audit = try await slotscope(["audit", "--primary", old, "--standby", new])
    let status = try await slotscope(["status", "--node", old, "--node", new])
    for outcome in [audit, status] {
      let lines = outcome.output.split(separator: "\n").filter { $0.contains("comes back as it is") }
      #expect(lines.count == 1 && lines[0].contains(Self.line), "\(outcome)")
    }
    let document = try JSONDocument(
      parsing: try await slotscope(["status", "--node", old, "--node", new, "--format", "json"]).output)
    let alert = try #require(document["alerts"].elements.first { $0["id"].string == "rejoin.will-block" })
    #expect(alert["severity"].string == "warning")
  }
}
