import Evidence
import PostgresFormat
import Testing

@testable import SlotSafety

/// What a position that a consumer stored itself says of its slot.
@Suite struct ConsumersOwnPositionTests {
  /// The primary of 17 with the slot `orders` at ``SamplePair/confirmed``, whose WAL begins at 0/1000000.
  private func findings(
    _ position: LSN, own: Bool = false, standby: Bool = false, _ change: (inout Evidence) -> Void = { _ in }
  ) -> [Finding] {
    let pair = SamplePair()
    var node = standby ? pair.standby : pair.primary
    change(&node)
    let stored =
      own
      ? StoredPosition(
        slotName: "orders", source: "offsets.dat", received: position, reached: position, rest: .nothing, isItsOwn: true
      )
      : StoredPosition(slotName: "orders", source: "--consumer", lsn: position)
    return Inspection(node, consumers: [stored]).findings.filter { $0.ruleName.hasPrefix("slot.consumer-") }
  }

  private let before = LSN(0x100_0400)

  @Test func aConsumerAtItsSlotsPositionOrAfterIsFine() {
    #expect(findings(SamplePair.confirmed) { $0.commit(at: LSN(0x100_0500)) }.isEmpty)
    #expect(findings(SamplePair.end) { $0.commit(at: LSN(0x100_0900)) }.isEmpty)
  }

  @Test func whatLiesBetweenIsCounted() throws {
    #expect(findings(before).isEmpty, "nothing was committed between")
    let found = try #require(findings(before) { $0.commit(at: LSN(0x100_0500)) }.first)
    #expect(found.ruleName == "slot.consumer-set-back" && found.severity == .error)
    #expect(found.message.contains("1 transaction (1 kB)"), "\(found.message)")
    #expect(found.message.contains("before the slot's position 0/01000800"), "\(found.message)")
    #expect(found.remedy?.contains("still here; `slotscope ledger --slot orders --consumer orders=0/01000400`") == true)
    // Another database's are no concern of it, nor is what is before the consumer or after the slot.
    #expect(findings(before) { $0.commit(at: LSN(0x100_0500), in: OID(99)) }.isEmpty)
    #expect(findings(before) { $0.commit(at: LSN(0x100_0300)) }.isEmpty)
    #expect(findings(before) { $0.commit(at: SamplePair.confirmed) }.isEmpty)
  }

  @Test func whatWasNotReadIsOpen() throws {
    let found = try #require(findings(before) { $0.stretches = [] }.first)
    #expect(found.ruleName == "slot.consumer-set-back.open" && found.severity == .warning)
    #expect(found.message.contains("an unknown number of transactions"), "\(found.message)")
  }

  @Test func whereItsWALIs() throws {
    let position = LSN(0xE0_0000)
    func remedy(_ change: (inout Evidence) -> Void = { _ in }) throws -> String {
      let found = try #require(findings(position, change).first)
      return try #require(found.remedy)
    }
    #expect(try remedy().contains("is not all here: --archive names where it may be"))
    var archive = ArchivedTimelines(path: "/archive")
    #expect(try remedy { $0.archives = [archive] }.contains("neither all here nor in the archives"))
    archive.segments = [SegmentRun(timeline: TimelineID(1), first: SegmentNumber(14), last: SegmentNumber(16))]
    #expect(try remedy { $0.archives = [archive] }.contains("is in /archive; `slotscope ledger"))
    // One that begins too late does not have it.
    archive.segments[0].first = SegmentNumber(15)
    #expect(try remedy { $0.archives = [archive] }.contains("neither"))
  }

  @Test func debeziumRefusesToStartBeforeTheSlotsRestart() throws {
    let position = LSN(0x100_0080)
    let own = try #require(findings(position, own: true) { $0.commit(at: LSN(0x100_0500)) }.first)
    #expect(own.message.contains("Debezium refuses to start"), "\(own.message)")
    let other = try #require(findings(position) { $0.commit(at: LSN(0x100_0500)) }.first)
    #expect(!other.message.contains("Debezium"), "\(other.message)")
  }

  @Test func aPositionPastTheEndOfWAL() throws {
    let found = try #require(findings(SamplePair.further).first)
    #expect(found.ruleName == "slot.consumer-ahead" && found.severity == .error)
    #expect(found.message.contains("4 kB past the end of WAL here (0/01001000)"), "\(found.message)")
    let standby = try #require(findings(SamplePair.further, standby: true).first)
    #expect(standby.ruleName == "slot.consumer-ahead.standby" && standby.severity == .warning)
  }

  @Test func theConsumerOfAnotherSlotIsNoneOfIts() {
    #expect(
      findings(SamplePair.further) { node in
        node.changeSlot("orders") { $0.name = "invoices" }
      }.isEmpty)
  }

  // MARK: Subscribers

  @Test func subscriptionsAreNamedBesideTheirSlots() throws {
    var subscriber = SamplePair().primary
    subscriber.origin.source = "/reports"
    subscriber.subscriptions = [
      SubscriptionRow(
        oid: OID(16400), database: OID(5), name: "s_orders", owner: OID(10), enabled: true,
        connectionInfo: "host=p dbname=shop", slotName: "orders", publications: [])
    ]
    subscriber.origins = [OriginEvidence(originID: 1, name: "pg_16400", remoteLSN: SamplePair.confirmed)]
    func found(_ subscriber: Evidence, _ change: (inout Evidence) -> Void = { _ in }) -> [Finding] {
      var node = SamplePair().primary
      change(&node)
      return Inspection(node, subscribers: [subscriber]).findings.filter { $0.ruleName.hasPrefix("slot.consumer") }
    }
    let named = try #require(found(subscriber).first)
    #expect(
      named.message
        == "Slot orders is read by subscription s_orders of /reports, which has applied changes up to 0/01000800.")
    #expect(found(subscriber).count == 1)
    // It was stopped cleanly before its slot's position: its files are older, or it was set back.
    subscriber.origins[0].remoteLSN = before
    #expect(
      found(subscriber) { $0.commit(at: LSN(0x100_0500)) }.map(\.ruleName) == [
        "slot.consumer-set-back", "slot.consumer",
      ])
    // After a crash that is a lower bound.
    subscriber.control?.value.state = .inProduction
    subscriber.stretches = []
    #expect(found(subscriber) { $0.commit(at: LSN(0x100_0500)) }.map(\.ruleName) == ["slot.consumer"])
    // Of another database, or another slot.
    subscriber.subscriptions[0].connectionInfo = "host=p dbname=other"
    #expect(found(subscriber).isEmpty)
    subscriber.subscriptions[0].connectionInfo = nil
    subscriber.subscriptions[0].slotName = "invoices"
    #expect(found(subscriber).isEmpty)
  }

  // MARK: Its own database

  @Test func howMuchOfWhatASlotRetainsIsOfItsDatabase() throws {
    func found(_ bytes: UInt64) throws -> (finding: Finding?, share: OwnDatabaseShare?) {
      var node = SamplePair().primary
      let end = SamplePair.end.advanced(by: 2 << 20)
      node.wal.live[0].last = SegmentNumber(containing: end, size: 1 << 20)
      node.setEnd(end)
      node.commit(at: SamplePair.end.advanced(by: 64))
      node.commit(at: SamplePair.end.advanced(by: 640), in: OID(77))
      let index = try #require(node.stretches[0].activity.databases.firstIndex { $0.database == SamplePair.database })
      node.stretches[0].activity.databases[index].commits[0].bytes = bytes
      let inspection = Inspection(node)
      let state = try #require(inspection.slots.first { $0.name == "orders" }?.evidence.state)
      return (
        inspection.findings.first { $0.ruleName.hasPrefix("slot.quiet-database") },
        OwnDatabaseShare(state, in: inspection)
      )
    }
    let little = try found(3000)
    #expect(little.finding?.ruleName == "slot.quiet-database.mostly", "\(String(describing: little))")
    #expect(little.finding?.message.contains("2.9 kB was written by 1 transaction of database shop") == true)
    #expect(little.share?.bytes == 3000 && little.share?.transactions == 1)
    #expect(little.finding?.remedy?.contains("advance") == false, "what is still to be sent would be lost")
    #expect(try found(1 << 20).finding == nil)
  }
}
