import Evidence
import PostgresFormat
import Testing

@testable import SlotSafety

/// The walk begins at redo; a server reads the checkpoint's record and that at redo alone, and their pages with them.
@Suite struct RecordRefusedTests {
  private static let size = 1 << 20
  private static let redo = LSN(0x100_4100)
  private static let checkpoint = LSN(0x100_6158)

  private func refuses(
    _ reason: WALStop.Reason, at stop: LSN, record: LSN? = nil, found: String? = nil, end: LSN? = nil,
    _ position: LSN = checkpoint
  ) -> Bool {
    var stop = WALStop(reason, at: stop, found: found)
    stop.record = record
    let end = WALEnd(
      lsn: end ?? min(stop.record ?? stop.at, position), timeline: TimelineID(1), lastRecord: nil,
      walkedFrom: Self.redo,
      stop: stop)
    return end.refuses(position, segmentSize: Self.size)
  }

  @Test func theRecordItself() {
    for reason in [WALStop.Reason.badChecksum, .zeroLength, .badResourceManager, .badPrevLink] {
      #expect(refuses(reason, at: Self.checkpoint))
      #expect(refuses(reason, at: Self.redo, Self.redo))
    }
    // It breaks off on the page after.
    #expect(refuses(.incompleteRecord, at: LSN(0x100_8000), record: Self.checkpoint))
  }

  @Test func itsPageAndTheFirstOfItsSegment() {
    for reason in [WALStop.Reason.zeroPage, .foreignMagic, .badPageAddress, .shortFile, .foreignSegment] {
      #expect(refuses(reason, at: LSN(0x100_6000)))
      #expect(refuses(reason, at: LSN(0x100_0000), end: Self.redo))
    }
    #expect(
      refuses(.incompleteRecord, at: LSN(0x100_6000), record: LSN(0x100_5FF0), found: WALStop.Reason.zeroPage.rawValue))
  }

  @Test func whatSaysNothingOfIt() {
    // The page is sound, but not what a record before needs.
    #expect(!refuses(.badContinuation, at: LSN(0x100_6000), record: LSN(0x100_5FF0)))
    #expect(!refuses(.badChecksum, at: LSN(0x100_5000)))
    #expect(!refuses(.zeroPage, at: LSN(0x100_4000), end: Self.redo))
    for reason in [WALStop.Reason.limit, .unreadable, .notRead] { #expect(!refuses(reason, at: Self.checkpoint)) }
    // After the checkpoint's record WAL may end as it does.
    #expect(!refuses(.zeroLength, at: LSN(0x100_61D0), end: LSN(0x100_61D0)))
  }
}
