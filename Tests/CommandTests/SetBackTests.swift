import FixtureSupport
import ServerLab
import Testing

/// Two histories on one timeline: a primary that was set back to a snapshot of its disk, and its standby. What one command
/// knows of it, none of the others passes over.
@Suite struct SetBackTests {
  private let folder: String

  init() throws { folder = try Fixtures.unpacked("incidents/set-back-pg17") }

  private func run(_ arguments: [String], _ moment: String) async throws -> Outcome {
    try await slotscope(arguments.map { $0.replacing("@", with: "\(folder)/\(moment)-") })
  }

  @Test func asLongAsBothHaveTheirOwnWALItIsSeen() async throws {
    let nodes = ["--primary", "@primary", "--standby", "@standby"]
    for command in [["audit"] + nodes, ["ledger"] + nodes, ["plan"] + nodes] {
      let outcome = try await run(command, "before")
      #expect(outcome.status == 3, "\(outcome)")
      #expect((outcome.output + outcome.error).contains("have different WAL at 0/00800DE0"), "\(outcome)")
    }
    let tree = try await run(["timeline", "@primary", "@standby"], "before")
    let words = tree.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(tree.status == 2 && words.contains("have different WAL from 0/00800"), "\(tree)")
    let compared = try await run(["compare", "@primary", "@standby"], "before")
    #expect(compared.status == 2 && compared.output.contains("is different from 0/00800"), "\(compared)")
    let document = try JSONDocument(
      parsing: try await run(["compare", "--format", "json", "@primary", "@standby"], "before").output)
    #expect(document["wal_differs_from"].string?.hasPrefix("0/00800") == true)
    #expect(document["unchanged"].bool == false)
  }

  /// The standby has fetched the primary's segment over its own: data pages tell what no WAL does.
  @Test func afterwardsItsPagesTellEveryCommand() async throws {
    let nodes = ["--primary", "@primary", "--standby", "@standby"]
    for command in [["audit"] + nodes, ["ledger"] + nodes, ["plan"] + nodes] {
      let outcome = try await run(command, "after")
      #expect(outcome.status == 2, "\(outcome)")
      #expect(
        (outcome.output + outcome.error).lowercased().contains(
          "data pages of this standby were written by another history"), "\(outcome)")
    }
    let tree = try await run(["timeline", "@primary", "@standby"], "after")
    #expect(tree.status == 0, "\(tree)")
  }

  /// A standby that lags has less WAL, and none that is different.
  @Test func aStandbyThatLagsIsNotDifferent() async throws {
    let shop = try Fixtures.unpacked("examples/shop")
    let tree = try await slotscope(["timeline", shop + "/db1", shop + "/db2"])
    #expect(tree.status == 0, "\(tree)")
    let compared = try await slotscope(["compare", "--format", "json", shop + "/db1", shop + "/db2"])
    #expect(compared.status == 1)
    #expect(try JSONDocument(parsing: compared.output)["wal_differs_from"].isNull)
  }
}
