import ByteReading
import Testing

@testable import PostgresFormat

/// Bodies of real records, cut from the WAL of the versions named.
@Suite struct ServerBodyTests {
  @Test func runningTransactionsOfAnEighteenServer() throws {
    let body = RecordBytes.hex(
      "01000000 02000000 00000000 ba030000 b7030000 b6030000 b7030000 b8030000 b9030000")
    let running = try RunningTransactions(mainData: body.span.bytes)
    #expect(running.nextXID == TransactionID(954))
    #expect(running.oldestRunningXID == TransactionID(951))
    #expect(running.latestCompletedXID == TransactionID(950))
    #expect(running.running == [TransactionID(951)])
    #expect(running.runningSubtransactions == [TransactionID(952), TransactionID(953)])
    #expect(!running.subtransactionsOverflowed)
  }

  @Test func moreRunningTransactionsThanBytesAreRefused() {
    let body = RecordBytes.hex("ff000000 02000000 00000000 ba030000 b7030000 b6030000 b7030000")
    #expect(throws: FormatError.self) { _ = try RunningTransactions(mainData: body.span.bytes) }
  }

  @Test func onlineCheckpointOfAnEighteenServer() throws {
    let body = RecordBytes.hex(
      """
      e801700100000000 01000000 01000000 01000000 02000000 bc03000000000000 51420000 01000000 00000000 e8020000
      05000000 01000000 00400000 00000000 5a63016b00000000 f0020000 bb030000 bc030000 00000000
      """)
    guard case .checkpoint(let checkpoint, false) = try XLOGBody(mainData: body.span.bytes, info: 0x10, version: .v18)
    else {
      Issue.record("not an online checkpoint")
      return
    }
    #expect(checkpoint.redo == LSN("0/17001E8"))
    #expect(checkpoint.walLevel == 2)
    #expect(checkpoint.nextXID.xid == TransactionID(956))
    #expect(checkpoint.oldestActiveXID == TransactionID(956))
  }

  @Test func endOfRecoveryOfAnEighteenServer() throws {
    let body = RecordBytes.hex("2f5332b3c4030300 02000000 01000000 02000000 00000000")
    let end = try EndOfRecovery(mainData: body.span.bytes, version: .v18)
    #expect(end.timeline == TimelineID(2))
    #expect(end.previousTimeline == TimelineID(1))
    #expect(end.walLevel == 2)
    #expect(end.time.description == "2026-11-21T09:24:45.025071Z")
    let shorter = Array(body.prefix(16))
    let before17 = try EndOfRecovery(mainData: shorter.span.bytes, version: .v16)
    #expect(before17.walLevel == nil)
  }

  /// A vacuum of pg_statistic: horizon 910 of a catalog in database 16384.
  @Test func pruneOfAnEighteenServerHasAHorizon() throws {
    let data = [UInt8](repeating: 0, count: 58)
    let record = RecordBytes.record(
      manager: 9, info: 0x20,
      RecordBytes.hex("00 20 3a00 7f060000 00400000 3b0a0000 00000000 ff06") + data + RecordBytes.hex("f3 5e 8e030000"))
    let layout = RecordLayout(.v18)
    let fragments = try RecordFragments(record.span.bytes, layout: layout)
    let found = try ConflictHorizon(
      record: record.span.bytes, fragments: fragments, manager: .heap2, info: 0x20, layout: layout)
    let horizon = try #require(found)
    #expect(horizon.xid == TransactionID(910))
    #expect(horizon.isCatalog == true)
    #expect(horizon.relation.database == OID(16384))
  }

  @Test func visibilityMapHorizonBelongsToTheSecondReference() throws {
    let second = [1, 0, 0, 0] + RecordBytes.hex("7f060000 05000000 01400000 03000000")
    let body = RecordBytes.block(0, flags: 2) + second + [255, 5] + RecordBytes.integer(UInt32(500)) + [4]
    let record = RecordBytes.record(manager: 9, info: 0x40, body)
    let layout = RecordLayout(.v17)
    let fragments = try RecordFragments(record.span.bytes, layout: layout)
    let found = try ConflictHorizon(
      record: record.span.bytes, fragments: fragments, manager: .heap2, info: 0x40, layout: layout)
    let horizon = try #require(found)
    #expect(horizon.relation.number == 16385)
    #expect(horizon.isCatalog == true)
  }

  /// A frozen page stores the first xid that does not conflict; before the first normal one comes the highest.
  @Test func freezeCutoffConflictsWithTheOneBefore() throws {
    let record = RecordBytes.record(
      manager: 9, info: 0x20, RecordBytes.block(0) + [255, 6] + RecordBytes.integer(UInt32(3)) + [0, 0])
    let layout = RecordLayout(.v13)
    let fragments = try RecordFragments(record.span.bytes, layout: layout)
    let found = try ConflictHorizon(
      record: record.span.bytes, fragments: fragments, manager: .heap2, info: 0x20, layout: layout)
    let horizon = try #require(found)
    #expect(horizon.xid == TransactionID(.max))
    #expect(horizon.isCatalog == nil)
  }

  @Test func aMessageLongerThanItsRecordIsRefused() {
    var body = RecordBytes.integer(UInt32(5)) + [1, 0, 0, 0] + RecordBytes.integer(UInt64(4))
    body += RecordBytes.integer(UInt64.max) + Array("pfx\u{0}".utf8)
    #expect(throws: FormatError.self) {
      _ = try LogicalMessageBody(mainData: body.span.bytes, length: body.count)
    }
  }

  @Test func truncateListsRelations() throws {
    var body = RecordBytes.integer(UInt32(5)) + RecordBytes.integer(UInt32(2)) + [1, 0, 0, 0]
    body += RecordBytes.integer(UInt32(16384)) + RecordBytes.integer(UInt32(16390))
    let truncate = try HeapTruncate(mainData: body.span.bytes)
    #expect(truncate.relations == [OID(16384), OID(16390)])
    #expect(truncate.cascades)
    let shorter = Array(body.dropLast(1))
    #expect(throws: FormatError.self) { _ = try HeapTruncate(mainData: shorter.span.bytes) }
  }

  /// DROP moved from 0x10 to 0x20 in 15, and lists tablespaces from 13 on.
  @Test(arguments: [(ServerVersion.v12, UInt8(0x10), 1), (.v14, 0x10, 2), (.v15, 0x20, 2)])
  func databaseDropFollowsTheVersion(version: ServerVersion, info: UInt8, count: Int) throws {
    let list = (1...count).flatMap { RecordBytes.integer(UInt32(1662 + $0)) }
    let body = RecordBytes.integer(UInt32(99)) + (version >= .v13 ? RecordBytes.integer(UInt32(count)) : []) + list
    let found = try DatabaseBody(mainData: body.span.bytes, info: info, version: version)
    let drop = try #require(found)
    #expect(drop.operation == .drop)
    #expect(drop.database == OID(99))
    #expect(drop.tablespaces.count == count)
  }
}
