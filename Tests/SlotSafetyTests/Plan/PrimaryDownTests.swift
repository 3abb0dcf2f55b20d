import Evidence
import PostgresFormat
import SlotSafety
import Testing

/// A primary that is down does nothing that a script could wait for, and an audit advises no script that would be refused.
@Suite struct PrimaryDownTests {
  /// A primary of 17 that was killed; the standby has what its consumer can have.
  static func killed(_ version: ServerVersion = .v17) -> SamplePair {
    var pair = SamplePair(version)
    pair.primary.control?.value.state = .inProduction
    pair.primary.control?.value.checkpointLSN = SamplePair.confirmed
    return pair
  }

  static func running(_ version: ServerVersion = .v17) -> SamplePair {
    var pair = killed(version)
    pair.primary.startFiles.postmasterPIDPresent = true
    pair.primary.startFiles.postmasterAlive = true
    return pair
  }

  static func plan(_ pair: SamplePair, _ request: PlanRequest = PlanRequest()) throws -> Plan {
    try makePlan(Audit(primary: pair.primary, standbys: [pair.standby], subscribers: pair.subscribers), request)
  }

  static func next(_ pair: SamplePair) -> NextStep {
    let audit = Audit(primary: pair.primary, standbys: [pair.standby], subscribers: pair.subscribers)
    return NextStep.after(audit.assess(pair.standby), in: audit)
  }

  /// Without a slot to plan for: what the nodes lack is not passed over as nothing to do.
  @Test func whatNoStepMendsIsTold() throws {
    let pair = NoConsumersTests.ahead { $0.commit(at: LSN(0x100_1800)) }
    let plan = try Self.plan(pair)
    #expect(plan.steps.isEmpty && plan.exclusions.isEmpty)
    #expect(plan.obstacle?.reason == "this standby lacks 1 transaction (4 kB) of the primary")
    #expect(plan.obstacle?.hint?.contains("Let the standby receive WAL up to") == true)
    #expect(try Self.plan(NoConsumersTests.ahead()).obstacle == nil)
  }

  // MARK: The plan

  @Test(arguments: [ServerVersion.v16, .v17, .v18, .v19])
  func noScriptWaitsForAKilledPrimary(version: ServerVersion) throws {
    var pair = Self.killed(version)
    pair.standby.slots = []
    let plan = try Self.plan(pair)
    #expect(plan.approach == .slotsOnNewPrimary && plan.primaryIsStopped)
    #expect(plan.steps.map(\.id) == ["create.orders"])
    #expect(plan.steps.allSatisfy { $0.stage == .afterPromotion })
  }

  @Test func aPrimaryThatRunsIsWaitedFor() throws {
    var pair = Self.running()
    pair.standby.slots = []
    let plan = try Self.plan(pair)
    #expect(plan.approach == .failoverSlots && !plan.primaryIsStopped)
    #expect(plan.steps.contains { $0.id == "await.orders" })
  }

  /// An operator who asks for a way means to start the primary again.
  @Test func theOperatorMayAskForAnotherWay() throws {
    var pair = Self.killed()
    pair.standby.slots = []
    let plan = try Self.plan(pair, PlanRequest(approach: .failoverSlots))
    #expect(plan.approach == .failoverSlots && plan.primaryIsStopped)
  }

  @Test func aCopyThatIsNotProvenSafeIsLeftWithTheAuditsReason() throws {
    let pair = Self.ahead()
    let plan = try Self.plan(pair)
    #expect(plan.steps.isEmpty)
    let exclusion = try #require(plan.exclusions.first)
    #expect(exclusion.reason == .alreadyThere && exclusion.announcesLoss)
    #expect(exclusion.detail?.contains("ahead of this standby") == true)
    #expect(exclusion.remedy?.contains("receive WAL") == true)
  }

  /// A copy that synchronization had not finished is gone with the promotion, and its name free.
  @Test func anUnfinishedCopyIsNotInTheWay() throws {
    var pair = Self.killed()
    pair.standby.changeSlot("orders") { $0.persistency = .temporary }
    #expect(try Self.plan(pair).steps.map(\.id) == ["create.orders"])
  }

  // MARK: What can come is asked first

  @Test func whatAStandbyWaitsForIsAskedInTheFirstPart() throws {
    var pair = Self.running()
    pair.standby.slots = []
    let failover = try Self.plan(pair)
    let first = try #require(failover.steps.first { $0.id == "await.orders" })
    #expect(first.prospects.map(\.isAdvice) == [false, false])
    #expect(first.prospects[0].condition.description.contains("pg_stat_wal_receiver"))
    #expect(first.prospects[1].condition.description.contains("slotsync worker"))
    #expect(first.prospects[0].hint?.description.contains("--resynchronize") == true)
    let byHand = try Self.plan(Self.plain(pair))
    let create = try #require(byHand.steps.first { $0.id == "create.orders" })
    #expect(create.prospects.first?.condition.description.contains("pg_stat_wal_receiver") == true)
    // Whether anybody reads is asked on the primary, and only said: a consumer may poll.
    let wait = try #require(byHand.steps.first { $0.id == "wait.orders" })
    #expect(wait.prospects.map(\.isAdvice) == [true])
  }

  /// While a setting is still missing, synchronization cannot run yet.
  @Test func aWorkerIsExpectedOnlyWhereEverythingIsSet() throws {
    var pair = Self.running()
    pair.standby.slots = []
    pair.standby.set("sync_replication_slots", "off")
    let first = try #require(try Self.plan(pair).steps.first { $0.id == "await.orders" })
    #expect(first.prospects.count == 1)
  }

  /// A slot in the way of a copy ends the worker at each start until the script has dropped it.
  @Test func noWorkerIsExpectedBeforeTheScriptHasDroppedWhatEndsIt() throws {
    var pair = Self.running()
    pair.standby.changeSlot("orders") { ($0.synced, $0.failover) = (false, false) }
    let plan = try Self.plan(pair)
    #expect(plan.steps.contains { $0.id == "drop.orders" })
    let wait = try #require(plan.steps.first { $0.id == "await.orders" })
    #expect(wait.prospects.map { "\($0.condition)".contains("slotsync worker") } == [false])
  }

  /// Without failover slots.
  private static func plain(_ pair: SamplePair) -> SamplePair {
    var pair = pair
    pair.primary.changeSlot("orders") { $0.failover = false }
    pair.standby.set("sync_replication_slots", "off")
    return pair
  }

  // MARK: What to type next

  private static func ahead() -> SamplePair {
    var pair = SamplePair.withPrimaryAhead()
    pair.primary.commit(at: SamplePair.end.advanced(by: 0x100))
    return pair
  }

  @Test func nothingIsToBeDoneWhereAllIsReady() {
    #expect(Self.next(SamplePair()) == .none)
  }

  @Test func aScriptForTheStandbyWhileThePrimaryRuns() {
    var pair = Self.plain(Self.running())
    pair.standby.slots = []
    guard case .run(let part, "shop", true, false) = Self.next(pair) else {
      Issue.record("\(Self.next(pair))")
      return
    }
    #expect(part.name == "standby-before")
  }

  @Test(arguments: [ServerVersion.v15, .v17])
  func aScriptForTheNewPrimaryWhereThePrimaryIsDownAndNothingIsLost(version: ServerVersion) {
    var pair = Self.killed(version)
    pair.standby.slots = []
    #expect(Self.next(pair) == .runAfterPromotion(database: "shop", isAskedFor: false))
    // Stopped cleanly, it might be started again, and the plan has to be told that it is not to be.
    pair = SamplePair(version)
    pair.standby.slots = []
    #expect(Self.next(pair) == .runAfterPromotion(database: "shop", isAskedFor: version >= .v16))
  }

  @Test func copyingAnewWhereNoScriptHelps() {
    #expect(Self.next(Self.ahead()) == .resynchronize)
  }

  /// After the promotion: what the audit advises, the planner has.
  @Test func noCircleAfterAPromotion() throws {
    var pair = SamplePair()
    // As right after a promotion: no checkpoint yet on the new timeline.
    let end = SamplePair.end.advanced(by: 0x400)
    pair.standby.setEnd(end)
    pair.standby.promote(at: SamplePair.end)
    pair.standby.control?.value.checkpoint.timeline = TimelineID(1)
    pair.standby.control?.value.minRecoveryPoint = end
    pair.standby.slots = []
    #expect(
      Self.next(pair)
        == .run(
          PlanPart(.newPrimary, .afterPromotion), database: "shop", alsoOnPrimary: false, isAskedFor: false))
    pair.standby.commit(at: SamplePair.end.advanced(by: 0x100))
    #expect(Self.next(pair) == .resynchronize)
    let audit = Audit(primary: pair.primary, standbys: [pair.standby])
    #expect(try makePlan(audit).exclusions.contains { $0.announcesLoss })
  }
}
