import Evidence
import FixtureSupport
import PostgresFormat
import Testing

@testable import ClusterFiles

/// The transactions of real WAL, from its beginning, from its middle, and with parts of it missing.
@Suite struct LedgerReaderTests {
  /// The WAL of a node without some of its segments, by their place.
  private func route(_ node: FixtureNode, without missing: Set<Int> = []) throws -> WALRoute {
    let evidence = try DataDirectory(path: node.path).gather()
    let folder = "\(node.path)/\(evidence.wal.path ?? "pg_wal")"
    let control = try #require(evidence.control?.value)
    var inventory = WALInventory()
    let names = FileTree.entries(of: folder).filter { $0.count == 24 }.sorted()
    for (index, name) in names.enumerated() where !missing.contains(index) {
      let isSegment = inventory.add(file: "\(folder)/\(name)")
      #expect(isSegment)
    }
    inventory.sort()
    inventory.settleGeometry(
      version: evidence.version, segmentSize: Int(control.walSegmentSize), systemIdentifier: control.systemIdentifier)
    let history = try #require(evidence.currentHistory)
    return try #require(WALRoute(inventory, history: history))
  }

  private func read(
    _ route: WALRoute, from: LSN = .none, to: LSN? = nil
  ) -> (transactions: [LedgerTransaction], result: LedgerReader.Result) {
    var transactions: [LedgerTransaction] = []
    let start = max(from, route.firstSegment?.start(size: route.geometry.segmentSize) ?? from)
    let result = LedgerReader(route).read(from: start, to: to) {
      transactions.append($0)
      return true
    }
    return (transactions, result)
  }

  @Test(arguments: ["pg13-crash", "pg17-crash"])
  func everyCommitIsATransaction(fixture: String) throws {
    let node = try Fixtures.node(fixture, "data")
    let (transactions, result) = read(try route(node))
    let lines = try #require(try node.walDump(timeline: "00000001")).compactMap(WALDumpLine.init)
    let commits = lines.filter { $0.type.hasPrefix("COMMIT") && ($0.xid != 0 || $0.type == "COMMIT_PREPARED") }
    #expect(transactions.map(\.start.rawValue) == commits.map(\.lsn))
    #expect(result.unread.isEmpty && !transactions.isEmpty)
    // The first ones may have begun before the WAL that is there.
    let known = transactions.drop { !$0.isWhole }
    #expect(!known.isEmpty && known.allSatisfy { $0.isWhole })
  }

  /// Wherever a range begins, its transactions are the same as in all of the WAL.
  @Test(arguments: ["pg13-crash", "pg17-crash"])
  func aRangeThatBeginsInTheMiddleHasWholeTransactions(fixture: String) throws {
    let route = try route(try Fixtures.node(fixture, "data"))
    let all = read(route).transactions
    for index in stride(from: all.count / 4, to: all.count, by: max(1, all.count / 12)) {
      let some = read(route, from: all[index].start, to: all.last?.start).transactions
      #expect(some == Array(all[index..<(all.count - 1)]))
    }
  }

  /// A missing segment is said to be unread, and everything outside of it is listed all the same.
  @Test func missingSegmentsAreNamed() throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let whole = try route(node)
    let all = read(whole).transactions
    let size = whole.geometry.segmentSize
    let live = whole.liveSegments
    for index in 1..<(live.count - 1) {
      let (some, result) = read(try route(node, without: [index]))
      let gap = try #require(result.unread.first)
      #expect(result.unread.count == 1 && gap.upperBound == SegmentNumber(live[index].rawValue + 1).start(size: size))
      #expect(gap.lowerBound <= live[index].start(size: size))
      #expect(some.map(\.start) == all.map(\.start).filter { !gap.contains($0) })
      let lost = all.filter { !gap.contains($0.start) && !some.contains($0) }
      #expect(lost.allSatisfy { transaction in some.contains { $0.start == transaction.start && !$0.isWhole } })
    }
  }

  /// More records of running transactions than a segment of a server's has: the newest stay, older ones with gaps.
  @Test func recordsOfRunningTransactionsAreBounded() {
    var builder = WALBuilder()
    for number in 0..<100 as Range<UInt32> {
      let numbers = [0, 0, 0, 900 + number, 800 + number, 899 + number].flatMap { WALBuilder.little($0) }
      builder.record(manager: 8, info: 0x10, main: numbers)
    }
    builder.zeros(WALGeometry.pageSize - builder.bytes.count % WALGeometry.pageSize)
    var sink = RunningEvents(version: builder.version, limit: 20)
    var walker = RecordWalker(geometry: builder.geometry, firstRecordFrom: builder.base)
    _ = walker.consume(builder.bytes.span.bytes, sink: &sink)
    let starts = sink.events.map(\.start)
    #expect((10...20).contains(starts.count) && starts == starts.sorted() && Set(starts).isSubset(of: builder.starts))
    #expect(starts.suffix(5) == builder.starts.suffix(5))
    #expect(sink.events.last.map { [$0.next.rawValue, $0.oldestRunning.rawValue] } == [999, 899])
  }

  @Test func aRangeBehindTheWALIsUnread() throws {
    let route = try route(try Fixtures.node("pg17-crash", "data"))
    let far = LSN(0xFF_0000_0000)
    #expect(read(route, from: far, to: far.advanced(by: 1)).result.unread == [far..<far.advanced(by: 1)])
    #expect(read(route, from: LSN(.max), to: nil).transactions.isEmpty)
  }
}
