import Evidence
@testable import PostgresFormat
import Testing

@testable import SlotSafety

/// A standby's slots and the WAL that its start replays.
@Suite struct ReplayRulesTests {
  private func fate(
    _ version: ServerVersion = .v17, level: Int32 = 1, at lsn: UInt64 = 0x100_0F90,
    _ change: (inout Evidence) -> Void = { _ in }
  ) throws -> SlotInspection.Fate? {
    var node = SamplePair(version).standby
    node.control?.value.checkpoint.redo = LSN(0x100_0F88)
    let values: [Int32] = [100, 8, 10, 0, 64, level]
    let body: [UInt8] = values.flatMap { value -> [UInt8] in [UInt8(truncatingIfNeeded: value), 0, 0, 0] } + [0, 0]
    let parameters = try ParameterChange(mainData: body.span.bytes, version: version)
    node.stretches[0].activity.parameterChanges = [ParameterChangeEvent(lsn: LSN(lsn), parameters: parameters)]
    change(&node)
    return Inspection(node).slots.first?.fate
  }

  @Test func theEndOfLogicalDecodingInvalidatesIt() throws {
    #expect(try fate() == .lostByReplay(.walLevelInsufficient))
    #expect(try fate(level: 2) == .fine)
    // Before the restartpoint: nobody replays that again.
    #expect(try fate(at: 0x100_0200) == .fine)
    // No such conflict before 16, nor on a primary.
    #expect(try fate(.v15) == .fine)
    let primary = try fate {
      $0.startFiles.standbySignal = false
      $0.control?.value.state = .shutDown
    }
    #expect(primary == .fine)
  }

  @Test func soDoRemovedCatalogRows() throws {
    func fate(horizon: UInt32) throws -> SlotInspection.Fate? {
      try self.fate(level: 2) {
        $0.stretches[0].activity.catalogCleanups = [
          CatalogCleanup(
            database: SamplePair.database, first: LSN(0x100_0F90), last: LSN(0x100_0F90),
            horizon: TransactionID(horizon), count: 1)
        ]
      }
    }
    #expect(try fate(horizon: 765) == .lostByReplay(.rowsRemoved))
    #expect(try fate(horizon: 755) == .fine)
  }
}
