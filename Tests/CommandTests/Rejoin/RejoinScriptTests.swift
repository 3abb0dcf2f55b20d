import FixtureSupport
import ServerLab
import Testing

/// The script of a way back beside neighbors, on servers that lie, in places with odd names.
@Suite struct RejoinScriptTests {
  static let rebuilt = "pg15-wrote-after-5028"
  static let rewound = "pg17-lost-tail-6001"
  /// Its segments that its own crash recovery removes before pg_rewind reads them.
  private static let removedFirst = ["00000001000000000000000A", "00000001000000000000000B"]

  @Test(arguments: [rebuilt, rewound, "pg15-clean-switch-5009"])
  func itDoesWhatItSays(fixture: String) async throws {
    let one = try await StubbedRejoin(fixture)
    let before = try one.shell("cd \"$1/..\"; find . | sort; find . -type f -exec cksum {} + | sort")
    let check = try await one.run("check")
    #expect(check.status == 0 && check.output == "rejoin: all is as it was; nothing was changed\n", "\(check)")
    #expect(try one.shell("cd \"$1/..\"; find . | sort; find . -type f -exec cksum {} + | sort") == before)
    let run = try await one.run("run")
    #expect(run.status == 0, "\(run)")
    #expect(FileTree.exists(one.directory + "/standby.signal"))
    #expect(!FileTree.exists(one.directory + ".rejoin"))
    let again = try await one.run("run")
    #expect(again.status == 0, "\(again)")
    if fixture == Self.rebuilt {
      #expect(
        try one.shell("cat \"$1/which\"; ls -d \"$1\"*") == "new\n\(one.directory)\n\(one.directory).before-rejoin\n")
    }
  }

  /// A second failover finds what the first one left; a folder may have that name for other reasons.
  @Test(arguments: [".before-rejoin", ".new"])
  func whatLiesThereStays(suffix: String) async throws {
    let one = try await StubbedRejoin(Self.rebuilt)
    _ = try one.shell("mkdir \"$1\(suffix)\"; echo mine > \"$1\(suffix)/file\"")
    let run = try await one.run("run")
    #expect(run.status == 3 && run.error.contains("\(suffix) is there already"), "\(run)")
    #expect(try one.shell("cat \"$1\(suffix)/file\"; ls \"$1/PG_VERSION\"; ls -d \"$1\"* | wc -l").hasPrefix("mine\n"))
    #expect(!FileTree.exists(one.directory + "/standby.signal"))
  }

  /// pg_basebackup fills no folder that is not empty, and what lies there may be all that is left of lost transactions.
  @Test func aTablespaceStays() async throws {
    let one = try await StubbedRejoin(Self.rebuilt)
    _ = try one.shell("mkdir -p \"$1.space/PG_15\" \"$1/pg_tblspc\"; ln -s \"$1.space\" \"$1/pg_tblspc/16384\"")
    for mode in ["check", "run"] {
      let run = try await one.run(mode)
      #expect(run.status == 3 && run.error.contains("a tablespace of this node has files"), "\(run)")
    }
    #expect(try one.shell("ls \"$1.space\" \"$1/PG_VERSION\"; ls -d \"$1\"* | wc -l").hasSuffix("\n2\n"))
    _ = try one.shell("rmdir \"$1.space/PG_15\"")
    let run = try await one.run("run")
    #expect(run.status == 0, "\(run)")
  }

  /// Broken off after each of its steps.
  @Test(arguments: [
    "", "mv \"$1\" \"$1.before-rejoin\"", "mv \"$1\" \"$1.before-rejoin\"; mkdir \"$1.new\"; echo x > \"$1.new/half\"",
  ])
  func aBrokenOffCopyGoesOn(state: String) async throws {
    let one = try await StubbedRejoin(Self.rebuilt)
    _ = try one.shell("echo copying > \"$1.rejoin\"; \(state)")
    let run = try await one.run("run")
    #expect(run.status == 0, "\(run)")
    #expect(
      try one.shell("cat \"$1/which\"; ls \"$1.before-rejoin/PG_VERSION\"; ls -d \"$1\"* | wc -l").hasSuffix("\n2\n"))
    #expect(!FileTree.exists(one.directory + "/half"))
  }

  /// Broken off between the last move and the note of it.
  @Test func aCopyThatIsThereIsNotMovedAgain() async throws {
    let one = try await StubbedRejoin(Self.rebuilt)
    _ = try one.shell(
      "echo copying > \"$1.rejoin\"; mv \"$1\" \"$1.before-rejoin\"; mkdir \"$1\"; echo 15 > \"$1/PG_VERSION\"; echo first > \"$1/which\""
    )
    let run = try await one.run("run")
    #expect(run.status == 0, "\(run)")
    #expect(
      try one.shell("cat \"$1/which\"; ls \"$1\"") == "first\nPG_VERSION\npostgresql.auto.conf\nstandby.signal\nwhich\n"
    )
  }

  /// Somebody else may write beside the directory.
  @Test(arguments: [".rejoin", ".rejoin.log"])
  func aLinkIsNotWrittenThrough(suffix: String) async throws {
    let one = try await StubbedRejoin(Self.rewound)
    let victim = one.scratch.write("victim", "kept\n")
    _ = try one.shell("ln -s '\(victim)' \"$1\(suffix)\"")
    let run = try await one.run("run")
    #expect(run.status == 3 && run.error.contains("no file of this user's"), "\(run)")
    #expect(try FileTree.contents(of: victim) == Array("kept\n".utf8))
  }

  @Test func whatTheNewPrimaryAnswersIsNotRunOnTheOldNode() async throws {
    let one = try await StubbedRejoin(Self.rewound)
    for target in ["0/0'; drop table t; --", "0/0\n\\! touch /tmp/x", "$(touch /tmp/x)", "`x`", "", "0/0 \u{1B}[2J"] {
      let run = try await one.run("run", ["TARGET=\(target)"])
      #expect(run.status == 3 && run.error.contains("the new primary answers no position"), "\(run)")
      #expect(!run.error.contains("\u{1B}"))
      #expect(!one.told.contains("touch") && !one.told.contains("drop"))
      #expect(!one.told.contains("pg_stat_wal_receiver"))
    }
    let other = try await StubbedRejoin(Self.rewound)
    let run = try await other.run("run", ["IDENTITY=1 \u{1B}]0;x\u{7}\u{9B}2J"])
    #expect(run.status == 3 && run.error.contains("NEW_PRIMARY is not the new primary"), "\(run)")
    #expect(!run.error.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || $0.value > 0x7E })
    #expect(try one.shell("cat \"$1/PG_VERSION\"") == "17\n")
  }

  @Test func slotNamesOfAServerSteerNoTerminal() async throws {
    let one = try await StubbedRejoin(Self.rewound)
    let run = try await one.run("run", ["SLOTS=a\u{1B}[2J"])
    #expect(run.status == 0 && !run.output.contains("\u{1B}"), "\(run)")
  }

  /// The lock file lies in the directory, which somebody may have forged.
  @Test(arguments: [
    ("5432", "evil.example"), ("5432", "/tmp,evil.example"), ("5432 host=evil.example", "/tmp"), ("", "/tmp"),
    ("5432", "/tmp' host='evil.example"), ("5432", "/tmp host=evil.example"), ("x", ""),
  ])
  func aForgedLockFileLeadsNowhere(port: String, host: String) async throws {
    let one = try await StubbedRejoin(Self.rewound)
    try FileTree.change(
      one.scratch.write("lock", "")
    ) { $0 = Array("1\n/data\n1\n\(port)\n\(host)\nlocalhost\n".utf8) }
    _ = try one.shell("cp '\(one.scratch.path)/lock' \"$1/postmaster.pid\"; : > '\(one.scratch.path)/runs'")
    let run = try await one.run("check", ["OLD_NODE="])
    #expect(run.status == 3 && run.error.contains("set OLD_NODE"), "\(run)")
    #expect(try one.shell("cat '\(one.log)'").contains("evil") == false)
  }

  @Test func aSocketOfTheLockFileIsTaken() async throws {
    let one = try await StubbedRejoin(Self.rewound)
    _ = try one.shell(
      "printf '1\\n/data\\n1\\n6432\\n/var/run/postgresql\\n*\\n' > \"$1/postmaster.pid\"; : > '\(one.scratch.path)/runs'"
    )
    let run = try await one.run("check", ["OLD_NODE="])
    #expect(run.status == 0, "\(run)")
    #expect(try one.shell("cat '\(one.log)'").contains("psql host=/var/run/postgresql port=6432 user=postgres"))
  }

  /// The password goes to the one file that needs it, as the server reads it, and nobody else can read that.
  @Test func theConnectionStringArrivesAsItIs() async throws {
    let one = try await StubbedRejoin(Self.rebuilt)
    let run = try await one.run("run", [#"PRIMARY_CONNINFO=host=b password='it\'s \\ &x'"#])
    #expect(run.status == 0 && !(run.output + run.error).contains("&x"), "\(run)")
    let lines = try one.shell(
      "grep primary_conninfo \"$1/postgresql.auto.conf\"; stat -c %a \"$1/postgresql.auto.conf\"")
    #expect(lines == #"primary_conninfo = 'host=b password=''it\\''s \\\\ &x'''"# + "\n600\n")
    let other = try await StubbedRejoin(Self.rebuilt)
    let refused = try await other.run("run", ["PRIMARY_CONNINFO=host=b\narchive_command = 'x'"])
    #expect(refused.status == 3 && refused.error.contains("one line"), "\(refused)")
    let patience = try await other.run("run", ["PATIENCE=a[$(touch \(other.scratch.path)/ran)]"])
    #expect(patience.status == 3 && !FileTree.exists(other.scratch.path + "/ran"), "\(patience)")
  }

  /// Names that mean something to a shell, of the folder and of an archive; and an archive that packs.
  @Test(arguments: ["a'b $(touch PWNED) `touch PWNED`; touch PWNED;\"\\", "-D", "$HOME *", "größe"])
  func oddPlaces(name: String) async throws {
    let archives = ScratchDirectory()
    let archive = "\(archives.path)/\(name)"
    let one = try await StubbedRejoin(Self.rewound, place: name, arguments: ["--archive", archive]) { scratch in
      try ExternalProgram.run("/bin/mkdir", ["-p", archive])
      for segment in Self.removedFirst {
        try ExternalProgram.run("/bin/cp", ["\(scratch)/\(name)/old/pg_wal/\(segment)", archive])
      }
      try ExternalProgram.run("/bin/gzip", ["\(archive)/\(Self.removedFirst[1])"])
    }
    let text = String(decoding: try FileTree.contents(of: one.script), as: UTF8.self)
    #expect(text.contains("cat < ") && text.contains("gzip -dc < "), "\(text)")
    // What recovery removes is brought back.
    for segment in Self.removedFirst { try ExternalProgram.run("/bin/rm", ["\(one.directory)/pg_wal/\(segment)"]) }
    let run = try await one.run("run")
    #expect(run.status == 0, "\(run)")
    for segment in Self.removedFirst {
      #expect(try FileTree.contents(of: "\(one.directory)/pg_wal/\(segment)").count == 1 << 20)
    }
    #expect(FileTree.entries(of: "\(one.scratch.path)/\(name)") == ["old"])
    let found = try ExternalProgram.output("/usr/bin/find", [one.scratch.path, archives.path, "-name", "PWNED"])
    #expect(found.isEmpty && !FileTree.exists("PWNED"))
  }

  @Test(arguments: ["a\u{1B}[2J", "x\ntouch PWNED", "\u{202E}b"])
  func noScriptHasControlCharacters(name: String) async throws {
    await #expect(throws: FixtureError.self) { _ = try await StubbedRejoin(Self.rewound, place: name) }
  }

  /// A relative path of an archive names the same folder wherever the script is run.
  @Test func anArchiveIsNamedFromTheRoot() async throws {
    let one = try await StubbedRejoin(Self.rewound) { scratch in
      try ExternalProgram.run("/bin/mkdir", [scratch + "/wal"])
      try ExternalProgram.run("/bin/cp", ["\(scratch)/nodes/old/pg_wal/\(Self.removedFirst[0])", scratch + "/wal"])
    }
    let made = try await runProgram(
      "sh",
      [
        "-c", "cd \"$1\"; exec \"$2\" rejoin nodes/old/ --new new --archive wal --format script", "sh",
        one.scratch.path, productsDirectory + "/slotscope",
      ])
    #expect(made.output.contains("cat < \(one.scratch.path)/wal/\(Self.removedFirst[0])"), "\(made)")
    #expect(made.output.contains("\npgdata=\(one.scratch.path)/nodes/old\n"))
  }
}
