import CChecksum
import FixtureSupport
import PostgresFormat
import ServerLab
import Testing

/// WAL that real servers write for the test, read here and by the same server's pg_waldump, record for record.
@Suite(
  .serialized,
  .enabled(if: !Lab.servers.isEmpty || Lab.isContinuousIntegration, "no PostgreSQL server on this machine"))
struct WalLiveTests {
  /// What both programs say of one timeline's folder.
  struct Comparison {
    let cluster: Cluster
    var timeline = 1
    var folder: String { cluster.data + "/pg_wal" }

    func ours(_ arguments: [String] = []) async throws -> (lines: [WALDumpLine], outcome: Outcome) {
      let outcome = try await slotscope(
        ["wal", "records", "--waldir", folder, "--timeline", String(timeline)] + arguments)
      return (outcome.output.split(separator: "\n").compactMap { WALDumpLine(String($0)) }, outcome)
    }

    func theirs(from start: UInt64, _ arguments: [String] = []) async throws -> Outcome {
      let names = FileTree.entries(of: folder).filter {
        SegmentName($0.utf8)?.timeline == TimelineID(UInt32(timeline))
      }
      // A message is printed byte for byte: lines are cut, or they would have tens of megabytes.
      return try await cluster.attempt(
        "sh",
        ["-c", "pg_waldump \"$@\" | cut -b 1-30000", "sh", "-p", folder, "-t", String(timeline), "-s", "\(LSN(start))"]
          + arguments + [names.first ?? "", names.last ?? ""])
    }

    func theirLines(from start: UInt64, _ arguments: [String] = []) async throws -> [WALDumpLine] {
      try await theirs(from: start, arguments).output.split(separator: "\n").compactMap { WALDumpLine(String($0)) }
    }

    /// Compares every record, and the counts and bytes of every kind. Returns the records.
    @discardableResult
    func check(_ place: SourceLocation = #_sourceLocation) async throws -> [WALDumpLine] {
      let (lines, outcome) = try await ours()
      #expect(outcome.status == 0, "\(cluster.server): \(outcome.error)", sourceLocation: place)
      let first = try #require(lines.first, sourceLocation: place)
      let expected = try await theirLines(from: first.lsn)
      #expect(lines.count == expected.count, "\(cluster.server)", sourceLocation: place)
      for (ours, theirs) in zip(lines, expected) where ours.key != theirs.key {
        Issue.record("\(cluster.server): \(ours.key) is \(theirs.key)", sourceLocation: place)
        break
      }
      try await checkStatistics(from: first.lsn, place)
      return lines
    }

    private func checkStatistics(from start: UInt64, _ place: SourceLocation) async throws {
      var expected: [String: [UInt64]] = [:]
      for line in try await theirs(from: start, ["--stats=record"]).output.split(separator: "\n") {
        // `Heap/INSERT   20 ( 0.05)   1220 ( 0.01)   0 ( 0.00)   1220 ( 0.01)`
        let words = line.split { " ()".contains($0) }
        guard let name = words.first, name.contains("/"), words.count == 9 else { continue }
        let figures = [1, 3, 5].compactMap { UInt64(words[$0]) }
        // Up to 13 a commit with more information has a row of its own under the same name.
        expected[String(name)] = expected[String(name)].map { zip($0, figures).map { $0 + $1 } } ?? figures
      }
      for jobs in ["1", "2"] {
        let outcome = try await slotscope(
          [
            "wal", "stats", "--waldir", folder, "--timeline", String(timeline), "--by", "record", "--format", "json",
            "--jobs", jobs,
          ])
        let document = try JSONDocument(parsing: outcome.output)
        var found: [String: [UInt64]] = [:]
        for row in document["record_types"].elements {
          let figures = ["count", "record_bytes", "fpi_bytes"].compactMap { row[$0].integer.map(UInt64.init) }
          found[row["name"].string ?? ""] = figures
        }
        #expect(found == expected, "\(cluster.server)", sourceLocation: place)
      }
    }

    /// The end that both tools find.
    func checkEnd(_ lines: [WALDumpLine], _ place: SourceLocation = #_sourceLocation) async throws {
      let outcome = try await slotscope(
        ["wal", "end", "-D", cluster.data, "--timeline", String(timeline), "--format", "json"])
      let document = try JSONDocument(parsing: outcome.output)
      #expect(
        document["last_record_lsn"].string.flatMap { LSN($0) }?.rawValue == lines.last?.lsn, sourceLocation: place)
    }
  }

  @Test(arguments: Lab.servers)
  func smallSegmentsAndACrashInTheMiddleOfARecord(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let cluster = try await lab.primary(settings: WALWorkload.settings)
      try await WALWorkload.run(on: cluster)
      let comparison = Comparison(cluster: cluster)
      // While the server runs: pages are read as it writes them.
      try await cluster.sql("select 1")
      try await filters(comparison)
      try await cluster.stop()
      let before = try await comparison.check()
      try await comparison.checkEnd(before)
      let kinds = Set(before.map { "\($0.manager)/\($0.type)" })
      #expect(Self.expectedKinds.subtracting(kinds).isEmpty)
      if server.major >= 15 { try await anExtensionsManager(comparison) }

      // A record whose continuation never reached the disk.
      try await cluster.start()
      let begin = try await cluster.sql("select pg_switch_wal(); select pg_current_wal_insert_lsn()")
      let position = try #require(LSN(String(begin.split(separator: "\n").last ?? "")))
      try await cluster.sql(
        "select pg_logical_emit_message(false, 'lost', repeat('x', 3000000)); create table c(a int)")
      try await cluster.stop("immediate")
      let last = SegmentNumber(containing: position, size: 1 << 20)
      for name in FileTree.entries(of: comparison.folder) {
        guard let number = SegmentName(name.utf8)?.number(size: 1 << 20), number > last else { continue }
        try ExternalProgram.run("/bin/rm", ["\(comparison.folder)/\(name)"])
      }
      let broken = try await comparison.check()
      #expect(broken.count > before.count)
      let end = try await slotscope(["wal", "end", "-D", cluster.data, "--format", "json"])
      #expect(end.status == 0 && end.output.contains("\"incomplete_record\""))

      // The server gives that record up, and says so in a record of its own.
      try await cluster.start()
      try await cluster.sql("create table d(a int); insert into d select generate_series(1, 1000)")
      try await cluster.stop()
      let after = try await comparison.check()
      try await comparison.checkEnd(after)
      #expect(after.contains { $0.type == "OVERWRITE_CONTRECORD" })
    }
  }

  /// Kinds that the workload makes on every major.
  static let expectedKinds: Set<String> = [
    "XLOG/SWITCH", "XLOG/FPI", "XLOG/RESTORE_POINT", "XLOG/CHECKPOINT_ONLINE", "XLOG/CHECKPOINT_SHUTDOWN",
    "Transaction/COMMIT", "Transaction/ABORT", "Transaction/PREPARE", "Transaction/COMMIT_PREPARED",
    "Transaction/ABORT_PREPARED", "Transaction/ASSIGNMENT", "Storage/CREATE", "Database/DROP", "MultiXact/CREATE_ID",
    "RelMap/UPDATE", "Standby/LOCK", "Standby/RUNNING_XACTS", "Heap2/MULTI_INSERT", "Heap2/NEW_CID",
    "Heap/INSERT+INIT", "Heap/DELETE", "Heap/HOT_UPDATE", "Heap/TRUNCATE", "Heap/HEAP_CONFIRM", "Heap/INPLACE",
    "Btree/SPLIT_R", "Btree/VACUUM", "Hash/INSERT", "Gin/INSERT", "Gist/PAGE_SPLIT", "SPGist/PICKSPLIT",
    "BRIN/CREATE_INDEX", "Sequence/LOG", "CommitTs/ZEROPAGE", "ReplicationOrigin/DROP", "LogicalMessage/MESSAGE",
  ]

  /// The filters that pg_waldump has as well find the same records.
  private func filters(_ comparison: Comparison) async throws {
    let lines = try await comparison.ours().lines
    let first = try #require(lines.first)
    let last = try #require(lines.last)
    let range = ["--end", LSN(last.lsn).description]
    func compare(_ ours: [String], _ theirs: [String], _ place: SourceLocation = #_sourceLocation) async throws {
      let found = try await comparison.ours(ours + range).lines.map(\.key)
      let expected = try await comparison.theirLines(from: first.lsn, theirs).filter { $0.lsn < last.lsn }.map(\.key)
      #expect(!expected.isEmpty && found == expected, "\(comparison.cluster.server) \(ours)", sourceLocation: place)
    }
    for manager in ["XLOG", "Heap2", "Transaction", "LogicalMessage", "BRIN"] {
      try await compare(["--rmgr", manager], ["--rmgr", manager])
    }
    let xid = try #require(lines.last { $0.manager == "Heap" && $0.xid != 0 }).xid
    try await compare(["--xid", String(xid)], ["--xid", String(xid)])
    try await compare(
      ["--start", LSN(lines[500].lsn).description, "--limit", "40"],
      ["-s", LSN(lines[500].lsn).description, "-n", "40"])
    guard comparison.cluster.server.major >= 15 else { return }
    let path = try await comparison.cluster.sql(
      "select 1663 || '/' || d.oid || '/' || c.relfilenode from pg_class c, pg_database d where relname = 'w_pkey' and datname = current_database()"
    )
    try await compare(["--relation", path, "--rmgr", "Btree"], ["--relation", path, "--rmgr", "Btree"])
    try await compare(
      ["--relation", path, "--block", "1", "--rmgr", "Btree"], ["--relation", path, "--block", "1", "--rmgr", "Btree"])
  }

  /// A record as an extension with a resource manager of its own writes it: made of a message, which is turned back afterwards.
  private func anExtensionsManager(_ comparison: Comparison) async throws {
    let message = try #require(
      try await comparison.ours(["--rmgr", "LogicalMessage"]).lines.first {
        $0.totalLength < 200 && $0.lsn % 8192 < 7000
      })
    let number = SegmentNumber(containing: LSN(message.lsn), size: 1 << 20)
    let path = comparison.folder + "/" + SegmentName(timeline: TimelineID(1), number: number, size: 1 << 20).text
    let original = try FileTree.contents(of: path)
    defer { try? FileTree.change(path) { $0 = original } }
    try FileTree.change(path) { bytes in
      let place = Int(message.lsn % (1 << 20))
      (bytes[place + 16], bytes[place + 17]) = (0x30, 201)
      let sum = bytes.withUnsafeBytes { bytes in
        bytes.baseAddress.map { crc32c_wal_record($0 + place, message.totalLength) } ?? 0
      }
      for index in 0..<4 { bytes[place + 20 + index] = UInt8(truncatingIfNeeded: sum >> (8 * UInt32(index))) }
    }
    let (ours, outcome) = try await comparison.ours()
    let theirs = try await comparison.theirLines(from: try #require(ours.first?.lsn))
    #expect(outcome.status == 0 && ours.map(\.key) == theirs.map(\.key), "\(comparison.cluster.server)")
    #expect(ours.first { $0.lsn == message.lsn }.map { "\($0.manager)/\($0.type)" } == "custom201/UNKNOWN (30)")
    #expect(try await comparison.ours(["--rmgr", "custom201"]).lines.map(\.lsn) == [message.lsn])
    let statistics = try await slotscope(["wal", "stats", "--waldir", comparison.folder])
    #expect(
      statistics.output.split(separator: "\n").contains { $0.split(separator: " ").prefix(2) == ["custom201", "1"] })
  }

  @Test(arguments: Lab.servers)
  func largeSegments(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let cluster = try await lab.primary(
        segmentMegabytes: 64,
        settings: WALWorkload.settings.merging(["max_wal_size": "1GB", "min_wal_size": "128MB"]) { $1 })
      try await WALWorkload.run(on: cluster)
      try await cluster.sql("select pg_switch_wal(); create table e(a int)")
      try await cluster.stop("immediate")
      let comparison = Comparison(cluster: cluster)
      let lines = try await comparison.check()
      try await comparison.checkEnd(lines)
    }
  }

  @Test(arguments: Lab.servers)
  func aPromotionInTheMiddleOfASegment(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary(settings: WALWorkload.settings)
      let standby = try await lab.standby(of: primary)
      try await primary.sql("create table t(a int); insert into t select generate_series(1, 5000)")
      try await standby.waitReplay(try await primary.currentLSN())
      try await standby.promote()
      try await primary.sql("insert into t select generate_series(1, 3000)")
      try await standby.sql("insert into t select generate_series(1, 20000); checkpoint; insert into t values (1)")
      try await standby.stop("immediate")
      try await primary.stop()
      let old = try await Comparison(cluster: standby, timeline: 1).ours().lines
      let new = try await Comparison(cluster: standby, timeline: 2).check()
      try await Comparison(cluster: standby, timeline: 2).checkEnd(new)
      try await Comparison(cluster: primary, timeline: 1).check()
      // Along the history: the old timeline up to the switch, and then the new one.
      let followed = try await slotscope(["wal", "records", "--waldir", standby.data + "/pg_wal"])
      let lines = followed.output.split(separator: "\n").compactMap { WALDumpLine(String($0)) }
      #expect(followed.status == 0, "\(followed.error)")
      let begin = try #require(new.first?.lsn)
      #expect(lines.map(\.key) == old.filter { $0.lsn < begin }.map(\.key) + new.map(\.key))
      #expect(new.contains { $0.type == "END_OF_RECOVERY" })
    }
  }
}

extension WALDumpLine {
  /// All that is compared of a record.
  var key: String {
    "\(LSN(lsn)) \(LSN(previous)) \(length)/\(totalLength) \(xid) \(manager) \(type)\(blockReferences)"
  }
}
