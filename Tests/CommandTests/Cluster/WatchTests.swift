import FixtureSupport
import ServerLab
import Testing

@testable import SlotscopeCommands

/// `status --watch`: a line of JSON a round in a pipe; on a terminal drawn in place, which is as it was afterwards.
@Suite struct WatchTests {
  @Test(arguments: [
    (["status", "prod", "--watch"], ["status", "prod", "--watch", "2"]),
    (["status", "--watch", "5", "prod"], ["status", "--watch", "5", "prod"]),
    (["status", "--watch", "prod"], ["status", "--watch", "2", "prod"]),
    (["status", "--watch", "-v"], ["status", "--watch", "2", "-v"]),
    (["status", "--", "--watch"], ["status", "--", "--watch"]),
    (["audit", "--watch"], ["audit", "--watch"]), (["status", "--watch=3"], ["status", "--watch=3"]), ([], []),
  ])
  func theSecondsMayBeLeftOut(given: [String], filled: [String]) { #expect(WatchInterval.filled(in: given) == filled) }

  private static func shell(_ command: String, _ pair: NodePairCopy) async throws -> Outcome {
    try await runProgram(
      "/bin/sh", ["-c", command, productsDirectory + "/slotscope", pair.primary, pair.standby])
  }

  /// `head` goes away after two lines, which ends the watch, and is no error.
  @Test func aPipeGetsALineOfJSONARound() async throws {
    let pair = try NodePairCopy()
    let outcome = try await Self.shell(
      "{ \"$0\" status --node \"$1\" --node \"$2\" --watch 1; echo \"exit code $?\" >&2; } | head -n 2", pair)
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count == 2 && outcome.error == "exit code 0\n", "\(outcome)")
    let documents = try lines.map { try JSONDocument(parsing: String($0)) }
    #expect(documents.allSatisfy { $0["schema"].string == "slotscope.status/1" && $0["nodes"].elements.count == 2 })
    #expect(documents[0]["at"] != documents[1]["at"] && documents[0]["verdict"] == documents[1]["verdict"])
  }

  /// In a terminal of its own: `script` makes one, and types.
  @Test(
    .enabled(if: FileTree.exists("/usr/bin/script"), "no script(1) on this machine"),
    arguments: [("sfv q", 0), ("q", 0), ("\u{03}", 130)])
  func aTerminalIsAsItWasAfterwards(keys: String, status: Int) async throws {
    let pair = try NodePairCopy()
    let type = keys.map { "sleep 1; printf '\\\($0.asciiValue.map { String($0, radix: 8) } ?? "")'" }.joined(
      separator: "; ")
    // Keys are typed once the first screen is there.
    let drawnYet = "i=0; until grep -q 'q quit' \"$1/../t\" || [ $i -gt 600 ]; do i=$((i+1)); sleep 0.1; done"
    let inTerminal =
      "trap : INT; stty rows 24 cols 100; stty -a | tr \";\" \"\\n\" | grep icanon; "
      + "\"$SLOTSCOPE\" status --node \"$P\" --node \"$S\" --watch 1; echo \"code $?\"; "
      + "stty -a | tr \";\" \"\\n\" | grep icanon"
    let outcome = try await Self.shell(
      ": > \"$1/../t\"; { \(drawnYet); \(type); sleep 2; } | SLOTSCOPE=\"$0\" P=\"$1\" S=\"$2\" TERM=xterm "
        + "timeout 120 script -qefc '\(inTerminal)' \"$1/../t\"", pair)
    // A carriage return and what follows are one character.
    let output = String(decoding: outcome.output.utf8.filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
    #expect(output.contains("code \(status)\n"), "\(outcome)")
    let begin = try #require(output.firstRange(of: "\u{1B}[?1049h\u{1B}[?25l"))
    let end = try #require(output.firstRange(of: "\u{1B}[?25h\u{1B}[?1049l"))
    #expect(begin.lowerBound < end.lowerBound)
    let drawn = output[begin.upperBound..<end.lowerBound]
    #expect(drawn.contains("q quit") && drawn.contains("node") && drawn.contains("slot"), "\(outcome)")
    if keys.hasPrefix("sfv") {
      #expect(drawn.contains("s sort: retained") && drawn.contains("f show: open") && drawn.contains("v less"))
    }
    // Canonical input before, and after.
    let modes = output.split(separator: "\n").filter { $0.contains("icanon") }
    #expect(modes.count == 2 && modes.allSatisfy { !$0.contains("-icanon") } && modes[0] == modes[1], "\(modes)")
    // No frame is longer than the screen.
    for frame in drawn.split(separator: "\u{1B}[H") { #expect(frame.count { $0 == "\n" } < 24) }
  }
}
