import FixtureSupport
import ServerLab
import Testing

/// `inspect` reads as much WAL as tells whether decoding skips changes.
@Suite struct DecodingStartTests {
  /// Every logical slot of the fixtures' servers is what the servers made it: none skips a change.
  @Test(arguments: ["pg15-pair", "pg17-pair", "pg18-pair", "pg13-pair"])
  func slotsThatServersMadeSkipNothing(name: String) async throws {
    for node in try Fixtures.nodes(name) {
      let outcome = try await slotscope(["inspect", node.path, "--format", "json"])
      let document = try JSONDocument(parsing: outcome.output)
      #expect(!document["slots"].elements.contains { $0["fate"].string == "skips_changes" }, "\(node.path)")
      #expect(!document["findings"].elements.contains { $0["id"].string?.contains("snapshot") == true }, "\(node.path)")
    }
  }
}
