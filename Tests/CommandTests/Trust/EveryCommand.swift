import FixtureSupport
import PostgresFormat

/// Copies of a real primary and standby for one test, and all that can be asked of them.
struct NodePairCopy {
  let scratch = ScratchDirectory()
  var primary: String { scratch.path + "/primary" }
  var standby: String { scratch.path + "/standby" }
  /// Where commands may write.
  var outside: String { scratch.path + "/outside" }

  init(_ fixture: String = "pg17-pair") throws {
    let folder = try Fixtures.unpacked(fixture)
    for node in ["primary", "standby"] {
      try ExternalProgram.run("/bin/cp", ["-a", "\(folder)/\(node)", "\(scratch.path)/\(node)"])
    }
    try ExternalProgram.run("/bin/mkdir", [outside])
  }

  /// Runs a shell's commands in the folder of both nodes.
  func shell(_ commands: String) throws {
    try ExternalProgram.run("/bin/sh", ["-ec", "cd '\(scratch.path)'; \(commands)"])
  }

  /// The newest segment that the primary has written to.
  func lastSegment() throws -> String {
    let names = FileTree.entries(of: primary + "/pg_wal").filter { name in
      guard let segment = SegmentName(name.utf8), let bytes = try? FileTree.contents(of: "\(primary)/pg_wal/\(name)"),
        let header = try? PageHeader(bytes.span.bytes)
      else { return false }
      return segment.number(size: 1 << 20)?.start(size: 1 << 20) == header.address
    }
    guard let last = names.last else { throw FixtureError("no WAL in \(primary)") }
    return "\(primary)/pg_wal/\(last)"
  }
}

/// Every command, in every form that reads other files or prints otherwise.
enum EveryCommand {
  /// On a pair of directories. `outside` takes what is written to files.
  static func lines(primary: String, standby: String, outside: String) -> [[String]] {
    let pair = ["--primary", primary, "--standby", standby]
    return [
      ["inspect", primary], ["inspect", "-v", standby], ["inspect", "--format", "json", primary],
      ["status", "--node", primary, "--node", standby],
      ["status", "-v", "--format", "json", "--node", standby, "--node", primary],
      ["merge", primary + "/PG_VERSION"],
      ["timeline", primary, standby], ["timeline", "--format", "json", standby],
      ["capture", primary], ["capture", standby, "-o", outside + "/standby.json", "--keep", "3"],
      ["compare", primary, standby], ["compare", "-v", "--format", "json", primary, standby],
      ["rejoin", primary, "--new", standby], ["rejoin", "-v", standby, "--new", primary],
      ["rejoin", "--format", "json", primary, "--new", standby, "--archive", standby + "/pg_wal"],
      ["rejoin", "--format", "script", primary, "--new", standby],
      ["upgrade", primary, "--to", "19"],
      ["upgrade", "-v", "--format", "json", standby, "--to", "18", "--new", primary],
      ["plan"] + pair, ["plan", "--format", "json"] + pair, ["plan", "--output-dir", outside + "/plan"] + pair,
      ["plan", "--approach", "slots-on-standby", "--subscriber", standby, "--follower", standby] + pair,
      ["plan", "--approach", "slots-on-new-primary"] + pair, ["plan", "--resynchronise"] + pair,
      ["ledger", "--from", "0/0", primary], ["ledger", "--slot", "cdc_a", primary],
      ["ledger", "--slot", "cdc_a", "--format", "json", primary],
      ["wal", "records", "-D", primary], ["wal", "records", "--format", "json", "--salvage", "-D", standby],
      ["wal", "stats", "--by", "record", "-D", primary], ["wal", "stats", "--format", "json", "-D", standby],
      ["wal", "end", "-D", primary], ["wal", "end", "--format", "json", "-D", standby],
      ["wal", "gaps", "-D", primary], ["wal", "gaps", "--format", "json", "--waldir", standby + "/pg_wal"],
      ["show"] + shown(primary), ["show", "--format", "json"] + shown(standby), ["rules"],
    ]
      + ["text", "json", "html", "nagios", "prometheus"].map { ["audit", "-v", "--format", $0] + pair }
      + ["nagios", "prometheus"].map { ["inspect", "--format", $0, primary] }
      + ["text", "json", "csv", "html"].map { ["ledger", "--format", $0] + pair }
  }

  /// Files that `show` recognizes.
  private static func shown(_ node: String) -> [String] {
    let slots = FileTree.entries(of: node + "/pg_replslot").map { "pg_replslot/\($0)/state" }
    return
      (["PG_VERSION", "global/pg_control", "global/pg_filenode.map", "postgresql.conf", "postgresql.auto.conf"] + slots)
      .map { "\(node)/\($0)" }
  }
}
