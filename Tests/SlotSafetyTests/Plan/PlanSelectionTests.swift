import Evidence
import FixtureSupport
import PostgresFormat
import SlotSafety
import Testing

/// Which plan is made for which version, slots and wishes.
@Suite struct PlanSelectionTests {
  typealias Pair = MakePlanTests.Pair

  static func plan(_ pair: Pair, _ request: PlanRequest = PlanRequest(), subscribers: [Evidence] = []) throws -> Plan {
    try makePlan(Audit(primary: pair.primary, standbys: [pair.standby], subscribers: subscribers), request)
  }

  static func parts(_ plan: Plan) -> [String] { plan.parts.map(\.name) }

  /// The pair with a failover slot and everything that synchronization needs.
  static func synchronizing() throws -> Pair {
    var pair = try Pair(.v17)
    pair.primary.slots[0].state?.failover = true
    pair.primary.settings.assignments = [setting("synchronized_standby_slots", "standby")]
    pair.standby.settings.assignments = [
      setting("primary_slot_name", "standby"), setting("hot_standby_feedback", "on"),
      setting("sync_replication_slots", "on"), setting("primary_conninfo", "host=p dbname=postgres"),
    ]
    return pair
  }

  static func setting(_ name: String, _ value: String) -> SettingAssignment {
    SettingAssignment(name: name, value: value, path: "postgresql.conf", line: 1)
  }

  // MARK: Versions

  @Test(arguments: ServerVersion.allCases)
  func everyVersionHasItsWay(version: ServerVersion) throws {
    let plan = try Self.plan(Pair(version))
    let isEarly = version < .v16
    #expect(plan.approach == (isEarly ? .slotsOnNewPrimary : .slotsOnStandby))
    #expect(!plan.parts.contains { $0.node == .standby } || !isEarly)
    #expect(plan.servers.allSatisfy { $0.version == version })
  }

  @Test(arguments: ServerVersion.allCases)
  func failoverSlotsNeed17(version: ServerVersion) throws {
    let pair = try Pair(version)
    let request = PlanRequest(approach: .failoverSlots)
    guard version >= .v17 else {
      #expect(throws: PlanRefusal.approachNeeds(.v17, has: version)) { try Self.plan(pair, request) }
      return
    }
    let plan = try Self.plan(pair, request)
    #expect(plan.approach == .failoverSlots)
    #expect(Self.parts(plan) == ["primary-before", "standby-before", "primary-meanwhile", "new-primary-after"])
  }

  @Test(arguments: ServerVersion.allCases)
  func slotsOnTheStandbyNeed16(version: ServerVersion) throws {
    let pair = try Pair(version)
    let request = PlanRequest(approach: .slotsOnStandby)
    if version >= .v16 {
      #expect(try Self.plan(pair, request).approach == .slotsOnStandby)
    } else {
      #expect(throws: PlanRefusal.approachNeeds(.v16, has: version)) { try Self.plan(pair, request) }
    }
  }

  /// Before 11 a physical slot cannot be advanced; it is made all the same, and begins earlier than it has to.
  @Test(arguments: ServerVersion.allCases)
  func followersGetTheirSlotsInEveryVersion(version: ServerVersion) throws {
    var pair = try Pair(version)
    pair.primary.slots.removeFirst()
    pair.add(SlotState(name: "follower", restartLSN: LSN(0x100)))
    let steps = try Self.plan(pair).steps
    #expect(steps.map(\.id) == (version < .v11 ? ["follower.follower"] : ["follower.follower", "follow.follower"]))
    #expect(steps.allSatisfy { $0.node == .standby && $0.stage == .beforePromotion })
    #expect(steps.first?.undo == "select pg_drop_replication_slot('follower')")
  }

  // MARK: Failover slots

  @Test func aFailoverSlotBringsSynchronizationForAll() throws {
    var pair = try Pair(.v17)
    var failover = Pair.slot("c")
    failover.failover = true
    pair.add(failover)
    let plan = try Self.plan(pair)
    #expect(plan.slots.map(\.approach) == [.failoverSlots, .failoverSlots])
    // Only the one that is none yet is changed.
    #expect(plan.steps.filter { $0.execution == .replication }.map(\.id) == ["failover.orders"])
  }

  /// A slot made by hand would be in the way of the copy of a failover slot, whatever is asked for.
  @Test func failoverSlotsAreNeverMadeByHand() throws {
    var pair = try Pair(.v17)
    var failover = Pair.slot("c")
    failover.failover = true
    pair.add(failover)
    let plan = try Self.plan(pair, PlanRequest(approach: .slotsOnStandby))
    #expect(plan.slots.map(\.approach) == [.failoverSlots, .slotsOnStandby])
  }

  @Test func onlyWhatIsWantingIsSet() throws {
    var pair = try Self.synchronizing()
    func settings() throws -> [String] { try Self.plan(pair).steps.filter(\.reloads).map(\.id) }
    #expect(try settings() == [])
    pair.primary.settings.assignments = []
    #expect(try settings() == ["set.synchronized_standby_slots"])
    pair.standby.settings.assignments.append(Self.setting("primary_conninfo", "host=p"))
    pair.standby.settings.assignments.append(Self.setting("hot_standby_feedback", "off"))
    pair.standby.settings.assignments.append(Self.setting("sync_replication_slots", "off"))
    #expect(
      try settings() == [
        "set.hot_standby_feedback", "set.primary_conninfo", "set.sync_replication_slots",
        "set.synchronized_standby_slots",
      ])
    #expect(
      try Self.plan(pair).steps.filter(\.reloads).map(\.finding) == ["A17", "A18", "A19", "A14"])
  }

  /// The order that keeps consumers going: the standby is connected before they wait for it.
  @Test func consumersAreHeldBackOnlyOnceTheStandbyIsConnected() throws {
    var pair = try Pair(.v17)
    pair.primary.slots.removeLast()
    pair.standby.settings.assignments = []
    let plan = try Self.plan(pair, PlanRequest(approach: .failoverSlots))
    let steps = plan.steps.map(\.id)
    let physical = try #require(steps.firstIndex(of: "physical.slotscope_standby"))
    let name = try #require(steps.firstIndex(of: "set.primary_slot_name"))
    let hold = try #require(steps.firstIndex(of: "set.synchronized_standby_slots"))
    let wait = try #require(steps.firstIndex(of: "await.orders"))
    #expect(physical < name && name < hold && hold < wait)
    #expect(plan.steps[hold].requirements.first?.condition.description.contains("active") == true)
  }

  @Test func theStandbysOwnSlotInTheWayIsDropped() throws {
    var pair = try Self.synchronizing()
    var leftover = Pair.slot("orders")
    (leftover.failover, leftover.synced) = (true, false)
    pair.addToStandby(leftover)
    let steps = try Self.plan(pair).steps
    #expect(steps.first?.id == "drop.orders")
    #expect(steps.first?.sql == "select pg_drop_replication_slot('orders')")
    // The copy that takes its place is not dropped by a second run.
    #expect(steps.first?.isDone.description.contains("not s.synced") == true)
  }

  @Test func aSynchronizedCopyIsNeverDropped() throws {
    var pair = try Self.synchronizing()
    var copy = Pair.slot("gone")
    (copy.failover, copy.synced) = (true, true)
    pair.addToStandby(copy)
    #expect(try !Self.plan(pair).steps.contains { $0.id.hasPrefix("drop.") })
  }

  // MARK: Leftovers

  /// Somebody may read from a standby: what it has beyond the primary's is dropped only where nothing else can have made it
  /// than this node as a primary.
  @Test func onlyLeftoversAreDroppedUnasked() throws {
    var pair = try Pair(.v17)
    var leftover = Pair.slot("left")
    (leftover.failover, leftover.synced) = (true, false)
    var invalid = Pair.slot("invalid")
    invalid.invalidation = .rowsRemoved
    let copying = Pair.slot("pg_16396_sync_16391_7713302246070122187")
    for state in [leftover, Pair.slot("dwh"), invalid, copying] { pair.addToStandby(state) }
    let plan = try Self.plan(pair)
    #expect(plan.steps.map(\.id).filter { $0.hasPrefix("drop.") } == ["drop.left"])
    #expect(plan.keptSlots.map(\.name.description) == ["dwh", "invalid", copying.name])
    #expect(plan.keptSlots.map(\.reason).allSatisfy { $0.hasPrefix("the primary has no such slot; ") })
    #expect(plan.keptSlots[0].sql == "select pg_drop_replication_slot('dwh')")
    #expect(plan.keptSlots[2].reason.contains("table that a subscription copies"))
  }

  @Test func slotsThatThePrimaryLacksAreDroppedByTheOperatorsWord() throws {
    var pair = try Pair(.v17)
    for name in ["old_a", "old_b"] { pair.addToStandby(Pair.slot(name)) }
    func dropped(_ request: PlanRequest = PlanRequest(extraSlots: .dropped)) throws -> [String] {
      try Self.plan(pair, request).steps.map(\.id).filter { $0.hasPrefix("drop.") }
    }
    #expect(try dropped() == ["drop.old_a", "drop.old_b"])
    #expect(try dropped(PlanRequest(slots: SlotFilter("name_like:%a"), extraSlots: .dropped)) == ["drop.old_a"])
    #expect(try dropped(PlanRequest(slots: SlotFilter("plugin:wal2json"), extraSlots: .dropped)) == [])
    #expect(try dropped(PlanRequest(extraSlots: .kept)) == [])
    // Where one of the primary's slots cannot be read, nobody knows which it lacks.
    pair.primary.slots.append(SlotEvidence(directory: "x", path: "pg_replslot/x/state", state: nil))
    #expect(try dropped() == [])
  }

  @Test func aForgedNameOnTheStandbySpoilsThePlan() throws {
    var pair = try Pair(.v17)
    pair.addToStandby(Pair.slot("x'; drop table t; --"))
    #expect(throws: PlanRefusal.unsafeName(.slotName("x'; drop table t; --"))) { try Self.plan(pair) }
  }

  @Test func aForgedPluginOnTheStandbySpoilsThePlan() throws {
    var pair = try Pair(.v17)
    var slot = Pair.slot("old")
    slot.plugin = "$libdir/evil"
    pair.addToStandby(slot)
    #expect(throws: PlanRefusal.unsafeName(.pluginName("$libdir/evil"))) { try Self.plan(pair) }
  }

  @Test func aForgedPhysicalSlotSpoilsThePlan() throws {
    var pair = try Pair(.v17)
    pair.add(SlotState(name: "a\nb", restartLSN: LSN(0x100)))
    #expect(throws: PlanRefusal.unsafeName(.slotName("a\nb"))) { try Self.plan(pair) }
  }

  @Test func aForgedPrimarySlotNameSpoilsThePlan() throws {
    var pair = try Self.synchronizing()
    pair.standby.settings.assignments.append(Self.setting("primary_slot_name", "x', y"))
    #expect(throws: PlanRefusal.unsafeName(.slotName("x', y"))) { try Self.plan(pair) }
  }

  // MARK: Subscribers

  /// A subscriber of the major whose subscription reads from `orders`.
  static func subscriber(_ version: ServerVersion, name: String = "sub", enabled: Bool = true) throws -> Evidence {
    var evidence = try Pair(version).primary
    evidence.slots = []
    evidence.databases = [DatabaseRow(oid: OID(7), name: "copy")]
    evidence.subscriptions = [
      SubscriptionRow(
        oid: OID(16400), database: OID(7), name: name, owner: OID(10), enabled: enabled, connectionInfo: "host=p",
        slotName: "orders", publications: ["p"])
    ]
    return evidence
  }

  @Test func aSubscriptionIsChangedOnItsSubscriber() throws {
    let plan = try Self.plan(
      Pair(.v17), PlanRequest(approach: .failoverSlots), subscribers: [Self.subscriber(.v17)])
    #expect(!plan.steps.contains { $0.execution == .replication })
    let before = plan.steps.filter { $0.part == PlanPart(.subscriber, .beforePromotion) }
    #expect(
      before.map(\.sql) == [
        "alter subscription \"sub\" disable", "alter subscription \"sub\" set (failover = true)",
        "alter subscription \"sub\" enable",
      ])
    #expect(before.allSatisfy { $0.database == "copy" && $0.execution == .alone })
  }

  /// An older subscriber does not know the option: the slot is changed on the primary.
  @Test func anOldSubscribersSlotIsChangedOnThePrimary() throws {
    let plan = try Self.plan(
      Pair(.v17), PlanRequest(approach: .failoverSlots), subscribers: [Self.subscriber(.v15)])
    #expect(plan.steps.contains { $0.id == "failover.orders" && $0.execution == .replication })
    #expect(Self.parts(plan).contains("subscriber-after"))
  }

  @Test func whatSomebodyDisabledStaysDisabled() throws {
    let plan = try Self.plan(
      Pair(.v17), PlanRequest(approach: .failoverSlots), subscribers: [Self.subscriber(.v17, enabled: false)])
    #expect(!plan.steps.contains { $0.sql?.description.hasSuffix(" enable") == true })
  }

  /// The connection is the operator's: nothing in the plan makes one up.
  @Test func theNewConnectionIsAskedFor() throws {
    let plan = try Self.plan(Pair(.v17), subscribers: [Self.subscriber(.v17)])
    let after = plan.steps.filter { $0.part == PlanPart(.subscriber, .afterPromotion) }
    #expect(after.count == 4)
    #expect(
      after.allSatisfy { $0.inputs.filter(\.isRequired).map(\.name) == ["fork", "new_primary_conninfo"] })
    #expect(after[0].preconditions.contains { $0.condition.description.contains("pg_replication_origin_status") })
  }

  @Test func aSubscriptionsNameIsQuoted() throws {
    let name = "a\"; drop table t; --"
    let plan = try Self.plan(Pair(.v17), subscribers: [Self.subscriber(.v17, name: name)])
    let after = plan.steps.filter { $0.node == .subscriber }
    #expect(after[0].sql == "alter subscription \"a\"\"; drop table t; --\" disable")
  }

  @Test func aSubscriptionOfALostSlotIsLeftAlone() throws {
    var pair = try Pair(.v17)
    pair.primary.slots[0].state?.invalidation = .walRemoved
    #expect(try Self.plan(pair, subscribers: [Self.subscriber(.v17)]).steps.isEmpty)
  }
}
