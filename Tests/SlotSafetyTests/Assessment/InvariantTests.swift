import Evidence
@testable import PostgresFormat
import SlotSafety
import Testing

@Suite struct InvariantTests {
  @Test(arguments: [ServerVersion.v16, .v17, .v18, .v19])
  func aPairWithEverythingInPlaceIsReady(version: ServerVersion) throws {
    let assessment = SamplePair(version).assess()
    #expect(assessment.verdict == .ready)
    #expect(assessment.findings.filter { $0.severity > .info } == [])
  }

  @Test func aSynchronizedCopyWithAllOfThePrimarysWALIsReady() throws {
    let assessment = SamplePair().assess()
    #expect(assessment.slots.first { $0.slotName == "orders" }?.verdict == .ready)
    #expect(assessment.slots.first { $0.slotName == "orders" }?.findings.map(\.id).contains("L1") == true)
  }

  // MARK: Nothing missing on the new primary

  @Test func aCommitThatTheStandbyLacksIsARisk() throws {
    var pair = SamplePair.withPrimaryAhead()
    pair.commit(at: LSN(0x100_1800))
    let orders = try #require(pair.orders)
    #expect(orders.verdict == .atRisk)
    #expect(orders.exposure.vanished?.transactions == 1)
  }

  @Test func aCommitThatBeginsAtTheStandbysEndIsARiskToo() throws {
    var pair = SamplePair.withPrimaryAhead()
    pair.commit(at: SamplePair.end)
    #expect(pair.orders?.verdict == .atRisk)
  }

  @Test func walWithoutACommitOfThatDatabaseHoldsNothingButAPosition() throws {
    var pair = SamplePair.withPrimaryAhead()
    pair.commit(at: LSN(0x100_1800), in: OID(6))
    // A client that stores what keepalives say asks for no commit before it.
    let orders = try #require(pair.orders)
    #expect(orders.verdict == .atRisk)
    #expect(orders.exposure == Exposure())
    // A subscription stores the ends of commits.
    pair.commit(at: LSN(0x100_0900))
    pair.subscribers = [SamplePair.subscriber(at: LSN(0x100_0930))]
    #expect(pair.orders?.verdict == .ready)
    pair.subscribers[0].control?.value.state = .inProduction
    #expect(pair.orders?.verdict == .ready)
    pair.subscribers = [SamplePair.subscriber(at: LSN(0x100_0930), connection: "host=p dbname=other")]
    #expect(pair.orders?.verdict == .atRisk)
  }

  @Test func aRangeThatWasNotReadIsOpen() throws {
    var pair = SamplePair.withPrimaryAhead()
    pair.primary.stretches[0].to = LSN(0x100_1F00)
    let orders = try #require(pair.orders)
    #expect(orders.verdict == .atRisk)
    #expect(orders.exposure.vanished?.isComplete == false)
  }

  @Test func synchronizedStandbySlotsHoldsTheConsumerBack() throws {
    var pair = SamplePair.withPrimaryAhead()
    pair.commit(at: LSN(0x100_1800))
    pair.primary.set("synchronized_standby_slots", "s1")
    pair.assumed = [.standbySlotsHeld]
    #expect(pair.orders?.verdict == .ready)
    // It is for failover slots only, and not for another standby's physical slot.
    pair.primary.set("synchronized_standby_slots", "s2")
    #expect(pair.orders?.verdict == .atRisk)
    // What was confirmed beyond the standby was not held back.
    pair.primary.set("synchronized_standby_slots", "s1")
    pair.primary.changeSlot("orders") { $0.confirmedFlush = LSN(0x100_1900) }
    #expect(pair.orders?.findings.flatMap(\.ids).contains("L19") == true)
    #expect(pair.orders?.verdict == .atRisk)
  }

  @Test func aRunningPrimaryBoundsNobody() throws {
    var pair = SamplePair()
    pair.primary.startFiles.postmasterPIDPresent = true
    pair.primary.startFiles.postmasterAlive = true
    pair.primary.set("synchronized_standby_slots", "")
    #expect(pair.orders?.verdict == .atRisk)
  }

  /// Its postmaster.pid is there, and cannot be read, or the process not looked at.
  @Test func aPrimaryThatMayRunBoundsNobodyEither() throws {
    var pair = SamplePair()
    pair.primary.startFiles.postmasterPIDPresent = true
    #expect(pair.orders?.verdict == .atRisk)
    #expect(pair.orders?.findings.contains { $0.message.contains("postmaster.pid") } == true)
    pair.primary.startFiles.postmasterAlive = false
    #expect(pair.orders?.verdict == .ready)
  }

  @Test func aSnapshotPastThePrimarysEndShowsThatThereWasMore() throws {
    func pair(_ file: String) -> SamplePair {
      var pair = SamplePair()
      pair.primary.control?.value.state = .inProduction
      pair.primary.set("synchronized_standby_slots", "")
      pair.primary.problems = [
        Problem(
          subject: "snapshot", path: "pg_logical/snapshots/\(file)",
          cause: .file(errno: 5, message: "Input/output error"))
      ]
      return pair
    }
    #expect(pair("0-1000F88.snap").orders?.verdict == .ready)
    #expect(pair("0-1001008.snap").orders?.verdict == .atRisk)
  }

  @Test func walOfThePrimaryThatIsOlderThanTheStandbysBoundsNobody() throws {
    var pair = SamplePair()
    pair.primary.set("synchronized_standby_slots", "")
    pair.standby.setEnd(SamplePair.further)
    #expect(pair.orders?.verdict == .atRisk)
  }

  @Test(arguments: [WALStop.Reason.badChecksum, .foreignMagic, .shortFile, .missingSegment, .badPrevLink])
  func aPrimarysWALThatStopsAtDamageBoundsNobody(reason: WALStop.Reason) throws {
    var pair = SamplePair()
    pair.primary.set("synchronized_standby_slots", "")
    pair.primary.control?.value.state = .inProduction
    pair.primary.wal.end?.stop = WALStop(reason, at: SamplePair.end)
    #expect(pair.orders?.verdict == .atRisk)
  }

  // MARK: The position that was asked about

  @Test func aCopyPastThePositionAskedAboutLeavesItOpen() {
    var pair = SamplePair()
    pair.promoteAt = LSN(0x100_0900)
    #expect(pair.orders?.verdict == .atRisk)
    pair.standby.changeSlot("orders") { $0.confirmedFlush = LSN(0x100_0908) }
    #expect(pair.orders?.verdict == .unknown)
    #expect(pair.orders?.reason == "its slot on the standby has moved past the position that was asked about")
    pair.standby.changeSlot("orders") { $0.confirmedFlush = LSN(0x100_1008) }
    #expect(pair.orders?.reason == "the positions of the standby's slot do not fit its WAL")
  }

  @Test func aStandbyWithoutRoomWaitsForNobody() {
    var pair = SamplePair()
    pair.primary.startFiles.postmasterPIDPresent = true
    pair.primary.startFiles.postmasterAlive = true
    pair.standby.slots = []
    #expect(pair.orders?.verdict == .atRisk || pair.orders?.verdict == .waiting)
    let waits = pair.orders?.findings.map(\.id).contains("A22")
    #expect(waits == false)
    pair.standby.set("max_replication_slots", "0")
    #expect(pair.orders?.findings.map(\.id).contains("A22") == true)
    #expect(pair.orders?.verdict != .waiting)
  }

  // MARK: Where WAL ends

  @Test func anEndWithSomethingWrittenBehindItBoundsNobody() {
    var pair = SamplePair()
    pair.primary.set("synchronized_standby_slots", "")
    pair.primary.control?.value.state = .inProduction
    #expect(pair.orders?.verdict == .ready)
    pair.primary.wal.end?.traceBehind = LSN(0x100_1008)
    #expect(pair.orders?.verdict == .atRisk)
    pair.primary.wal.end?.traceBehind = nil
    pair.primary.wal.end?.stop = WALStop(.incompleteRecord, at: SamplePair.end, found: "missing_segment")
    #expect(pair.orders?.verdict == .atRisk)
    pair.primary.wal.end?.stop = WALStop(.incompleteRecord, at: SamplePair.end, found: "zero_page")
    #expect(pair.orders?.verdict == .ready)
  }

  @Test func walThatDiffersIsNotCompared() {
    let at = LSN(0x100_0A00)
    var pair = SamplePair()
    pair.primary.commit(at: at)
    #expect(pair.assess().verdict == .unknown)
    #expect(pair.assess().findings.map(\.id) == ["A02"])
    pair.standby.commit(at: at)
    #expect(pair.assess().verdict == .ready)
    pair.standby.stretches[0].activity.databases[0].commits[0].time = Timestamp(unixSeconds: 1)
    #expect(pair.assess().verdict == .unknown)
    // What the standby has not received is no difference.
    pair = SamplePair.withPrimaryAhead()
    pair.primary.commit(at: SamplePair.end)
    #expect(pair.assess().verdict == .atRisk)
  }

  // MARK: Nothing lost

  private func copyByHand(startingAt start: LSN) -> SamplePair {
    var pair = SamplePair(.v16)
    pair.standby.changeSlot("orders") { $0.confirmedFlush = start }
    return pair
  }

  @Test func aCopyByHandThatStartsAfterItsConsumerIsARiskWhereSomethingWasCommitted() throws {
    var pair = copyByHand(startingAt: LSN(0x100_0A00))
    #expect(pair.orders?.verdict == .ready)
    pair.commit(at: LSN(0x100_0900))
    let orders = try #require(pair.orders)
    #expect(orders.verdict == .atRisk)
    #expect(orders.exposure.missed?.transactions == 1)
    #expect(orders.findings.map(\.id).contains("A11"))
  }

  @Test func whatAKnownConsumerLacksMayNotBePublishedToIt() throws {
    var pair = SamplePair(.v16)
    pair.standby.changeSlot("orders") { $0.confirmedFlush = LSN(0x100_0A00) }
    pair.commit(at: LSN(0x100_0900))
    pair.subscribers = [SamplePair.subscriber(at: SamplePair.confirmed)]
    pair.subscribers[0].version = .v16
    let orders = try #require(pair.orders)
    #expect(orders.consumer.isExact && orders.verdict == .atRisk)
    #expect(orders.exposure.missed?.transactions == 1)
  }

  @Test func aCommitThatBeginsAtTheCopysStartIsStillDelivered() throws {
    var pair = copyByHand(startingAt: LSN(0x100_0A00))
    pair.commit(at: LSN(0x100_0A00))
    #expect(pair.orders?.verdict == .ready)
    // And one that begins at the consumer's position is skipped.
    pair.commit(at: SamplePair.confirmed)
    #expect(pair.orders?.verdict == .atRisk)
  }

  @Test func aCopyTakenFromAnEarlierSlotOfThatNameIsJudgedByItsPosition() throws {
    // The primary's slot was dropped and copied from one further back, after synchronization had made the standby's.
    var pair = SamplePair()
    pair.commit(at: LSN(0x100_0900))
    pair.standby.changeSlot("orders") { $0.confirmedFlush = LSN(0x100_0A00) }
    #expect(pair.orders?.verdict == .atRisk)
    #expect(pair.orders?.exposure.missed?.transactions == 1)
    // A crash leaves confirmed_flush behind, and never restart_lsn.
    pair.primary.control?.value.state = .inProduction
    pair.keepFileTimes()
    #expect(pair.orders?.verdict == .ready)
    pair.standby.changeSlot("orders") { $0.restartLSN = LSN(0x100_0108) }
    pair.standby.stretches[0].activity.runningTransactions[0].lsn = LSN(0x100_0108)
    pair.primary.stretches[0].activity.runningTransactions[0].lsn = LSN(0x100_0108)
    #expect(pair.orders?.verdict == .atRisk)
  }

  @Test func aRunningStandbyMayHaveMovedACopyMadeByHand() throws {
    func pair(_ version: ServerVersion) -> SamplePair {
      var pair = SamplePair(version)
      pair.standby.startFiles.postmasterPIDPresent = true
      pair.standby.startFiles.postmasterAlive = true
      return pair
    }
    var byHand = pair(.v16)
    #expect(byHand.orders?.verdict == .ready)
    byHand.commit(at: LSN(0x100_0900))
    #expect(byHand.orders?.verdict == .atRisk)
    #expect(byHand.orders?.exposure.missed?.transactions == 1)
    byHand.standby.startFiles.postmasterAlive = false
    #expect(byHand.orders?.verdict == .ready)
    // Synchronization moves no copy past its consumer.
    var synchronized = pair(.v17)
    synchronized.commit(at: LSN(0x100_0900))
    #expect(synchronized.orders?.verdict == .ready)
  }

  // MARK: WAL, snapshot, catalog rows

  @Test func missingWALIsARisk() throws {
    var pair = SamplePair()
    pair.standby.changeSlot("orders") { $0.restartLSN = LSN(0x0F0_0100) }
    #expect(pair.orders?.verdict == .atRisk)
    #expect(pair.orders?.findings.map(\.id).contains("A12") == true)
  }

  @Test func walThatIsThereButCannotBeReadIsUnknown() throws {
    var pair = SamplePair()
    pair.standby.stretches[0].from = LSN(0x100_0400)
    #expect(pair.orders?.verdict == .unknown)
  }

  @Test func aCleanUpThatIsStillToBeReplayedIsARisk() throws {
    var pair = SamplePair()
    let redo = LSN(0x100_0C00)
    pair.standby.control?.value.checkpoint.redo = redo
    func cleanup(_ database: UInt32, _ lsn: UInt64, _ horizon: UInt32) -> CatalogCleanup {
      CatalogCleanup(
        database: OID(database), first: LSN(lsn), last: LSN(lsn), horizon: TransactionID(horizon), count: 1)
    }
    // Another database, an older horizon, and one before what the copy needs.
    pair.standby.stretches[0].activity.catalogCleanups = [
      cleanup(5, 0x100_0080, 790), cleanup(6, 0x100_0D00, 790), cleanup(5, 0x100_0D00, 759),
    ]
    #expect(pair.orders?.verdict == .ready)
    // One that was replayed, and spared the copy: its file was put there later.
    pair.standby.stretches[0].activity.catalogCleanups.append(cleanup(5, 0x100_0B00, 760))
    #expect(pair.orders?.verdict == .atRisk)
    pair.standby.stretches[0].activity.catalogCleanups.removeLast()
    pair.standby.stretches[0].activity.catalogCleanups.append(cleanup(0, 0x100_0D80, 760))
    #expect(pair.orders?.verdict == .atRisk)
  }

  @Test func aStateFileOlderThanACleanUpIsARiskAfterThePromotionToo() {
    var pair = SamplePair()
    pair.standby.promote(at: SamplePair.end)
    #expect(pair.orders?.findings.map(\.id).contains("N5") == true)
    #expect(pair.orders?.findings.map(\.id).contains("A10") == false)
    pair.standby.stretches[0].activity.catalogCleanups = [
      CatalogCleanup(
        database: OID(5), first: LSN(0x100_0B00), last: LSN(0x100_0B00), horizon: TransactionID(760), count: 1)
    ]
    #expect(pair.orders?.findings.map(\.id).contains("A10") == true)
    #expect(pair.orders?.verdict == .atRisk)
    // Before 16 no server says so.
    pair = SamplePair(.v15)
    pair.standby.promote(at: SamplePair.end)
    #expect(pair.orders?.verdict == .atRisk)
    #expect(pair.orders?.findings.map(\.id).contains("L11") == true)
  }

  // MARK: Identity

  @Test func nodesThatCannotBeComparedGiveNoVerdict() throws {
    var other = SamplePair()
    other.standby.control?.value.systemIdentifier = 8
    #expect(other.assess().verdict == .unknown)
    #expect(other.assess().findings.map(\.id) == ["A01"])

    var version = SamplePair()
    version.standby.version = .v18
    #expect(version.assess().verdict == .unknown)

    var unsigned = SamplePair()
    unsigned.standby.startFiles.standbySignal = false
    #expect(unsigned.assess().findings.map(\.id) == ["A03"])
  }

  @Test func walThatEndsBeforeWhatWasReachedGivesNoVerdict() throws {
    var pair = SamplePair()
    pair.standby.setEnd(LSN(0x100_0F88))
    #expect(pair.assess().verdict == .unknown)
  }

  /// A running standby writes its catalogs later than it replays.
  @Test func aDatabaseThatIsReplayedIsThere() {
    func verdict(_ operations: DatabaseBody.Operation...) -> Verdict? {
      var pair = SamplePair()
      pair.standby.databases = [DatabaseRow(oid: OID(6), name: "other")]
      pair.standby.stretches[0].activity.databaseChanges = operations.enumerated().map { index, operation in
        DatabaseChange(
          lsn: LSN(SamplePair.restart.rawValue + 0x38 + UInt64(index)), database: SamplePair.database,
          operation: operation)
      }
      return pair.orders?.verdict
    }
    #expect(verdict() == .atRisk && verdict(.create) == .ready && verdict(.create, .drop) == .atRisk)
  }
}
