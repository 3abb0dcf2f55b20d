import FixtureSupport
import PostgresFormat
import ServerLab
import Testing

/// pg_waldump's options print here what they print there.
@Suite(
  .serialized,
  .enabled(if: !Lab.servers.isEmpty || Lab.isContinuousIntegration, "no PostgreSQL server on this machine"))
struct WalOptionsLiveTests {
  @Test(arguments: Lab.servers)
  func optionsMeanTheSame(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let cluster = try await lab.primary(settings: WALWorkload.settings)
      let start = try #require(LSN(try await cluster.currentLSN()))
      try await WALWorkload.run(on: cluster)
      try await cluster.stop()
      let folder = cluster.data + "/pg_wal"
      func check(_ theirs: [String], _ ours: [String]? = nil, atLeast: Int = 2) async throws {
        let (lines, differences) = try await WALWords.compare(
          server, folder: folder, start: start, theirs: theirs, ours: ours ?? theirs)
        #expect(differences.isEmpty && lines >= atLeast, "\(server) \(theirs), \(lines) lines: \(differences)")
      }
      try await check(["-b"], atLeast: 1000)
      try await check(["--bkp-details", "-n", "700", "-r", "Heap"], atLeast: 700)
      try await check(["-z"])
      try await check(["--stats=record"], atLeast: 40)
      try await check(["--stats=rmgr", "--rmgr", "Btree"])
      try await check(["--stats", "-n", "500"])
      try await check(["-q"], atLeast: 0)
      if server.major >= 15 {
        try await check(["-w"], atLeast: 100)
        try await check(["--fullpage", "-z"])
        try await check(["-F", "vm"], atLeast: 3)
        try await check(["--fork=init"])
        try await check(["-F", "main", "--stats=record"], atLeast: 20)
      }
      try await segments(server, folder)
      if server.major >= 16 { try await savedPages(server, cluster) }
    }
  }

  /// The files of `--save-fullpage`: the same names, the same bytes, by each method of compression.
  private func savedPages(_ server: Lab.Server, _ cluster: Cluster) async throws {
    let (folder, names) = (cluster.data + "/pg_wal", WALWords.segments(cluster.data + "/pg_wal"))
    for filter in [[], ["-F", "vm"], ["-r", "Heap", "-n", "300"]] {
      let place = cluster.home + "/pages-\(filter.count)\(filter.first ?? "")"
      let (theirs, ours) = (place + ".theirs", place + ".ours")
      _ = try await runProgram(
        "/bin/bash",
        Array(server.command("pg_waldump").dropFirst()) + ["-p", folder, "-q", "--save-fullpage", theirs] + filter
          + [names[0], names[names.count - 1]])
      let saved = try await slotscope(["wal", "records", "--waldir", folder, "-q", "--save-fullpage", ours] + filter)
      let difference = try await runProgram("/usr/bin/diff", ["-rq", theirs, ours])
      let count = FileTree.entries(of: ours).count
      #expect(difference.status == 0 && saved.output.isEmpty, "\(server) \(filter): \(difference)")
      #expect(saved.error == "slotscope: \(count) full-page images in \(ours)\n")
      #expect(count > 3 && FileTree.entries(of: theirs).count == count, "\(server) \(filter)")
    }
  }

  /// STARTSEG and ENDSEG.
  private func segments(_ server: Lab.Server, _ folder: String) async throws {
    let names = WALWords.segments(folder)
    let (first, last) = (names[2], names[4])
    let operands = [
      ["-p", folder, first, last], ["-p", folder, first], ["\(folder)/\(first)", "\(folder)/\(last)"],
      ["\(folder)/\(first)", last], ["\(folder)/\(first)"],
    ]
    for arguments in operands {
      let (lines, differences) = try await WALWords.compareOutputs(
        server, folder: folder, theirs: arguments, ours: arguments)
      #expect(differences.isEmpty && lines > 10, "\(server) \(arguments): \(differences)")
    }
    let wrong = try await slotscope(["wal", "records", "-p", folder, last, first])
    #expect(wrong.status == 64 && wrong.error.contains("ENDSEG \(first) is before STARTSEG \(last)"))
  }

  @Test(arguments: Lab.servers.suffix(1))
  func namesOfResourceManagers(server: Lab.Server) async throws {
    let theirs = try await runProgram("/bin/bash", Array(server.command("pg_waldump").dropFirst()) + ["--rmgr=list"])
    for spelling in [["--rmgr=list"], ["-r", "list"], ["-rLIST"]] {
      let ours = try await slotscope(["wal", "records"] + spelling)
      #expect(ours.status == 0 && ours.output == theirs.output && ours.output.contains("LogicalMessage"))
    }
  }

  /// While the server runs: what it writes later is printed once it is written, each record once.
  @Test(arguments: Lab.servers.suffix(1))
  func followingALivingServer(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let cluster = try await lab.primary("followed", settings: ["wal_keep_size": "1GB"])
      let start = try #require(LSN(try await cluster.currentLSN()))
      let (file, done) = (cluster.home + "/followed", cluster.home + "/done")
      // It follows until all is written, and then until nothing came for two seconds.
      async let followed = runProgram(
        "/bin/bash",
        [
          "-c",
          """
          "${@:3}" > "$1" & pid=$!
          while ! [ -e "$2" ] && kill -0 $pid; do sleep 0.2; done
          until size=$(stat -c %s "$1") && sleep 2 && [ "$size" = "$(stat -c %s "$1")" ]; do :; done
          kill $pid
          """,
          "bash", file, done, productsDirectory + "/slotscope", "wal", "records", "--follow", "-D", cluster.data,
          "--start",
          "\(start)",
        ])
      for number in 1...12 {
        try await cluster.sql(
          "create table t\(number)(a int); insert into t\(number) select generate_series(1, 3000); select pg_switch_wal()"
        )
      }
      let end = try await cluster.currentLSN()
      try ExternalProgram.run("/usr/bin/touch", [done])
      _ = try await followed
      let lines = String(decoding: try FileTree.contents(of: file), as: UTF8.self).split(separator: "\n")
        .compactMap { WALDumpLine(String($0)) }
      try await cluster.stop()
      let last = try #require(LSN(end))
      let all = try await slotscope(
        ["wal", "records", "--waldir", cluster.data + "/pg_wal", "--start", "\(start)", "--end", "\(last)"])
      let expected = all.output.split(separator: "\n").compactMap { WALDumpLine(String($0)) }.map(\.key)
      #expect(expected.count > 30_000)
      #expect(Array(lines.map(\.key).prefix(expected.count)) == expected)
    }
  }
}
