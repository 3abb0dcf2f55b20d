import Evidence
import FixtureSupport
import PostgresFormat
import SlotSafety
import Testing

@Suite struct MakePlanTests {
  /// A primary with one database and one slot, and its standby: control files of real servers, the rest by hand.
  struct Pair {
    var primary: Evidence
    var standby: Evidence

    init(_ version: ServerVersion = .v17) throws {
      primary = try Self.node("primary", version)
      standby = try Self.node("standby", version)
      standby.startFiles.standbySignal = true
      primary.databases = [DatabaseRow(oid: OID(5), name: "shop")]
      add(Self.slot("orders"))
      add(SlotState(name: "standby", restartLSN: LSN(0x100)))
      for (name, value) in ["hot_standby_feedback": "on", "primary_slot_name": "standby"] {
        let assignment = SettingAssignment(name: name, value: value, path: "postgresql.conf", line: 1)
        standby.settings.assignments.append(assignment)
        standby.settings.recovery.append(assignment)
      }
    }

    static func slot(_ name: String) -> SlotState {
      SlotState(
        name: name, database: OID(5), restartLSN: LSN(0x100), confirmedFlush: LSN(0x200), plugin: "pgoutput")
    }

    mutating func add(_ state: SlotState) {
      primary.slots.append(SlotEvidence(directory: state.name, path: "pg_replslot/\(state.name)/state", state: state))
    }

    mutating func addToStandby(_ state: SlotState) {
      standby.slots.append(SlotEvidence(directory: state.name, path: "pg_replslot/\(state.name)/state", state: state))
    }

    private static func node(_ name: String, _ version: ServerVersion) throws -> Evidence {
      let pair = "pg\(version)-pair"
      let path =
        try Fixtures.names.contains(pair)
        ? Fixtures.node(pair, name).path : Fixtures.node("pg\(version)-crash", "data").path
      var evidence = Evidence(origin: Origin(kind: .dataDirectory, source: "\(path) (\(name))"))
      let bytes = try FileTree.contents(of: path + "/global/pg_control")
      evidence.version = version
      evidence.control = Located(
        try ControlFile(parsing: bytes.span.bytes, version: version), path: "global/pg_control")
      let end = LSN(0xF000_0000)
      evidence.wal.end = WALEnd(
        lsn: end, timeline: TimelineID(1), lastRecord: LSN(end.rawValue - 0x78), walkedFrom: .none,
        stop: WALStop(.zeroLength, at: end))
      return evidence
    }

    func plan() throws -> Plan { try makePlan(Audit(primary: primary, standbys: [standby])) }
  }

  @Test(arguments: [ServerVersion.v16, .v17, .v18, .v19])
  func slotsAreMadeOnTheStandbyFrom16On(version: ServerVersion) throws {
    let plan = try Pair(version).plan()
    #expect(plan.approach == .slotsOnStandby)
    #expect(plan.steps.map(\.id) == ["wake", "create.orders", "wait.orders", "advance.orders", "verify.orders"])
    #expect(plan.steps.map(\.node) == [.primary, .standby, .primary, .standby, .newPrimary])
    #expect(plan.steps.allSatisfy { $0.database == "shop" })
    #expect(plan.parts.map(\.name) == ["standby-before", "primary-meanwhile", "new-primary-after"])
  }

  @Test func twoPhaseIsCarriedOver() throws {
    var pair = try Pair(.v17)
    pair.primary.slots[0].state?.twoPhase = true
    #expect(
      try pair.plan().steps[1].sql == "select pg_create_logical_replication_slot('orders', 'pgoutput', false, true)")
  }

  @Test func slotsThatNeedNoStepOrCanHaveNoneAreNamedWithTheReason() throws {
    var pair = try Pair(.v17)
    var temporary = Pair.slot("a")
    temporary.persistency = .temporary
    var lost = Pair.slot("b")
    lost.invalidation = .walRemoved
    var nowhere = Pair.slot("d")
    nowhere.database = OID(6)
    let there = Pair.slot("e")
    for state in [temporary, lost, nowhere, there, Pair.slot("f")] { pair.add(state) }
    var other = Pair.slot("f")
    other.plugin = "test_decoding"
    for state in [there, other] { pair.addToStandby(state) }
    let plan = try pair.plan()
    // One that is there is moved on to its consumer's position.
    #expect(plan.slots.map(\.name.description) == ["e", "orders"])
    let reasons = plan.exclusions.map { "\($0.slotName) \($0.reason.rawValue)" }
    #expect(reasons == ["a not_persistent", "b lost", "d database_unknown", "f name_taken"])
  }

  @Test func aDatabaseWhoseNameIsNotExactGetsNoStep() throws {
    var pair = try Pair(.v17)
    pair.primary.databases[0].nameIsExact = false
    let plan = try pair.plan()
    #expect(plan.steps.isEmpty)
    #expect(plan.exclusions.map(\.reason) == [.databaseUnknown])
  }

  /// A primary's catalog on disk does not have what was made after its last checkpoint; the running standby has.
  @Test func theStandbyNamesADatabaseThatThePrimaryHadNotWrittenYet() throws {
    var pair = try Pair(.v17)
    pair.primary.startFiles.postmasterPIDPresent = true
    pair.primary.startFiles.postmasterAlive = true
    var young = Pair.slot("young")
    young.database = OID(6)
    pair.add(young)
    let unnamed = try #require(try pair.plan().exclusions.first { $0.slotName == "young" })
    #expect(unnamed.reason == .databaseUnknown)
    #expect(unnamed.remedy?.contains("Run CHECKPOINT on the primary") == true)
    var killed = pair
    killed.primary.startFiles.postmasterPIDPresent = false
    killed.primary.control?.value.state = .inProduction
    let later = try killed.plan().exclusions.first { $0.slotName == "young" }
    #expect(later?.reason == .databaseUnknown && later?.remedy?.contains("plan again right after it") == true)
    pair.standby.databases.append(DatabaseRow(oid: OID(6), name: "new_shop"))
    #expect(try pair.plan().slots.contains { $0.name.description == "young" && $0.database == "new_shop" })
    let audit = Audit(primary: pair.primary, standbys: [pair.standby])
    let assessment = audit.assess(pair.standby)
    #expect(assessment.slots.first { $0.slotName == "young" }?.databaseName == "new_shop")
    #expect(!assessment.findings.contains { $0.id == "A37" })
    // Of one that takes no connections something else is to be done.
    pair.standby.databases[pair.standby.databases.count - 1].allowsConnections = false
    #expect(try pair.plan().exclusions.first { $0.slotName == "young" }?.remedy?.contains("ALLOW_CONNECTIONS") == true)
  }

  // MARK: Refusals

  @Test func forgedSlotName() throws {
    var pair = try Pair()
    pair.add(Pair.slot("x'); drop table t; --"))
    #expect(throws: PlanRefusal.unsafeName(.slotName("x'); drop table t; --"))) { try pair.plan() }
  }

  @Test func forgedPluginName() throws {
    var pair = try Pair()
    pair.primary.slots[0].state?.plugin = "/lib/evil"
    #expect(throws: PlanRefusal.unsafeName(.pluginName("/lib/evil"))) { try pair.plan() }
  }

  @Test func databaseNameWithAZeroByte() throws {
    var pair = try Pair()
    pair.primary.databases[0].name = "a\0b"
    #expect(throws: PlanRefusal.unsafeName(.zeroByte)) { try pair.plan() }
  }

  /// The rule and the sentence that a plan is refused with.
  private func refusal(_ pair: Pair) -> (id: String?, message: String?) {
    do {
      _ = try pair.plan()
    } catch PlanRefusal.refused(let refusal) {
      return (refusal.findings.first?.id, refusal.message)
    } catch {
      Issue.record("\(error)")
    }
    return (nil, nil)
  }

  @Test func unreadableControlFiles() throws {
    var pair = try Pair()
    pair.primary.control = nil
    #expect(refusal(pair).id == "A04")
    pair = try Pair()
    pair.standby.version = nil
    #expect(refusal(pair).id == "A04")
  }

  @Test(arguments: ["primary", "standby"])
  func catalogsOfAForkAreNoGround(node: String) throws {
    var pair = try Pair()
    _ = try pair.plan()
    pair[keyPath: node == "primary" ? \Pair.primary : \Pair.standby].control?.value.catalogVersion = 202_701_011
    let (id, message) = refusal(pair)
    #expect(id == "A04")
    #expect(
      message?.contains("The \(node) has catalog version 202701011, which no release of PostgreSQL 17 has") == true)
  }

  @Test func differentVersions() throws {
    var pair = try Pair()
    pair.standby.version = .v16
    #expect(refusal(pair).id == "A04")
  }

  @Test func differentClusters() throws {
    var pair = try Pair()
    pair.standby.control?.value.systemIdentifier = 1
    #expect(refusal(pair).id == "A01")
  }

  @Test func nodesInTheWrongOrder() throws {
    var pair = try Pair()
    swap(&pair.primary, &pair.standby)
    #expect(refusal(pair).id == "A03")
  }

  @Test func twoPrimariesOfOneTimeline() throws {
    var pair = try Pair()
    pair.standby = pair.primary
    #expect(refusal(pair).id == "A03")
  }

  @Test func standbyOnAnUnrelatedTimeline() throws {
    var pair = try Pair()
    pair.standby.control?.value.checkpoint.timeline = TimelineID(9)
    #expect(refusal(pair).id == "A02")
  }
}
