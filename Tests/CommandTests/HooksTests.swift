import FixtureSupport
import Glibc
import ServerLab
import Testing

@testable import Reporting

/// What is installed beside the program for other tools to read: units and commands. The gate has tests of its own.
@Suite struct HooksTests {
  private static let folder = String(Fixtures.directory.dropLast("Fixtures".count)) + "Sources/Packaging/Hooks"

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

  /// What root does before follows no link: the folder around it may be somebody else's.
  @Test(
    .enabled(
      if: geteuid() == 0 && FileTree.exists("/usr/bin/systemd-tmpfiles"), "needs root and systemd-tmpfiles"))
  func rootFollowsNoLink() async throws {
    let text = String(
      decoding: try FileTree.contents(of: "\(Self.folder)/slotscope-metrics@.service"), as: UTF8.self)
    let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("ExecStartPre=+/bin/sh -c '") })
    let scratch = ScratchDirectory()
    let command = String(line.dropFirst("ExecStartPre=+/bin/sh -c '".count).dropLast())
      .replacing("/var/lib/prometheus/node-exporter", with: scratch.path + "/n").replacing("postgres", with: "daemon")
    func mode(_ name: String) throws -> String {
      try ExternalProgram.output("/usr/bin/stat", ["-c", "%A %G", "\(scratch.path)/\(name)"])
    }
    try ExternalProgram.run("/bin/mkdir", ["-m", "755", scratch.path + "/victim"])
    try ExternalProgram.run("/bin/ln", ["-s", "victim", scratch.path + "/n"])
    _ = try await runProgram("/bin/sh", ["-c", command])
    #expect(try mode("victim") == "drwxr-xr-x root\n")
    try ExternalProgram.run("/bin/rm", [scratch.path + "/n"])
    try ExternalProgram.run("/bin/mkdir", ["-m", "755", scratch.path + "/n"])
    let outcome = try await runProgram("/bin/sh", ["-c", command])
    #expect(try mode("n") == "drwxrwxr-x daemon\n", "\(outcome)")
  }

  /// Folders that somebody else named: nothing in a name is run, and what could become more in a unit is refused.
  @Test func installScriptsTakeNamesAsNames() async throws {
    let scratch = ScratchDirectory()
    let packaging = Self.folder.dropLast("/Hooks".count)
    let hostile = "-x $(touch PWNED);&|`touch PWNED`'\"\\ \n*"
    let build = "\(scratch.path)/\(hostile)/-x"
    for (name, text) in [
      ("slotscope", "[ \"$1\" != --version ] || echo slotscope 1\n"),
      ("slotscope-manual", "echo x > \"$1/slotscope.1\"\n"),
    ] {
      scratch.write("\(hostile)/-x/\(name)", "#!/bin/sh\n\(text)")
      chmod("\(build)/\(name)", 0o700)
    }
    scratch.write("bin/strip", "#!/bin/sh\n")
    chmod(scratch.path + "/bin/strip", 0o700)
    func run(_ script: String, bindir: String, from folder: String, _ arguments: [String]) async throws -> Outcome {
      let folders = [
        "mandir=/m", "datadir=/usr/share", "docdir=/d", "unitdir=/u", "DESTDIR=\(scratch.path)/\(hostile)/root",
      ]
      return try await runProgram(
        "/usr/bin/env",
        ["-C", folder, "PATH=\(scratch.path)/bin:/usr/bin:/bin", "bindir=\(bindir)"] + folders + [
          "\(packaging)/\(script)"
        ] + arguments)
    }
    for bindir in ["/usr|e #", "/usr/$(touch PWNED)", "/usr/a b", "/usr/%i", "/usr\n/bin", "/usr&", "/usr\\1"] {
      let outcome = try await run("install", bindir: bindir, from: scratch.path, [build])
      #expect(outcome.status == 1 && outcome.error.contains("bindir and datadir"), "\(outcome)")
    }
    let folder = "\(scratch.path)/\(hostile)"
    let installed = try await run("install", bindir: "/usr/sbin", from: folder, ["-x"])
    #expect(installed.status == 0, "\(installed)")
    let unit = try FileTree.contents(of: folder + "/root/u/slotscope-capture@.service")
    #expect(String(decoding: unit, as: UTF8.self).contains("ExecStart=/usr/sbin/slotscope capture"))
    let removed = try await run("uninstall", bindir: "/usr/sbin", from: folder, [])
    #expect(removed.status == 0, "\(removed)")
    let left = try ExternalProgram.output("/usr/bin/find", [scratch.path, "-type", "f", "-print0"]).split(
      separator: "\0")
    #expect(left.count == 3 && !left.contains { $0.hasSuffix("/PWNED") }, "\(left)")
  }

  /// A failure of the program is one of its unit: only verdicts are not.
  @Test func unitsFailWhereTheProgramDoes() throws {
    for name in FileTree.entries(of: Self.folder) where name.hasSuffix(".service") {
      let text = String(decoding: try FileTree.contents(of: "\(Self.folder)/\(name)"), as: UTF8.self)
      let codes = text.split(separator: "\n").filter { $0.hasPrefix("SuccessExitStatus=") }.joined()
      #expect(!codes.contains("3") && !codes.contains("64") && !codes.contains("70"), "\(name)")
    }
  }

  private static let promtool = ["/usr/bin/promtool", "/usr/local/bin/promtool"].first(where: FileTree.exists)

  private static let rules = folder + "/slotscope.rules.yml"

  @Test(.enabled(if: promtool != nil, "no promtool on this machine"))
  func alertsAreRules() async throws {
    let outcome = try await runProgram(try #require(Self.promtool), ["check", "rules", Self.rules])
    #expect(outcome.status == 0 && outcome.error.isEmpty, "\(outcome)")
  }

  /// What the program writes raises the alerts that it should, and a healthy pair none.
  @Test(.enabled(if: promtool != nil, "no promtool on this machine"))
  func alertsFireOnWhatIsWritten() async throws {
    let scratch = ScratchDirectory()
    let folder = try FailoverFixture.unpacked("1114-pg17", in: scratch).folder
    let other = ScratchDirectory()
    let risky = try FailoverFixture.unpacked("2000-pg17", in: other)
    defer { withExtendedLifetime(other) {} }
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
      let alerts = [
        "SlotscopeMetricsStale", "SlotscopeMetricsAbsent", "SlotscopeSourceDown", "SlotNotReadyForCrash",
        "StandbyNotReadyForSwitchover",
      ]
      for alert in alerts {
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
        let outcome = try await runProgram(
          try #require(Self.promtool), ["test", "rules", test])
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
    // No slot is there to name: the standby itself cannot take over.
    let third = ScratchDirectory()
    let incident = try Fixtures.incident("cannot-catch-up-pg17", in: third)
    #expect(
      try await firing(["--primary", incident + "/pg1", "--standby", incident + "/pg2"])
        == ["StandbyNotReadyForSwitchover"])
  }

  /// Whatever is wrong with a slot has an alert; a temporary one goes by design.
  @Test func everyFateThatIsNotFineHasAnAlert() throws {
    let rules = String(decoding: try FileTree.contents(of: Self.rules), as: UTF8.self)
    let named = Set(
      rules.split(separator: "\n").filter { $0.contains("slotscope_slot_fate{fate=~") }.flatMap { line in
        line.split(separator: "\"")[1].split(separator: "|").map(String.init)
      })
    let fates = Set(SlotGauges.fates).subtracting(["fine", "vanishes", "lost_next"])
    #expect(named == fates)
  }

  /// The metric that the page names is one that there is.
  @Test func thePageNamesMetricsThatThereAre() async throws {
    let page = String(decoding: try FileTree.contents(of: Self.folder + "/README.md"), as: UTF8.self)
    let scratch = ScratchDirectory()
    let folder = try FailoverFixture.unpacked("1114-pg17", in: scratch).folder
    let metrics = try await slotscope([
      "audit", "--primary", folder + "/primary", "--standby", folder + "/standby", "--format", "prometheus",
    ]).output
    #expect(page.contains("slotscope_slot_verdict{verdict=\"at_risk\"}"))
    #expect(metrics.contains("slotscope_slot_verdict{") && metrics.contains("verdict=\"at_risk\"} 0"))
  }
}
