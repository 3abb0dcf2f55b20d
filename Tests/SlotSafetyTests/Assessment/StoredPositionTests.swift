import Evidence
import Testing

@testable import PostgresFormat
@testable import SlotSafety

/// What a consumer's own position, stored outside of any server, proves and what it does not.
@Suite struct StoredPositionTests {
  /// The primary has a commit that the standby has, too, and a later one that it lacks.
  private func twoCommits() -> SamplePair {
    var pair = SamplePair.withPrimaryAhead()
    pair.commit(at: LSN(0x100_0900))
    pair.commit(at: LSN(0x100_1800))
    return pair
  }

  /// `rest` nil: rows of the transaction that every commit of the sample has.
  private func offset(
    _ received: UInt64?, lsn: UInt64? = nil, _ rest: StoredPosition.Rest? = .nothing
  ) -> StoredPosition {
    let reached = LSN(lsn ?? received ?? 0)
    return StoredPosition(
      slotName: "orders", source: "offsets.dat", received: received.map { LSN($0) }, reached: reached,
      rest: rest ?? .partOf(TransactionID(780), after: reached), isItsOwn: true)
  }

  private func verdicts(_ stored: StoredPosition, _ pair: SamplePair? = nil) -> (open: Verdict?, final: Verdict?) {
    var pair = pair ?? twoCommits()
    pair.storedPositions = [stored]
    let open = pair.orders?.verdict
    pair.assumed = [.consumerStopped]
    return (open, pair.orders?.verdict)
  }

  @Test func theLastPositionDecides() throws {
    #expect(verdicts(offset(0x100_0930)) == (.atRisk, .ready))
    #expect(verdicts(offset(SamplePair.confirmed.rawValue)) == (.atRisk, .ready))
    // Rows of the transaction whose commit the standby has, and of one that it lacks.
    #expect(verdicts(offset(0x100_0800, lsn: 0x100_0880, nil)) == (.atRisk, .ready))
    #expect(verdicts(offset(0x100_0930, lsn: 0x100_0A00, nil)) == (.atRisk, .atRisk))
    #expect(verdicts(offset(0x100_0930, .unknown)) == (.atRisk, .atRisk))
    var pair = twoCommits()
    pair.storedPositions = [offset(0x100_0930)]
    let orders = try #require(pair.orders)
    #expect(orders.readyIf.map(\.premise) == [.consumerStopped])
    #expect(orders.consumer.atLeast == LSN(0x100_0930) && orders.consumer.atMost == SamplePair.further)
    pair.assumed = [.consumerStopped]
    #expect(pair.assess().given.map(\.premise) == [.consumerStopped])
    #expect(pair.orders?.consumer == .exactly(LSN(0x100_0930), basis: "the consumer's own position (offsets.dat)"))
    // The word is about a position that is given.
    pair.storedPositions = []
    #expect(pair.orders?.verdict == .atRisk)
  }

  /// It asks from there, or drops what lies before: what the new primary commits below it never comes.
  @Test func aPositionPastTheStandbysEndIsNeverReady() throws {
    for received in [0x100_1830, 0x100_1000 + 8, 0x100_2008] as [UInt64] {
      let (open, final) = verdicts(offset(received))
      #expect(open == .atRisk && final == .atRisk, "\(received)")
    }
    // Nor where a barrier would have held it back, or nothing was committed.
    var pair = SamplePair.withPrimaryAhead()
    pair.primary.set("synchronized_standby_slots", "s1")
    pair.assumed = [.standbySlotsHeld, .consumerStopped]
    #expect(pair.orders?.verdict == .ready)
    pair.storedPositions = [offset(SamplePair.confirmed.rawValue, lsn: 0x100_1008, nil)]
    let orders = try #require(pair.orders)
    #expect(orders.verdict == .atRisk && orders.findings.contains { $0.rule == .a13Stored })
    // The standby receives the rest.
    pair.standby.setEnd(SamplePair.further)
    pair.standby.control?.value.minRecoveryPoint = SamplePair.further
    #expect(pair.orders?.verdict == .ready)
  }

  /// A store that was restored from a backup: the slot does not send again what lies between.
  @Test func aPositionBeforeTheSlotIsNeverReady() throws {
    var pair = SamplePair()
    pair.commit(at: LSN(0x100_0700))
    #expect(verdicts(offset(0x100_0600), pair) == (.atRisk, .atRisk))
    #expect(verdicts(offset(0x100_0730), pair) == (.ready, .ready))
    pair.storedPositions = [offset(0x100_0600)]
    let orders = try #require(pair.orders)
    #expect(orders.findings.contains { $0.rule == .a11Stored } && orders.exposure.missed?.transactions == 1)
    pair.assumed = [.changesNotSubscribed]
    #expect(pair.orders?.verdict == .ready)
    // A slot that would be made anew begins later still.
    pair.assumed = []
    pair.standby.slots = []
    #expect(pair.orders?.verdict == .atRisk)
    pair.storedPositions = []
    #expect(pair.orders?.verdict == .fixable || pair.orders?.verdict == .waiting)
  }

  /// Another connector's, or another cluster's.
  @Test func whatTheWALDoesNotBearOutSettlesNothing() {
    // No commit of this primary ends there.
    let (open, final) = verdicts(offset(0x100_0940))
    #expect(open == .atRisk && final == .atRisk)
    var pair = twoCommits()
    pair.assumed = [.consumerStopped]
    pair.storedPositions = [offset(0x100_0940)]
    #expect(pair.assess().findings.contains { $0.rule == .a43Stored })
    pair.storedPositions = [offset(0x100_0930)]
    #expect(!pair.assess().findings.contains { $0.rule == .a43Stored })
    pair.storedPositions = [StoredPosition(slotName: "other", source: "x", lsn: LSN(0x100_0930))]
    #expect(pair.orders?.verdict == .atRisk)
  }

  /// A copy made by hand that starts after what the primary's slot has on disk.
  @Test func itShowsWhatTheConsumerHasAtLeast() {
    var pair = SamplePair(.v16)
    pair.commit(at: LSN(0x100_0900))
    pair.standby.changeSlot("orders") { $0.confirmedFlush = LSN(0x100_0A00) }
    #expect(pair.orders?.verdict == .atRisk)
    #expect(verdicts(offset(0x100_0930), pair) == (.ready, .ready))
    #expect(verdicts(StoredPosition(slotName: "orders", source: "x", lsn: LSN(0x100_0930)), pair) == (.ready, .ready))
    #expect(verdicts(offset(0x100_0800), pair).open == .atRisk)
  }

  @Test func aConnectorWithAnOffsetRecognizesWhatItHas() {
    var pair = SamplePair()
    pair.commit(at: LSN(0x100_0700))
    pair.standby.changeSlot("orders") { ($0.restartLSN, $0.confirmedFlush) = (SamplePair.restart, LSN(0x100_0200)) }
    pair.primary.changeSlot("orders") { $0.restartLSN = LSN(0x100_0300) }
    #expect(pair.orders?.premises.contains { $0.premise == .consumerKeepsPosition } == true)
    pair.storedPositions = [offset(SamplePair.confirmed.rawValue)]
    #expect(pair.orders?.premises.contains { $0.premise == .consumerKeepsPosition } == false)
    // A position by itself does not show that the consumer asks from it.
    pair.storedPositions = [StoredPosition(slotName: "orders", source: "x", lsn: SamplePair.confirmed)]
    #expect(pair.orders?.premises.contains { $0.premise == .consumerKeepsPosition } == true)
  }

  /// What it stores with a row, with a commit, and while it copies.
  @Test func whatDebeziumsMembersMean() throws {
    func stored(_ text: String) throws -> StoredPosition? {
      let offset = try #require(try ConnectOffsets(parsing: Array(text.utf8)).partitions.first?.offset)
      return StoredPosition(slotName: "orders", source: "x", offset)
    }
    let row = try #require(try stored(#"{"lsn_proc":30,"lsn_commit":20,"lsn":30,"txId":7,"messageType":"INSERT"}"#))
    #expect(row.received == LSN(20) && row.reached == LSN(30) && row.rest == .partOf(TransactionID(7), after: LSN(30)))
    let commit = try #require(try stored(#"{"lsn_proc":30,"lsn_commit":30,"lsn":30,"txId":7,"messageType":"COMMIT"}"#))
    #expect(commit.received == LSN(30) && commit.rest == .nothing)
    // Where a row's record begins where the commit before it ends, that is not a commit of its own.
    let next = try #require(try stored(#"{"lsn_proc":30,"lsn_commit":30,"lsn":30,"txId":7,"messageType":"INSERT"}"#))
    #expect(next.rest == .partOf(TransactionID(7), after: LSN(30)))
    let copied = try #require(try stored(#"{"snapshot":"INITIAL","snapshot_completed":true,"lsn":30,"txId":7}"#))
    #expect(copied.received == nil && copied.reached == LSN(30) && copied.rest == .unknown)
    #expect(try stored(#"{"snapshot":"INITIAL","snapshot_completed":false,"lsn":30}"#) == nil)
  }
}
