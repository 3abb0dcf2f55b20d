import Evidence
import PostgresFormat

/// What the plan does about each slot: the primary's logical slots, and those of the standby that are in the way.
struct SlotSelection {
  var slots: [PlannedSlot] = []
  var exclusions: [PlanExclusion] = []
  /// Slots on the standby that have to go before the steps for the slots of their names.
  var obstacles: [SlotState] = []
  /// Slots on the standby that the primary does not have, and that are to be dropped.
  var extras: [SlotState] = []
  /// Those that are left alone, as somebody may read from them.
  var kept: [KeptSlot] = []
  /// Slots on the primary that are left over from tables that a subscription has copied.
  var copied: [SlotState] = []

  /// A forged name among the slots spoils the whole plan.
  init(
    _ pair: NodePair, _ request: PlanRequest, assessment: Assessment, subscribers: [Evidence]
  ) throws(QuotingError) {
    let (primary, standby) = (pair.primary, pair.standby)
    let ready = Set(assessment.slots.filter { $0.verdict == .ready }.map(\.slotName))
    let there = StandbySlots(standby)
    for slot in primary.slots.filter({ $0.state == nil }).sorted(by: { $0.directory < $1.directory }) {
      exclusions.append(PlanExclusion(slotName: slot.directory, reason: .unreadable))
    }
    for state in primary.slots.compactMap(\.state).filter(\.isLogical).sorted(by: { $0.name < $1.name }) {
      let name = try SlotName(state.name)
      let plugin = try PluginName(state.plugin)
      let approach = pair.approach(for: state, request)
      if let copy = TableSynchronization(state, subscribers: subscribers) {
        var exclusion = PlanExclusion(slotName: state.name, reason: .tableSynchronization)
        exclusion.detail = copy.plannedDetail
        exclusions.append(exclusion)
        let isWanted = request.extraSlots != .kept && request.slots.selects(name: state.name, plugin: state.plugin)
        if copy.isLeftover, !pair.isPromoted, primary.isRunning != false, isWanted { copied.append(state) }
        continue
      }
      if let reason = exclusion(of: state, approach, pair, request, there, isReady: ready.contains(state.name)) {
        exclusions.append(PlanExclusion(slotName: state.name, reason: reason))
      } else if let database = pair.settings.database(state.database)?.connectableName {
        try SQLText.requireText(database)
        slots.append(
          PlannedSlot(
            name: name, plugin: plugin, database: database, databaseOID: state.database,
            twoPhase: state.twoPhase ?? false,
            confirmedFlush: state.confirmedFlush, approach: approach, hasFailover: state.failover == true))
      } else {
        var exclusion = PlanExclusion(slotName: state.name, reason: .databaseUnknown)
        exclusion.remedy = pair.toConnect(to: state.database)
        exclusions.append(exclusion)
      }
    }
    guard !pair.isPromoted, !primary.slots.contains(where: { $0.state == nil }) else { return }
    let known = Set(primary.slots.compactMap { $0.state?.name })
    let unknown = standby.slots.compactMap(\.state).filter {
      $0.isLogical && $0.persistency == .persistent && $0.synced != true && !known.contains($0.name)
        && request.slots.selects(name: $0.name, plugin: $0.plugin)
    }.sorted { $0.name < $1.name }
    for slot in unknown {
      if request.extraSlots == .dropped || request.extraSlots == nil && slot.isLeftover {
        extras.append(slot)
      } else {
        kept.append(try KeptSlot(slot))
      }
    }
  }

  private mutating func exclusion(
    of state: SlotState, _ approach: Plan.Approach, _ pair: NodePair, _ request: PlanRequest, _ there: StandbySlots,
    isReady: Bool
  ) -> PlanExclusion.Reason? {
    if state.persistency != .persistent { return .notPersistent }
    if !request.slots.selects(name: state.name, plugin: state.plugin) { return .notSelected }
    // A failover slot that is ready stays so only while its synchronization is set up.
    if isReady, approach != .failoverSlots || pair.synchronizationIsSetUp { return .ready }
    if state.invalidation != nil { return .lost }
    if there.unreadable.contains(state.name) { return .nameTaken }
    guard let copy = there.states[state.name] else { return nil }
    // A copy that is not finished is gone with the promotion.
    if approach == .slotsOnNewPrimary, copy.synced == true, copy.persistency != .persistent { return nil }
    let isSame =
      copy.database == state.database && copy.plugin == state.plugin
      && (copy.twoPhase ?? false) == (state.twoPhase ?? false)
    if pair.isPromoted { return isSame && copy.isUsable ? .alreadyThere : .nameTaken }
    if copy.synced == true, approach != .slotsOnNewPrimary {
      return approach == .failoverSlots ? nil : .synchronized
    }
    let isLeftover = copy.isLeftover
    switch approach {
    case .failoverSlots where copy.isLogical && (isSame || isLeftover):
      obstacles.append(copy)
      return nil
    case .slotsOnStandby where isLeftover || isSame && copy.isLogical && copy.invalidation != nil:
      obstacles.append(copy)
      return nil
    case .slotsOnStandby: return isSame && copy.isUsable ? nil : .nameTaken
    case .slotsOnNewPrimary: return isSame && copy.isUsable ? .alreadyThere : .nameTaken
    case .failoverSlots: return .nameTaken
    }
  }
}

/// The standby's slots by their names, and the folders whose state cannot be read.
private struct StandbySlots {
  let states: [String: SlotState]
  let unreadable: Set<String>

  init(_ standby: Evidence) {
    states = Dictionary(standby.slots.compactMap(\.state).map { ($0.name, $0) }) { first, _ in first }
    unreadable = Set(standby.slots.filter { $0.state == nil }.map(\.directory))
  }
}

extension NodePair {
  /// What to do about a database that no script can connect to.
  fileprivate func toConnect(to oid: OID) -> String {
    guard let row = settings.database(oid) else {
      guard !primary.databases.isEmpty || !standby.databases.isEmpty else {
        return "The list of databases could not be read (global/1262): copy it, or give the server's connection string."
      }
      return settings.toNameDatabases
        ?? "See whether that database is there still; a slot of one that is gone is to be dropped."
    }
    return row.nameIsExact && !row.name.isEmpty
      ? "Let it take connections first: ALTER DATABASE … ALLOW_CONNECTIONS true."
      : "Give the server's connection string instead of its directory: the server knows the name."
  }
}

extension Evidence {
  /// The database for what belongs to none: `postgres` where there is one.
  var maintenanceDatabase: String? {
    let names = databases.filter(\.isConnectable).sorted {
      ($0.isTemplate ? 1 : 0, $0.name) < ($1.isTemplate ? 1 : 0, $1.name)
    }
    return names.first { $0.name == "postgres" }?.name ?? names.first?.name
  }
}

extension DatabaseRow {
  /// -2 as the connection limit marks a database that was being dropped.
  fileprivate var isConnectable: Bool { nameIsExact && allowsConnections && connectionLimit != -2 && !name.isEmpty }

  /// The name by which a script can connect to it; nil where it is not known exactly, or takes no connections.
  var connectableName: String? { isConnectable ? name : nil }
}
