import FixtureSupport
import ServerLab
import Testing

/// Scripts on servers that lie: nothing of what they answer is run, neither here nor on the other server.
@Suite(.serialized, .enabled(if: LyingServer.isPossible(psql: "psql"), "no python3 or no psql on this machine"))
struct LyingServerTests {
  @Test(arguments: LyingServer.modes)
  func nothingThatAServerSaysIsRun(mode: String) async throws {
    try await LyingServer.check(mode, psql: LyingServer.psql)
  }
}

/// The same with psql of every major that is here.
@Suite(.serialized, .enabled(if: !Lab.clients.isEmpty && LyingServer.isPossible(psql: "psql"), "no servers here"))
struct LyingServerLiveTests {
  @Test(arguments: Lab.clients)
  func nothingThatAServerSaysIsRun(server: Lab.Server) async throws {
    for mode in LyingServer.modes { try await LyingServer.check(mode, psql: server.command("psql")) }
  }
}

/// What a server says before there is a connection: nobody has asked for it, and libpq would print it as it is.
@Suite(.enabled(if: LyingServer.isPossible(psql: "true"), "no python3 on this machine"))
struct ConnectingToLiarsTests {
  /// Says it to whoever connects, and then refuses; what the program printed comes out.
  private static let server = #"""
    import socket, subprocess, sys, threading
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(9)
    def message(letter, body): return letter + (len(body) + 4).to_bytes(4, "big") + body
    said = b"SNOTICE\0C01000\0Mforged \x1b]0;x\x07\x1b[2J\r\n\0\0"
    def serve():
        while True:
            client = listener.accept()[0]
            if client.recv(9000):
                client.sendall(message(b"R", bytes(4)) + message(b"N", said) * 9)
                client.sendall(message(b"E", said.replace(b"NOTICE", b"FATAL")))
            client.close()
    threading.Thread(target=serve, daemon=True).start()
    place = "host=127.0.0.1 user=x dbname=x sslmode=disable gssencmode=disable port=%d" % listener.getsockname()[1]
    done = subprocess.run(sys.argv[1:] + [place], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = done.stdout
    print(done.returncode, said.count(b"forged"), 27 in said, 7 in said, 13 in said)
    """#

  @Test func nothingIsPrintedAsItIs() async throws {
    let outcome = try await runProgram(
      "python3", ["-c", Self.server, productsDirectory + "/slotscope", "inspect"])
    // Once, in the message of why there is no connection, and without what steers a terminal.
    #expect(outcome.status == 0 && outcome.line == "3 1 False False False", "\(outcome)")
  }
}

enum LyingServer {
  static let modes = [
    "lines", "quotes", "backticks", "pipe", "connection", "true", "statement", "two rows", "no row", "nulls", "names",
    "asked column alone", "rows for everything", "notices", "encoding", "copy", "error",
  ]

  /// Debian's psql is a script that finds the program, and takes longer than the program itself.
  static let psql: [String] = {
    let found = try? ExternalProgram.output(
      "/bin/sh", ["-c", "ls -d /usr/lib/postgresql/*/bin/psql 2>/dev/null | sort -V | tail -1"])
    let path = (found ?? "").prefix { $0 != "\n" }
    return [path.isEmpty ? "psql" : String(path)]
  }()

  static func isPossible(psql: String) -> Bool {
    ["python3", psql].allSatisfy { (try? ExternalProgram.output("/usr/bin/env", [$0, "--version"])) != nil }
  }

  static func check(_ mode: String, psql: [String]) async throws {
    // The only folder that every psql sees.
    let shared = (try? Lab.data()) ?? "/tmp"
    let scratch = ScratchDirectory(in: shared)
    try ExternalProgram.run("/usr/bin/env", ["chmod", "777", scratch.path])
    let scripts = try await Self.scripts.enumerated().map { number, script in
      scratch.write("\(number) \(script.name).sql", script.text)
    }
    let server = "host=127.0.0.1 user=x"
    let outcome = try await runProgram(
      "python3",
      [Lab.folder + "/lying-server", mode, scratch.path] + scripts + ["--"] + psql + [
        "-X", "-v", "primary_conninfo=\(server) port={2} dbname=p", "-v",
        "standby_conninfo=\(server) port={1} dbname=s",
        "-v", "new_primary_conninfo=host=n", "-v", "fork=0/1", "-f", "-", "\(server) port={1} dbname=s",
      ])
    #expect(outcome.status == 0, "\(mode): \(outcome.error.suffix(2000))")
    #expect(outcome.error.split(separator: "\n").count { $0.contains(" queries, ended with ") } == scripts.count)
  }

  /// The scripts of every way to make slots, with names as long and as hostile as they can be.
  private static var scripts: [(name: String, text: String)] {
    get async throws { try await made.value }
  }

  private static let made = Task { () throws -> [(name: String, text: String)] in
    let scratch = ScratchDirectory()
    let pair17 = try await LongNames.evidence(of: "pg17-pair", in: scratch)
    let subscriber = try await LongNames.subscriber(in: scratch)
    let pair16 = try await LongNames.evidence(of: "pg16-pair", in: scratch)
    let promoted = try FailoverFixture.unpacked("2029-pg19", in: scratch).folder
    let plans = [
      ["--approach", "failover-slots", "--follower", pair17.standby, "--subscriber", subscriber] + pair17.sources,
      ["--approach", "failover-slots"] + pair17.sources,
      ["--approach", "slots-on-standby", "--subscriber", subscriber] + pair17.sources,
      ["--follower", pair16.standby] + pair16.sources,
      ["--approach", "slots-on-new-primary", "--primary", promoted + "/primary", "--standby", promoted + "/standby"],
    ]
    var scripts: [(name: String, text: String)] = []
    for (number, plan) in plans.enumerated() {
      let folder = "\(scratch.path)/plan\(number)"
      let outcome = try await slotscope(["plan", "--output-dir", folder] + plan)
      for (name, text) in try TrialScripts(folder: folder).scripts.sorted(by: { $0.key < $1.key }) {
        scripts.append(("\(plan[0]) \(plan[1]) \(name)", text))
      }
      guard !scripts.isEmpty else { throw FixtureError("no scripts: \(outcome)") }
    }
    let names = Set(scripts.map { $0.name.split(separator: " ").last.map(String.init) ?? "" })
    #expect(
      names == [
        "subscriber-before", "primary-before", "standby-before", "both-before", "primary-meanwhile",
        "new-primary-after",
        "subscriber-after", "follower-after",
      ])
    return scripts
  }
}

/// Evidence of fixtures in which slots have names of 63 bytes, databases and subscriptions names that mean something to psql
/// once its reading is a byte out of step.
enum LongNames {
  static let slots = ["cdc_a", "cdc_b"].map { $0 + String(repeating: "_", count: 58) }
  /// Its last byte in UTF-8 is the first of two in other encodings.
  static let database = #"d \! touch /tmp/slotscope-forged ; 数"#
  /// As it stands in JSON.
  static let subscription = #"s\" \\! touch /tmp/slotscope-forged ; 数"#

  static func evidence(
    of pair: String, in scratch: ScratchDirectory
  ) async throws -> (standby: String, sources: [String]) {
    let primary = try await changed(try Fixtures.node(pair, "primary").path, "\(pair)-primary", scratch)
    let standby = try await changed(try Fixtures.node(pair, "standby").path, "\(pair)-standby", scratch)
    return (standby, ["--primary", primary, "--standby", standby])
  }

  static func subscriber(in scratch: ScratchDirectory) async throws -> String {
    try await changed(
      try Fixtures.node("pg17-pubsub", "subscriber").path, "subscriber", scratch,
      [
        (#""slot_name" : "sub_one""#, #""slot_name" : "\#(slots[1])""#),
        (#""name" : "sub_one""#, #""name" : "\#(subscription)""#),
      ])
  }

  private static func changed(
    _ directory: String, _ name: String, _ scratch: ScratchDirectory, _ more: [(String, String)] = []
  ) async throws -> String {
    let file = "\(scratch.path)/\(name).json"
    let outcome = try await slotscope(["capture", directory, "-o", file])
    #expect(outcome.status == 0, "\(outcome)")
    var text = String(decoding: try FileTree.contents(of: file), as: UTF8.self)
    let quoted = database.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "\\\\")
    let names = [
      (#""cdc_a""#, "\"\(slots[0])\""), (#""cdc_b""#, "\"\(slots[1])\""),
      (#""name" : "postgres""#, "\"name\" : \"\(quoted)\""),
    ]
    for (old, new) in names + more {
      text = text.split(separator: old, omittingEmptySubsequences: false).joined(separator: new)
    }
    scratch.write("\(name)-changed.json", text)
    return "\(scratch.path)/\(name)-changed.json"
  }
}
