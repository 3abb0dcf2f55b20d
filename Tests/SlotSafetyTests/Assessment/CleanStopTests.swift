import Evidence
import Testing

@testable import PostgresFormat
@testable import SlotSafety

/// A primary that ran when its evidence was taken, and a standby whose WAL ends with its shutdown checkpoint.
@Suite struct CleanStopTests {
  private static let stoppedAt = Timestamp(unixSeconds: 200)
  private static let batchEnd = OID(24576)

  /// The primary's slot is none for failover, so that nothing but the clean stop bounds its consumer.
  private func pair(_ version: ServerVersion = .v16, nextOID: OID = OID(20000)) -> SamplePair {
    var pair = SamplePair(version)
    let earlier = SamplePair.beforeConfirmed
    pair.primary.control?.value.state = .inProduction
    pair.primary.control?.value.checkpointLSN = earlier
    pair.primary.control?.value.checkpoint.redo = earlier
    pair.primary.startFiles.postmasterPIDPresent = true
    pair.primary.startFiles.postmasterAlive = true
    pair.primary.startFiles.postmasterPID = PostmasterPID(pid: 1, startTime: Timestamp(unixSeconds: 50))
    pair.primary.origin.gatheredAt = Timestamp(unixSeconds: 100)
    pair.primary.setEnd(LSN(0x100_0900))
    // Of a server no WAL is read.
    pair.primary.stretches = []
    pair.standby.control?.value.checkpointLSN = earlier
    pair.standby.control?.value.checkpoint.redo = earlier
    pair.standby.stretches[0].activity.checkpoints = [
      Self.checkpoint(earlier, isShutdown: false, at: 90),
      Self.checkpoint(SamplePair.lastRecord, isShutdown: true, at: 200),
    ]
    pair.standby.stretches[0].activity.oidCounters = [
      OIDCounterEvent(lsn: earlier, nextOID: Self.batchEnd),
      OIDCounterEvent(lsn: SamplePair.lastRecord, nextOID: nextOID),
    ]
    // Its consumer went on after the evidence was taken.
    pair.standby.commit(at: LSN(0x100_0A00))
    return pair
  }

  private static func checkpoint(_ lsn: LSN, isShutdown: Bool, at seconds: Int64) -> CheckpointEvent {
    CheckpointEvent(
      lsn: lsn, redo: lsn, isShutdown: isShutdown, timeline: TimelineID(1), time: Timestamp(unixSeconds: seconds),
      nextXID: FullTransactionID(rawValue: 770), walLevel: nil, logicalDecodingEnabled: nil)
  }

  private func assess(_ pair: SamplePair, _ assumed: Set<Premise> = [.primaryDown]) -> Assessment {
    Audit(
      primary: pair.primary, standbys: [pair.standby] + pair.others, subscribers: pair.subscribers,
      promoteAt: pair.promoteAt, assumed: assumed
    ).assess(pair.standby)
  }

  private func orders(_ pair: SamplePair, _ assumed: Set<Premise> = [.primaryDown]) -> SlotAssessment? {
    assess(pair, assumed).slots.first { $0.slotName == "orders" }
  }

  @Test func itProvesThatTheStandbyHasAll() {
    let assessment = assess(pair())
    let orders = assessment.slots.first { $0.slotName == "orders" }
    #expect(orders?.verdict == .ready && orders?.consumer.atMost == SamplePair.end, "\(String(describing: orders))")
    #expect(assessment.primary?.isRunning == false)
    #expect(assessment.findings.contains { $0.message.contains("shutdown checkpoint at \(SamplePair.lastRecord)") })
  }

  /// Synchronization went on after the evidence was taken, which is not the slot's last state.
  @Test func aCopyThatIsNewerThanTheEvidenceIsSynchronized() {
    var pair = pair(.v17)
    pair.primary.set("synchronized_standby_slots", "")
    pair.standby.changeSlot("orders") { $0.restartLSN = LSN(0x100_0980) }
    pair.standby.changeSlot("orders") { $0.confirmedFlush = LSN(0x100_0F00) }
    pair.standby.stretches[0].activity.runningTransactions.append(
      RunningTransactionsEvent(
        lsn: LSN(0x100_0980), end: LSN(0x100_09B8), nextXID: TransactionID(770), oldestRunningXID: TransactionID(770),
        runningCount: 0))
    #expect(orders(pair)?.verdict == .ready, "\(String(describing: orders(pair)))")
    #expect(orders(pair, [])?.verdict == .atRisk)
  }

  @Test func withoutThePremiseItIsOpen() {
    let orders = orders(pair(), [])
    #expect(orders?.verdict == .atRisk && orders?.consumer.atMost == nil)
    #expect(orders?.findings.contains { $0.remedy?.contains("--assume primary-down") == true } == true)
  }

  /// The counter is at the end of its batch: so is that of a start after a crash.
  @Test(arguments: [OID(24576), OID(24577), OID(16383), OID(16384 - 8192)])
  func aStartAfterACrashIsNoStop(nextOID: OID) {
    let orders = orders(pair(nextOID: nextOID))
    #expect(orders?.verdict == .atRisk && orders?.consumer.atMost == nil)
    #expect(orders?.findings.contains { $0.message.contains("a start after a crash") } == true)
  }

  /// A batch that was reserved after the last checkpoint, and one before it.
  @Test func theBatchIsThatOfTheLastReservation() {
    var stopped = pair(nextOID: OID(30000))
    stopped.standby.stretches[0].activity.oidCounters?.insert(
      OIDCounterEvent(lsn: LSN(0x100_0C00), nextOID: OID(32768)), at: 1)
    #expect(orders(stopped)?.verdict == .ready)
    stopped.standby.stretches[0].activity.oidCounters?[2].nextOID = OID(32768)
    #expect(orders(stopped)?.verdict == .atRisk)
  }

  /// A checkpoint's time is in whole seconds: the start may be before or after it, which the server's own position tells.
  @Test func withinASecondPositionsTellWhatCameFirst() {
    var pair = pair()
    pair.primary.startFiles.postmasterPID?.startTime = Timestamp(
      unixMicroseconds: Self.stoppedAt.unixMicroseconds + 500_000)
    #expect(orders(pair)?.verdict == .ready, "\(String(describing: orders(pair)))")
    var silent = pair
    silent.primary.wal.end = nil
    #expect(orders(silent)?.verdict != .ready)
    pair.primary.startFiles.postmasterPID?.startTime = Timestamp(
      unixMicroseconds: Self.stoppedAt.unixMicroseconds + 1_000_000)
    #expect(orders(pair)?.verdict == .atRisk)
  }

  @Test func whatWasNotReadProvesNothing() {
    var unread = pair()
    unread.standby.stretches[0].activity.oidCounters = nil
    #expect(orders(unread)?.verdict == .atRisk)
    unread = pair()
    unread.standby.stretches[0].activity.checkpoints.removeFirst()
    #expect(orders(unread)?.verdict == .atRisk)
    unread = pair()
    unread.standby.wal.end?.validAgainFrom = SamplePair.further
    #expect(orders(unread)?.verdict == .atRisk)
  }

  /// The directory of the primary itself, made a standby after its clean stop.
  @Test func itsOwnControlFileTellsAStop() {
    var own = pair(nextOID: Self.batchEnd)
    own.standby.control?.value.state = .shutDown
    own.standby.control?.value.checkpointLSN = SamplePair.lastRecord
    own.standby.control?.value.checkpoint.redo = SamplePair.lastRecord
    #expect(orders(own)?.consumer.atMost == SamplePair.end)
  }

  @Test func anotherLastRecordIsNoStop() {
    var pair = pair()
    pair.standby.wal.end?.lastRecord = LSN(0x100_0FB8)
    #expect(orders(pair)?.verdict == .atRisk)
    pair = self.pair()
    pair.standby.stretches[0].activity.checkpoints[1].isShutdown = false
    #expect(orders(pair)?.verdict == .atRisk)
    // Promoted before its end.
    pair = self.pair()
    pair.promoteAt = LSN(0x100_0900)
    #expect(orders(pair)?.verdict == .atRisk)
  }

  @Test func whatShowsALaterStartStandsAgainstIt() {
    func verdict(_ change: (inout SamplePair) -> Void) -> Verdict? {
      var pair = pair()
      change(&pair)
      return orders(pair)?.verdict
    }
    #expect(verdict { _ in } == .ready)
    #expect(verdict { $0.primary.startFiles.postmasterPID?.startTime = Timestamp(unixSeconds: 201) } == .atRisk)
    #expect(verdict { $0.primary.origin.gatheredAt = Timestamp(unixSeconds: 201) } == .atRisk)
    #expect(verdict { $0.primary.origin.gatheredAt = nil } == .atRisk)
    #expect(verdict { $0.primary.control?.value.checkpointLSN = SamplePair.lastRecord } == .atRisk)
    #expect(verdict { $0.primary.wal.end?.lsn = SamplePair.further } == .atRisk)
    #expect(verdict { $0.primary.changeSlot("orders") { $0.confirmedFlush = SamplePair.further } } != .ready)
    #expect(verdict { $0.subscribers = [SamplePair.subscriber(at: SamplePair.further)] } == .atRisk)
    #expect(
      verdict {
        var other = $0.standby
        other.origin.source = "/other"
        other.setEnd(SamplePair.further)
        $0.others = [other]
      } == .atRisk)
  }

  /// Evidence of an earlier timeline says nothing of the primary that was stopped.
  @Test func ofAnotherTimelineItIsNoStop() {
    var pair = pair()
    pair.standby.stretches[0].activity.checkpoints[1].timeline = TimelineID(2)
    #expect(orders(pair)?.verdict == .atRisk)
  }

  /// A primary that crashed is down, too, and nothing more is proven by that.
  @Test func thePremiseAloneProvesNothing() {
    var pair = pair()
    pair.standby.stretches[0].activity.checkpoints.removeLast()
    let orders = orders(pair)
    #expect(orders?.verdict == .atRisk && orders?.reason == "how far its consumer got is open")
  }

  /// The former primary itself, with its own slot, whose consumer had gone on: stopped in whatever way.
  @Test func theNodeItselfHasAll() {
    let place = Origin.Place(machine: "n1", directory: "/data")
    var own = pair(.v17, nextOID: Self.batchEnd)
    own.primary.set("synchronized_standby_slots", "")
    own.primary.origin.place = place
    own.standby.origin.place = place
    own.standby.changeSlot("orders") { ($0.synced, $0.confirmedFlush) = (false, LSN(0x100_0F00)) }
    #expect(orders(own)?.verdict == .ready, "\(String(describing: orders(own)))")
    #expect(orders(own)?.reason.contains("its own") == true && orders(own, [])?.verdict == .atRisk)
    func verdict(_ change: (inout SamplePair) -> Void) -> Verdict? {
      var pair = own
      change(&pair)
      return orders(pair)?.verdict
    }
    #expect(verdict { $0.standby.origin.place?.machine = "n2" } == .atRisk)
    #expect(verdict { $0.standby.origin.place?.directory = "/data2" } == .atRisk)
    #expect(verdict { $0.standby.origin.place = nil } == .atRisk)
    #expect(verdict { ($0.standby.origin.place, $0.primary.origin.place) = (nil, nil) } == .atRisk)
    #expect(verdict { $0.standby.changeSlot("orders") { $0.synced = true } } != .ready)
    // It was promoted itself: its slot was a copy once.
    #expect(
      verdict { pair in
        pair.primary.changeSlot("orders") { $0.synced = true }
        pair.standby.changeSlot("orders") { $0.synced = true }
      } == .ready)
    #expect(verdict { $0.standby.changeSlot("orders") { $0.plugin = "wal2json" } } != .ready)
    #expect(verdict { $0.standby.slots = [] } != .ready)
    #expect(verdict { $0.standby.wal.end?.validAgainFrom = SamplePair.further } == .atRisk)
    #expect(verdict { $0.primary.wal.end?.lsn = SamplePair.further } == .atRisk)
    #expect(verdict { $0.primary.changeSlot("orders") { $0.confirmedFlush = SamplePair.further } } != .ready)
    #expect(verdict { $0.primary.set("fsync", "off") } == .atRisk)
  }

  /// What a primary that is down would have sent the standby in a switchover does not come any more.
  @Test func aPrimaryThatIsDownIsNotSwitchedOver() {
    var pair = pair()
    pair.standby.stretches[0].activity.checkpoints.removeLast()
    func answer(_ assumed: Set<Premise>) -> Assessment? {
      Audit(primary: pair.primary, standbys: [pair.standby], assumed: assumed).assessments().first
    }
    #expect(answer([.primaryDown])?.event == .crash && answer([.primaryDown])?.verdict == .atRisk)
    #expect(answer([])?.event == .switchover)
  }

  /// What an HA manager clears while there is no primary is not a finding then.
  @Test func aClearedConnectionIsNoFinding() {
    var pair = pair()
    pair.standby.set("primary_slot_name", "")
    pair.standby.set("primary_conninfo", "")
    #expect(!assess(pair).findings.contains { ["A14", "A15", "A18"].contains($0.id) })
    #expect(assess(pair, []).findings.contains { $0.id == "A15" })
  }
}
