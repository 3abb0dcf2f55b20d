import FixtureSupport
import ServerLab
import Testing

/// What monitoring gets when there is an answer, and when there is none.
@Suite struct MonitoringTests {
  /// Sources that nobody can read, reach or decode.
  private static let unusable = [
    "/nonexistent", "host=/nonexistent dbname=x", "host=x nonsense=1", "postgresql://[", "host=x port=abc",
  ]

  private func commands(_ source: String, _ good: String) -> [[String]] {
    [
      ["audit", "--primary", source, "--standby", good], ["audit", "--primary", good, "--standby", source],
      ["audit", "--primary", good, "--standby", good, "--subscriber", source],
      ["audit", "--primary", good, "--standby", good, "--archive", source], ["inspect", source],
    ]
  }

  @Test(arguments: unusable)
  func aPluginAlwaysPrintsItsLine(source: String) async throws {
    let good = try Fixtures.node("pg17-pair", "primary").path
    for command in commands(source, good) {
      let outcome = try await slotscope(command + ["--format", "nagios"])
      #expect(outcome.status == 3 && outcome.output.hasPrefix("SLOTSCOPE UNKNOWN - "), "\(command): \(outcome)")
      #expect(OutputRules.objection(Array(outcome.output.utf8), format: "nagios") == nil)
    }
  }

  @Test(arguments: unusable)
  func metricsAlwaysSayWhetherTheyAreUp(source: String) async throws {
    let good = try Fixtures.node("pg17-pair", "primary").path
    for command in commands(source, good) {
      let outcome = try await slotscope(command + ["--format", "prometheus"])
      #expect(outcome.status == 3 && outcome.output.contains("\nslotscope_up 0\n"), "\(command): \(outcome)")
      #expect(outcome.output.contains("verdict=\"unknown\"} 1\n") == (command[0] == "audit"), "\(command): \(outcome)")
      #expect(!outcome.output.contains("\"ready\"} 1"))
      #expect(OutputRules.objection(Array(outcome.output.utf8), format: "prometheus") == nil)
    }
  }

  /// Whoever watches a slot by its name hears that it is gone, and not that all is well.
  @Test func aSlotThatIsGoneIsNotWell() async throws {
    let scratch = ScratchDirectory()
    let folder = try FailoverFixture.unpacked("1114-pg17", in: scratch).folder
    let audit = ["audit", "--primary", folder + "/primary", "--standby", folder + "/standby"]
    #expect(try await slotscope(audit).status == 0)
    for (slots, words) in [("gone", "there is no slot gone"), ("gone_*", "no slot fits --slots")] {
      for command in [audit, ["inspect", folder + "/standby"], ["status", "--node", folder + "/primary"]] {
        let text = try await slotscope(command + ["--slots", slots])
        #expect(text.status == 3 && text.error.hasSuffix("slotscope: \(words)\n"), "\(command): \(text)")
        guard command[0] != "status" else { continue }
        let line = try await slotscope(command + ["--slots", slots, "--format", "nagios"])
        #expect(line.status == 3 && line.output.hasPrefix("SLOTSCOPE UNKNOWN - \(words)"), "\(command): \(line)")
      }
    }
  }

  /// Whoever runs a plugin reads its standard output, also where the line was to go to a file.
  @Test func aPluginWhoseFileCannotBeWrittenPrintsItsLine() async throws {
    let good = try Fixtures.node("pg17-pair", "primary").path
    for command in [["inspect", good], ["inspect", "/nonexistent"], ["audit", "--primary", good, "--standby", good]] {
      let outcome = try await slotscope(command + ["--format", "nagios", "-o", "/nonexistent/line"])
      #expect(outcome.status == 3 && outcome.output.hasPrefix("SLOTSCOPE UNKNOWN - /nonexistent/line: "), "\(outcome)")
    }
  }

  @Test func theFileOfMetricsForgetsAnOldVerdict() async throws {
    let scratch = ScratchDirectory()
    let folder = try FailoverFixture.unpacked("1114-pg17", in: scratch).folder
    let file = scratch.path + "/slotscope.prom"
    let metrics = ["--standby", folder + "/standby", "--format", "prometheus", "--label", "cluster=a\"b", "-o", file]
    #expect(try await slotscope(["audit", "--primary", folder + "/primary"] + metrics).status == 0)
    let first = String(decoding: try FileTree.contents(of: file), as: UTF8.self)
    #expect(first.contains("slotscope_up{cluster=\"a\\\"b\"} 1\n"))
    #expect(first.contains("slot_name=") && first.contains("verdict=\"ready\"} 1\n"))
    for line in first.split(separator: "\n") where !line.hasPrefix("#") { #expect(line.contains("cluster=")) }
    for wrong in [["--primary", "/nonexistent"], ["--primary", folder + "/primary", "--promote-at", "zzz"]] {
      let outcome = try await slotscope(["audit"] + wrong + metrics)
      #expect(outcome.output.isEmpty && outcome.status == (wrong.count == 2 ? 3 : 64), "\(outcome)")
      let text = String(decoding: try FileTree.contents(of: file), as: UTF8.self)
      #expect(text.contains("slotscope_up") && text.contains("} 0\n") || text.contains("slotscope_up 0\n"), "\(text)")
      #expect(!text.contains("verdict=\"ready\"} 1"), "\(text)")
    }
  }

  @Test func aWrongCommandLineShowsInAPluginToo() async throws {
    for wrong in [
      ["audit", "--format", "nagios"], ["audit", "--format=nagios", "--nosuch"],
      ["audit", "--standby", "x", "--promote-at", "zzz", "--format", "nagios"],
      ["inspect", "--format", "nagios", "--x"],
    ] {
      let outcome = try await slotscope(wrong)
      #expect(outcome.status == 3 && outcome.output.hasPrefix("SLOTSCOPE UNKNOWN - wrong usage: "), "\(outcome)")
      #expect(OutputRules.objection(Array(outcome.output.utf8), format: "nagios") == nil)
    }
    // Only a plugin's server knows no other code.
    let metrics = try await slotscope(["audit", "--format", "prometheus"])
    #expect(metrics.status == 64 && metrics.output.contains("slotscope_up 0\n"))
    let document = try await slotscope(["audit", "--format", "json"])
    #expect(document.status == 64 && document.output.isEmpty)
  }

  @Test func anInspectionCountsWhatSlotsRetain() async throws {
    let node = try Fixtures.node("pg17-pair", "primary").path
    let document = try JSONDocument(parsing: try await slotscope(["inspect", "--format", "json", node]).output)
    let plugin = try await slotscope(["inspect", "--format", "nagios", node])
    let metrics = try await slotscope(["inspect", "--format", "prometheus", node])
    #expect(plugin.status == metrics.status && plugin.status <= 2)
    #expect(metrics.output.contains("\nslotscope_up 1\n"))
    let slots = document["slots"].elements
    #expect(!slots.isEmpty && plugin.output.contains("| slots=\(slots.count) "))
    for slot in slots where slot["fate"].string == "fine" {
      let name = try #require(slot["slot_name"].string)
      guard let retained = slot["required_wal"]["retained_bytes"].integer else { continue }
      #expect(plugin.output.contains(" \(name)_retained=\(retained)B"), "\(plugin)")
      let series = metrics.output.split(separator: "\n").filter {
        $0.hasPrefix("slotscope_slot_retained_bytes{") && $0.contains("slot_name=\"\(name)\"")
      }
      #expect(series.count == 1 && series[0].hasSuffix("} \(retained)"), "\(series)")
    }
  }

  @Test func thePluginNamesTheSlotsThatAreAskedFor() async throws {
    let node = { try Fixtures.node("pg17-pair", $0).path }
    let all = try await slotscope(["inspect", "--format", "nagios", try node("primary")])
    let one = try await slotscope(["inspect", "--format", "nagios", "--slots", "cdc_a", try node("primary")])
    #expect(all.output.contains("cdc_a_retained=") && all.output.contains("sb_slot_retained="))
    #expect(one.output.contains("cdc_a_retained=") && !one.output.contains("sb_slot"))
    func count(_ line: String) -> Substring? { line.split(separator: "| slots=").last?.prefix { $0 != " " } }
    #expect(one.status == all.status && count(one.output) == count(all.output), "state and counts are of all")
    let pair = ["audit", "--format", "nagios", "--primary", try node("primary"), "--standby", try node("standby")]
    let audit = try await slotscope(pair + ["--slots", "cdc_a"])
    #expect(audit.output.contains("cdc_a_state=") && !audit.output.contains("cdc_b_state="))
  }

  /// What Prometheus' own program says of the names, the help and the format.
  @Test(.enabled(if: FileTree.exists("/usr/bin/promtool"), "no promtool on this machine"))
  func promtoolFindsNothing() async throws {
    let node = { try Fixtures.node("pg17-pair", $0).path }
    let pair = ["--primary", try node("primary"), "--standby", try node("standby")]
    for command in [
      ["audit"] + pair, ["audit", "--primary", "/nonexistent", "--standby", "/nonexistent"],
      ["inspect", try node("primary")], ["inspect", try node("standby")], ["inspect", "/nonexistent"],
    ] {
      let metrics = try await slotscope(command + ["--format", "prometheus"]).output
      let outcome = try await runProgram("/usr/bin/promtool", ["check", "metrics"], input: metrics)
      #expect(outcome.status == 0 && outcome.error.isEmpty, "\(command): \(outcome)")
    }
  }
}
