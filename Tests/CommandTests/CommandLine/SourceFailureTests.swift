import FixtureSupport
import Glibc
import ServerLab
import Testing

/// Sources that cannot be read, and usage: the cause that is true, and what to give instead.
@Suite struct SourceFailureTests {
  private static let shop = Result {
    let scratch = ScratchDirectory()
    let folder = try Fixtures.example("shop", in: scratch)
    for (name, options) in [("one.tar", "-cf"), ("cut.tar", "-cf"), ("one.tar.xz", "-cJf")] {
      try ExternalProgram.run("/usr/bin/tar", [options, "\(folder)/\(name)", "-C", folder, "db1/PG_VERSION"])
    }
    try FileTree.change(folder + "/cut.tar") { $0[0] = 0xFF }
    try ExternalProgram.run("/usr/bin/tar", ["-czf", folder + "/db2.tar.gz", "-C", folder + "/db2", "."])
    scratch.write("shop/cut.tar.gz", Array(try FileTree.contents(of: folder + "/db2.tar.gz").prefix(30)))
    try ExternalProgram.run("/usr/bin/tar", ["-cf", folder + "/wal.tar", "-C", folder + "/db1/pg_wal", "."])
    return scratch
  }

  /// In the folder of the examples, with nothing of the caller's environment that matters here.
  private func run(_ line: String, _ environment: [String] = ["-u", "PGDATA"]) async throws -> Outcome {
    let folder = try Self.shop.get().path + "/shop"
    return try await runProgram(
      "/usr/bin/env",
      ["-C", folder] + environment + [productsDirectory + "/slotscope"] + line.split(separator: " ").map(String.init))
  }

  @Test(arguments: [
    ("inspect db1/postgresql.conf", "is a configuration file", "slotscope show db1/postgresql.conf"),
    ("inspect db1/global/pg_control", "is a control file", "slotscope show db1/global/pg_control"),
    (
      "inspect db1/pg_wal/000000010000000000000018", "is a WAL segment",
      "slotscope wal records db1/pg_wal/000000010000000000000018"
    ),
    ("inspect db1/pg_wal", "is not a data directory", "slotscope wal end --waldir db1/pg_wal"),
    ("inspect one.tar.xz", "one.tar.xz: is compressed with xz; unpack it first (xz -d)", ""),
    ("inspect cut.tar.gz", "cut.tar.gz is a damaged tar archive", "tar -tvf cut.tar.gz"),
    ("wal gaps one.tar.xz", "one.tar.xz: is compressed with xz; unpack it first (xz -d)", ""),
    ("audit --check-pages --primary db1 --standby db2.tar.gz", "whose pages cannot be read in any order", "unpack it"),
    ("audit --max-age 60 --primary db1 --standby db2.tar.gz", "the evidence cannot be used", "Give a newer one."),
    ("inspect cut.tar", "is a damaged tar archive", "tar -tvf cut.tar"),
    ("inspect wal.tar", "has no data directory in it", "Give the archive that has them"),
    ("rejoin one.tar --new db2", "is a tar archive, no node", "Unpack it where the server is to run"),
    ("rejoin db1 --new one.tar", "is a tar archive, no node", "Unpack it where the server is to run"),
    ("show one.tar", "one.tar: a tar archive", "Name a file in it: slotscope show one.tar/PG_VERSION"),
    ("wal gaps one.tar", "one.tar/pg_wal: No such file or directory", ""),
    ("wal end --waldir one.tar", "is a tar archive", "tar -xf one.tar -C DIR"),
    ("audit --primary db1 --standby db2 --archive one.tar", "is a tar archive", "tar -xf one.tar -C DIR"),
    ("audit --primary db1 --standby db2 --archive /etc/passwd", "/etc/passwd: no folder that can be read", "--archive"),
    ("show /etc/passwd", "/etc/passwd: no file format that slotscope knows", "It decodes slot states"),
    ("inspect /nowhere/server.key", "/nowhere/server.key: No such file or directory", "Give a data directory"),
    ("inspect .", "is not a data directory", "Give one of the data directories in it: ./db1, ./db2"),
    ("inspect ..", "is not a data directory", "Give one of the data directories in it: ../shop/db1, ../shop/db2"),
    ("inspect nowhere", "No such file or directory", "Give a data directory"),
    ("audit --primary db2 --standby db1", "the nodes are swapped: db2 is a standby", "--primary db1 --standby db2"),
    ("plan --primary db2 --standby db1", "the nodes are swapped", "--primary db1 --standby db2"),
    ("ledger --primary db2 --standby db1", "the nodes are swapped", "--primary db1 --standby db2"),
    (
      "audit --primary db1 --standby db2 --promote-at 0/9000000",
      "cannot be promoted at 0/09000000 (--promote-at): its WAL ends at 0/018F9B80", "Give a position"
    ),
    ("ledger --slot nosuch db1", "there is no slot nosuch", "debezium, reports_2024, search, warehouse"),
    ("ledger --slot nosuch --primary db1 --standby db2", "no finished logical slot nosuch", "debezium"),
    (
      "ledger --consumer nosuch=0/1 --primary db1 --standby db2", "there is no slot nosuch",
      "debezium, reports_2024, search, warehouse"
    ),
    ("plan --slots debezum --primary db1 --standby db2", "there is no slot debezum", "debezium, reports_2024"),
    ("plan --slots svc_* --primary db1 --standby db2", "no slot fits --slots", "debezium, reports_2024"),
    ("plan --slots db2 --primary db1 --standby db2", "there is no slot db2", "debezium, reports_2024"),
    ("audit --log nowhere --primary db1 --standby db2", "nowhere: No such file or directory", "--log"),
    ("plan --output-dir /proc/none/plan --primary db1 --standby db2", "/proc/none/plan: No such file", ""),
  ])
  func theCauseIsTrue(line: String, error: String, hint: String) async throws {
    let outcome = try await run(line)
    #expect(outcome.status == 3 && outcome.output.isEmpty, "\(outcome)")
    #expect(outcome.error.contains(error) && outcome.error.contains(hint), "\(outcome)")
  }

  /// An archive that helps with nothing looks like one that lacks what is asked for.
  @Test(arguments: [
    ("empty", "has no WAL segment"), ("db2/pg_wal", "has nothing that the nodes' own WAL folders do not have"),
    ("foreign", "has WAL of another cluster only (system identifier"), ("later", "only of timeline 7"),
    ("old", "where it is needed: it ends at 0/00200000"), ("damaged", "has no segment that can be read: damaged/"),
    ("new", nil),
  ])
  func anArchiveThatIsNoHelpIsNamed(name: String, sentence: String?) async throws {
    let folder = try Self.shop.get().path + "/shop"
    let scratch = ScratchDirectory()
    let segment = "\(folder)/db1/pg_wal/000000010000000000000018"
    func put(_ number: String, _ change: (inout [UInt8]) -> Void = { _ in }) throws {
      var bytes = try FileTree.contents(of: segment)
      change(&bytes)
      scratch.write("\(name)/\(number)", bytes)
    }
    // `xlp_pageaddr` at byte 8 and `xlp_sysid` at byte 24 of a segment's first page; segments have 1 MiB.
    func address(_ bytes: inout [UInt8], _ value: [UInt8]) {
      bytes.replaceSubrange(8..<16, with: value + [0, 0, 0, 0])
    }
    switch name {
    case "empty": scratch.write("empty/README", Array("nothing".utf8))
    case "foreign": try put("000000010000000000000018") { $0[24] ^= 1 }
    case "later": try put("000000070000000000000018")
    case "old": try put("000000010000000000000001") { address(&$0, [0, 0, 0x10, 0]) }
    case "damaged": try put("000000010000000000000018") { $0 = Array($0.map { ~$0 }) }
    case "new": try put("000000010000000000000030") { address(&$0, [0, 0, 0, 3]) }
    default: break
    }
    let archive = name.contains("/") ? "\(folder)/\(name)" : "\(scratch.path)/\(name)"
    for command in ["audit", "plan", "ledger"] {
      let outcome = try await run("\(command) --primary db1 --standby db2 --archive \(archive)")
      let warnings = outcome.error.split(separator: "\n").filter { $0.hasPrefix("slotscope: warning: the archive ") }
      #expect(warnings.count == (sentence == nil ? 0 : 1), "\(outcome)")
      if let sentence, let warning = warnings.first {
        #expect(warning.contains(archive) && warning.contains(sentence.split(separator: "damaged/")[0]), "\(warning)")
      }
    }
  }

  @Test func aFolderWithoutWALBesideOthersIsNamed() async throws {
    let outcome = try await run("wal gaps db1/pg_wal db1/base db2/pg_wal")
    #expect(outcome.error == "slotscope: warning: the folder db1/base has no WAL segment\n", "\(outcome)")
    #expect(try await run("wal gaps db1/pg_wal/ db2").error.isEmpty)
  }

  @Test(arguments: [
    ("inspect -D db1 db2", "two data directories were given: db1 (-D) and db2"),
    ("wal end -D db1 db2", "two data directories were given"),
    ("wal records -D db1 -n0", "the limit must be at least 1"),
    ("ledger --from nonsense db1", "option \"--from\": \"nonsense\" is not an LSN such as 0/0150A2F8"),
    ("audit --standby db2 -jx", "invalid value \"x\" for option \"--jobs\""),
    ("inspect", "no data directory given (-D, $PGDATA or an argument)"),
    ("help atrisk", "there is no help on \"atrisk\""), ("rules A99", "there is no rule A99"),
  ])
  func wrongUsageIsOneLineWithTheHelpAtHand(line: String, error: String) async throws {
    for environment in [["-u", "PGDATA"], ["PGDATA="]] {
      let outcome = try await run(line, environment)
      #expect(outcome.status == 64 && outcome.error.contains(error), "\(outcome)")
      let lines = outcome.error.split(separator: "\n")
      #expect(
        lines.count == 2 && lines[1].hasPrefix("slotscope: hint: ") && !outcome.error.contains("\\x0A"), "\(outcome)")
    }
  }

  /// Empty words reach the walk, whatever the parser would take.
  @Test func anEmptyValueIsWrongUsage() async throws {
    for arguments in [["inspect", ""], ["wal", "end", "-D", ""], ["audit", "--primary=", "--standby", "db2"]] {
      let outcome = try await slotscope(arguments)
      #expect(outcome.status == 64 && outcome.error.contains("empty"), "\(outcome)")
    }
  }

  @Test func slotsThatAreNotThereAreToldBesideTheReport() async throws {
    let outcome = try await run("inspect --slots nosuch,debezium db1")
    #expect(outcome.status == 3 && outcome.output.contains("debezium"), "\(outcome)")
    #expect(outcome.error == "slotscope: there is no slot nosuch\n")
    #expect(try await run("inspect --slots s* db1").error.isEmpty)
  }

  @Test func valuesMayBeJoinedToTheirOptions() async throws {
    let (joined, apart) = try await (run("wal records -n2 -Ddb1"), run("wal records --limit 2 --pgdata db1"))
    #expect(joined.status == 0 && joined.output == apart.output && joined.output.split(separator: "\n").count == 2)
    let version = try await run("-V")
    #expect(version.status == 0 && version.output.hasPrefix("slotscope "))
    #expect(try await run("--version").output == version.output)
  }

  @Test(.enabled(if: getuid() == 0, "not root")) func whoseItIsIsToldWhereItMayNotBeRead() async throws {
    let scratch = ScratchDirectory()
    let program = scratch.path + "/slotscope"
    try ExternalProgram.run("/bin/cp", [productsDirectory + "/slotscope", program])
    try ExternalProgram.run("/bin/chmod", ["755", scratch.path])
    try ExternalProgram.run("/bin/mkdir", ["-m", "700", scratch.path + "/data"])
    scratch.write("data/PG_VERSION", Array("17\n".utf8))
    let outcome = try await runProgram(
      "setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", program, "inspect", scratch.path + "/data"])
    #expect(outcome.status == 3 && outcome.error.contains("Permission denied"), "\(outcome)")
    #expect(outcome.error.contains("It belongs to root: sudo -u root slotscope"), "\(outcome)")
  }

  /// In a pipe a row is one line, whatever it says; a terminal breaks it.
  @Test func rowsInAPipeAreOneLine() async throws {
    let lines = try await run("audit --primary db1 --standby db2", ["-u", "COLUMNS"]).output.split(separator: "\n")
    let row = lines.first { $0.hasPrefix("debezium ") }
    #expect(row?.hasSuffix("its consumer confirmed a position that this standby never received") == true, "\(lines)")
    let only = try await run("audit --primary db1 --standby db2 --slots s*").output
    #expect(only.contains("\nsearch ") && !only.contains("\ndebezium ") && only.contains("4 more without --slots"))
    #expect(only.hasPrefix("DO NOT PROMOTE YET: 4 of 4 slots"))
  }

  @Test(arguments: [
    ("", ["db2", "debezium", "reports_2024", "search", "warehouse"]),
    ("--sort retained", ["reports_2024", "search", "warehouse", "db2", "debezium"]),
    ("--sort confirmed", ["db2", "reports_2024", "search", "warehouse", "debezium"]),
    ("--sort type", ["debezium", "reports_2024", "search", "warehouse", "db2"]),
    ("--slots s*,db?", ["db2", "search"]),
  ])
  func slotsAreSortedAndSelected(options: String, names: [String]) async throws {
    let output = try await run("inspect db1 \(options)").output.split(separator: "\n").map(String.init)
    let start = try #require(output.firstIndex(of: "Slots"))
    let rows = output[(start + 2)...].prefix { $0.hasPrefix("  ") && !$0.contains("more without") }
    #expect(rows.compactMap { $0.split(separator: " ").first.map(String.init) } == names)
  }
}
