import ClusterFiles
import Evidence
import FixtureSupport
import PostgresFormat
import Testing

@Suite struct ConfigurationReaderTests {
  private func read(
    _ files: [String: String], command: [String] = [], _ check: (ConfigurationReader, String) throws -> Void
  ) throws {
    let scratch = ScratchDirectory()
    for (path, text) in files { scratch.write(path, text) }
    let options = PostmasterOptions(program: "postgres", arguments: command)
    try check(ConfigurationReader(directory: scratch.path, options: command.isEmpty ? nil : options), scratch.path)
  }

  private func names(_ reader: ConfigurationReader) -> [String] {
    reader.settings.assignments.map { setting in
      let value = setting.value == SecretRedaction.withheldValue ? "" : "=" + setting.value
      return "\(setting.name)\(value)@\(setting.path):\(setting.line)"
    }
  }

  /// As --config-file gives it: before what the last start said.
  @Test func aMainFileThatIsGiven() throws {
    let (data, elsewhere) = (ScratchDirectory(), ScratchDirectory())
    data.write("postgresql.conf", "a = 1\n")
    data.write("postgresql.auto.conf", "c = 3\n")
    elsewhere.write("main.conf", "b = 2\ninclude 'more.conf'\n")
    elsewhere.write("more.conf", "d = 4\n")
    let options = PostmasterOptions(program: "postgres", arguments: ["-D", "/nowhere", "-c", "config_file=/nope.conf"])
    let reader = ConfigurationReader(directory: data.path, options: options, mainFile: elsewhere.path + "/main.conf")
    #expect(reader.settings.mainFile == elsewhere.path + "/main.conf" && reader.problems.isEmpty)
    #expect(reader.settings.assignments.prefix(3).map(\.name) == ["b", "d", "c"])
  }

  @Test func includesStandWhereTheyAreAskedFor() throws {
    try read([
      "postgresql.conf": "a = 1\ninclude 'sub/x.conf'\nb = 2\nINCLUDE_DIR = 'conf.d'\ninclude_if_exists 'nope.conf'\n",
      "sub/x.conf": "c = 3\ninclude 'y.conf'\n", "sub/y.conf": "d = 4\n",
      "conf.d/b.conf": "f = 6", "conf.d/B.conf": "e = 5", "conf.d/.hidden.conf": "g = 7", "conf.d/x.txt": "h = 8",
      "conf.d/.conf": "i = 9", "conf.d/dir.conf/z.conf": "j = 10", "postgresql.auto.conf": "A = 11\n",
    ]) { reader, _ in
      #expect(
        names(reader) == [
          "a@postgresql.conf:1", "c@sub/x.conf:1", "d@sub/y.conf:1", "b@postgresql.conf:3",
          "e@conf.d/B.conf:1", "f@conf.d/b.conf:1", "a@postgresql.auto.conf:1",
        ])
      #expect(reader.settings.syntaxErrors.isEmpty && reader.problems.isEmpty)
      #expect(reader.settings.mainFile == "postgresql.conf")
    }
  }

  /// As initdb of IvorySQL leaves them: its own file beside PostgreSQL's, read last, so that its list of libraries counts.
  @Test func ivorySQLHasAFileOfItsOwn() throws {
    try read([
      "postgresql.conf":
        "shared_preload_libraries = 'pg_failover_slots'\nport = 5433\ninclude_if_exists = 'ivorysql.conf'\n",
      "ivorysql.conf":
        "ivorysql.port = 1522\nshared_preload_libraries = 'liboracle_parser, ivorysql_ora'\n",
      "postgresql.auto.conf": "",
    ]) { reader, _ in
      let settings = EffectiveSettings(reader.settings, version: .v17)
      #expect(settings.integer("port") == 5433 && settings.text("ivorysql.port") == "1522")
      #expect(settings.names("shared_preload_libraries") == ["liboracle_parser", "ivorysql_ora"])
    }
  }

  @Test func aFileThatIncludesItselfIsAnError() throws {
    try read(["postgresql.conf": "a = 1\ninclude './postgresql.conf'\nb = 2\n"]) { reader, path in
      #expect(names(reader).count == 2)
      #expect(
        reader.settings.syntaxErrors.map(\.message) == ["configuration file recursion in \"\(path)/postgresql.conf\""])
      #expect(reader.settings.syntaxErrors.first?.line == 2)
    }
  }

  @Test func twoFilesThatIncludeEachOtherEndAtTheDepthOfTheServer() throws {
    try read(["postgresql.conf": "include 'a.conf'", "a.conf": "x = 1\ninclude 'postgresql.conf'"]) { reader, _ in
      #expect(names(reader).count == 5)
      #expect(reader.settings.syntaxErrors.map(\.message).allSatisfy { $0.hasSuffix("maximum nesting depth exceeded") })
      #expect(reader.settings.syntaxErrors.count == 1)
    }
  }

  @Test(arguments: [(10, 0), (11, 1)])
  func tenIncludesDeepIsTheLimit(depth: Int, errors: Int) throws {
    var files = ["postgresql.conf": "include 'c1.conf'"]
    for level in 1..<depth { files["c\(level).conf"] = "include 'c\(level + 1).conf'" }
    files["c\(depth).conf"] = "x = 1"
    try read(files) { reader, _ in
      #expect(reader.settings.syntaxErrors.count == errors)
      #expect(names(reader).count == 1 - errors)
    }
  }

  @Test func filesThatMultiplyAreBounded() throws {
    var files: [String: String] = [:]
    for level in 0...9 {
      let name = level == 0 ? "postgresql.conf" : "c\(level).conf"
      files[name] = String(repeating: "include 'c\(level + 1).conf'\n", count: 30)
    }
    files["c10.conf"] = "x = 1\n"
    try read(files) { reader, _ in
      #expect(names(reader).count <= 1000)
      #expect(!reader.problems.isEmpty)
    }
  }

  /// Each of these would be listed, or be a problem of its own.
  @Test(arguments: ["nope.d", "conf.d"])
  func foldersThatAreNamedOverAndOverAreBounded(folder: String) throws {
    try read([
      "postgresql.conf": "a = 1\n" + String(repeating: "include_dir '\(folder)'\n", count: 50_000) + "b = 2\n",
      "conf.d/x.txt": "",
    ]) { reader, _ in
      #expect(names(reader) == ["a@postgresql.conf:1", "b@postgresql.conf:50002"])
      #expect(reader.problems.count <= 1000 && reader.settings.syntaxErrors.count <= 1000)
      let message = "is not read: the files included together are too many or too large"
      #expect(reader.problems.last?.cause == .other(code: "too_many_includes", message: message))
    }
  }

  @Test func whatIsMissingOrBlankIsAnErrorInTheServersWords() throws {
    try read(["postgresql.conf": "include 'nope.conf'\ninclude_dir 'nope.d'\ninclude ' '\ninclude '.'\nport b c\nb"]) {
      reader, path in
      #expect(
        reader.settings.syntaxErrors.map(\.message) == [
          "syntax error in file \"\(path)/postgresql.conf\" line 5, near token \"c\"",
          "syntax error in file \"\(path)/postgresql.conf\" line 5, near end of line",
          "could not open configuration file \"\(path)/nope.conf\": No such file or directory",
          "could not open configuration directory \"\(path)/nope.d\": No such file or directory",
          "empty configuration file name: \" \"", "input in flex scanner failed at file \"\(path)\" line 1",
        ])
    }
  }

  @Test func theCommandLineComesLast() throws {
    try read(
      ["postgresql.conf": "wal_level = replica\nport = 1\n"],
      command: [
        "-D", "/x", "-c", "wal-level=logical", "--Cluster-Name=x=y", "-p", "2", "-Fi", "-k/tmp",
        "-cprimary_conninfo=password=s",
      ]
    ) { reader, _ in
      #expect(
        names(reader).dropFirst(2) == [
          "wal_level=logical@postmaster.opts:0", "cluster_name=x=y@postmaster.opts:0", "port=2@postmaster.opts:0",
          "fsync=false@postmaster.opts:0", "listen_addresses=*@postmaster.opts:0",
          "unix_socket_directories=/tmp@postmaster.opts:0", "primary_conninfo=@postmaster.opts:0",
        ])
      let effective = EffectiveSettings(reader.settings, version: .v17)
      #expect(effective.walLevel == .logical)
      #expect(effective["wal_level"]?.assignment?.origin == .commandLine)
    }
  }

  @Test func theMainFileMayLieElsewhere() throws {
    let elsewhere = ScratchDirectory()
    elsewhere.write("main.conf", "a = 1\ninclude 'x.conf'\n")
    elsewhere.write("x.conf", "b = 2\n")
    try read(["postgresql.auto.conf": "c = 3\n"], command: ["-c", "config_file=\(elsewhere.path)/main.conf"]) {
      reader, _ in
      #expect(reader.settings.mainFile == "\(elsewhere.path)/main.conf")
      #expect(reader.settings.assignments.map(\.name) == ["a", "b", "c", "config_file"])
      #expect(reader.problems.isEmpty)
    }
    // The directory's own is not what that server reads.
    try read(["postgresql.conf": "a = 1"], command: ["-c", "config_file=/nonexistent/main.conf"]) { reader, _ in
      #expect(reader.settings.mainFile == nil && reader.settings.assignments.map(\.name) == ["config_file"])
      #expect(reader.problems.map(\.path) == ["/nonexistent/main.conf"])
    }
    try read([:]) { reader, _ in
      #expect(reader.settings.mainFile == nil)
      #expect(reader.problems.count == 1)
    }
  }

  /// `-D` is where the server was started, which is not where a copy lies.
  @Test func aCopyHasItsOwnFileAndMayHaveNoneElsewhere() throws {
    let elsewhere = ScratchDirectory()
    elsewhere.write("main.conf", "a = 1\n")
    let outside = "config_file=\(elsewhere.path)/main.conf"
    try read(
      ["sub/main.conf": "a = 1\n"], command: ["-D", "/old/./data/", "-c", "config_file=/old/data/sub/main.conf"]
    ) {
      reader, _ in
      #expect(reader.settings.mainFile == "sub/main.conf" && reader.problems.isEmpty)
    }
    try read([:], command: ["-D", "/old/data", "-c", outside]) { reader, _ in
      #expect(reader.settings.assignments.map(\.name) == ["a", "config_file"])
      #expect(reader.problems.map(\.path) == ["\(elsewhere.path)/main.conf"])
    }
    try read(["postgresql.conf": "include '\(elsewhere.path)/main.conf'\n"], command: ["-D", elsewhere.path]) {
      reader, _ in
      #expect(reader.problems.map(\.path) == ["\(elsewhere.path)/main.conf"])
    }
    // The server's own directory, by whatever path.
    let home = ScratchDirectory()
    home.write("postgresql.conf", "")
    let options = PostmasterOptions(program: "postgres", arguments: ["-D", home.path + "/./", "-c", outside])
    #expect(ConfigurationReader(directory: home.path, options: options).problems.isEmpty)
  }

  @Test func recoveryConfKeepsTheCaseOfItsNames() throws {
    try read([
      "postgresql.conf": "",
      "recovery.conf": "standby_mode = on\nPrimary_Conninfo = 'x'\nprimary_conninfo = 'host=a password=s'\n",
    ]) {
      reader, _ in
      #expect(reader.settings.hasRecoveryConf)
      #expect(reader.settings.recovery.map(\.name) == ["standby_mode", "Primary_Conninfo", "primary_conninfo"])
      #expect(reader.settings.recovery.last?.value == "host=a")
      let effective = EffectiveSettings(reader.settings, version: .v11)
      #expect(effective.bool("standby_mode") == true)
      #expect(effective.text("primary_conninfo") == "host=a")
      #expect(EffectiveSettings(reader.settings, version: .v12).text("primary_conninfo") == "")
    }
  }

  @Test func noPasswordLeavesTheReader() throws {
    let secret = "hunter2"
    let lines = [
      "primary_conninfo = 'host=a password=hunter2'", "primary_conninfo = 'postgresql://u:hunter2@h/d'",
      "primary_conninfo = 'host=a password=''hunter2 x'''", "primary_conninfo = 'password=hunter2 ''open'",
      "pg_failover_slots.primary_dsn = 'password=hunter2'", "restore_command = 'PGPASSWORD=hunter2 cp'",
      "primary_conninfo = host=a password=hunter2", "primary_conninfo = 'password='hunter2'x'",
      "my.secret = hunter2", "MY.PASSWORD = 'hunter2'", #"primary_conninfo = 'pass\167ord=hunter2'"#,
    ]
    try read(["postgresql.conf": lines.joined(separator: "\n"), "recovery.conf": lines.joined(separator: "\n")]) {
      reader, _ in
      #expect(reader.settings.assignments.count == 6)
      #expect(!"\(reader)".contains(secret))
    }
  }

  /// What the real servers showed of their settings, and what their files and defaults give.
  @Test func effectiveSettingsAreThoseOfTheServers() throws {
    var compared = 0
    let nodes = try (Fixtures.names.map { try Fixtures.unpacked($0) } + Fixtures.externalFolders).flatMap {
      try Fixtures.nodes(inFolder: $0)
    }
    for node in nodes {
      guard let version = ServerVersion(name: node.versionName) else { continue }
      let reader = ConfigurationReader(directory: node.path, options: nil)
      #expect(reader.settings.syntaxErrors.isEmpty, "\(node)")
      let effective = EffectiveSettings(reader.settings, version: version)
      for row in node.truth["settings"].elements {
        guard let name = row["name"].string, let shown = row["setting"].string else { continue }
        guard SettingDefinition.find(name, in: version) != nil else { continue }
        // Written to the files after the server had been asked.
        guard name != "idle_replication_slot_timeout" else { continue }
        let expected = SecretRedaction.capturedValue(ofSetting: name, shown)
        #expect(effective[name]?.value?.shown == expected, "\(node) \(name)")
        if row["source"].string == "configuration file" {
          #expect(effective[name]?.isDefault == false, "\(node) \(name)")
        }
        compared += 1
      }
    }
    #expect(compared > 100)
  }
}
