import Testing

@testable import PostgresFormat

@Suite struct TupleVisibilityTests {
  private typealias Flags = HeapTupleHeader.Flags

  private func visibility(
    xmin: UInt32 = 700, xmax: UInt32 = 0, _ flags: HeapTupleHeader.Flags, _ statuses: [UInt32: TransactionStatus] = [:]
  ) throws -> TupleVisibility {
    var tuple = CatalogPageBuilder.Tuple(0, [])
    (tuple.xmin, tuple.xmax, tuple.flags) = (xmin, xmax, flags)
    let header = try HeapTupleHeader(parsing: tuple.bytes.span.bytes)
    return TupleVisibility(of: header) { statuses[$0.rawValue] }
  }

  @Test func whoMadeARowDecidesFirst() throws {
    #expect(try visibility([.xminFrozen, .xmaxInvalid]) == .live)
    #expect(try visibility([.xminCommitted, .xmaxInvalid]) == .live)
    #expect(try visibility([.xminAborted, .xmaxInvalid]) == .dead)
    #expect(try visibility(xmin: 1, [.xmaxInvalid]) == .live)
    #expect(try visibility(xmin: 2, [.xmaxInvalid]) == .live)
    #expect(try visibility(xmin: 0, [.xmaxInvalid]) == .dead)
  }

  @Test func withoutAHintTheCommitLogDecides() throws {
    #expect(try visibility([.xmaxInvalid], [700: .committed]) == .live)
    for status: TransactionStatus in [.inProgress, .aborted, .subCommitted] {
      #expect(try visibility([.xmaxInvalid], [700: status]) == .dead)
    }
    #expect(try visibility([.xmaxInvalid]) == .unsure)
  }

  @Test func whoEndedARowDecidesNext() throws {
    #expect(try visibility(xmax: 0, [.xminCommitted]) == .live)
    #expect(try visibility(xmax: 800, [.xminCommitted, .xmaxCommitted]) == .dead)
    #expect(try visibility(xmax: 800, [.xminCommitted], [800: .committed]) == .dead)
    #expect(try visibility(xmax: 800, [.xminCommitted], [800: .aborted]) == .live)
    #expect(try visibility(xmax: 800, [.xminCommitted], [800: .inProgress]) == .live)
    #expect(try visibility(xmax: 800, [.xminCommitted]) == .unsure)
  }

  @Test func aLockDoesNotEndARow() throws {
    #expect(try visibility(xmax: 800, [.xminCommitted, .xmaxLockedOnly], [800: .committed]) == .live)
    #expect(try visibility(xmax: 9, [.xminCommitted, .xmaxLockedOnly, .xmaxIsMulti]) == .live)
    #expect(try visibility(xmax: 800, [.xminCommitted, .exclusiveLock], [800: .committed]) == .live)
    let sharedAndExclusive: HeapTupleHeader.Flags = [.xminCommitted, .exclusiveLock, .keyShareLock]
    #expect(try visibility(xmax: 800, sharedAndExclusive, [800: .committed]) == .dead)
  }

  @Test func anUpdaterInsideAMultiXactLeavesItOpen() throws {
    #expect(try visibility(xmax: 9, [.xminCommitted, .xmaxIsMulti]) == .unsure)
    #expect(try visibility(xmax: 9, [.xminCommitted, .xmaxIsMulti, .exclusiveLock]) == .unsure)
  }
}
