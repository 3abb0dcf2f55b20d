import FixtureSupport
import Testing

@testable import Evidence
@testable import PostgresFormat

@Suite struct WALActivityTests {
  static let nodes = Fixtures.names.flatMap { (try? Fixtures.nodes($0)) ?? [] }

  /// The records of a directory's first timeline, as its server's tool lists them.
  private func records(of node: FixtureNode) throws -> [(line: WALDumpLine, bytes: [UInt8])] {
    guard let lines = try node.walDump(timeline: "00000001") else { return [] }
    let wal = try WALBytes(dataDirectory: node.path, timeline: "00000001")
    return try lines.compactMap(WALDumpLine.init).map { ($0, try wal.record(at: $0.lsn, count: $0.totalLength)) }
  }

  private func feed(
    _ records: ArraySlice<(line: WALDumpLine, bytes: [UInt8])>, to collector: inout WALActivityCollector
  ) {
    for record in records {
      let bytes = record.bytes.span.bytes
      _ = collector.accept(
        WALRecord(
          start: LSN(record.line.lsn), end: LSN(record.line.lsn).advanced(by: UInt64(record.bytes.count)),
          totals: FragmentTotals.sum(bytes, total: bytes.byteCount, layout: collector.layout), bytes: bytes))
    }
  }

  private func activity(
    of node: FixtureNode, _ records: [(line: WALDumpLine, bytes: [UInt8])],
    limits: WALActivityCollector.Limits = .init()
  ) throws -> WALActivity {
    var collector = WALActivityCollector(version: try #require(ServerVersion(name: node.versionName)), limits: limits)
    feed(records[...], to: &collector)
    return collector.finished()
  }

  /// Whether one walk reads the WAL or several, each of a part.
  @Test func originsThatWereSetAreListedAsTheyComeFirst() {
    var (whole, first, later) = (WALActivity(), WALActivity(), WALActivity())
    for origin in [7, 3, 7, 1] as [UInt16] { whole.noteSet([origin]) }
    for origin in [7, 3] as [UInt16] { first.noteSet([origin]) }
    for origin in [7, 1] as [UInt16] { later.noteSet([origin]) }
    first.noteSet(later.originsSet ?? [])
    #expect(whole.originsSet == [7, 3, 1] && first.originsSet == whole.originsSet)
  }

  @Test(arguments: nodes)
  func eventsAreThoseThatTheServersToolLists(node: FixtureNode) throws {
    let records = try records(of: node)
    let lines = records.map(\.line)
    let activity = try activity(of: node, records)
    let commits = lines.filter { $0.manager == "Transaction" && $0.type.hasPrefix("COMMIT") }
    #expect(activity.databases.flatMap(\.commits).map(\.start.rawValue).sorted() == commits.map(\.lsn))
    #expect(activity.recordCount == UInt64(lines.count))
    #expect(activity.runningTransactions.map(\.lsn.rawValue) == lines.filter { $0.type == "RUNNING_XACTS" }.map(\.lsn))
    let checkpoints = lines.filter { $0.type == "CHECKPOINT_ONLINE" || $0.type == "CHECKPOINT_SHUTDOWN" }
    #expect(activity.checkpoints.map(\.lsn.rawValue) == checkpoints.map(\.lsn))
    let cleanups = lines.filter {
      $0.details.contains("isCatalogRel: T") && $0.details.contains("Horizon: ") && !$0.details.contains("Horizon: 0,")
    }
    if node.versionName > "16", node.versionName != "9.6" {
      #expect(activity.catalogCleanups.map(\.first.rawValue) == cleanups.map(\.lsn))
    }
    let prepared = lines.count { $0.type == "PREPARE" } - lines.count { $0.type.hasSuffix("_PREPARED") }
    #expect(activity.openPreparedTransactions.count == prepared)
    let rollbacks = lines.filter { $0.type == "ABORT_PREPARED" }
    #expect(activity.preparedRollbacks?.map(\.lsn.rawValue) == rollbacks.map(\.lsn))
    #expect(activity.relationsComplete)
  }

  /// Counts inserts in the text of the tool: those of committed transactions that carry the new row.
  @Test(arguments: nodes.filter { !["9.6", "10", "11", "12"].contains($0.versionName) })
  func insertsAreThoseThatTheServersToolLists(node: FixtureNode) throws {
    let records = try records(of: node)
    let lines = records.map(\.line)
    var committed: Set<UInt32> = []
    for line in lines where line.type == "COMMIT" {
      committed.insert(line.xid)
      guard let range = line.details.firstRange(of: "subxacts: ") else { continue }
      let list = line.details[range.upperBound...].prefix { $0 != ";" }
      committed.formUnion(list.split(separator: " ").compactMap { UInt32($0) })
    }
    let activity = try activity(of: node, records)
    let withDatabase = Set(activity.databases.filter { $0.database != nil }.flatMap(\.commits).map(\.xid.rawValue))
    // Subtransactions belong to a commit with a database as all of them do under logical decoding.
    let isLogical = activity.databases.allSatisfy { $0.database != nil }
    guard isLogical else { return }
    #expect(withDatabase.isSubset(of: committed.union([0])))
    var expected: UInt64 = 0
    for line in lines where committed.contains(line.xid) && line.xid != 0 {
      guard let range = line.details.firstRange(of: "flags") else { continue }
      let digits = line.details[range.upperBound...].drop { $0 == ":" || $0 == " " }.dropFirst(2).prefix {
        $0.isHexDigit
      }
      guard let flags = UInt8(digits, radix: 16), flags & 0x08 != 0 else { continue }
      if line.manager == "Heap", line.type.hasPrefix("INSERT"), flags & 0x04 == 0 { expected += 1 }
      if line.manager == "Heap2", line.type.hasPrefix("MULTI_INSERT") {
        let number = line.details.split { !$0.isNumber }.first.flatMap { UInt64($0) }
        expected += number ?? 0
      }
    }
    let found = activity.databases.flatMap(\.commits).flatMap(\.relations).reduce(0) { $0 + $1.inserts }
    #expect(found == expected)
  }

  /// One directory of each version.
  private static let oneOfEach: [FixtureNode] = {
    var seen: Set<String> = []
    return nodes.filter { seen.insert($0.versionName).inserted }
  }()

  /// However a stretch is cut into parts, the parts add up to the same.
  @Test(arguments: oneOfEach, [7, 1000])
  func partsAppendedInOrderAreTheWhole(node: FixtureNode, size: Int) throws {
    let records = try records(of: node)
    let version = try #require(ServerVersion(name: node.versionName))
    let stretch = records.suffix(300 * size)
    var small = WALActivityCollector.Limits()
    small.commitsPerDatabase = 5
    var narrow = WALActivityCollector.Limits()
    narrow.listed = 9
    for limits in [WALActivityCollector.Limits(), small, narrow] {
      var whole = WALActivityCollector(version: version, limits: limits)
      feed(stretch, to: &whole)
      var parts = WALActivityCollector(version: version, limits: limits)
      var start = stretch.startIndex
      while start < stretch.endIndex {
        let end = min(start + size, stretch.endIndex)
        var part = WALActivityCollector(version: version, continuesEarlier: true, limits: limits)
        feed(stretch[start..<end], to: &part)
        parts.append(part)
        start = end
      }
      // What a commit that is not listed any more did before its part is not in the sums.
      let exact = limits.commitsPerDatabase > 5 && limits.listed > 9
      #expect(Self.sorted(parts.finished(), exact) == Self.sorted(whole.finished(), exact))
    }
  }

  /// PREPARE lies in an earlier part; only the one that ends there, and does not know of it yet, gets to know.
  @Test func aRollbackIsCompletedFromThePartThatPrepared() {
    let prepared = ActivityWork.Prepared(
      gid: "a", database: OID(5), start: LSN(0x100), end: LSN(0x180), time: Timestamp(unixSeconds: 0))
    var activity = WALActivity()
    activity.preparedRollbacks = [0x200, 0x300, 0x400].map {
      PreparedRollback(xid: TransactionID(700), database: nil, lsn: LSN($0), preparedAt: $0 == 0x400 ? LSN(0x380) : nil)
    }
    for start in [0x200, 0x280, 0x400, 0x500] as [UInt64] {
      activity.completeRollback(at: LSN(start), with: prepared)
    }
    #expect(activity.preparedRollbacks?.map(\.preparedAt) == [LSN(0x100), nil, LSN(0x380)])
    #expect(activity.preparedRollbacks?.map(\.database) == [OID(5), nil, nil])
  }

  /// Relations in one order: that of their first change differs where a transaction is put together from parts.
  private static func sorted(_ activity: WALActivity, _ withSums: Bool) -> WALActivity {
    var activity = activity
    for database in activity.databases.indices {
      if !withSums {
        for bucket in activity.databases[database].earlier.indices {
          activity.databases[database].earlier[bucket].rows = 0
          activity.databases[database].earlier[bucket].bytes = 0
        }
      }
      for commit in activity.databases[database].commits.indices {
        activity.databases[database].commits[commit].relations.sort { $0.relation.number < $1.relation.number }
        activity.databases[database].commits[commit].truncated.sort()
      }
    }
    for index in activity.openPreparedTransactions.indices {
      activity.openPreparedTransactions[index].relations.sort { $0.relation.number < $1.relation.number }
    }
    return activity
  }

  @Test func smallLimitsKeepSumsAndBounds() throws {
    let node = try Fixtures.node("pg17-crash", "data")
    var limits = WALActivityCollector.Limits()
    (limits.commitsPerDatabase, limits.runningTransactions, limits.events) = (5, 6, 2)
    let records = try records(of: node)
    let whole = try activity(of: node, records)
    let small = try activity(of: node, records, limits: limits)
    #expect(small.runningTransactions.count <= 6)
    #expect(small.runningTransactionsThinned)
    #expect(small.checkpoints == Array(whole.checkpoints.suffix(2)))
    #expect(small.eventsOmitted)
    for (all, few) in zip(whole.databases, small.databases) {
      #expect(few.commitCount == UInt64(all.commits.count))
      #expect(few.commits == Array(all.commits.suffix(5)))
      #expect(few.earlier.reduce(0) { $0 + $1.commits } + UInt64(few.commits.count) == few.commitCount)
      for commit in all.commits {
        let exact = whole.commitCount(of: all.database, from: commit.start, to: LSN(.max))
        let bounds = small.commitCount(of: all.database, from: commit.start, to: LSN(.max))
        #expect(exact.isExact)
        #expect(bounds.atLeast <= exact.atLeast && exact.atMost <= bounds.atMost)
      }
    }
  }

  /// Numbers that share a place, transactions that end in another order than they began, and more than are followed.
  @Test func transactionsAreFollowedWhateverTheirNumbers() {
    var pending = PendingTransactions<ActivityWork>(limits: .init(transactions: 300, entriesPerTransaction: 4))
    let numbers: [TransactionID] = (0..<290).map { (index: Int) in
      TransactionID(UInt32(700 + index % 29 * 128 + index / 29))
    }
    for round in 1...3 {
      for xid in numbers { pending.update(xid, at: LSN(UInt64(xid.rawValue))) { $0.bytes += UInt64(round) } }
    }
    #expect(pending.open.count == 290 && !pending.overflowed)
    let sum = pending.take(numbers[5], [numbers[100], TransactionID(9_999_999)])
    #expect(sum?.bytes == 12 && sum?.first == LSN(UInt64(min(numbers[5].rawValue, numbers[100].rawValue))))
    #expect(pending.take(numbers[5], []) == nil && pending.open.count == 288)
    for xid in 0..<20 { pending.update(TransactionID(UInt32(90_000 + xid)), at: LSN(1)) { $0.bytes += 1 } }
    #expect(pending.open.count == 300 && pending.overflowed)
    let prepared = ActivityWork.Prepared(
      gid: "a", database: OID(5), start: LSN(2), end: LSN(3), time: Timestamp(unixSeconds: 0))
    pending.update(numbers[7], at: LSN(1)) { $0.prepared = prepared }
    pending.noteRestart()
    #expect(pending.open.map(\.xid) == [numbers[7]])
  }

  @Test func aSlotIsConsistentOnceAllThatRanHasEnded() {
    func event(_ lsn: UInt64, next: UInt32, oldest: UInt32) -> RunningTransactionsEvent {
      RunningTransactionsEvent(
        lsn: LSN(lsn), end: LSN(lsn + 1), nextXID: TransactionID(next), oldestRunningXID: TransactionID(oldest),
        runningCount: next == oldest ? 0 : 1)
    }
    var activity = WALActivity()
    activity.runningTransactions = [
      event(100, next: 10, oldest: 8), event(200, next: 12, oldest: 10), event(300, next: 14, oldest: 11),
      event(400, next: 15, oldest: 12), event(500, next: 20, oldest: 20),
    ]
    #expect(activity.consistentPoint(from: LSN(100)) == LSN(401))
    #expect(activity.consistentPoint(from: LSN(201)) == LSN(501))
    #expect(activity.consistentPoint(from: LSN(500)) == LSN(501))
    #expect(activity.consistentPoint(from: LSN(501)) == nil)
  }

  @Test func conflictsAreThoseOfTheDatabaseAndOfSharedCatalogs() {
    var activity = WALActivity()
    func cleanup(_ database: UInt32, _ lsn: UInt64, _ horizon: UInt32) -> CatalogCleanup {
      CatalogCleanup(
        database: OID(database), first: LSN(lsn), last: LSN(lsn), horizon: TransactionID(horizon), count: 1)
    }
    activity.catalogCleanups = [cleanup(5, 10, 700), cleanup(6, 20, 900), cleanup(0, 30, 750), cleanup(5, 40, 720)]
    func found(_ from: UInt64, _ xmin: UInt32) -> [UInt64] {
      activity.conflicts(database: OID(5), catalogXmin: TransactionID(xmin), from: LSN(from)).map(\.first.rawValue)
    }
    #expect(found(0, 700) == [10, 30, 40])
    #expect(found(11, 721) == [30])
    #expect(found(31, 721) == [])
  }
}
