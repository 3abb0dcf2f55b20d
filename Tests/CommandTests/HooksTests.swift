import FixtureSupport
import Glibc
import ServerLab
import Testing

/// What is installed beside the program: the gate before a promotion, and the units and commands that other tools read.
@Suite struct HooksTests {
  private static let folder = String(Fixtures.directory.dropLast("Fixtures".count)) + "Sources/Packaging/Hooks"

  /// Runs the gate with nothing but these settings.
  private func gate(_ settings: [String: String]) async throws -> Outcome {
    let base = [
      "PATH=/usr/bin:/bin", "SLOTSCOPE=\(productsDirectory)/slotscope", "SLOTSCOPE_GATE_CONF=/nonexistent",
      "SLOTSCOPE_OVERRIDE=/nonexistent",
    ]
    return try await runProgram(
      "/usr/bin/env", ["-i"] + base + settings.map { "\($0)=\($1)" } + ["/bin/bash", Self.folder + "/slotscope-gate"])
  }

  /// A program that ends like an audit with this code, after some seconds.
  private func stub(_ scratch: ScratchDirectory, code: Int, seconds: Int = 0) -> String {
    let path = scratch.write("stub", "#!/bin/bash\nsleep \(seconds)\necho told \"$@\"\nexit \(code)\n")
    chmod(path, 0o700)
    return path
  }

  @Test(arguments: [("2003-pg17", 0), ("2029-pg19", 1), ("2000-pg17", 2)])
  func realVerdictsDecide(name: String, code: Int) async throws {
    let scratch = ScratchDirectory()
    let folder = try FailoverFixture.unpacked(name, in: scratch).folder
    let settings = ["SLOTSCOPE_PRIMARY": folder + "/primary", "SLOTSCOPE_STANDBY": folder + "/standby"]
    let outcome = try await gate(settings)
    #expect(outcome.status == (code <= 1 ? 0 : 1), "\(outcome)")
    #expect(outcome.error.contains("the audit ended with \(code)") && outcome.output.isEmpty)
    // A stricter policy, and one that only reports.
    #expect(try await gate(settings.merging(["SLOTSCOPE_ALLOW": "0"]) { $1 }).status == (code == 0 ? 0 : 1))
    #expect(try await gate(settings.merging(["SLOTSCOPE_ALLOW": "0 1 2 3"]) { $1 }).status == 0)
  }

  @Test func missingEvidenceIsUnknown() async throws {
    let scratch = ScratchDirectory()
    let folder = try FailoverFixture.unpacked("2003-pg17", in: scratch).folder
    let outcome = try await gate(["SLOTSCOPE_PRIMARY": "/nonexistent.json", "SLOTSCOPE_STANDBY": folder + "/standby"])
    #expect(outcome.status == 1 && outcome.error.contains("refused: the audit ended with 3"), "\(outcome)")
    let none = try await gate([:])
    #expect(none.status == 1 && none.error.contains("no standby is named"), "\(none)")
  }

  @Test func oldEvidenceIsNone() async throws {
    let scratch = ScratchDirectory()
    let evidence = scratch.write("primary.json", "{}")
    _ = try await runProgram("/usr/bin/touch", ["-d", "1 hour ago", evidence])
    let settings = [
      "SLOTSCOPE": stub(scratch, code: 0), "SLOTSCOPE_PRIMARY": evidence, "SLOTSCOPE_STANDBY": "/data",
    ]
    let old = try await gate(settings.merging(["SLOTSCOPE_MAX_AGE": "300"]) { $1 })
    #expect(old.status == 1 && old.error.contains("more than the 300 s"), "\(old)")
    let accepted = try await gate(settings.merging(["SLOTSCOPE_MAX_AGE": "36000"]) { $1 })
    #expect(accepted.status == 0 && accepted.error.contains("told audit --standby /data --primary \(evidence)"))
  }

  @Test func anAuditThatTakesTooLongOrCannotRunIsUnknown() async throws {
    let scratch = ScratchDirectory()
    let slow = try await gate([
      "SLOTSCOPE": stub(scratch, code: 0, seconds: 60), "SLOTSCOPE_STANDBY": "/data", "SLOTSCOPE_TIMEOUT": "1",
    ])
    #expect(slow.status == 1 && slow.error.contains("longer than 1 s"), "\(slow)")
    let absent = try await gate(["SLOTSCOPE": "/nonexistent", "SLOTSCOPE_STANDBY": "/data"])
    #expect(absent.status == 1 && absent.error.contains("could not be run"), "\(absent)")
    let bug = try await gate(["SLOTSCOPE": stub(scratch, code: 70), "SLOTSCOPE_STANDBY": "/data"])
    #expect(bug.status == 1 && bug.error.contains("ended with 70"), "\(bug)")
  }

  @Test func anOperatorMayOverride() async throws {
    let scratch = ScratchDirectory()
    let outcome = try await gate([
      "SLOTSCOPE": stub(scratch, code: 2), "SLOTSCOPE_STANDBY": "/data",
      "SLOTSCOPE_OVERRIDE": scratch.write("promote-anyway", ""),
    ])
    #expect(outcome.status == 0 && outcome.error.contains("let through"), "\(outcome)")
  }

  /// The file gives what the environment does not; what is no setting in it is left alone, and nothing in it is run.
  @Test func settingsMayStandInAFile() async throws {
    let scratch = ScratchDirectory()
    let trace = scratch.path + "/trace"
    let conf = scratch.write(
      "gate.conf",
      "SLOTSCOPE_STANDBY=host=a b=c\nSLOTSCOPE_ALLOW=$(touch \(trace))\nPATH=/nonexistent\n# SLOTSCOPE_X=1\n")
    let outcome = try await gate([
      "SLOTSCOPE": stub(scratch, code: 1), "SLOTSCOPE_GATE_CONF": conf, "SLOTSCOPE_ALLOW": "1",
    ])
    #expect(outcome.status == 0 && outcome.error.contains("told audit --standby host=a b=c"), "\(outcome)")
    #expect(!FileTree.exists(trace))
  }

  /// The last line has no line end, or those of another system: an age that is passed over would let old evidence through.
  @Test(arguments: ["300", "300\r\n"])
  func theLastLineOfTheFileCounts(age: String) async throws {
    let scratch = ScratchDirectory()
    let evidence = scratch.write("primary.json", "{}")
    _ = try await runProgram("/usr/bin/touch", ["-d", "1 hour ago", evidence])
    let program = stub(scratch, code: 0)
    let conf = scratch.write(
      "gate.conf",
      "SLOTSCOPE=\(program)\nSLOTSCOPE_STANDBY=/data\nSLOTSCOPE_PRIMARY=\(evidence)\nSLOTSCOPE_MAX_AGE=\(age)")
    let outcome = try await gate(["SLOTSCOPE": "", "SLOTSCOPE_GATE_CONF": conf])
    #expect(outcome.status == 1 && outcome.error.contains("more than the 300 s"), "\(outcome)")
    _ = try await runProgram("/usr/bin/touch", [evidence])
    let fresh = try await gate(["SLOTSCOPE": "", "SLOTSCOPE_GATE_CONF": conf])
    #expect(fresh.status == 0 && fresh.error.contains("told audit --standby /data"), "\(fresh)")
  }

  @Test(arguments: ["5m", "300 s", "-1", "1e3"])
  func anAgeThatIsNoNumberIsUnknown(age: String) async throws {
    let scratch = ScratchDirectory()
    let outcome = try await gate([
      "SLOTSCOPE": stub(scratch, code: 0), "SLOTSCOPE_PRIMARY": scratch.write("primary.json", "{}"),
      "SLOTSCOPE_STANDBY": "/data", "SLOTSCOPE_MAX_AGE": age,
    ])
    #expect(outcome.status == 1 && outcome.error.contains("is '\(age)', expected a number of seconds"), "\(outcome)")
  }

  @Test(.enabled(if: FileTree.exists("/usr/bin/systemd-analyze"), "no systemd on this machine"))
  func unitsAreSound() async throws {
    let scratch = ScratchDirectory()
    for name in FileTree.entries(of: Self.folder) where name.hasSuffix(".service") || name.hasSuffix(".timer") {
      let text = String(decoding: try FileTree.contents(of: "\(Self.folder)/\(name)"), as: UTF8.self)
      scratch.write(
        name.replacing("@.", with: "@x."),
        text.replacing("/usr/bin/slotscope", with: productsDirectory + "/slotscope").replacing(
          "User=postgres", with: "User=daemon"))
    }
    for name in FileTree.entries(of: scratch.path) {
      let outcome = try await runProgram("/usr/bin/systemd-analyze", ["verify", "--man=no", "\(scratch.path)/\(name)"])
      // What it says of other units of this machine is not ours.
      #expect(outcome.status == 0 && !outcome.error.contains("@x."), "\(name): \(outcome)")
    }
  }

  /// 0 is the best and 10 the worst; 1.9 as they stand.
  @Test(.enabled(if: FileTree.exists("/usr/bin/systemd-analyze"), "no systemd on this machine"))
  func unitsMayDoLittle() async throws {
    let scratch = ScratchDirectory()
    for name in FileTree.entries(of: Self.folder) where name.hasSuffix(".service") {
      let text = String(decoding: try FileTree.contents(of: "\(Self.folder)/\(name)"), as: UTF8.self)
      let unit = scratch.write(name.replacing("@.", with: "@x."), text)
      let outcome = try await runProgram(
        "/usr/bin/systemd-analyze", ["security", "--offline=true", "--threshold=25", "--no-pager", unit])
      #expect(outcome.status == 0, "\(name): \(outcome)")
    }
  }

  /// A failure of the program is one of its unit: only verdicts are not.
  @Test func unitsFailWhereTheProgramDoes() throws {
    for name in FileTree.entries(of: Self.folder) where name.hasSuffix(".service") {
      let text = String(decoding: try FileTree.contents(of: "\(Self.folder)/\(name)"), as: UTF8.self)
      let codes = text.split(separator: "\n").filter { $0.hasPrefix("SuccessExitStatus=") }.joined()
      #expect(!codes.contains("3") && !codes.contains("64") && !codes.contains("70"), "\(name)")
    }
  }

  private static let rules = folder + "/slotscope.rules.yml"

  @Test(.enabled(if: FileTree.exists("/usr/bin/promtool"), "no promtool on this machine"))
  func alertsAreRules() async throws {
    let outcome = try await runProgram("/usr/bin/promtool", ["check", "rules", Self.rules])
    #expect(outcome.status == 0 && outcome.error.isEmpty, "\(outcome)")
  }

  /// What the program writes raises the alerts that it should, and a healthy pair none.
  @Test(.enabled(if: FileTree.exists("/usr/bin/promtool"), "no promtool on this machine"))
  func alertsFireOnWhatIsWritten() async throws {
    let scratch = ScratchDirectory()
    let folder = try FailoverFixture.unpacked("2003-pg17", in: scratch).folder
    let risky = try FailoverFixture.unpacked("2000-pg17", in: ScratchDirectory())
    func firing(_ sources: [String], minutesOld: Int = 0) async throws -> [String] {
      let metrics = try await slotscope(["audit", "--format", "prometheus", "--label", "cluster=x"] + sources).output
      var series = ""
      for line in metrics.split(separator: "\n") where !line.hasPrefix("#") {
        let blank = try #require(line.lastIndex(of: " "))
        let isTime = line.hasPrefix("slotscope_audit_timestamp_seconds")
        // The tested clock begins at 0 and ends after half an hour.
        let value = isTime ? String(1800 - 60 * minutesOld) : String(line[line.index(after: blank)...])
        let name = line[..<blank].replacing("'", with: "''")
        series += "      - {series: '\(name)', values: '\(value)x30'}\n"
      }
      var fired: [String] = []
      for alert in ["SlotscopeMetricsStale", "SlotscopeMetricsAbsent", "SlotscopeSourceDown", "SlotNotReadyForCrash"] {
        let test = scratch.write(
          "test.yml",
          """
          rule_files: ['\(Self.rules)']
          tests:
            - interval: 1m
              input_series:
          \(series)
              promql_expr_test:
                - {expr: 'count(ALERTS{alertname="\(alert)",alertstate="firing"}) or vector(0)', eval_time: 30m, exp_samples: [{value: 0}]}

          """)
        let outcome = try await runProgram("/usr/bin/promtool", ["test", "rules", test])
        if outcome.status != 0 { fired.append(alert) }
      }
      return fired
    }
    let healthy = ["--primary", folder + "/primary", "--standby", folder + "/standby"]
    #expect(try await firing(healthy) == [])
    #expect(try await firing(healthy, minutesOld: 6) == ["SlotscopeMetricsStale"])
    #expect(try await firing(["--primary", "/nonexistent", "--standby", "/x"]) == ["SlotscopeSourceDown"])
    #expect(
      try await firing(["--primary", risky.folder + "/primary", "--standby", risky.folder + "/standby"])
        == ["SlotNotReadyForCrash"])
  }

  /// The metric that the page names is one that there is.
  @Test func thePageNamesMetricsThatThereAre() async throws {
    let page = String(decoding: try FileTree.contents(of: Self.folder + "/README.md"), as: UTF8.self)
    let scratch = ScratchDirectory()
    let folder = try FailoverFixture.unpacked("2003-pg17", in: scratch).folder
    let metrics = try await slotscope([
      "audit", "--primary", folder + "/primary", "--standby", folder + "/standby", "--format", "prometheus",
    ]).output
    #expect(page.contains("slotscope_slot_verdict{verdict=\"at_risk\"}"))
    #expect(metrics.contains("slotscope_slot_verdict{") && metrics.contains("verdict=\"at_risk\"} 0"))
  }
}
