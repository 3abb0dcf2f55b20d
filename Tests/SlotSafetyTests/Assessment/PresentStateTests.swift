import Evidence
@testable import PostgresFormat
import SlotSafety
import Testing

/// The sources are the nodes as they are now: whatever in them shows otherwise is seen.
@Suite struct PresentStateTests {
  /// The primary has a commit that the standby has, too, and a later one that it lacks; the subscriber stopped between them.
  private func verdict(
    _ assumed: Set<Premise> = [], captured: Bool = false, change: (inout SamplePair) -> Void = { _ in }
  )
    throws -> SlotAssessment
  {
    var pair = SamplePair.withPrimaryAhead()
    pair.commit(at: LSN(0x100_0900))
    pair.commit(at: LSN(0x100_1800))
    pair.subscribers = [SamplePair.subscriber(at: LSN(0x100_0930))]
    pair.assumed = assumed
    change(&pair)
    var audit = pair.audit
    if captured { audit.captured = Set(pair.subscribers.map(\.origin.source)) }
    return try #require(audit.assess(pair.standby).slots.first { $0.slotName == "orders" })
  }

  @Test func aSubscriberThatWasCapturedEarlierIsTheLastByWordAlone() throws {
    #expect(try verdict().verdict == .ready)
    let open = try verdict(captured: true)
    #expect(open.verdict == .atRisk)
    #expect(open.readyIf.map(\.premise) == [.consumerStopped])
    #expect(open.firstStep?.contains("--assume consumer-stopped") == true)
    let given = try verdict([.consumerStopped], captured: true)
    #expect(given.verdict == .ready)
    #expect(given.premises.map(\.state) == [.given])
    // Nobody asks where the standby has everything.
    var pair = SamplePair()
    pair.subscribers = [SamplePair.subscriber(at: SamplePair.confirmed)]
    var audit = pair.audit
    audit.captured = ["/subscriber"]
    #expect(audit.assess(pair.standby).verdict == .ready)
  }

  @Test func aDisabledSubscriptionMayBeReplacedByAnother() throws {
    func disabled(_ pair: inout SamplePair) { pair.subscribers[0].subscriptions[0].enabled = false }
    #expect(try verdict(change: disabled).verdict == .atRisk)
    #expect(try verdict([.consumerStopped], change: disabled).verdict == .ready)
  }

  /// The primary's files are older than what somebody else has.
  @Test func whoeverHasMoreThanThePrimaryShowsThatItIsOlder() throws {
    var pair = SamplePair()
    #expect(pair.orders?.verdict == .ready)
    pair.subscribers = [SamplePair.subscriber(at: SamplePair.further)]
    #expect(pair.orders?.verdict == .atRisk)
    pair.subscribers = [SamplePair.subscriber(at: SamplePair.further, connection: "host=p dbname=other")]
    pair.primary.databases.append(DatabaseRow(oid: OID(6), name: "other"))
    #expect(pair.orders?.verdict == .ready, "another slot's")
    pair = SamplePair()
    pair.storedPositions = [StoredPosition(slotName: "orders", source: "--consumer", lsn: SamplePair.further)]
    #expect(pair.orders?.verdict == .atRisk)
    pair = SamplePair()
    var other = pair.standby
    other.origin.source = "/other"
    other.setEnd(SamplePair.further)
    pair.others = [other]
    #expect(pair.orders?.verdict == .atRisk)
    pair.others[0].setEnd(SamplePair.end)
    #expect(pair.orders?.verdict == .ready)
  }

  /// The standby has confirmed more than it has: these are older files of it.
  @Test func aStandbyHasWhatItConfirmed() throws {
    func moved(_ pair: inout SamplePair) { pair.primary.changeSlot("s1") { $0.restartLSN = LSN(0x100_1900) } }
    let orders = try verdict(change: moved)
    #expect(orders.verdict == .atRisk && orders.findings.isEmpty == false)
    #expect(try verdict { $0.primary.changeSlot("s1") { $0.restartLSN = SamplePair.end } }.verdict == .ready)
    var pair = SamplePair.withPrimaryAhead()
    moved(&pair)
    #expect(pair.assess().findings.contains { $0.rule == .a13Confirmed })
    // It streams from another server, and the slot is somebody else's.
    pair.standby.set("primary_conninfo", "host=p port=5433 dbname=shop")
    #expect(!pair.assess().findings.contains { $0.rule == .a13Confirmed })
  }

  /// A primary that runs is asked before its standbys: what its slot shows as confirmed they have by then, if it is theirs. A clean stop
  /// would wait for whoever holds it.
  @Test(arguments: [FailoverEvent.crash, .switchover])
  func theHolderOfTheSlotIsThisStandby(event: FailoverEvent) {
    func confirmed(_ change: (inout Audit) -> Void = { _ in }) -> Bool {
      var pair = SamplePair()
      pair.primary.ask(.primary)
      pair.primary.changeSlot("s1") { $0.restartLSN = LSN(0x100_1900) }
      var audit = pair.audit
      audit.event = event
      change(&audit)
      let answer = audit.assess(pair.standby, event: event)
      return !answer.findings.contains { $0.rule == .a13Confirmed }
    }
    #expect(!confirmed())
    #expect(confirmed { $0.primary?.changeSlot("s1") { $0.restartLSN = SamplePair.end } })
    // Which of them is the older one?
    #expect(
      confirmed {
        $0.primaryIsPresent = false
        $0.captured = ["/standby"]
      })
    // A capture from before the standby was built anew, or of a primary that the standby has outrun.
    #expect(!confirmed { $0.captured = ["/standby"] })
    #expect(!confirmed { $0.primaryIsPresent = false })
  }

  /// In a container nobody can see whether a server runs on the primary's files; the operator's word counts.
  @Test func whetherThePrimaryRunsMayBeSaid() throws {
    var pair = SamplePair()
    pair.primary.startFiles.postmasterPIDPresent = true
    pair.primary.startFiles.postmasterAlive = nil
    #expect(pair.orders?.verdict == .atRisk)
    #expect(pair.orders?.readyIf.map(\.premise) == [.primaryDown])
    #expect(pair.orders?.reason == "ready only if no server runs on the primary's files")
    pair.assumed = [.primaryDown]
    let orders = try #require(pair.orders)
    #expect(orders.verdict == .ready)
    #expect(orders.premises.contains { $0.premise == .primaryDown && $0.state == .given })
    pair.primary.startFiles.postmasterAlive = true
    #expect(pair.orders?.verdict != .ready)
  }
}
