import Evidence
import FixtureSupport
import PostgresFormat
import Testing

@testable import ClusterFiles

/// What a running server takes away between the look at a folder and the reading of what it held.
@Suite struct RunningServerTests {
  private let scratch = ScratchDirectory()
  private var reader: EvidenceReader { EvidenceReader(directory: scratch.path, storage: PosixStorage()) }

  private func evidence(_ read: (EvidenceReader, inout Evidence) -> Void) -> Evidence {
    var evidence = Evidence(
      origin: Origin(kind: .dataDirectory, source: scratch.path, host: nil, gatheredAt: Timestamp(unixMicroseconds: 0)))
    evidence.version = .v17
    read(reader, &evidence)
    return evidence
  }

  @Test func aSlotThatWasDroppedMeanwhileIsNone() {
    let dropped = evidence { $0.readSlot("dropped", into: &$1) }
    #expect(dropped.slots.isEmpty && dropped.problems.isEmpty)
    // A folder without its file is a slot that cannot be read.
    scratch.write("pg_replslot/damaged/other", "")
    let damaged = evidence { $0.readSlot("damaged", into: &$1) }
    #expect(damaged.slots.map(\.directory) == ["damaged"])
    #expect(damaged.problems.map(\.path) == ["pg_replslot/damaged/state"])
  }

  @Test func aPreparedTransactionThatEndedMeanwhileIsNone() {
    let ended = evidence { $0.readPreparedTransaction("00000300", into: &$1) }
    #expect(ended.preparedTransactions.isEmpty && ended.problems.isEmpty)
    scratch.write("pg_twophase/00000300", "too short")
    let damaged = evidence { $0.readPreparedTransaction("00000300", into: &$1) }
    #expect(damaged.problems.map(\.path) == ["pg_twophase/00000300"])
  }
}
