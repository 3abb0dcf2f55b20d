import FixtureSupport
import ServerLab
import Testing

@testable import PostgresFormat

/// State files under right checksums that no server wrote: no script is made of a directory with one of them, whichever slots
/// were asked for, so that psql never reads a name of theirs.
@Suite struct ForgedStatesTests {
  static let payloads = [
    "x\n\\! touch forged\n", "x'\n\\! touch forged\n", "`touch forged`", "x'; \\! touch forged", "x' \\g |touch forged",
    "$$; \\! touch forged", ":'x' \\! touch forged", "x'); drop table kept; --", "$plan$; drop table kept; --",
    "'||(select 1/0)||'", "../../x", "*/ drop table kept; /*", "\\.\n\\! touch forged", "x\u{1B}[2J", "a\u{202E}b",
    "-x",
    ":x", "X",
  ]

  @Test(arguments: ["name", "plugin"])
  func noScriptIsMadeOfThem(field: String) async throws {
    let nodes = try NodePairCopy()
    let path = nodes.primary + "/pg_replslot/cdc_a/state"
    let state = try FileTree.contents(of: path)
    for payload in Self.payloads where !(field == "plugin" && payload == "X") {
      let forged = try Self.forged(state, field, payload)
      try FileTree.change(path) { $0 = forged }
      let plan = ["plan", "--primary", nodes.primary, "--standby", nodes.standby]
      let folder = nodes.outside + "/plan"
      let lines = [[], ["--slots", "name:cdc_b"], ["--slots", "name_like:*"]].flatMap { selection in
        ["failover-slots", "slots-on-standby", "slots-on-new-primary"].map { plan + ["--approach", $0] + selection }
      }
      for outcome in try await slotscope(each: lines + [plan + ["--output-dir", folder]]) {
        #expect([2, 3].contains(outcome.status) && outcome.output.isEmpty, "\(payload): \(outcome)")
        #expect(outcome.error.contains("no plan: a state file names a \(field == "name" ? "slot" : "plugin")"))
        #expect(OutputRules.objection(Array(outcome.error.utf8), format: "text") == nil, "\(outcome.error)")
      }
      #expect(!FileTree.exists(folder))
    }
  }

  /// A slot state with another name or plugin.
  private static func forged(_ state: [UInt8], _ field: String, _ text: String) throws -> [UInt8] {
    let layout = SlotState.structure.layout(for: .v17)
    guard let place = layout.place(named: field) else { throw FixtureError("no field \(field)") }
    var state = state
    let offset = SlotState.headerLength + place.offset
    let bytes = Array(Array(text.utf8).prefix(63))
    state.replaceSubrange(offset..<offset + 64, with: bytes + [UInt8](repeating: 0, count: 64 - bytes.count))
    let checksum = CRC32C.checksum(state.span.bytes.extracting(8..<SlotState.headerLength + layout.size))
    state.replaceSubrange(4..<8, with: WALBuilder.little(checksum))
    return state
  }
}
