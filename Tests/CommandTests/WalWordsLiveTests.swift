import FixtureSupport
import ServerLab
import Testing

@testable import PostgresFormat

/// Every line of `wal records` is pg_waldump's of the same major, byte for byte.
@Suite(
  .serialized,
  .enabled(if: !Lab.servers.isEmpty || Lab.isContinuousIntegration, "no PostgreSQL server on this machine"))
struct WalWordsLiveTests {
  /// WAL that the server itself writes: every kind of index grows, splits and is cleaned up, and much else.
  @Test(arguments: Lab.servers)
  func aWorkloadOfEveryKind(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let cluster = try await lab.primary(settings: WALWorkload.settings.merging(["wal_log_hints": "on"]) { $1 })
      let start = try #require(LSN(try await cluster.currentLSN()))
      try await WALWorkload.run(on: cluster)
      try await WALWorkload.runMore(on: cluster)
      try await cluster.stop()
      let folder = cluster.data + "/pg_wal"
      let (lines, differences) = try await WALWords.compare(server, folder: folder, start: start)
      #expect(differences.isEmpty, "\(server): \(differences)")
      #expect(lines > 20_000, "\(server)")
      let outcome = try await slotscope(["wal", "stats", "--waldir", folder, "--by", "record", "--format", "json"])
      let kinds = Set(
        try JSONDocument(parsing: outcome.output)["record_types"].elements.compactMap { $0["name"].string })
      #expect(Self.expectedKinds.subtracting(kinds).isEmpty, "\(server): \(Self.expectedKinds.subtracting(kinds))")
    }
  }

  /// Kinds that `WALWorkload.runMore` adds to those of `WalLiveTests`.
  private static let expectedKinds: Set<String> = [
    "Btree/DEDUP", "Btree/DELETE", "Btree/INSERT_POST", "Btree/MARK_PAGE_HALFDEAD", "Btree/UNLINK_PAGE",
    "Btree/META_CLEANUP", "Btree/NEWROOT", "Hash/SPLIT_PAGE", "Hash/SQUEEZE_PAGE", "Hash/DELETE",
    "Hash/UPDATE_META_PAGE", "Gin/SPLIT", "Gin/VACUUM_PAGE", "Gin/DELETE_LISTPAGE", "Gin/INSERT_LISTPAGE",
    "Gist/PAGE_DELETE", "SPGist/ADD_NODE", "SPGist/MOVE_LEAFS", "SPGist/VACUUM_LEAF", "SPGist/VACUUM_REDIRECT",
    "BRIN/SAMEPAGE_UPDATE", "BRIN/DESUMMARIZE", "Tablespace/CREATE", "Tablespace/DROP",
    "MultiXact/CREATE_ID", "ReplicationOrigin/SET", "XLOG/BACKUP_END",
  ]

  /// Records of every type that the major knows, also of those that no short workload writes, with bodies made up. Counts
  /// in them are small: pg_waldump believes them.
  @Test(arguments: Lab.servers)
  func madeUpRecordsOfEveryType(server: Lab.Server) async throws {
    let version = try #require(ServerVersion(name: String(server.major)))
    var builder = WALBuilder(version: version)
    builder.record(main: [1, 0, 0])
    var bodies = MadeUpBodies(version: version)
    var types = 0
    for row in RecordTypeRow.all where row.kind.isWritten(by: version) && row.from <= version && version <= row.to {
      let made = (0..<40).compactMap { _ in bodies.next(row) }
      types += made.isEmpty ? 0 : 1
      for body in made {
        let isSmall = body.main.count + body.data.count < 8000
        if isSmall {
          builder.record(
            manager: row.kind.manager.rawValue, info: row.kind.code | row.flag, main: body.main,
            fragments: body.fragments, data: body.data)
        }
      }
    }
    #expect(types > 110)
    let folder = try Self.folder(builder)
    defer { try? ExternalProgram.run("/bin/rm", ["-rf", folder]) }
    let start = try #require(builder.starts.first)
    let (lines, differences) = try await WALWords.compare(server, folder: folder + "/wal", start: start)
    #expect(differences.isEmpty, "\(server): \(differences)")
    #expect(lines == builder.starts.count)
  }

  /// A folder that the server's user can read.
  private static func folder(_ builder: WALBuilder) throws -> String {
    let folder = try ExternalProgram.output("/bin/mktemp", ["-d", "\(Lab.data())/words-XXXXXX"]).prefix { $0 != "\n" }
    try ExternalProgram.run("/bin/mkdir", ["\(folder)/wal"])
    let first = SegmentNumber(containing: builder.base, size: builder.segmentSize).rawValue
    for (index, bytes) in builder.segments.enumerated() {
      let number = SegmentNumber(first + UInt64(index))
      let path = "\(folder)/wal/\(SegmentName(timeline: builder.timeline, number: number, size: builder.segmentSize))"
      try ExternalProgram.run("/bin/sh", ["-c", ": > '\(path)'"])
      try FileTree.change(path) { $0 = bytes }
    }
    try ExternalProgram.run("/bin/chmod", ["-R", "a+rX", String(folder)])
    return String(folder)
  }
}

/// Bodies of records, made up: bytes of 0 and 1 where the type has no counts, small numbers where it has.
struct MadeUpBodies {
  struct Body {
    var main: [UInt8]
    var fragments: [UInt8] = []
    var data: [UInt8] = []
  }
  let version: ServerVersion
  private var chance = SplitMix(state: 23)

  init(version: ServerVersion) { self.version = version }

  /// nil for types that need more than numbers, which the workload writes: names, and lists behind flags.
  mutating func next(_ row: RecordTypeRow) -> Body? {
    switch row.kind {
    case .segmentSwitch, .restorePoint, .xactPrepare, .tablespaceCreate, .overwriteContrecord: return nil
    case .xactCommit, .xactAbort, .xactCommitPrepared, .xactAbortPrepared: return Body(main: bits(8))
    case .hashInitMetaPage, .hashUpdateMetaPage: return Body(main: wholeDouble() + bits(8))
    case .ginInsert, .ginVacuumDataLeafPage: return gin(row.kind)
    default: break
    }
    switch row.kind.manager {
    case .logicalMessage: return nil
    case .hash where row.kind == .hashVacuumOnePage: return Body(main: words(16))
    case .hash, .gist, .spgist, .brin, .sequence, .commitLog: return Body(main: bits(40))
    case .heap where row.kind != .heapTruncate && row.kind != .heapInplace: return Body(main: bits(40))
    case .heap2, .btree: return withBlock(main: row.kind.manager == .heap2 ? heap2(row.kind) : btree(row.kind))
    default: return Body(main: words(100))
    }
  }

  private mutating func bits(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: 0...1, using: &chance) }
  }

  /// Numbers of 32 bits from 0 to 3; also numbers of 16 bits, every other one 0.
  private mutating func words(_ count: Int) -> [UInt8] {
    (0..<count).flatMap { _ in [UInt8.random(in: 0...3, using: &chance), 0, 0, 0] }
  }

  /// Numbers of 16 bits from 0 to 3.
  private mutating func halves(_ count: Int) -> [UInt8] {
    (0..<count).flatMap { _ in [UInt8.random(in: 0...3, using: &chance), 0] }
  }

  /// Flags in the first two bytes, whose every value has a meaning of its own.
  private mutating func heap2(_ kind: RecordKind) -> [UInt8] {
    let isPrune = version >= .v17 && [.heap2First, .heap2Second, .heap2Third].contains(kind)
    guard isPrune else { return kind == .heap2MultiInsert ? bits(2) + halves(60) : halves(60) }
    let flags = UInt16.random(in: 0...0x3FF, using: &chance)
    return (version >= .v19 ? WALBuilder.little(flags) : [1, UInt8(truncatingIfNeeded: flags)]) + bits(4)
  }

  private mutating func btree(_ kind: RecordKind) -> [UInt8] {
    kind == RecordKind(.btree, 0x70) ? bits(4) + (version < .v14 ? words(2) : halves(2)) + bits(1) : halves(40)
  }

  /// With the data of block 0: 400 bytes of small numbers, so that no list goes beyond them.
  private mutating func withBlock(main: [UInt8]) -> Body {
    // Counts are not 0 where a flag says that there is a list.
    let data = (0..<600).flatMap { _ in [UInt8.random(in: 1...3, using: &chance), 0] }
    return Body(main: main, fragments: block(data.count), data: data)
  }

  private mutating func block(_ length: Int) -> [UInt8] {
    [0, 0x20] + WALBuilder.little(UInt16(length)) + words(3) + words(1)
  }

  private mutating func wholeDouble() -> [UInt8] {
    let values: [Double] = [0, 1, 12_345, 999_999, 1_000_000, 1_234_565, 1_234_575, 9_999_995, 123_456_789, 1e12, 4e15]
    return WALBuilder.little((values.randomElement(using: &chance) ?? 0).bitPattern)
  }

  /// The actions on a leaf's segments, each with what it carries.
  private mutating func gin(_ kind: RecordKind) -> Body {
    let count = Int.random(in: 0...5, using: &chance)
    var actions = WALBuilder.little(UInt16(count))
    for index in 0..<count {
      let action = UInt8.random(in: 0...4, using: &chance)
      actions += [UInt8(index), action]
      let size = UInt16.random(in: 0...9, using: &chance)
      switch action {
      case 2, 3: actions += bits(6) + WALBuilder.little(size) + bits(Int(size) + Int(size) % 2)
      case 4: actions += WALBuilder.little(size) + bits(6 * Int(size))
      default: break
      }
    }
    // What is not a leaf of a posting tree has at least these bytes.
    actions += bits(12)
    let main = kind == .ginInsert ? WALBuilder.little(UInt16.random(in: 0...3, using: &chance)) + bits(8) : bits(4)
    return Body(main: main, fragments: block(actions.count), data: actions)
  }
}
