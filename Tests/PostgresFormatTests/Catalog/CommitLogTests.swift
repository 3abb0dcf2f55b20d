import ByteReading
import Testing

@testable import PostgresFormat

@Suite struct CommitLogTests {
  @Test func positionsAreTwoBitsATransaction() {
    let first = CommitLogPosition(of: TransactionID(0))
    #expect(first.segmentName == "0000" && first.page == 0 && first.byteOffset == 0)
    let second = CommitLogPosition(of: TransactionID(32_768 * 33 + 4))
    #expect(second.segmentName == "0001" && second.page == 1 && second.byteOffset == 1)
    let last = CommitLogPosition(of: TransactionID(.max))
    #expect(last.segmentName == "0FFF" && last.page == 31 && last.byteOffset == 8191)
  }

  @Test func statusesAreReadFromTheLowestBitsOn() throws {
    let page: [UInt8] = [0b11_10_01_00]
    let expected: [TransactionStatus] = [.inProgress, .committed, .aborted, .subCommitted]
    for xid in 0..<4 {
      let position = CommitLogPosition(of: TransactionID(UInt32(xid)))
      #expect(try position.status(in: page.span.bytes) == expected[xid])
    }
    #expect(throws: FormatError.self) { try CommitLogPosition(of: TransactionID(4)).status(in: page.span.bytes) }
  }

  @Test func outcomesFromTheWALAreAskedFirst() {
    let outcomes = TransactionOutcomes(committed: [TransactionID(5)], aborted: [TransactionID(6)])
    #expect(outcomes.status(of: TransactionID(5)) == .committed)
    #expect(outcomes.status(of: TransactionID(6)) == .aborted)
    #expect(outcomes.status(of: TransactionID(7)) == nil)
  }
}
