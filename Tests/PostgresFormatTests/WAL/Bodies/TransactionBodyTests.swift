import ByteReading
import Testing

@testable import PostgresFormat

@Suite struct TransactionBodyTests {
  private func end(_ body: [UInt8], info: UInt8 = 0x80, _ version: ServerVersion = .v18) throws -> TransactionEnd {
    let end = try TransactionEnd(mainData: body.span.bytes, info: info, version: version)
    return try #require(end)
  }

  private func code(_ body: [UInt8], info: UInt8 = 0x80, _ version: ServerVersion = .v18) -> FormatError.Code? {
    do {
      _ = try end(body, info: info, version)
      return nil
    } catch {
      return (error as? FormatError)?.code
    }
  }

  @Test func commitWithOriginFromAnEighteenServer() throws {
    let commit = try end(Array(Commit.bytes[0x1D...]))
    #expect(commit.kind == .commit)
    #expect(commit.time.description == "2026-11-21T09:24:30.501179Z")
    #expect(commit.database == OID(16384))
    #expect(commit.tablespace == OID(1663))
    #expect(commit.originLSN == LSN("1/23456789"))
    #expect(commit.originTime?.description == "2024-02-03T04:05:06.789012Z")
  }

  @Test func aCommitWithoutFurtherPartsIsItsTime() throws {
    let commit = try end(RecordBytes.integer(UInt64(1_000_000)), info: 0)
    #expect(commit.kind == .commit)
    #expect(commit.time.description == "2000-01-01T00:00:01Z")
    #expect(commit.database == nil && commit.originLSN == nil && commit.originTime == nil)
    #expect(commit.subtransactions.isEmpty && commit.droppedRelations.isEmpty && commit.invalidationCount == 0)
  }

  /// Dropped statistics come before the invalidations, and their items grew in 18.
  @Test(arguments: [(ServerVersion.v17, 12), (.v18, 16)])
  func partsFollowInTheirOrder(version: ServerVersion, itemSize: Int) throws {
    var body = RecordBytes.integer(UInt64(0)) + RecordBytes.integer(UInt32(0x01BE))
    body += RecordBytes.integer(UInt32(1)) + RecordBytes.integer(UInt32(801))
    body += RecordBytes.integer(UInt32(1)) + RecordBytes.relation.prefix(12)
    body += RecordBytes.integer(UInt32(2)) + [UInt8](repeating: 9, count: 2 * itemSize)
    body += RecordBytes.integer(UInt32(1)) + [UInt8](repeating: 7, count: 16)
    body += RecordBytes.integer(UInt32(800)) + Array("name\u{0}".utf8)
    body += RecordBytes.integer(UInt64(0x1000)) + RecordBytes.integer(UInt64(0))
    let commit = try end(body, info: 0xB0, version)
    #expect(commit.kind == .commitPrepared)
    #expect(commit.subtransactions == [TransactionID(801)])
    #expect(commit.droppedRelations == [RelationLocator("1663/5/16384")])
    #expect(commit.droppedStatisticsCount == 2)
    #expect(commit.invalidationCount == 1)
    #expect(commit.preparedXID == TransactionID(800))
    #expect(commit.gid == "name")
    #expect(commit.originLSN == LSN(0x1000))
  }

  @Test func aNegativeCountIsRefused() {
    let body = RecordBytes.integer(UInt64(0)) + RecordBytes.integer(UInt32(2)) + RecordBytes.integer(Int32(-1))
    #expect(code(body) == .badLength)
  }

  @Test func aCountBeyondTheBytesIsRefused() {
    let body = RecordBytes.integer(UInt64(0)) + RecordBytes.integer(UInt32(2)) + RecordBytes.integer(Int32.max)
    #expect(code(body) == .badLength)
  }

  @Test func aNameWithoutEndIsRefused() {
    let body = RecordBytes.integer(UInt64(0)) + RecordBytes.integer(UInt32(0x90)) + RecordBytes.integer(UInt32(800))
    #expect(code(body + Array("abc".utf8), info: 0xB0) == .badSyntax)
  }

  @Test func aCutPartIsTooShort() {
    #expect(code(RecordBytes.integer(UInt64(0)) + RecordBytes.integer(UInt32(1)) + [1, 2]) == .tooShort)
  }

  // MARK: Prepared transactions

  private func prepareCode(_ change: (inout [UInt8]) -> Void) -> FormatError.Code? {
    var body = Array(Vectors.prepared19.dropLast(4))
    change(&body)
    do {
      _ = try PrepareBody(mainData: body.span.bytes, version: .v19)
      return nil
    } catch { return error.code }
  }

  /// The record has all of the file but its checksum.
  @Test func aPrepareRecordSaysWhatTheFileSays() throws {
    let bytes = Vectors.prepared19
    let file = try PreparedTransaction(parsing: bytes.span.bytes, version: .v19)
    let record = Array(bytes.dropLast(4))
    let prepare = try PrepareBody(mainData: record.span.bytes, version: .v19)
    #expect(prepare.xid == file.xid && prepare.database == file.database && prepare.owner == file.owner)
    #expect(prepare.gid == file.gid && prepare.preparedAt == file.preparedAt && prepare.originLSN == file.originLSN)
    #expect(prepare.subtransactions.count == Int(file.subtransactionCount ?? -1))
  }

  @Test func aPrepareThatNoServerWrites() throws {
    let gidLength = try #require(PreparedTransaction.layouts[.v19]?.place(named: "gidlen")).offset
    #expect(prepareCode { $0[0] ^= 1 } == .badMagic)
    #expect(prepareCode { $0.removeLast() } == .badLength)
    #expect(prepareCode { $0.replaceSubrange(gidLength..<gidLength + 2, with: [0, 0]) } == .badLength)
    #expect(prepareCode { $0.replaceSubrange(gidLength..<gidLength + 2, with: [201, 0]) } == .badLength)
  }
}
