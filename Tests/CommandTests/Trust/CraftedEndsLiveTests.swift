import FixtureSupport
import PostgresFormat
import ServerLab
import Testing

/// Ends of WAL as no server leaves them but a torn disk does: garbage where the next record would begin, in one page and
/// over several, and with the header itself split. What is found must be what PostgreSQL finds, which the pg_waldump of each
/// major says. The situations are those of its recovery tests 039_end_of_wal and 026_overwrite_contrecord.
@Suite(.enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct CraftedEndsLiveTests {
  struct Craft: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// Bytes that are left on the page where the end is.
    var room: Int
    /// As `wal end` names it.
    var reason: String
    /// What pg_waldump says, in the words of one version or another.
    var words: [String]
    /// Whether its message names the page after the record, and not the record.
    var isOfNextPage = false
    var write: @Sendable (inout WALBuilder) -> Void

    init(
      _ name: String, room: Int = 4000, _ reason: String, _ words: String..., nextPage: Bool = false,
      write: @escaping @Sendable (inout WALBuilder) -> Void
    ) {
      (testDescription, self.room, self.reason, self.words, isOfNextPage, self.write) =
        (name, room, reason, words, nextPage, write)
    }
  }

  /// A record of 10,000 bytes whose second page has its header changed.
  private static func torn(_ change: @escaping @Sendable (inout WALBuilder, LSN) -> Void)
    -> @Sendable (inout WALBuilder) -> Void
  {
    { builder in
      let page = LSN(builder.position.rawValue / 8192 * 8192 + 8192)
      builder.append(builder.brokenRecord(length: 10_000, body: 9976))
      change(&builder, page)
    }
  }

  static let crafts: [Craft] = [
    Craft("nothing", "zero_length", "invalid record length") { _ in },
    Craft("a length below the header's", "bad_record_length", "invalid record length") {
      $0.append($0.brokenRecord(length: 23, body: 100))
    },
    Craft("a wrong link", "bad_prev_link", "incorrect prev-link") {
      $0.append($0.brokenRecord(length: 64, previous: LSN(0x12345), body: 40))
    },
    Craft("a wrong checksum", "bad_checksum", "incorrect resource manager data checksum") {
      $0.append($0.brokenRecord(length: 64, body: 40))
    },
    Craft("no resource manager", "bad_resource_manager", "invalid resource manager ID") {
      $0.append($0.brokenRecord(length: 64, manager: 99, body: 40))
    },
    Craft(
      "a page of zeros", "incomplete_record", "invalid magic number 0000", nextPage: true,
      write: torn { builder, page in
        builder.overwrite(at: page, [UInt8](repeating: 0, count: Int(builder.position.bytes(since: page))))
      }),
    Craft(
      "a page of something else", "foreign_magic", "invalid magic number", nextPage: true,
      write: torn {
        $0.overwrite(at: $1, [0x34, 0x12])
      }),
    Craft(
      "an older page", "incomplete_record", "unexpected pageaddr", nextPage: true,
      write: torn {
        $0.overwrite(at: $1.advanced(by: 8), WALBuilder.little(UInt64(0x2000)))
      }),
    Craft(
      "a later page", "bad_page_address", "unexpected pageaddr", nextPage: true,
      write: torn {
        $0.overwrite(at: $1.advanced(by: 8), WALBuilder.little(UInt64(0x8000_0000)))
      }),
    Craft(
      "unknown flags", "bad_page_flags", "invalid info bits", nextPage: true,
      write: torn {
        $0.overwrite(at: $1.advanced(by: 2), [1, 0x80])
      }),
    Craft(
      "no continuation", "bad_continuation", "there is no contrecord flag", nextPage: true,
      write: torn {
        $0.overwrite(at: $1.advanced(by: 2), [0, 0])
      }),
    Craft(
      "a continuation of another length", "bad_continuation", "invalid contrecord length", nextPage: true,
      write: torn {
        $0.overwrite(at: $1.advanced(by: 16), WALBuilder.little(UInt32(123)))
      }),
    Craft(
      "a wrong checksum over two pages", "bad_checksum", "incorrect resource manager data checksum",
      write: torn { _, _ in }),
    Craft("a split header, nothing", room: 16, "zero_length", "invalid record length") { _ in },
    Craft("a split header of too small a length", room: 16, "bad_record_length", "invalid record length") {
      $0.append($0.brokenRecord(length: 23, body: 100))
    },
    Craft(
      "a split header before a page of zeros", room: 16, "incomplete_record", "invalid magic number 0000",
      nextPage: true,
      write: torn { builder, page in
        builder.overwrite(at: page, [UInt8](repeating: 0, count: Int(builder.position.bytes(since: page))))
      }),
    Craft("a split header with a wrong link", room: 8, "bad_prev_link", "incorrect prev-link") {
      $0.append($0.brokenRecord(length: 64, previous: LSN(0x12345), body: 40))
    },
    Craft(
      "a split header without a continuation", room: 16, "bad_continuation", "there is no contrecord flag",
      nextPage: true,
      write: torn {
        $0.overwrite(at: $1.advanced(by: 2), [0, 0])
      }),
    Craft(
      "a split header and a continuation of another length", room: 16, "bad_continuation", "invalid contrecord length",
      nextPage: true,
      write: torn {
        $0.overwrite(at: $1.advanced(by: 16), WALBuilder.little(UInt32(123)))
      }),
  ]

  /// Some records, and then one place with so much room on its page.
  private static func begun(_ version: ServerVersion, room: Int) -> WALBuilder {
    var builder = WALBuilder(version: version)
    for length in [1, 300, 9000, 20] { builder.record(main: [UInt8](repeating: 7, count: length)) }
    builder.fill(leaving: room)
    return builder
  }

  private static func version(of server: Lab.Server) throws -> ServerVersion {
    try #require(ServerVersion(name: String(server.major)))
  }

  /// A folder that the server's user can read.
  private static func folder(_ segments: [(String, [UInt8])], of server: Lab.Server) throws -> String {
    let data = try ExternalProgram.output("/bin/bash", [labScript, "data"]).prefix { $0 != "\n" }
    let folder = try ExternalProgram.output("/bin/mktemp", ["-d", "\(data)/crafted-XXXXXX"]).prefix { $0 != "\n" }
    for (name, bytes) in segments {
      try ExternalProgram.run("/bin/sh", ["-c", ": > '\(folder)/\(name)'"])
      try FileTree.change("\(folder)/\(name)") { $0 = bytes }
    }
    try ExternalProgram.run("/bin/chmod", ["-R", "a+rX", String(folder)])
    return String(folder)
  }

  private static let labScript =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    .joined(separator: "/") + "/Lab/lab"

  private static func waldump(_ server: Lab.Server, _ folder: String, from start: LSN, timeline: Int = 1) async throws
    -> Outcome
  {
    try await runProgram(
      "/bin/bash",
      [labScript, "exec", "\(server.major)", "pg_waldump", "-p", folder, "-t", "\(timeline)", "-s", "\(start)"])
  }

  @Test(arguments: Lab.servers)
  func theEndIsWherePostgreSQLFindsIt(server: Lab.Server) async throws {
    for craft in Self.crafts {
      var builder = try Self.begun(Self.version(of: server), room: craft.room)
      let records = builder.starts
      let (end, page) = (builder.position, LSN(builder.position.rawValue / 8192 * 8192 + 8192))
      craft.write(&builder)
      let folder = try Self.folder([("000000010000000000000003", builder.segments[0])], of: server)
      defer { try? ExternalProgram.run("/bin/rm", ["-rf", folder]) }
      let theirs = try await Self.waldump(server, folder, from: records[0])
      let found = theirs.output.split(separator: "\n").compactMap { WALDumpLine(String($0)) }
      #expect(found.map(\.lsn) == records.map(\.rawValue), "\(server), \(craft.testDescription)")
      #expect(
        craft.words.contains { theirs.error.contains($0) }, "\(server), \(craft.testDescription): \(theirs.error)")

      let ours = try await slotscope(["wal", "records", "--waldir", folder])
      #expect(ours.output.split(separator: "\n").compactMap { WALDumpLine(String($0)) }.map(\.lsn) == found.map(\.lsn))
      let document = try JSONDocument(
        parsing: try await slotscope(["wal", "end", "--waldir", folder, "--format", "json"]).output)
      #expect(document["end_lsn"].string == end.description, "\(craft.testDescription)")
      #expect(document["stop"]["reason"].string == craft.reason, "\(craft.testDescription): \(document)")
      #expect(
        document["stop"]["lsn"].string == (craft.isOfNextPage ? page : end).description, "\(craft.testDescription)")
    }
  }

  /// The server gave up a record whose rest was lost, and says so in a record of its own.
  @Test(arguments: Lab.servers)
  func anAbandonedRecordIsPassedOver(server: Lab.Server) async throws {
    var builder = try Self.begun(Self.version(of: server), room: 800)
    let (before, link) = (builder.starts, builder.previous)
    let lost = builder.raw(manager: 10, info: 0, body: [255, 200] + [UInt8](repeating: 1, count: 200))
    let replacement = builder.abandon(lost, previous: link)
    builder.record(main: [2])
    let folder = try Self.folder([("000000010000000000000003", builder.segments[0])], of: server)
    defer { try? ExternalProgram.run("/bin/rm", ["-rf", folder]) }
    let theirs = try await Self.waldump(server, folder, from: before[0]).output.split(separator: "\n").compactMap {
      WALDumpLine(String($0))
    }
    let ours = try await slotscope(["wal", "records", "--waldir", folder]).output.split(separator: "\n").compactMap {
      WALDumpLine(String($0))
    }
    #expect(ours.map(\.lsn) == (before + [replacement, builder.previous]).map(\.rawValue))
    #expect(theirs.map(\.lsn) == ours.map(\.lsn))
  }
}
