import ClusterFiles
import FixtureSupport
import PostgresFormat
import SlotSafety
import Testing

@testable import Reporting

/// The account of the WAL folder: its parts are together what lies there, in every directory that there is.
@Suite struct AccountTests {
  static func size(of folder: String) throws -> UInt64 {
    let sizes = try ExternalProgram.output("/usr/bin/find", [folder, "!", "-type", "d", "-printf", "%s\n"])
    return sizes.split(separator: "\n").compactMap { UInt64($0) }.reduce(0, +)
  }

  static func account(_ path: String) throws -> JSONDocument {
    let inspection = Inspection(try DataDirectory(path: path).gather())
    return try JSONDocument(parsing: InspectJSON.document(inspection).serialized(pretty: false))["account"]
  }

  static func sum(_ account: JSONDocument) -> UInt64 {
    account["wal"].elements.compactMap { $0["bytes"].string.flatMap { UInt64($0) } }.reduce(0, +)
  }

  @Test(arguments: InspectContractTests.nodes) func thePartsAreTheFolder(_ node: FixtureNode) throws {
    let account = try Self.account(node.path)
    let version = try #require(ServerVersion(name: node.versionName))
    let folder = try Self.size(of: node.path + "/" + version.walDirectoryName)
    #expect(account["total_bytes"].string == String(folder) && account["complete"].bool == true)
    #expect(Self.sum(account) == folder)
  }

  /// Strays, segments of another size, folders within folders.
  @Test func whateverElseLiesThere() throws {
    let scratch = ScratchDirectory()
    let node = try Fixtures.node("pg17-crash", "data")
    try ExternalProgram.run("/bin/cp", ["-a", node.path, scratch.path + "/data"])
    let folder = scratch.path + "/data/pg_wal"
    let first = try #require(FileTree.entries(of: folder).first { $0.utf8.count == 24 })
    for command in [
      "mkdir -p archive_status", "head -c 3000000 /dev/zero > xlogtemp.123", "head -c 100000 /dev/zero > RECOVERYXLOG",
      "mkdir -p old_wal/a/b && cp \(first) old_wal/a/b/", "echo x > \(first).deleted",
      "cp \(first) 0000000100000000000000A0.gz",
      "cp \(first) 0000000100000000000000A1.partial", "head -c 5000 \(first) > 0000000100000000000000A2",
      "echo > archive_status/\(first).ready", "echo > archive_status/0000000100000000000000A3.ready",
    ] {
      try ExternalProgram.run("/bin/sh", ["-c", "cd '\(folder)' && \(command)"])
    }
    let account = try Self.account(scratch.path + "/data")
    let all = try Self.size(of: folder)
    #expect(account["total_bytes"].string == String(all) && Self.sum(account) == all)
    func bytes(_ part: String) -> UInt64 {
      account["wal"].elements.filter { $0["part"].string == part }
        .compactMap { $0["bytes"].string.flatMap { UInt64($0) } }.reduce(0, +)
    }
    let segment = try Self.size(of: "\(folder)/\(first)")
    #expect(bytes("strays") == 3_100_000 + 2 + 2 * segment)
    #expect(bytes("partial") == segment)
    let strays = account["strays"].elements
    let sizes = strays.compactMap { $0["bytes"].string.flatMap { UInt64($0) } }
    #expect(sizes.count == 5 && sizes == sizes.sorted(by: >))
    func kind(_ name: String) -> String? { strays.first { $0["path"].string == "pg_wal/" + name }?["cleanup"].string }
    #expect(kind("xlogtemp.123") == "removed_by_start" && kind("RECOVERYXLOG") == "removed_by_recovery")
    #expect(kind("old_wal") == "stays")
    #expect(account["archive_queue"]["missing"].integer == 1)
    let report = InspectText.report(
      Inspection(try DataDirectory(path: scratch.path + "/data").gather()), style: .plain, verbose: false
    ).text
    #expect(report.contains("What is retained and pinned, and for whom") && report.contains("nobody: no WAL"))
  }
}
