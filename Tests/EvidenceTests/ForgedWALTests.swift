import FixtureSupport
import Testing

@testable import Evidence
@testable import PostgresFormat

/// WAL in which far more goes on than on any server: what is kept of it stays small, and says what was left out.
@Suite struct ForgedWALTests {
  private static func relation(_ number: Int) -> RelationLocator {
    RelationLocator(tablespace: OID(1663), database: OID(5), number: 20_000 + UInt32(number))
  }

  private static let transactionCount = 2048
  private static let tableCount = 256

  /// Many transactions that are open at a time, each of which changes as many tables as are kept apart of one.
  @Test func openTransactionsOfALedgerAreBoundedTogether() {
    var pending = PendingTransactions<LedgerWork>()
    var rows = RowCounts()
    rows.inserts = 1
    for xid in 1...Self.transactionCount {
      for number in 0..<Self.tableCount {
        let limit = pending.entryLimit
        pending.update(TransactionID(UInt32(xid)), at: LSN(8)) {
          $0.add(rows, to: .file(Self.relation(number)), limit: limit)
        }
      }
    }
    let open = pending.open.map(\.work)
    let kept = open.reduce(0) { $0 + $1.tables.count }
    #expect(kept >= pending.limits.entries && kept <= pending.limits.entries + Self.tableCount)
    let sums = open.map { $0.tables.reduce($0.other) { $0 + $1.changes.rows }.inserts }
    #expect(sums == [UInt64](repeating: UInt64(Self.tableCount), count: Self.transactionCount), "no row is left out")
    // What has ended makes room.
    for xid in 1...Self.transactionCount { _ = pending.take(TransactionID(UInt32(xid)), []) }
    #expect(pending.open.isEmpty && pending.entryLimit == pending.limits.entriesPerTransaction)
  }

  @Test func openTransactionsOfAnAuditAreBoundedTogether() {
    var pending = PendingTransactions<ActivityWork>()
    for xid in 1...Self.transactionCount {
      for number in 0..<Self.tableCount {
        let limit = pending.entryLimit
        pending.update(TransactionID(UInt32(xid)), at: LSN(8)) {
          $0.update(Self.relation(number), limit: limit) { $0.inserts += 1 }
        }
      }
    }
    let open = pending.open.map(\.work)
    let kept = open.reduce(0) { $0 + $1.relations.count }
    #expect(kept >= pending.limits.entries && kept <= pending.limits.entries + Self.tableCount)
    #expect(open.allSatisfy { $0.isComplete == ($0.relations.count == Self.tableCount) })
    #expect(open.contains { !$0.isComplete })
    // A commit takes the relations along; pruning after a restart counts anew.
    pending.forget()
    #expect(pending.open.isEmpty && pending.entryLimit == pending.limits.entriesPerTransaction)
  }

  /// Commits, each in a database of its own or in one of a few, through the collector itself.
  @Test(arguments: [3, 300])
  func commitsOfAllDatabasesAreBoundedTogether(databases: Int) throws {
    let count = 2000
    var builder = WALBuilder(version: .v17)
    for number in 0..<count {
      let database = UInt32(16_384 + number % databases)
      // xl_xact_commit: the time, and xinfo with XACT_XINFO_HAS_DBINFO.
      let main = WALBuilder.little(UInt64(number)) + WALBuilder.little(UInt32(1))
      builder.record(
        manager: 1, info: 0x80, main: main + WALBuilder.little(database) + WALBuilder.little(UInt32(1663)))
    }
    builder.zeros((WALGeometry.pageSize - builder.bytes.count % WALGeometry.pageSize) % WALGeometry.pageSize)
    var limits = WALActivityCollector.Limits()
    limits.listed = 100
    var collector = WALActivityCollector(version: .v17, limits: limits)
    var walker = RecordWalker(geometry: builder.geometry, firstRecordFrom: builder.base)
    _ = collector.consume(builder.bytes.span.bytes, walker: &walker)
    let activity = collector.finished()
    #expect(activity.recordCount == UInt64(count) && activity.databases.count == databases)
    let listed = activity.databases.flatMap(\.commits).map(\.start).sorted()
    #expect(listed == Array(builder.starts.suffix(100)))
    let summed = activity.databases.flatMap(\.earlier)
    #expect(summed.count <= max(25, databases))
    #expect(summed.reduce(0) { $0 + $1.commits } + 100 == UInt64(count), "no commit is left out")
    #expect(activity.databases.reduce(0) { $0 + $1.commitCount } == UInt64(count))
  }

  /// Clean-ups of catalogs in more databases than are told apart: the older ones count for every database.
  @Test func cleanupsInAnyNumberOfDatabasesAreBoundedAndNoneIsLost() {
    var limits = WALActivityCollector.Limits()
    limits.catalogCleanups = 64
    var activity = WALActivity()
    for number in 1...1000 as ClosedRange<UInt32> {
      let lsn = LSN(UInt64(number) * 8)
      activity.catalogCleanups.append(
        CatalogCleanup(
          database: OID(number), first: lsn, last: lsn, horizon: TransactionID(1000 + number), count: 1))
      if activity.catalogCleanups.count > 2 * limits.catalogCleanups { activity.trim(limits) }
    }
    activity.trim(limits)
    #expect(activity.catalogCleanups.count <= 64)
    #expect(activity.catalogCleanups.reduce(0) { $0 + $1.count } == 1000)
    for number in 1...1000 as ClosedRange<UInt32> {
      let found = activity.conflicts(
        database: OID(number), catalogXmin: TransactionID(1000 + number), from: LSN(UInt64(number) * 8))
      #expect(!found.isEmpty)
    }
  }

  /// As many events as there are records: the newest are kept.
  @Test func eventsAreBounded() {
    var limits = WALActivityCollector.Limits()
    limits.events = 10
    var activity = WALActivity()
    for number in 1...95 as ClosedRange<UInt64> {
      activity.logicalDecodingChanges.append(LogicalDecodingChange(lsn: LSN(number), isEnabled: true))
      activity.trimEvents(limits, slack: limits.events)
      #expect(activity.logicalDecodingChanges.count <= 20)
    }
    activity.trim(limits)
    #expect(activity.logicalDecodingChanges.map(\.lsn.rawValue) == Array(86...95) && activity.eventsOmitted)
  }
}
