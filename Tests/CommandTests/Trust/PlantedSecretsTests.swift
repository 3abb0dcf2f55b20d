import FixtureSupport
import ServerLab
import Testing

/// More than a hundred secrets, each planted where people put them: no command shows or keeps one, in any form.
@Suite struct PlantedSecretsTests {
  @Test func everyCommand() async throws {
    let nodes = try NodePairCopy()
    var secrets = PlantedSecrets()
    try plant(&secrets, in: nodes.primary, arguments: PlantedSecrets.arguments)
    try plant(&secrets, in: nodes.standby, arguments: PlantedSecrets.arguments.reversed())
    try labels(&secrets, nodes)
    #expect(secrets.count >= 700)

    var everything = ""
    let files = (nodes.outside + "/p.json", nodes.outside + "/s.json")
    let captures = [["capture", nodes.primary, "-o", files.0], ["capture", nodes.standby, "-o", files.1]]
    let kept = EveryCommand.lines(primary: files.0, standby: files.1, outside: nodes.outside)
      .filter { !["wal", "show", "capture"].contains($0[0]) }
    let lines = captures + EveryCommand.lines(primary: nodes.primary, standby: nodes.standby, outside: nodes.outside)
    everything += try await Self.unleaked(each: lines)
    everything += try await Self.unleaked(each: kept + Self.shown(nodes))
    for path in try ExternalProgram.output("/usr/bin/find", [nodes.outside, "-type", "f"]).split(separator: "\n") {
      let text = String(decoding: try FileTree.contents(of: String(path)), as: UTF8.self)
      #expect(!text.contains(PlantedSecrets.mark), "\(path)")
    }
    // What decides, and what a reader needs, is still there.
    for kept in ["host=db1", "target_session_attrs=any", "archive-get %f %p", "--stanza=main", "sslmode=require"] {
      #expect(everything.contains(kept), "\(kept)")
    }
  }

  /// Commands to run and servers to connect to stand in every file that is read: none of them is.
  @Test(.enabled(if: SystemCalls.obstacle == nil, "strace cannot trace here"))
  func nothingThatIsReadIsRunOrConnectedTo() async throws {
    let nodes = try NodePairCopy()
    var secrets = PlantedSecrets()
    for node in [nodes.primary, nodes.standby] { try plant(&secrets, in: node, arguments: PlantedSecrets.arguments) }
    for line in EveryCommand.lines(primary: nodes.primary, standby: nodes.standby, outside: nodes.outside) {
      let run = try await SystemCalls(
        of: productsDirectory + "/slotscope", line, wanted: SystemCalls.outward, log: nodes.scratch.path + "/calls")
      // Its own start.
      let calls = run.calls.filter { $0.text.contains("(") }.dropFirst()
      #expect(run.calls.first?.name == "execve" && calls.isEmpty, "\(line.prefix(3)): \(calls.prefix(3))")
    }
  }

  @Test func subscriptions() async throws {
    let scratch = ScratchDirectory()
    try ExternalProgram.run("/bin/cp", ["-a", Fixtures.unpacked("pg17-pubsub") + "/subscriber", scratch.path + "/s"])
    let path = scratch.path + "/s/global/6100"
    let original = try FileTree.contents(of: path)
    let old = Array("host=/srv/lab/g1/sub-p-17 port=6596 user=postgres application_name=standby dbname=postgres".utf8)
    var secrets = PlantedSecrets()
    for text in secrets.plant(PlantedSecrets.connectionStrings) {
      let padded = Array(text.utf8) + [UInt8](repeating: 0x20, count: old.count - text.utf8.count)
      var bytes = original
      var count = 0
      for place in 0..<(bytes.count - old.count) where bytes[place...].starts(with: old) {
        bytes.replaceSubrange(place..<(place + old.count), with: padded)
        count += 1
      }
      #expect(count > 0)
      try FileTree.change(path) { $0 = bytes }
      let output = try await Self.unleaked(each: [
        ["inspect", "--format", "json", scratch.path + "/s"], ["capture", scratch.path + "/s"],
      ])
      #expect(output.contains("subconninfo"))
    }
  }

  /// Files that are no longer of their form, whose beginning an error quotes.
  @Test(arguments: [
    "backup_label", "tablespace_map", "postmaster.pid", "postmaster.opts", "PG_VERSION", "pg_wal/00000002.history",
    "recovery.conf", "postgresql.conf",
  ])
  func damagedFiles(name: String) async throws {
    let nodes = try NodePairCopy()
    var secrets = PlantedSecrets()
    for text in secrets.plant(
      PlantedSecrets.texts + ["password=@@ and more", "PGPASSWORD=@@ x", "START WAL LOCATION: key=@@"])
    {
      nodes.scratch.write("primary/" + name, text + "\n")
      try await Self.unleaked(each: [
        ["inspect", "-v", nodes.primary], ["inspect", "--format", "json", nodes.primary], ["capture", nodes.primary],
        ["show", nodes.primary + "/" + name], ["timeline", nodes.primary],
        ["audit", "-v", "--primary", nodes.primary, "--standby", nodes.standby],
      ])
    }
  }

  /// A source on the command line is repeated in what is printed.
  @Test func sources() async throws {
    var secrets = PlantedSecrets()
    var lines: [[String]] = []
    for text in secrets.plant(PlantedSecrets.connectionStrings) {
      let nowhere = text.replacing("db1", with: "127.0.0.1").replacing(":5/", with: ":1/")
      lines += [
        ["inspect", nowhere], ["inspect", "--format", "json", nowhere],
        ["audit", "--format", "nagios", "--standby", nowhere],
        ["plan", "--primary", nowhere, "--standby", nowhere], ["capture", nowhere],
      ]
    }
    try await Self.unleaked(each: lines)
  }

  /// Whatever is refused is quoted by what refuses it, and may have been meant for another option.
  @Test func refusedValues() async throws {
    var secrets = PlantedSecrets()
    var lines: [[String]] = []
    for text in secrets.plant(PlantedSecrets.mistyped) {
      lines += [
        [text], ["help", text], ["wal", text], ["inspect", text], ["inspect", "x", text],
        ["inspect", "--format", text, "x"],
        ["inspect", "--format=\(text)", "x"], ["inspect", "--format", "nagios", text], ["inspect", "-D\(text)"],
        ["inspect", "--sort", text], ["audit", "--event", text, "--standby", "x"], ["audit", text],
        ["audit", "--promote-at", text, "--standby", "x"], ["audit", "--assume", text, "--standby", "x"],
        ["audit", "--standby", "x", "--subscriber", text], ["audit", "--standby", text, "--format", "nagios"],
        ["audit", "--standby", "x", "--log", text], ["audit", "--standby", "x", "--archive", text],
        ["audit", "--format", "nagios", "--standby", "x", "--event", text], ["inspect", "x", "--label", text],
        ["plan", "--standby", "x", "--mode", text], ["plan", "--standby", "x", "--physical-slot", text],
        ["plan", "--standby", "x", "--slots", text], ["ledger", "--consumer", text], ["ledger", "--from", text],
        ["wal", "records", text], ["wal", "records", "--rmgr", text], ["wal", "end", "--waldir", text],
        ["wal", "records", "--timeline", text], ["show", text], ["timeline", text], ["capture", text],
        ["capture", text, "-o\(text)"],
        ["compare", text, text], ["--\(text)"], ["inspect", "--\(text)"], ["rules", text],
        ["rejoin", text, "--new", "x"],
        ["rejoin", "x", "--new", text], ["rejoin", "x", "--new", "y", "--slot", text], ["upgrade", "x", "--to", text],
        ["upgrade", text, "--to", "18"], ["audit", "--standby", "x", "--consumer", text], ["inspect", "-p\(text)"],
      ]
    }
    try await Self.unleaked(each: lines)
    let named = try await slotscope(["inspect", "--format", "host=db1 password=x", "x"])
    #expect(named.error.contains("invalid value \"host=db1\" for option \"--format\""), "\(named)")
    let path = try await slotscope(["inspect", "/backup/key store/db1"])
    #expect(path.error.contains("/backup/key store/db1"), "\(path)")
  }

  @Test func pathsOfLinksAndTablespaces() async throws {
    var secrets = PlantedSecrets()
    for text in secrets.plant(PlantedSecrets.paths) {
      let nodes = try NodePairCopy()
      nodes.scratch.write("primary/tablespace_map", "16384 \(text)\n16385 /mnt/kept\n")
      try ExternalProgram.run("/bin/mv", [nodes.primary + "/pg_wal", nodes.outside + "/wal"])
      for name in ["pg_wal", "pg_tblspc/16384", "postgresql.conf", "pg_replslot/x", "backup_label"] {
        _ = try? ExternalProgram.run("/bin/ln", ["-sfn", text, "\(nodes.primary)/\(name)"])
      }
      let everything = try await Self.unleaked(each: [
        ["inspect", "-v", nodes.primary], ["inspect", "--format", "json", nodes.primary], ["capture", nodes.primary],
        ["show", nodes.primary + "/tablespace_map"], ["show", "--format", "json", nodes.primary + "/tablespace_map"],
        ["audit", "-v", "--primary", nodes.primary, "--standby", nodes.standby], ["wal", "gaps", nodes.primary],
        ["timeline", nodes.primary],
      ])
      #expect(everything.contains("/mnt/kept"))
    }
  }

  private func plant(_ secrets: inout PlantedSecrets, in node: String, arguments: [String]) throws {
    func quoted(_ text: String) -> String { "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "''") + "'" }
    var lines: [String] = []
    for name in ["restore_command", "archive_command", "archive_cleanup_command", "recovery_end_command"] {
      lines += secrets.plant(PlantedSecrets.commands).map { "\(name) = \(quoted($0))" }
    }
    lines += secrets.plant(PlantedSecrets.connectionStrings).map { "primary_conninfo = \(quoted($0))" }
    lines += secrets.plant(PlantedSecrets.lines)
    // The last one holds, and is what text shows.
    for (file, last) in [("postgresql.conf", 0), ("postgresql.auto.conf", 2)] {
      try FileTree.change("\(node)/\(file)") { bytes in
        bytes += Array("\n\((lines[last...] + lines[..<last]).joined(separator: "\n"))\n".utf8)
      }
    }
    let opts = secrets.plant(arguments).map { " \"\($0)\"" }.joined()
    try FileTree.change("\(node)/postmaster.opts") { $0 = Array("/usr/lib/postgresql/17/bin/postgres\(opts)\n".utf8) }
  }

  private func labels(_ secrets: inout PlantedSecrets, _ nodes: NodePairCopy) throws {
    for (index, text) in secrets.plant(PlantedSecrets.texts).enumerated() {
      nodes.scratch.write("primary/pg_wal/0000000\(index + 2).history", "1\t0/1000000\t\(text)\n")
    }
    for (index, text) in secrets.plant(PlantedSecrets.texts).enumerated() {
      let label = """
        START WAL LOCATION: 0/5000028 (file 000000010000000000000005)
        CHECKPOINT LOCATION: 0/5000060
        BACKUP METHOD: streamed
        BACKUP FROM: primary
        START TIME: 2026-11-21 10:04:40 UTC
        LABEL: \(text)

        """
      nodes.scratch.write("labels/\(index)", label)
      if index == 0 { nodes.scratch.write("standby/backup_label", label) }
    }
  }

  private static func shown(_ nodes: NodePairCopy) -> [[String]] {
    let labels = FileTree.entries(of: nodes.scratch.path + "/labels").map { nodes.scratch.path + "/labels/" + $0 }
    let histories = (2...9).map { "\(nodes.primary)/pg_wal/0000000\($0).history" }
    let files = labels + histories + [nodes.primary, nodes.standby].map { $0 + "/postmaster.opts" }
    return ["text", "json"].map { ["show", "--format", $0] + files } + [
      ["inspect", "-v", nodes.primary], ["audit", "--format", "html", "--standby", nodes.standby],
    ]
  }

  /// What the commands printed, on both streams.
  @discardableResult
  private static func unleaked(each lines: [[String]]) async throws -> String {
    zip(lines, try await slotscope(each: lines)).map(unleaked).joined()
  }

  private static func unleaked(_ arguments: [String], _ outcome: Outcome) -> String {
    let text = outcome.output + outcome.error
    if text.contains(PlantedSecrets.mark), let place = text.firstRange(of: PlantedSecrets.mark) {
      let line = text[..<place.lowerBound].reversed().prefix { $0 != "\n" }.prefix(200).reversed()
      Issue.record("\(arguments.prefix(4)): \(String(line))\(text[place.lowerBound...].prefix(12))")
    }
    #expect(outcome.status != 70)
    return text
  }
}
