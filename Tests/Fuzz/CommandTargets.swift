import ArgumentParser
import Dispatch
import FixtureSupport
import PostgresFormat
import Synchronization

@testable import SlotscopeCommands

/// Whole commands on the directories of a real pair, changed as the input says, and on evidence files made of the input.
enum CommandTargets {
  static let all: [FuzzTarget] = [
    onPair("command_inspect") { pair in
      [
        ["inspect", pair.primary], ["inspect", "-v", "--format", "json", pair.standby],
        ["timeline", pair.primary, pair.standby],
      ]
    },
    onPair("command_audit") { pair in
      [
        [
          "audit", "-j", "1", "--primary", pair.primary, "--standby", pair.standby, "--format",
          pair.one(of: ["text", "json", "html", "nagios", "prometheus"]),
        ],
        [
          "audit", "-j", "1", "--primary", pair.primary, "--standby", pair.standby, "--subscriber", pair.standby,
          "--archive", pair.primary + "/pg_wal",
        ],
        ["audit", "-j", "1", "--standby", pair.standby],
      ]
    },
    onPair("command_plan") { pair in
      let sources = ["plan", "--primary", pair.primary, "--standby", pair.standby]
      let approach = pair.one(of: ["failover-slots", "slots-on-standby", "slots-on-new-primary"])
      return [
        sources + ["--format", pair.one(of: ["text", "json"])], sources + ["--resynchronise"],
        sources + ["--approach", approach, "--subscriber", pair.primary, "--follower", pair.standby],
      ]
    },
    onPair("command_show") { pair in [["show"] + pair.changedFiles, ["show", "--format", "json"] + pair.changedFiles] },
    onPair("command_ledger") { pair in
      [
        [
          "ledger", "--primary", pair.primary, "--standby", pair.standby, "--format",
          pair.one(of: ["text", "json", "csv", "html"]),
        ],
        ["ledger", "--from", "0/0", pair.primary],
      ]
    },
    onPair("command_wal") { pair in
      ["records", "stats", "end", "gaps"].map { ["wal", $0, "-D", pair.primary] }
        + [["wal", "records", "-j", "2", "--salvage", "--format", "json", "-D", pair.primary]]
    },
    onPair("command_rejoin") { pair in
      [
        [
          "rejoin", pair.primary, "--new", pair.standby, "--format", pair.one(of: ["text", "json", "script"]),
          "--archive", pair.standby + "/pg_wal",
        ],
        ["rejoin", pair.standby, "--new", pair.primary],
      ]
    },
    onPair("command_upgrade") { pair in
      [
        ["upgrade", pair.primary, "--to", pair.one(of: ["17", "18", "19"])],
        ["upgrade", pair.standby, "--to", "19", "--new", pair.primary, "--format", "json"],
      ]
    },
    onPair("command_capture") { pair in [["capture", pair.primary], ["compare", pair.primary, pair.standby]] },
    FuzzTarget(name: "evidence_file") { bytes in
      let path = scratch.write("evidence.json", bytes)
      judge(primary: path, standby: path)
    },
    FuzzTarget(name: "evidence_numbers", run: numbers),
    FuzzTarget(name: "tar_archive", run: archive),
    FuzzTarget(name: "compressed_segment") { bytes in
      let path = scratch.write("000000010000000000000001.gz", bytes)
      for command in ["stats", "end"] { run(["wal", command, path]) }
    },
  ]

  /// A base backup as tar, as it came and with the checksums of its headers set right.
  private static func archive(_ input: [UInt8]) {
    for bytes in [input, Checksums.repairedTar(input)] {
      let path = scratch.write("base.tar", bytes)
      for command in [
        ["inspect", path], ["wal", "end", "-D", path], ["show", path + "/PG_VERSION", path + "/global/pg_control"],
      ] { run(command) }
    }
  }

  private static let scratch = ScratchDirectory(in: "/dev/shm")

  private static func judge(primary: String, standby: String) {
    let pair = ["--primary", primary, "--standby", standby]
    for command in [
      ["inspect", primary], ["inspect", "--format", "json", "-v", standby], ["timeline", primary, standby],
      ["audit", "-v"] + pair, ["audit", "--format", "json"] + pair, ["plan"] + pair,
      ["plan", "--approach", "slots-on-new-primary"] + pair, ["ledger"] + pair, ["compare", primary, standby],
      ["rejoin", primary, "--new", standby], ["rejoin", "--format", "json", standby, "--new", primary],
      ["status", "-v", "--node", primary, "--node", standby],
      ["upgrade", primary, "--to", "19", "--new", standby],
    ] { run(command) }
  }

  /// Evidence of a real pair with other numbers and positions in it.
  private static func numbers(_ input: [UInt8]) {
    guard let documents = try? evidence.get() else { return }
    var reader = InputReader(input)
    var changes: [[(index: Int, text: String)]] = [[], []]
    var rounds = 0
    while !reader.isEmpty, rounds < 8 {
      rounds += 1
      let node = Int(reader.byte() & 1)
      let index = reader.number(2) % documents[node].places.count
      let kind = reader.byte()
      let isPosition = documents[node].isPosition(index)
      let value = reader.number(8)
      let texts = isPosition ? JSONTokens.extremePositions : JSONTokens.extremes
      let own = isPosition ? "\"\(LSN(UInt64(bitPattern: Int64(value))))\"" : "\(value)"
      changes[node].append((index, kind & 3 == 3 ? own : texts[(value & 0xFF) % texts.count]))
    }
    let paths = (0..<2).map { node in
      scratch.write("\(node).json", documents[node].replacing(changes[node].sorted { $0.index < $1.index }))
    }
    judge(primary: paths[0], standby: paths[1])
  }

  private static let evidence = Result {
    try ["primary", "standby"].map { node in
      let path = scratch.path + "/captured-\(node).json"
      run(["capture", try Fixtures.node("pg17-pair", node).path, "-o", path])
      return JSONTokens(String(decoding: try FileTree.contents(of: path), as: UTF8.self))
    }
  }

  private static func onPair(_ name: String, _ commands: @escaping @Sendable (inout PatchedPair) -> [[String]])
    -> FuzzTarget
  {
    FuzzTarget(name: name) { input in
      guard var pair = PatchedPair(input) else { return }
      for command in commands(&pair) { run(command) }
      pair.restore()
    }
  }

  /// What the program does with these arguments; how it ends is all one, as long as it is an error that it knows.
  private static func run(_ arguments: [String]) {
    let done = DispatchSemaphore(value: 0)
    Task.detached {
      do {
        var command = try Slotscope.parseAsRoot(arguments)
        if var asynchronous = command as? any AsyncParsableCommand {
          try await asynchronous.run()
        } else {
          try command.run()
        }
      } catch {
        let isKnown =
          error is ExitCode || error is CommandFailure || Slotscope.exitCode(for: error) == .validationFailure
        precondition(isKnown, "an error that no command has dealt with: \(error)")
      }
      done.signal()
    }
    done.wait()
  }
}
