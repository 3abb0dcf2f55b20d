import Evidence
import PostgresFormat
import Testing

@testable import SlotSafety

/// Verdicts on what running servers say: exact when it was asked, and open from then on.
@Suite struct RunningServersTests {
  /// The same pair with its primary asked while it runs: no WAL of it was read.
  private func pairWithLivePrimary(_ version: ServerVersion = .v17) -> SamplePair {
    var pair = SamplePair(version)
    pair.primary.ask(.primary)
    return pair
  }

  @Test func withoutWALOfThePrimaryNothingIsEmpty() {
    var pair = pairWithLivePrimary(.v16)
    // Its copy starts after what the consumer had confirmed: nobody can say that nothing lies between.
    pair.standby.changeSlot("orders") { $0.confirmedFlush = SamplePair.end }
    pair.standby.stretches = []
    let orders = pair.orders
    #expect(orders?.verdict != .ready && orders?.verdict != .fixable)
    #expect(orders?.exposure.missed?.isComplete == false)
  }

  @Test(arguments: [ServerVersion.v13, .v16, .v17, .v19]) func aConsumerThatIsNotHeldBackMayGoOn(version: ServerVersion)
  {
    var pair = pairWithLivePrimary(version)
    if version >= .v17 { pair.primary.set("synchronized_standby_slots", "") }
    #expect([.atRisk, .unknown].contains(pair.orders?.verdict))
    #expect(pair.orders?.consumer.atMost == nil)
    let assessment = pair.assess()
    #expect(assessment.primary?.isRunning == true && assessment.verdict != .ready)
  }

  @Test func aConsumerThatIsHeldBackGoesOn() {
    var pair = pairWithLivePrimary()
    pair.standby.commit(at: SamplePair.beforeConfirmed)
    pair.standby.commit(at: LSN(0x100_0900))
    #expect(pair.orders?.verdict == .ready)
    #expect(
      pair.orders?.primary?.confirmedFlush
        == Position(
          atLeast: SamplePair.confirmed, atMost: nil, basis: "the server's memory when it was asked"))
  }

  /// That its connection leads to the primary only times tell, of two clocks that may differ by minutes.
  @Test func timesOfTwoClocksAreNoProof() {
    func verdict(_ seconds: Int64, _ assumed: Set<Premise> = []) -> Verdict? {
      var pair = pairWithLivePrimary()
      pair.standby.commit(at: SamplePair.beforeConfirmed)
      pair.standby.commit(at: LSN(0x100_0900))
      pair.standby.settings.files?[0].modifiedAt = Timestamp(unixSeconds: seconds)
      pair.assumed = assumed
      return pair.orders?.verdict
    }
    #expect(verdict(-3600) == .ready)
    #expect(verdict(-3599) == .atRisk)
    #expect(verdict(-3599, [.standbySlotsHeld]) == .ready)
  }

  @Test func aSettingThatWasReadAfterwardsHeldNobodyBack() {
    var pair = pairWithLivePrimary()
    pair.standby.commit(at: LSN(0x100_0900))
    pair.primary.settings.files?[0].modifiedAt = Timestamp(unixSeconds: 1)
    #expect(pair.orders?.verdict == .atRisk)
  }

  @Test func settingsThatAreHiddenHoldNobodyBack() {
    var pair = pairWithLivePrimary()
    pair.primary.settings.hidden = ["synchronized_standby_slots"]
    #expect(pair.orders?.verdict == .atRisk)
  }

  @Test func placesAreThoseOfTheServer() {
    let pair = pairWithLivePrimary()
    let facts = pair.assess().findings.flatMap(\.facts).filter { $0.node == "primary" }
    #expect(facts.allSatisfy { !$0.path.hasPrefix("pg_replslot/") })
  }

  /// The primary still runs and holds its consumers back; what it removes next is in no WAL yet.
  @Test func rowsThatNobodyKeepsOnARunningPrimaryAreARisk() throws {
    func pair(_ change: (inout SamplePair) -> Void) -> SlotAssessment? {
      var pair = pairWithLivePrimary()
      pair.standby.commit(at: SamplePair.beforeConfirmed)
      pair.standby.commit(at: LSN(0x100_0900))
      change(&pair)
      return pair.orders
    }
    func moved(_ pair: inout SamplePair) { pair.primary.changeSlot("orders") { $0.catalogXmin = TransactionID(770) } }
    #expect(pair(moved)?.verdict == .ready, "the standby's slot holds them")
    #expect(pair { $0.primary.changeSlot("s1") { $0.catalogXmin = .none } }?.verdict == .ready, "its own slot does")
    for horizon in [TransactionID.none, TransactionID(761)] {
      let held = pair {
        moved(&$0)
        $0.primary.changeSlot("s1") { $0.catalogXmin = horizon }
      }
      #expect(held?.verdict == .waiting && held?.findings.contains { $0.id == "A16" } == true)
    }
    let never = pair {
      moved(&$0)
      $0.primary.changeSlot("s1") { $0.catalogXmin = .none }
      $0.standby.set("hot_standby_feedback", "off")
    }
    #expect(never?.verdict == .atRisk)
  }

  // MARK: Two running servers

  /// Both asked, everything set and in force for a minute, the standby streams and synchronizes.
  private func pairOfServers(_ version: ServerVersion = .v17) -> SamplePair {
    var pair = pairWithLivePrimary(version)
    pair.standby.ask(.standby)
    let asked = Timestamp(unixSeconds: 60)
    pair.primary.server?.askedAt = asked
    pair.primary.server?.positions.flush = SamplePair.end
    pair.primary.changeActivity("s1") { ($0.isActive, $0.activePID) = (true, 7) }
    var sender = WALSenderStatus()
    (sender.pid, sender.state) = (7, "streaming")
    pair.primary.server?.senders = [sender]
    pair.standby.server?.askedAt = asked
    var receiver = WALReceiverStatus()
    (receiver.status, receiver.slotName) = ("streaming", "s1")
    pair.standby.server?.receiver = receiver
    pair.standby.server?.slotSync = SlotSyncWorker(pid: 1, startedAt: nil, waitsForNextRound: true)
    return pair
  }

  @Test(arguments: [ServerVersion.v17, .v18, .v19])
  func twoServersProveTheBarrierBetweenThem(version: ServerVersion) {
    #expect(pairOfServers(version).crash == .ready)
    // The primary has gone on since; what it did it did under the setting that it had shown.
    var pair = pairOfServers(version)
    pair.standby.setEnd(SamplePair.end.advanced(by: 0x100))
    pair.standby.stretches = []
    pair.standby.server?.positions.replay = SamplePair.end.advanced(by: 0x100)
    #expect(pair.crash == .ready)
  }

  @Test func whatStandsAgainstTheBarrierIsSaid() {
    func objection(_ change: (inout SamplePair) -> Void) -> String? {
      var pair = pairOfServers()
      change(&pair)
      guard pair.crash == .atRisk else { return nil }
      let findings = pair.crashFindings
      for finding in findings { #expect(finding.remedy?.contains("Set synchronized_standby_slots") != true) }
      let said = findings.first { $0.id == "A14" && $0.message.contains("does not prove") }
      #expect(said?.slotName == nil && (said?.severity ?? .warning) == .warning, "short answers show it")
      return said?.message
    }
    #expect(objection { _ in } == nil)
    let behind = objection { $0.primary.server?.positions.flush = LSN(SamplePair.end.rawValue + 8) }
    #expect(behind?.contains("not yet received what the primary had flushed") == true)
    let young = objection { $0.primary.settings.files?[0].modifiedAt = Timestamp(unixSeconds: 55) }
    #expect(young != nil)
    for change: (inout SamplePair) -> Void in [
      { $0.standby.server?.slotSync = nil }, { $0.standby.server?.slotSync?.waitsForNextRound = false },
      { $0.standby.server?.receiver?.status = "waiting" }, { $0.standby.server?.receiver = nil },
      { $0.primary.changeActivity("s1") { $0.isActive = false } },
    ] {
      #expect(objection(change)?.contains("no synchronized slot shows that it leads to the primary") == true)
    }
    #expect(
      objection { $0.standby.set("primary_conninfo", "host=p port=5433 dbname=shop") }?.contains("another port") == true
    )
    #expect(objection { $0.primary.changeSlot("s1") { $0.restartLSN = LSN(SamplePair.end.rawValue + 8) } } != nil)
  }

  /// A slot that rested is read again: until the next round its copy looks like that of an earlier slot.
  @Test func synchronizationSettlesWhatMayBeTheCopyOfAnEarlierSlot() {
    var pair = pairOfServers()
    pair.standby.changeSlot("orders") { $0.confirmedFlush = LSN(0x100_0200) }
    pair.primary.changeSlot("orders") { $0.restartLSN = LSN(0x100_0400) }
    #expect(events(pair) == "switchover waiting waiting waiting")
    let finding = pair.crashFindings.first { $0.id == "A08" }
    #expect(finding?.remedy == "Wait for the next synchronization." && finding?.severity == .warning)
    pair.standby.server?.positions.replayIsPaused = true
    #expect(switchover(pair) == "at_risk", "it does not come to it")
    pair.standby.server?.positions.replayIsPaused = false
    pair.standby.set("sync_replication_slots", "off")
    #expect(switchover(pair) == "at_risk")
  }

  // MARK: Two events

  /// What decides and the verdict by it on the slot `orders`, then the verdicts for the crash and the switchover.
  private func events(_ pair: SamplePair, asked event: FailoverEvent? = nil, isPresent: Bool = true) -> String {
    let audit = Audit(
      primary: pair.primary, standbys: [pair.standby], event: event, primaryIsPresent: isPresent)
    let answer = audit.assessments().first
    let orders = answer?.slots.first { $0.slotName == "orders" }
    let words = [
      answer?.event.rawValue, orders?.verdict.rawValue, orders?.verdict(.crash)?.rawValue,
      orders?.verdict(.switchover)?.rawValue,
    ]
    return words.map { $0 ?? "none" }.joined(separator: " ")
  }

  private func switchover(_ pair: SamplePair) -> String? { events(pair).split(separator: " ").last.map(String.init) }

  @Test func inHealthBothEventsAreReadyAndEachHasAConditionOfItsOwn() {
    #expect(events(pairOfServers()) == "switchover ready ready ready")
    var free = pairOfServers()
    free.primary.set("synchronized_standby_slots", "")
    #expect(events(free) == "switchover ready at_risk ready")
    #expect(events(free, asked: .crash) == "crash at_risk at_risk ready")
    // Evidence of earlier does not show that the primary is still there to be stopped.
    #expect(events(free, isPresent: false) == "crash at_risk at_risk ready")
    free.standby.server?.receiver = nil
    #expect(events(free, isPresent: false) == "crash at_risk at_risk none")
    for version in [ServerVersion.v16, .v18, .v19] {
      #expect(switchover(pairOfServers(version)) == "ready")
    }
  }

  @Test func aCleanStopDoesNotWaitForAStandbyThatDoesNotStream() {
    func broken(_ change: (inout SamplePair) -> Void) -> Verdict? {
      var pair = pairOfServers()
      change(&pair)
      return switchover(pair).flatMap { Verdict(rawValue: $0) }
    }
    #expect(broken { $0.standby.server?.receiver = nil } == .atRisk)
    #expect(broken { $0.standby.server?.receiver?.status = "waiting" } == .atRisk)
    #expect(broken { $0.primary.server?.senders = [] } == .atRisk)
    #expect(broken { $0.primary.server?.senders[0].state = "catchup" } == .waiting)
    #expect(broken { $0.primary.server?.senders[0].state = "stopping" } == .atRisk)
    #expect(broken { $0.standby.set("primary_conninfo", "host=p port=5433 dbname=shop") } == .atRisk)
    // It streams from a standby of the primary, which has the slot.
    #expect(broken { $0.standby.set("primary_slot_name", "s2") } == .atRisk)
    #expect(broken { $0.standby.set("primary_slot_name", "") } == .atRisk, "all who stream use slots")
    #expect(
      broken { pair in
        pair.standby.set("primary_slot_name", "")
        var other = WALSenderStatus()
        (other.pid, other.state) = (8, "streaming")
        pair.primary.server?.senders.append(other)
      } != .atRisk)
    // What one of the two does not show the other does.
    #expect(broken { $0.primary.server?.asked.seesAllStatistics = false } == .ready)
    #expect(
      broken {
        $0.primary.server?.asked.seesAllStatistics = false
        $0.standby.server?.asked.seesAllStatistics = false
      } == .atRisk)
    // Everything else is asked as for a crash.
    #expect(broken { $0.standby.changeSlot("orders") { $0.persistency = .temporary } } == .waiting)
    #expect(broken { $0.standby.slots[0].activity?.walStatus = "unreserved" } == .atRisk)
    #expect(broken { $0.standby.set("max_slot_wal_keep_size", "1MB") } != nil)
  }

  /// The primary must not end its stop before the standby has everything.
  @Test func aStopThatEndsByItselfMayNotDeliver() {
    func verdict(_ version: ServerVersion, _ name: String, _ value: String) -> String? {
      var pair = pairOfServers(version)
      pair.primary.set(name, value)
      return switchover(pair)
    }
    #expect(verdict(.v17, "wal_sender_timeout", "2s") == "at_risk")
    for value in ["0", "10s", "1min"] { #expect(verdict(.v17, "wal_sender_timeout", value) == "ready") }
    #expect(verdict(.v19, "wal_sender_shutdown_timeout", "1min") == "at_risk")
    #expect(verdict(.v19, "wal_sender_shutdown_timeout", "-1") == "ready")
    #expect(verdict(.v18, "wal_sender_shutdown_timeout", "1min") == "ready", "not there")
  }

  /// SQL functions read from a slot from which nobody streams: what it is sent again such a reader takes for new.
  @Test func aSlotFromWhichNobodyStreamsMayBeReadBySQL() {
    func orders(_ isActive: Bool?, _ change: (inout SamplePair) -> Void = { _ in }) -> SlotAssessment? {
      var pair = pairOfServers()
      pair.standby.stretches = SamplePair().standby.stretches
      pair.standby.commit(at: LSN(0x100_0700))
      pair.standby.changeSlot("orders") { $0.confirmedFlush = LSN(0x100_0600) }
      pair.primary.changeActivity("orders") { $0.isActive = isActive }
      change(&pair)
      return pair.orders
    }
    #expect(orders(true)?.verdict == .ready)
    #expect(orders(nil)?.verdict == .ready)
    #expect(orders(false)?.verdict == .waiting, "the next round of synchronization")
    #expect(orders(false) { $0.standby.set("sync_replication_slots", "off") }?.verdict == .atRisk)
    let given = orders(false) { $0.assumed = [.consumerKeepsPosition] }
    #expect(given?.verdict == .ready)
    #expect(given?.premises.contains { $0.premise == .consumerKeepsPosition && $0.state == .given } == true)
    // It has all that it was sent.
    #expect(
      orders(false) { $0.standby.changeSlot("orders") { $0.confirmedFlush = LSN(0x100_0780) } }?.verdict == .ready)
    #expect(orders(false) { $0.subscribers = [SamplePair.subscriber(at: SamplePair.confirmed)] }?.verdict == .ready)
  }

  /// Where the standby streams from is told from where its settings lead to.
  @Test func nobodyIsSaidToStreamWhereNothingStreams() {
    func headline(_ change: (inout SamplePair) -> Void) -> String? {
      var pair = pairOfServers()
      change(&pair)
      let answer = Audit(primary: pair.primary, standbys: [pair.standby]).assessments().first
      let orders = answer?.slots.first { $0.slotName == "orders" }
      return orders.flatMap { $0.verdict == .atRisk ? $0.reason : nil }
    }
    let elsewhere = "host=p port=5433 dbname=shop"
    #expect(headline { $0.standby.set("primary_conninfo", elsewhere) } == "the standby streams from another server")
    let idle = headline {
      $0.standby.set("primary_conninfo", elsewhere)
      $0.standby.server?.receiver = nil
    }
    #expect(idle == "the standby streams from nobody, and its primary_conninfo leads to another server")
    let hidden = headline {
      $0.standby.set("primary_conninfo", elsewhere)
      $0.standby.server?.asked.seesAllStatistics = false
    }
    #expect(hidden == "the standby's primary_conninfo leads to another server")
    let unset = headline {
      $0.standby.set("primary_conninfo", "")
      $0.standby.server?.receiver = nil
      $0.primary.server?.senders = []
    }
    #expect(unset?.hasPrefix("the standby has no primary_conninfo: it streams from nobody") == true)
  }

  @Test func aPrimaryThatIsDownLeavesOneEvent() {
    #expect(events(SamplePair()) == "switchover ready none ready")
    #expect(events(SamplePair(), asked: .crash).hasPrefix("switchover "))
    var killed = SamplePair.withPrimaryAhead()
    killed.commit(at: LSN(0x100_1800))
    #expect(events(killed) == "crash at_risk at_risk none")
    #expect(events(killed, asked: .switchover) == "crash at_risk at_risk none")
    // Files alone do not tell whether the standby streams.
    var running = SamplePair.withPrimaryAhead()
    running.primary.startFiles.postmasterPIDPresent = true
    running.primary.startFiles.postmasterAlive = true
    #expect(switchover(running) == "at_risk")
  }
}

extension SamplePair {
  /// The verdict on the slot `orders` if the primary were gone now, and its findings.
  fileprivate var crash: Verdict? { orders?.verdict }
  fileprivate var crashFindings: [Finding] { orders?.findings ?? [] }
}

extension Evidence {
  fileprivate mutating func changeActivity(_ name: String, _ change: (inout SlotActivity) -> Void) {
    for index in slots.indices where slots[index].state?.name == name {
      var activity = slots[index].activity ?? SlotActivity()
      change(&activity)
      slots[index].activity = activity
    }
  }

  /// The same node as its running server would tell of it: positions, names of segments, no WAL.
  mutating func ask(_ role: Role) {
    var live = ServerEvidence(
      version: "17.11", role: role,
      asked: ServerEvidence.AskedAs(
        role: "monitor", isSuperuser: false, seesAllSettings: true, seesAllStatistics: true))
    live.timeline = currentTimeline
    live.positions.replay = role == .primary ? nil : wal.end?.lsn
    origin = Origin(kind: .server, source: "host=\(origin.source)")
    server = live
    startFiles = StartFiles()
    control?.value.state = role == .primary ? .inProduction : .inArchiveRecovery
    stretches = []
    let end = wal.end?.lsn ?? .none
    wal.end?.stop = WALStop(.notRead, at: end)
    wal.end?.lastRecord = nil
    for index in slots.indices {
      slots[index].path = "pg_replication_slots"
      slots[index].activity = SlotActivity()
      slots[index].activity?.walStatus = "reserved"
    }
  }
}
