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
  /// The primary was killed, or its machine: nothing that it would have to do can be waited for. One that was stopped cleanly
  /// can be started again.
  let primaryIsDown: Bool
  /// nil where the standby can receive what it lacks, or nobody can say that it cannot.
  let cannotCatchUp: CatchUp?
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
    // The start of the last record: a server that has replayed it reports a position after it.
    standbyPosition = max(
      standby.control?.value.minRecoveryPoint ?? .none, standby.wal.end?.lastRecord ?? .none,
      standby.server?.positions.replay ?? .none)
    primaryIsDown = primary.isRunning == false && control.state != .shutDown
    cannotCatchUp = CatchUp(failover).flatMap { $0.nowhere.isEmpty ? nil : $0 }
  }

  // MARK: Which way

  func checkIsPossible(_ request: PlanRequest) throws(PlanRefusal) {
    // A promotion as it is may be what is wanted where the primary is down; nothing before it comes to an end.
    if let cannotCatchUp, self.approach(request) != .slotsOnNewPrimary || primary.isRunning != false {
      throw .cannotCatchUp(cannotCatchUp.sentence, remedy: cannotCatchUp.remedy)
    }
    let approach = request.approach
    guard let approach else { return }
    if isPromoted, approach != .slotsOnNewPrimary { throw .alreadyPromoted }
    if let first = approach.firstVersion, version < first { throw .approachNeeds(first, has: version) }
  }

  /// The way for slots that say nothing else. Before a promotion only a primary that runs brings slots over; an operator who
  /// asks for it means to start it again.
  func approach(_ request: PlanRequest) -> Plan.Approach {
    if isPromoted || !words.standbyTakesLogicalSlots { return .slotsOnNewPrimary }
    if let approach = request.approach { return approach }
    return primaryIsDown || cannotCatchUp != nil && primary.isRunning == false
      ? .slotsOnNewPrimary : synchronizationIsInUse ? .failoverSlots : .slotsOnStandby
  }

  /// Before the promotion a failover slot of the primary is always left to synchronization: one made by hand would be in its
  /// way.
  func approach(for slot: SlotState, _ request: PlanRequest) -> Plan.Approach {
    let approach = approach(request)
    return slot.failover == true && approach != .slotsOnNewPrimary ? .failoverSlots : approach
  }

  private var synchronizationIsInUse: Bool {
    guard version.has(.slotSynchronization) else { return false }
    return settings.standbySettings.bool("sync_replication_slots") == true
      || primary.slots.contains { $0.state?.failover == true && $0.state?.persistency == .persistent }
  }

  /// Everything that slot synchronization needs is in the files of both nodes.
  var synchronizationIsSetUp: Bool {
    settings.canSynchronize && settings.holdsConsumersBack
      && settings.standbySettings.bool("sync_replication_slots") == true
  }

  /// The database for steps about a server.
  var maintenanceDatabase: String { primary.maintenanceDatabase ?? "postgres" }
}

extension Plan.Approach {
  /// nil: every version has it.
  var firstVersion: ServerVersion? {
    switch self {
    case .failoverSlots: ServerFeature.slotSynchronization.versions.lowerBound
    case .slotsOnStandby: ServerFeature.logicalSlotsOnStandby.versions.lowerBound
    case .slotsOnNewPrimary: nil
    }
  }
}
