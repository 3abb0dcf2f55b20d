import ClusterFiles
import Evidence
import FixtureSupport
import PostgresFormat
import Testing

@testable import Reporting
@testable import SlotSafety

/// The documents that the commands print, made from real directories.
enum SampleDocuments {
  static func evidence(_ node: FixtureNode) throws -> Evidence { try DataDirectory(path: node.path).gather() }

  static func evidence(_ fixture: String, _ node: String) throws -> Evidence {
    try evidence(Fixtures.node(fixture, node))
  }

  /// A fixture's primary and standby, judged as the command does it.
  static func assessments(_ fixture: String) async throws -> [Assessment] {
    let primary = try Fixtures.node(fixture, "primary")
    let standby = try Fixtures.node(fixture, "standby")
    func read(_ node: FixtureNode) async throws -> Evidence {
      var evidence = try self.evidence(node)
      let start = evidence.control?.value.checkpoint.redo
      evidence.stretches =
        try await WALStretchReader(evidence, dataDirectory: node.path)?.stretches(from: start) ?? []
      return evidence
    }
    return Audit(primary: try await read(primary), standbys: [try await read(standby)]).assessments()
  }

  /// The evidence file of a node, with what happened in all of its WAL.
  static func evidenceFile(_ node: FixtureNode) async throws -> Evidence {
    var evidence = try evidence(node)
    evidence.stretches = try await WALStretchReader(evidence, dataDirectory: node.path)?.stretches(from: nil) ?? []
    return evidence
  }

  /// A verdict whose first slot is off in every way that there is.
  static func exposedAssessment() async throws -> Assessment {
    var assessment = try #require(try await assessments("pg17-pair").first)
    var changes = CommittedChanges(
      from: LSN(0x100_0000), to: LSN(0x100_0100), transactions: 2, messages: 1, isComplete: true)
    let relation = RelationLocator(tablespace: OID(1663), database: OID(5), number: 16384)
    changes.rows = [RelationRows(relation: relation, inserts: 1, updates: 2, deletes: 3)]
    assessment.slots = Array(assessment.slots.prefix(1))
    #expect(!assessment.slots.isEmpty)
    for index in assessment.slots.indices {
      assessment.slots[index].exposure = Exposure(missed: changes, vanished: changes, repeated: changes)
    }
    return assessment
  }

  /// The same node as a running server would tell of it, with something of everything.
  static func live(_ evidence: Evidence) -> Evidence {
    var live = evidence
    let time = Timestamp(unixSeconds: 1)
    var server = ServerEvidence(
      version: "17.11", role: .standby,
      asked: ServerEvidence.AskedAs(
        role: "monitor", isSuperuser: false, seesAllSettings: false, seesAllStatistics: false))
    server.timeline = evidence.currentTimeline
    server.startedAt = time
    server.positions.insert = LSN(0x100_0000)
    server.positions.receive = LSN(0x100_0000)
    server.positions.replayIsPaused = false
    var receiver = WALReceiverStatus()
    (receiver.pid, receiver.status, receiver.flushed) = (7, "streaming", LSN(0x100_0000))
    server.receiver = receiver
    var sender = WALSenderStatus()
    (sender.pid, sender.sent, sender.repliedAt) = (8, LSN(0x100_0000), time)
    server.senders = [sender]
    var transaction = SessionTransaction()
    (transaction.pid, transaction.startedAt, transaction.xid) = (9, time, TransactionID(800))
    server.transactions = [transaction]
    server.libraries = ["pgoutput.so"]
    live.server = server
    live.settings.hidden = ["shared_preload_libraries"]
    live.origin = Origin(kind: .server, source: "host=x", host: "x", gatheredAt: time)
    for index in live.slots.indices {
      var activity = SlotActivity()
      (activity.isActive, activity.activePID, activity.walStatus) = (true, 8, "extended")
      (activity.safeWALSize, activity.inactiveSince) = (1 << 40, time)
      live.slots[index].activity = activity
    }
    live.control?.value.walLevel = nil
    live.control?.value.maxConnections = nil
    return live
  }

  /// Something of everything that a comparison shows.
  static func changed(_ evidence: Evidence) -> Evidence {
    var changed = evidence
    changed.settings.assignments.append(
      SettingAssignment(name: "max_wal_senders", value: "77", path: "postgresql.conf", line: 1))
    for index in changed.slots.indices { changed.slots[index].state?.plugin = "other" }
    changed.problems.append(
      Problem(subject: "slot_folder", path: "pg_replslot", cause: .other(code: "x", message: "x")))
    return changed
  }

  static func show(_ paths: [String]) -> JSONValue {
    ShowReport.document(
      paths.map { path in
        do {
          let read = try RecognizedFileReader.read(path)
          let outcome: ShowResult.Outcome =
            switch read.outcome {
            case .decoded(let file): .decoded(file)
            case .damaged(let error): .damaged(error)
            case .notRecognized: .notRecognized
            }
          return ShowResult(path: path, format: read.format, outcome: outcome, mismatch: read.mismatch)
        } catch {
          return ShowResult(path: path, format: nil, outcome: .unreadable("\(error)"))
        }
      })
  }

  /// The files of a data directory that `slotscope show` knows; of a folder no more than a few.
  static func files(in directory: String) -> [String] {
    let slots = FileTree.entries(of: directory + "/pg_replslot").map { "pg_replslot/\($0)/state" }
    let single = [
      "PG_VERSION", "postgresql.conf", "postgresql.auto.conf", "postmaster.opts", "postmaster.pid", "backup_label",
      "backup_label.old", "tablespace_map", "recovery.conf", "global/pg_control", "global/pg_filenode.map",
      "pg_logical/replorigin_checkpoint",
    ]
    let folders = ["pg_wal", "pg_xlog", "pg_logical/snapshots", "pg_twophase"].flatMap { folder in
      FileTree.entries(of: "\(directory)/\(folder)").map { "\(folder)/\($0)" }.filter { !$0.hasSuffix("summaries") }
        .suffix(6)
    }
    return (single + slots + folders).map { "\(directory)/\($0)" }.filter(FileTree.exists)
  }

  static func walSource(_ node: FixtureNode) throws -> WALSource {
    var request = WALSource.Request()
    request.dataDirectory = node.path
    return try WALSource(request)
  }

  static func gaps(_ source: WALSource) throws -> JSONValue {
    let found = WALCoverage(source.inventory, histories: source.histories)
    let coverage = try #require(found)
    return WALGapsReport.json(
      WALGaps(
        segmentSize: coverage.geometry.segmentSize,
        timelines: coverage.timelines.map {
          WALGaps.Timeline(
            timeline: $0.timeline, runs: $0.runs, segmentCount: $0.segmentCount, missing: $0.missing,
            partialOnly: $0.partialOnly, recycledCount: $0.recycledCount, preallocatedCount: $0.preallocatedCount,
            unprobedCount: $0.unprobedCount)
        },
        duplicates: coverage.duplicates.map {
          WALGaps.Duplicate(segment: $0.name, paths: $0.paths, verdict: nil, offset: nil)
        }))
  }

  /// The first 128 KiB of the WAL that is there.
  private static func walk(_ source: WALSource) throws -> WALWalk {
    let first = try #require(source.route.firstSegment).start(size: source.route.geometry.segmentSize)
    var walk = WALWalk(source.route, start: .firstRecord(from: first))
    walk.end = first.advanced(by: 128 << 10)
    walk.jobs = 1
    return walk
  }

  /// A ledger with a transaction that has everything, one that has nothing, and the totals.
  static func ledger() throws -> [String] {
    let file = RelationLocator(tablespace: OID(1663), database: OID(5), number: 16390)
    var full = LedgerTransaction(
      xid: TransactionID(750), start: LSN(0x100_0000), end: LSN(0x100_0030), time: Timestamp(unixSeconds: 1))
    (full.database, full.originID, full.originLSN, full.gid) = (OID(5), 1, LSN(0x10), "g")
    full.otherTables.deletes = 1
    let table = NamedTable(oid: OID(16384), schema: "public", name: "t", file: file, rows: full.otherTables)
    let empty = LedgerTransaction(
      xid: TransactionID(751), start: LSN(0x100_0100), end: LSN(0x100_0130), time: Timestamp(unixSeconds: 2))
    let hit = LedgerScope.Hit(slotName: "s", effect: .missed, isCertain: true)
    let entries = [
      LedgerEntry(
        full, node: .primary, databaseName: "shop", originName: "o", tables: [table], hits: [hit], isPastFork: true),
      LedgerEntry(
        empty, node: .standby, databaseName: nil, originName: nil,
        tables: [NamedTable(oid: nil, schema: nil, name: nil, file: nil, rows: RowCounts())], hits: [],
        isPastFork: false),
    ]
    var totals = LedgerTotals()
    for entry in entries { totals.add(entry) }
    var coverage = LedgerCoverage()
    coverage.unread = [(.primary, LSN(1)..<LSN(.max)), (.standby, LSN(1)..<LSN(2))]
    var scope = LedgerScope(parts: [])
    scope.fork = LSN(0x100_0000)
    var (lines, text) = (LineBuffer(), "")
    for entry in entries { lines.add { LedgerJSON.write(entry, to: &$0) } }
    lines.take { text = unsafe $0.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) } }
    return text.split(separator: "\n").map(String.init) + [
      LedgerJSON.end(totals, coverage, scope: scope),
      LedgerJSON.end(LedgerTotals(), LedgerCoverage(), scope: LedgerScope(parts: [])),
    ]
  }

  private static func summary(_ outcome: WALWalk.Outcome) -> WalkSummary {
    WalkSummary(
      firstRecord: outcome.firstRecord, lastRecord: outcome.lastRecord, end: outcome.end, stop: outcome.stop,
      damages: outcome.damages.map { WalkSummary.Damage(stop: $0.stop, resumedAt: $0.resumedAt) })
  }

  static func statistics(_ source: WALSource, byType: Bool) async throws -> JSONValue {
    var statistics = WALStatistics()
    let outcome = try await walk(source).run {
      StatisticsSink()
    } deliver: { (sink: inout StatisticsSink) in
      statistics.append(sink.statistics)
      sink.statistics.removeAll()
      return true
    }
    return WALStatisticsReport.json(
      statistics, byType: byType, version: source.route.geometry.version, walk: summary(outcome))
  }

  /// Lines of the stream, the last one included.
  static func records(_ source: WALSource, limit: UInt64) async throws -> [String] {
    var text = ""
    var totals = RecordLines.Totals()
    let version = source.route.geometry.version
    let outcome = try await walk(source).run {
      RecordLines(format: .json, version: version, limit: limit)
    } deliver: { (lines: inout RecordLines) in
      lines.take { bytes, sums in
        text += bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        totals.append(sums)
      }
      return totals.records < limit
    }
    return text.split(separator: "\n").map(String.init) + [RecordsEndJSON.line(totals, summary(outcome))]
  }
}
