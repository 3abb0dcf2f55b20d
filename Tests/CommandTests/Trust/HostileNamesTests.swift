import FixtureSupport
import ServerLab
import Testing

/// Every name that comes from a file, in every command and every form of output: what a forger writes into it changes
/// nothing but the name that is shown.
@Suite struct HostileNamesTests {
  struct Payload: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var bytes: [UInt8]
  }
  /// 49 bytes at most: with a mark in front they fit into a name.
  static let payloads = [
    Payload(
      testDescription: "controls and markup",
      bytes: Array("\u{1B}[2J\n\u{9B}\u{202E}\" onzz=\"<zz>&'|{,;\"\u{301}|\u{301}\r\u{E0041}".utf8)),
    Payload(
      testDescription: "SQL, shell and no UTF-8",
      bytes: Array("'\";--\n\\! zz :'zz' $$zz`zz`'\u{301}zz".utf8) + [0xFF, 0xC0, 0xAF, 0xED, 0xA0, 0x9B]),
  ]

  /// Commands with the form of their output.
  private static func commands(_ nodes: HostileNodes) -> [(format: String, arguments: [String])] {
    let pair = ["--primary", nodes.pair.primary, "--standby", nodes.pair.standby, "--subscriber", nodes.subscriber]
    let both = ["text", "json"]
    var lines: [(String, [String])] = []
    for format in both {
      for node in [
        nodes.pair.primary, nodes.pair.standby, nodes.subscriber, nodes.catalogs, nodes.crash, nodes.timelines,
      ] {
        lines.append((format, ["inspect", "-v", "--format", format, node]))
      }
      lines.append((format, ["timeline", "--format", format, nodes.timelines, nodes.pair.primary]))
      lines.append((format, ["compare", "-v", "--format", format, nodes.pair.primary, nodes.pair.standby]))
      lines.append((format, ["rejoin", "-v", "--format", format, nodes.pair.primary, "--new", nodes.pair.standby]))
      lines.append((format, ["upgrade", "-v", "--to", "19", "--format", format, nodes.subscriber]))
      lines.append(
        (format, ["status", "-v", "--format", format, "--node", nodes.pair.primary, "--node", nodes.pair.standby]))
      lines.append((format, ["ledger", "--from", "0/0", "--format", format, nodes.catalogs]))
      lines.append((format, ["wal", "records", "--format", format, "--waldir", nodes.walFolder]))
      lines.append((format, ["wal", "gaps", "--format", format, "-D", nodes.pair.primary]))
      lines.append((format, ["show", "--format", format] + shown(nodes)))
      lines.append((format == "text" ? "sql" : format, ["plan", "--format", format] + pair))
    }
    lines += ["text", "json", "html", "nagios", "prometheus"].map { ($0, ["audit", "-v", "--format", $0] + pair) }
    lines += ["text", "json", "csv", "html"].map { ($0, ["ledger", "--format", $0] + pair) }
    lines.append(("csv", ["ledger", "--from", "0/0", "--format", "csv", nodes.catalogs]))
    lines += ["primary-before", "new-primary", "subscriber"].map { ("sql", ["plan", "--for", $0] + pair) }
    lines.append(("sql", ["plan", "--approach", "slots-on-new-primary"] + pair))
    lines.append(("sql", ["plan", "--resynchronise"] + pair))
    lines += [nodes.pair.primary, nodes.subscriber, nodes.crash].map { ("json", ["capture", $0]) }
    return lines
  }

  private static func shown(_ nodes: HostileNodes) -> [String] {
    [
      "/primary/pg_replslot/forged_name/state", "/primary/pg_replslot/forged_plugin/state", "/primary/postgresql.conf",
      "/timelines/pg_wal/00000003.history", "/crash/backup_label", "/crash/postmaster.opts",
      "/crash/pg_twophase/000000000000031D",
    ].map { nodes.scratch.path + $0 }
  }

  @Test(arguments: payloads)
  func everyCommand(_ payload: Payload) async throws {
    let nodes = try HostileNodes(payload.bytes)
    var everything: [UInt8] = []
    for (format, arguments) in Self.commands(nodes) {
      let (status, output, errors) = try await Self.run(arguments, in: nodes.scratch.path)
      #expect(status <= 3, "\(arguments): \(status)")
      if let objection = OutputRules.objection(output, format: format) {
        Issue.record("\(arguments.prefix(5)): \(objection)")
      }
      if let objection = OutputRules.objection(errors, format: "text") {
        Issue.record("\(arguments.prefix(5)), standard error: \(objection)")
      }
      everything += output + errors
    }
    // The names were read and printed: else nothing was tested.
    let text = String(decoding: everything, as: UTF8.self)
    let unseen = nodes.marks.filter { !text.contains($0) }
    #expect(unseen.isEmpty, "names that no output has")
  }

  /// The bytes as they are, not made text on the way.
  private static func run(_ arguments: [String], in folder: String) async throws -> (Int, [UInt8], [UInt8]) {
    let (output, errors) = (folder + "/stdout", folder + "/stderr")
    let outcome = try await runProgram(
      "/bin/sh",
      [
        "-c", "out=$1 err=$2; shift 2; exec \"$@\" >\"$out\" 2>\"$err\"", "sh", output, errors,
        productsDirectory + "/slotscope",
      ]
        + arguments)
    return (outcome.status, try FileTree.contents(of: output), try FileTree.contents(of: errors))
  }
}
