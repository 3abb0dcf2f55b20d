import Evidence
import PostgresFormat

/// The two nodes of a failover, as a plan needs them.
struct NodePair {
  let primary: Evidence
  let standby: Evidence
  let version: ServerVersion
  let systemIdentifier: UInt64
  /// The timeline that the primary writes, which both nodes shared last.
  let timeline: TimelineID
  /// A position that the standby's files prove to have reached.
  let standbyPosition: LSN
  /// The standby has been promoted.
  let isPromoted: Bool
  /// What both nodes' settings say.
  let settings: Failover

  var words: ServerVocabulary { ServerVocabulary(version) }

  init(_ failover: Failover) throws(PlanRefusal) {
    let (primary, standby) = (failover.primary, failover.standby)
    guard let control = primary.control?.value, let timeline = primary.currentTimeline else {
      throw .unreadable(.primary)
    }
    (self.primary, self.standby, version) = (primary, standby, failover.version)
    (self.timeline, systemIdentifier) = (timeline, control.systemIdentifier)
    (isPromoted, settings) = (failover.isPromoted, failover)
    // The start of the last record: a server that has replayed it reports a position behind it.
    standbyPosition = max(
      standby.control?.value.minRecoveryPoint ?? .none, standby.wal.end?.lastRecord ?? .none,
      standby.server?.positions.replay ?? .none)
  }

  // MARK: Which way

  func checkIsPossible(_ approach: Plan.Approach?) throws(PlanRefusal) {
    guard let approach else { return }
    if isPromoted, approach != .slotsOnNewPrimary { throw .alreadyPromoted }
    if let first = approach.firstVersion, version < first { throw .approachNeeds(first, has: version) }
  }

  /// The way for slots that say nothing else.
  func approach(_ request: PlanRequest) -> Plan.Approach {
    if isPromoted || !words.standbyTakesLogicalSlots { return .slotsOnNewPrimary }
    return request.approach ?? (synchronisationIsInUse ? .failoverSlots : .slotsOnStandby)
  }

  /// A failover slot of the primary is always left to synchronisation: one made by hand would be in its way.
  func approach(for slot: SlotState, _ request: PlanRequest) -> Plan.Approach {
    slot.failover == true && !isPromoted ? .failoverSlots : approach(request)
  }

  private var synchronisationIsInUse: Bool {
    guard version >= FailoverCase.firstWithSynchronisation else { return false }
    return settings.standbySettings.bool("sync_replication_slots") == true
      || primary.slots.contains { $0.state?.failover == true && $0.state?.persistency == .persistent }
  }

  /// Everything that slot synchronisation needs is in the files of both nodes.
  var synchronisationIsSetUp: Bool {
    settings.canSynchronise && settings.holdsConsumersBack
      && settings.standbySettings.bool("sync_replication_slots") == true
  }

  /// The database for steps about a server.
  var maintenanceDatabase: String { primary.maintenanceDatabase ?? "postgres" }
}

extension Plan.Approach {
  /// nil: every version has it.
  var firstVersion: ServerVersion? {
    switch self {
    case .failoverSlots: FailoverCase.firstWithSynchronisation
    case .slotsOnStandby: FailoverCase.firstWithStandbySlots
    case .slotsOnNewPrimary: nil
    }
  }
}
