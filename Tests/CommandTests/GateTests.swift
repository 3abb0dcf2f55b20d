import FixtureSupport
import Glibc
import ServerLab
import Testing

/// The gate before a promotion: what it lets through, and that it refuses what it cannot read as meant.
@Suite struct GateTests {
  private static let path =
    String(Fixtures.directory.dropLast("Fixtures".count)) + "Sources/Packaging/Hooks/slotscope-gate"
  /// /bin/sh is dash on Debian and bash elsewhere.
  static let shells = ["/bin/sh", "/bin/bash"]

  /// Runs the gate with nothing but these settings.
  func gate(
    _ settings: [String: String], shell: String = "/bin/sh", folder: String = "/", arguments: [String] = []
  ) async throws -> Outcome {
    let base = [
      "PATH=/usr/bin:/bin", "SLOTSCOPE=\(productsDirectory)/slotscope", "SLOTSCOPE_GATE_CONF=/dev/null",
      "SLOTSCOPE_OVERRIDE=/nonexistent",
    ]
    return try await runProgram(
      "/usr/bin/env", ["-i", "-C", folder] + base + settings.map { "\($0)=\($1)" } + [shell, Self.path] + arguments)
  }

  /// A program that says that it is slotscope and ends like an audit with this code, after some seconds; of standby "better" always with 0, of "unknown"
  /// with 3.
  func stub(_ scratch: ScratchDirectory, code: Int, seconds: Int = 0) -> String {
    let path = scratch.write(
      "stub",
      "#!/bin/bash\n[ \"$1\" != --version ] || { echo slotscope 0; exit; }\nsleep \(seconds)\necho told \"$@\"\n[ \"$3\" != better ] || exit 40\n"
        + "[ \"$3\" != unknown ] || exit 43\nexit \(code < 4 ? code + 40 : code)\n")
    chmod(path, 0o700)
    return path
  }

  func stubbed(_ scratch: ScratchDirectory, code: Int, _ more: [String: String]) -> [String: String] {
    ["SLOTSCOPE": stub(scratch, code: code), "SLOTSCOPE_STANDBY": "/data"].merging(more) { $1 }
  }

  // MARK: Modes

  @Test(arguments: [("1114-pg17", 0), ("2029-pg19", 1), ("2000-pg17", 2)])
  func realVerdictsDecide(name: String, code: Int) async throws {
    let scratch = ScratchDirectory()
    let folder = try FailoverFixture.unpacked(name, in: scratch).folder
    let settings = ["SLOTSCOPE_PRIMARY": folder + "/primary", "SLOTSCOPE_STANDBY": folder + "/standby"]
    let outcome = try await gate(settings)
    #expect(outcome.status == 0 && outcome.error.contains("the audit ended with \(code)"), "\(outcome)")
    #expect(outcome.error.contains("reported only") && outcome.output.isEmpty)
    for shell in Self.shells {
      let refusing = try await gate(settings.merging(["SLOTSCOPE_MODE": "refuse"]) { $1 }, shell: shell)
      #expect(refusing.status == (code <= 1 ? 0 : 1), "\(refusing)")
      #expect(refusing.error.contains("the audit ended with \(code)"))
    }
    // A stricter policy, which refuses by being set.
    #expect(try await gate(settings.merging(["SLOTSCOPE_ALLOW": "0"]) { $1 }).status == (code == 0 ? 0 : 1))
    #expect(try await gate(settings.merging(["SLOTSCOPE_ALLOW": "0 1 2 3"]) { $1 }).status == 0)
  }

  /// Any of these lines may have been meant to set the mode.
  @Test(
    arguments: ["/bin/sh", "/bin/bash"],
    [
      "export SLOTSCOPE_MODE=refuse\n", " SLOTSCOPE_MODE=refuse\n", "SLOTSCOPE_MODE = refuse\n",
      "\u{FEFF}SLOTSCOPE_MODE=refuse\n", "slotscope_mode=refuse\n", "SLOTSCOPE_MOD=refuse\n",
      "SLOTSCOPE_TIMEOUT=20\rSLOTSCOPE_MODE=refuse\r", "host=h password=SECRET\n",
      "SLOTSCOPE_ASSUME=none SLOTSCOPE_MODE=refuse\n", "SLOTSCOPE_PRIMARY=/x;SLOTSCOPE_MODE=refuse\n",
      "SLOTSCOPE_MODE=\n", "SLOTSCOPE_ALLOW=\n", "SLOTSCOPE_ASSUME=none MODE=refuse\n",
    ])
  func aLineThatCannotBeReadAsMeantRefuses(shell: String, text: String) async throws {
    let scratch = ScratchDirectory()
    scratch.write("gate.conf", text)
    let outcome = try await gate(
      stubbed(scratch, code: 0, ["SLOTSCOPE_GATE_CONF": scratch.path + "/gate.conf"]), shell: shell)
    #expect(outcome.status == 1 && outcome.error.contains("promotion refused"), "\(outcome)")
    #expect(!outcome.error.contains("SECRET"))
  }

  @Test(arguments: shells, [["--mode", "refuse"], ["SLOTSCOPE_MODE=refuse"], ["--help"], [""]])
  func argumentsRefuse(shell: String, arguments: [String]) async throws {
    let scratch = ScratchDirectory()
    let outcome = try await gate(stubbed(scratch, code: 0, [:]), shell: shell, arguments: arguments)
    #expect(outcome.status == 1 && outcome.error.contains("there are arguments"), "\(outcome)")
  }

  @Test func aWrongNameInTheEnvironmentRefuses() async throws {
    let scratch = ScratchDirectory()
    let outcome = try await gate(stubbed(scratch, code: 0, ["SLOTSCOPE_MDOE": "refuse"]))
    #expect(outcome.status == 1 && outcome.error.contains("a setting that there is not"), "\(outcome)")
    let known = try await gate(stubbed(scratch, code: 0, ["SLOTSCOPE_MDOE": "refuse", "SLOTSCOPE_MODE": "report"]))
    #expect(known.status == 0 && known.error.contains("the audit ended with 3"), "\(known)")
  }

  @Test(
    arguments: shells,
    [
      ("SLOTSCOPE_ASSUME", "none SLOTSCOPE_MODE=refuse"), ("SLOTSCOPE_TIMEOUT", "20 SLOTSCOPE_MODE=refuse"),
      ("SLOTSCOPE_PRIMARY", "/x SLOTSCOPE_MODE=refuse"), ("SLOTSCOPE_MODE", ""), ("SLOTSCOPE_ALLOW", ""),
      ("slotscope_mode", "refuse"),
    ])
  func aModeThatTheEnvironmentMeantRefuses(shell: String, setting: (name: String, value: String)) async throws {
    let scratch = ScratchDirectory()
    let outcome = try await gate(stubbed(scratch, code: 0, [setting.name: setting.value]), shell: shell)
    #expect(outcome.status == 1 && outcome.error.contains("what was to set the mode"), "\(outcome)")
  }

  /// Those of a service, and lines of a value, are nobody's settings.
  @Test(arguments: shells) func otherNamesOfTheEnvironmentAreNotIts(shell: String) async throws {
    let scratch = ScratchDirectory()
    let outcome = try await gate(
      stubbed(
        scratch, code: 0,
        [
          "SLOTSCOPE_PORT": "tcp://10.0.0.1:80", "SLOTSCOPE_PORT_80_TCP_ADDR": "10.0.0.1",
          "SLOTSCOPE_METRICS_SERVICE_HOST": "10.0.0.1", "X": "a\nSLOTSCOPE_Y=1",
        ]), shell: shell)
    #expect(outcome.status == 0 && outcome.error.contains("the audit ended with 0"), "\(outcome)")
  }

  /// Codes of 0 and 1 are those of many programs, and of a timeout that does not know its options.
  @Test func onlyAnAuditOfSlotscopeCounts() async throws {
    let scratch = ScratchDirectory()
    for program in ["/bin/true", "/bin/false", "/usr/bin/env"] {
      let outcome = try await gate(["SLOTSCOPE": program, "SLOTSCOPE_STANDBY": "/data", "SLOTSCOPE_MODE": "refuse"])
      #expect(outcome.status == 1 && outcome.error.contains("could not be run"), "\(outcome)")
    }
    let timeout = scratch.write("bin/timeout", "#!/bin/sh\necho 'unrecognized option' >&2\nexit 1\n")
    chmod(timeout, 0o700)
    let outcome = try await gate(
      stubbed(scratch, code: 0, ["SLOTSCOPE_MODE": "refuse", "PATH": "\(scratch.path)/bin:/usr/bin:/bin"]))
    #expect(outcome.status == 1 && outcome.error.contains("could not be run"), "\(outcome)")
  }

  @Test func missingEvidenceIsUnknown() async throws {
    let scratch = ScratchDirectory()
    let folder = try FailoverFixture.unpacked("1114-pg17", in: scratch).folder
    let settings = ["SLOTSCOPE_PRIMARY": "/nonexistent.json", "SLOTSCOPE_STANDBY": folder + "/standby"]
    let outcome = try await gate(settings.merging(["SLOTSCOPE_MODE": "refuse"]) { $1 })
    #expect(outcome.status == 1 && outcome.error.contains("refused: the audit ended with 3"), "\(outcome)")
    #expect(try await gate(settings).status == 0)
    let none = try await gate(["SLOTSCOPE_MODE": "refuse"])
    #expect(none.status == 1 && none.error.contains("no standby is named"), "\(none)")
  }

  @Test func anOperatorMayOverride() async throws {
    let scratch = ScratchDirectory()
    for mode in ["refuse", "refuse-if-better", "rfuse"] {
      let outcome = try await gate(
        stubbed(
          scratch, code: 2, ["SLOTSCOPE_MODE": mode, "SLOTSCOPE_OVERRIDE": scratch.write("promote-anyway", "")]))
      #expect(outcome.status == 0 && outcome.error.contains("let through"), "\(outcome)")
    }
  }

  @Test func aFolderOverridesNothing() async throws {
    let scratch = ScratchDirectory()
    for path in [scratch.path, ".", "stub"] {
      let outcome = try await gate(
        stubbed(scratch, code: 0, ["SLOTSCOPE_MODE": "refuse", "SLOTSCOPE_OVERRIDE": path]), folder: scratch.path)
      #expect(outcome.status == 1 && outcome.error.contains("SLOTSCOPE_OVERRIDE is"), "\(outcome)")
    }
  }

  @Test func whatIsAssumedIsGivenToTheAudit() async throws {
    let scratch = ScratchDirectory()
    #expect(
      try await gate(stubbed(scratch, code: 0, [:])).error.contains(
        "told audit --standby /data --max-age 300 --assume primary-down --event crash"))
    let none = try await gate(stubbed(scratch, code: 0, ["SLOTSCOPE_ASSUME": "none", "SLOTSCOPE_MAX_AGE": "any"]))
    #expect(none.error.contains("told audit --standby /data --event crash --exit-offset 40\n"), "\(none)")
  }

  // MARK: Refusing only where another is better

  @Test(arguments: shells) func refusalsEndAfterSomeTries(shell: String) async throws {
    let scratch = ScratchDirectory()
    let settings = stubbed(
      scratch, code: 2,
      ["SLOTSCOPE_MODE": "refuse-if-better", "SLOTSCOPE_TRIES": "2", "SLOTSCOPE_STATE": scratch.path + "/tries"])
    let first = try await gate(settings, shell: shell)
    #expect(first.status == 1 && first.error.contains("refusal 1 of 2"), "\(first)")
    #expect(try await gate(settings, shell: shell).status == 1)
    let third = try await gate(settings, shell: shell)
    #expect(third.status == 0 && third.error.contains("let through after 2 refusals"), "\(third)")
    // Begun anew.
    #expect(try await gate(settings, shell: shell).status == 1)
    // A promotion that was allowed ends the row, too.
    #expect(try await gate(settings.merging(["SLOTSCOPE_ALLOW": "0 1 2"]) { $1 }, shell: shell).status == 0)
    #expect(!FileTree.exists(scratch.path + "/tries"))
  }

  @Test func onlyABetterCandidateRefuses() async throws {
    let scratch = ScratchDirectory()
    func refused(_ candidates: String) async throws -> Outcome {
      try await gate(
        stubbed(
          scratch, code: 2,
          [
            "SLOTSCOPE_MODE": "refuse-if-better", "SLOTSCOPE_CANDIDATES": candidates,
            "SLOTSCOPE_STATE": scratch.path + "/tries",
          ]))
    }
    let better = try await refused("host=n3 port=5432;better")
    #expect(better.status == 1 && better.error.contains("candidate 2 is better: its audit ended with 0"), "\(better)")
    #expect(better.error.contains("told audit --standby host=n3 port=5432"))
    let unknown = try await refused("host=n3;unknown")
    #expect(unknown.status == 1 && unknown.error.contains("candidate 2 cannot be judged"), "\(unknown)")
    let empty = try await refused(";;")
    #expect(empty.status == 1 && empty.error.contains("no other candidate is named"), "\(empty)")
    let none = try await refused("host=n3;;/other")
    #expect(none.status == 0 && none.error.contains("no other candidate is better"), "\(none)")
  }

  @Test func refusalsOfAnotherTimeDoNotCount() async throws {
    let scratch = ScratchDirectory()
    let state = scratch.path + "/tries"
    for text in ["9 1000000000", "9 99999999999", "x y", "", "9", "08 1", "9 -1", "$(touch x) 1"] {
      scratch.write("tries", text)
      let outcome = try await gate(
        stubbed(scratch, code: 2, ["SLOTSCOPE_MODE": "refuse-if-better", "SLOTSCOPE_STATE": state]))
      #expect(outcome.status == 1 && outcome.error.contains("refusal 1 of 3"), "\(text): \(outcome)")
    }
  }

  @Test func nothingIsWrittenIntoADataDirectory() async throws {
    let scratch = ScratchDirectory()
    scratch.write("PG_VERSION", "17\n")
    mkdir(scratch.path + "/inside", 0o700)
    for name in ["SLOTSCOPE_STATE", "SLOTSCOPE_METRICS"] {
      let outcome = try await gate(
        stubbed(scratch, code: 2, ["SLOTSCOPE_MODE": "refuse-if-better", name: scratch.path + "/inside/file"]))
      #expect(outcome.status == 1 && outcome.error.contains("lies in a data directory"), "\(outcome)")
    }
    #expect(FileTree.entries(of: scratch.path + "/inside").isEmpty)
  }

  @Test(arguments: shells, ["data/pg_wal/file", "way/file", "way/sub/file", "disk/file", "PG_17_202406281/file"])
  func nothingIsWrittenWhereALinkOfADataDirectoryLeads(shell: String, path: String) async throws {
    let scratch = ScratchDirectory()
    scratch.write("data/PG_VERSION", "17\n")
    for folder in ["disk/sub", "disk/archive_status", "PG_17_202406281"] { scratch.write(folder + "/x", "") }
    #expect(
      symlink("../disk", scratch.path + "/data/pg_wal") == 0 && symlink("data/./pg_wal", scratch.path + "/way") == 0)
    let outcome = try await gate(
      stubbed(scratch, code: 2, ["SLOTSCOPE_MODE": "refuse-if-better", "SLOTSCOPE_STATE": "\(scratch.path)/\(path)"]),
      shell: shell)
    #expect(outcome.status == 1 && outcome.error.contains("SLOTSCOPE_STATE lies in a "), "\(outcome)")
    #expect(!FileTree.exists("\(scratch.path)/\(path)"))
  }

  // MARK: What cannot be read as meant

  @Test(
    arguments: shells,
    [
      ("SLOTSCOPE_MAX_AGE", "5m"), ("SLOTSCOPE_MAX_AGE", "300 s"), ("SLOTSCOPE_MAX_AGE", "-1"),
      ("SLOTSCOPE_MAX_AGE", "1e3"), ("SLOTSCOPE_MAX_AGE", "010"), ("SLOTSCOPE_MAX_AGE", "99999999999999999999"),
      ("SLOTSCOPE_TIMEOUT", "--help"), ("SLOTSCOPE_TIMEOUT", "0"), ("SLOTSCOPE_TIMEOUT", "1\n2"),
      ("SLOTSCOPE_TRIES", "a[$(id)]"), ("SLOTSCOPE_PRIMARY", "-e.json"), ("SLOTSCOPE_STANDBY", "--help"),
      ("SLOTSCOPE_ALLOW", "*"), ("SLOTSCOPE_ALLOW", "0 4"), ("SLOTSCOPE_ALLOW", "00"), ("SLOTSCOPE_ALLOW", "-1"),
      ("SLOTSCOPE_ASSUME", "--verbose"), ("SLOTSCOPE_ASSUME", "*"), ("SLOTSCOPE_STATE", "tries"),
      ("SLOTSCOPE_MODE", "rfuse"), ("SLOTSCOPE_MODE", "REFUSE"), ("SLOTSCOPE_MODE", "report refuse"),
    ])
  func itIsRefused(shell: String, setting: (name: String, value: String)) async throws {
    let scratch = ScratchDirectory()
    // A file of the name that globbing would find.
    for name in ["0", "2", "3"] { scratch.write(name, "") }
    let settings = stubbed(scratch, code: 2, ["SLOTSCOPE_MODE": "refuse"]).merging([setting.name: setting.value]) { $1 }
    let outcome = try await gate(settings, shell: shell, folder: scratch.path)
    #expect(outcome.status == 1, "\(outcome)")
    #expect(outcome.error.contains("\(setting.name) "), "\(outcome)")
  }

  /// The evidence's own time decides, not that of its file; nor does one in the future make it young.
  @Test func oldEvidenceIsNone() async throws {
    let scratch = ScratchDirectory()
    let folder = try FailoverFixture.unpacked("1114-pg17", in: scratch).folder
    let evidence = scratch.path + "/primary.json"
    let captured = try await slotscope(["capture", folder + "/primary", "-o", evidence])
    #expect(captured.status == 0)
    let settings = [
      "SLOTSCOPE_PRIMARY": evidence, "SLOTSCOPE_STANDBY": folder + "/standby", "SLOTSCOPE_MODE": "refuse",
      "SLOTSCOPE_MAX_AGE": "300",
    ]
    let fresh = try await gate(settings)
    #expect(fresh.status == 0 && fresh.error.contains("allowed: the audit ended with 0"), "\(fresh)")
    _ = try await runProgram("/usr/bin/touch", ["-d", "1 hour ago", evidence])
    #expect(try await gate(settings).status == 0)
    let text = String(decoding: try FileTree.contents(of: evidence), as: UTF8.self)
    let start = try #require(text.firstRange(of: "\"gathered_at\" : ")).upperBound
    let value = text[start...].prefix { $0 != "," && $0 != "}" && $0 != "\n" }
    for (time, why) in [("2020-01-01T00:00:00Z", "more than the 300 s"), ("2099-01-01T00:00:00Z", "in the future")] {
      scratch.write("primary.json", text.replacing(value, with: "\"\(time)\"", maxReplacements: 1))
      let outcome = try await gate(settings)
      #expect(outcome.status == 1 && outcome.error.contains(why), "\(outcome)")
      #expect(try await gate(settings.merging(["SLOTSCOPE_MODE": "report"]) { $1 }).status == 0)
    }
  }

  @Test func anAuditThatTakesTooLongOrCannotRunIsUnknown() async throws {
    let scratch = ScratchDirectory()
    let refuse = ["SLOTSCOPE_STANDBY": "/data", "SLOTSCOPE_MODE": "refuse"]
    let slow = try await gate(
      refuse.merging(["SLOTSCOPE": stub(scratch, code: 0, seconds: 60), "SLOTSCOPE_TIMEOUT": "1"]) { $1 })
    #expect(slow.status == 1 && slow.error.contains("longer than 1 s"), "\(slow)")
    let absent = try await gate(refuse.merging(["SLOTSCOPE": "/nonexistent"]) { $1 })
    #expect(absent.status == 1 && absent.error.contains("could not be run"), "\(absent)")
    let bug = try await gate(refuse.merging(["SLOTSCOPE": stub(scratch, code: 70)]) { $1 })
    #expect(bug.status == 1 && bug.error.contains("ended with 70"), "\(bug)")
  }

  // MARK: The file of settings

  /// The file gives what the environment does not, and nothing in it is run.
  @Test(arguments: shells) func settingsMayStandInAFile(shell: String) async throws {
    let scratch = ScratchDirectory()
    let trace = scratch.path + "/trace"
    let conf = scratch.write(
      "gate.conf",
      "# A comment\n\nSLOTSCOPE_STANDBY=\"host=a b=c\"\nSLOTSCOPE_PRIMARY=$(touch \(trace))`touch \(trace)`\nSLOTSCOPE_MODE=report\r\nSLOTSCOPE_ALLOW=1"
    )
    let outcome = try await gate(
      [
        "SLOTSCOPE": stub(scratch, code: 1), "SLOTSCOPE_GATE_CONF": conf, "SLOTSCOPE_MODE": "refuse",
      ], shell: shell)
    #expect(
      outcome.status == 0 && outcome.error.contains("told audit --standby host=a b=c --primary $(touch "), "\(outcome)")
    #expect(!FileTree.exists(trace))
  }

  /// The last line has no line end, or those of another system: a mode that is passed over would let everything through.
  @Test(arguments: ["refuse", "refuse\r\n", "\"refuse\"\n"])
  func theLastLineOfTheFileCounts(mode: String) async throws {
    let scratch = ScratchDirectory()
    let conf = scratch.write("gate.conf", "SLOTSCOPE_STANDBY=/data\nSLOTSCOPE_MODE=\(mode)")
    let outcome = try await gate(["SLOTSCOPE": stub(scratch, code: 2), "SLOTSCOPE_GATE_CONF": conf])
    #expect(outcome.status == 1 && outcome.error.contains("refused: the audit ended with 2"), "\(outcome)")
  }

  @Test(arguments: [
    "SLOTSCOPE_MAXAGE=300", "PATH=/nonexistent", "refuse", " SLOTSCOPE_MAX_AGE=300", "SLOTSCOPE_MODE=refuse",
  ])
  func whatIsNoSettingIsSaid(line: String) async throws {
    let scratch = ScratchDirectory()
    let conf = scratch.write("gate.conf", "SLOTSCOPE_MODE=refuse\nSLOTSCOPE_STANDBY=/data\n\(line)\n")
    let outcome = try await gate(["SLOTSCOPE": stub(scratch, code: 0), "SLOTSCOPE_GATE_CONF": conf])
    #expect(outcome.status == 1 && outcome.error.contains(conf), "\(outcome)")
  }

  /// Whether it was to refuse is not known then.
  @Test func aFileThatCannotBeReadRefuses() async throws {
    let scratch = ScratchDirectory()
    for conf in ["/nonexistent/gate.conf", scratch.path] {
      let settings = stubbed(scratch, code: 0, ["SLOTSCOPE_GATE_CONF": conf])
      let outcome = try await gate(settings)
      #expect(outcome.status == 1 && outcome.error.contains("cannot be read"), "\(outcome)")
      #expect(try await gate(settings.merging(["SLOTSCOPE_MODE": "report"]) { $1 }).status == 0)
    }
  }

  @Test func metricsTellWhatWasDecided() async throws {
    let scratch = ScratchDirectory()
    let metrics = scratch.path + "/gate.prom"
    _ = try await gate(stubbed(scratch, code: 2, ["SLOTSCOPE_MODE": "refuse", "SLOTSCOPE_METRICS": metrics]))
    let text = String(decoding: try FileTree.contents(of: metrics), as: UTF8.self)
    #expect(
      text.contains("\nslotscope_gate_audit_code 2\n") && text.contains("\nslotscope_gate_refused 1\n"), "\(text)")
    #expect(text.hasSuffix("\n") && text.contains("slotscope_gate_last_run_timestamp_seconds 1"))
    #expect(FileTree.entries(of: scratch.path).allSatisfy { !$0.hasPrefix("gate.prom.") })
  }
}
