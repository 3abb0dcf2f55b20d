import Evidence
import PostgresFormat

/// Two nodes of one cluster, checked to be that.
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
  private(set) var cannotCatchUp: CatchUp?
  /// What both nodes' settings say; `FailoverCase` reads them for the audit.
  let settings: FailoverCase

  var words: ServerVocabulary { ServerVocabulary(version) }

  init(primary: Evidence, standby: Evidence, archive: [WALStretch] = []) throws(PlanRefusal) {
    guard let primaryControl = primary.control?.value, primaryControl.checksumMatches, let version = primary.version,
      let primaryTimeline = primary.currentTimeline, let primaryHistory = primary.currentHistory
    else { throw .unreadable(.primary) }
    guard let standbyControl = standby.control?.value, standbyControl.checksumMatches,
      let standbyVersion = standby.version, let standbyTimeline = standby.currentTimeline,
      let standbyHistory = standby.currentHistory
    else { throw .unreadable(.standby) }
    guard version == standbyVersion else { throw .versionsDiffer(primary: version, standby: standbyVersion) }
    guard primaryControl.systemIdentifier == standbyControl.systemIdentifier else {
      throw .systemsDiffer(
        primary: primaryControl.systemIdentifier, standby: standbyControl.systemIdentifier)
    }
    guard primary.role != .standby else { throw .primaryIsStandby }
    if let catalogs = StrangeCatalogs(primary) { throw .unknownCatalogs(.primary, catalogs) }
    if let catalogs = StrangeCatalogs(standby) { throw .unknownCatalogs(.standby, catalogs) }

    (self.primary, self.standby, self.version) = (primary, standby, version)
    timeline = primaryTimeline
    systemIdentifier = primaryControl.systemIdentifier
    // The start of the last record: a server that has replayed it reports a position behind it.
    standbyPosition = max(
      standbyControl.minRecoveryPoint, standby.wal.end?.lastRecord ?? .none, standby.server?.positions.replay ?? .none)
    switch standby.role {
    case .standby:
      guard primaryHistory.contains(standbyTimeline) else {
        throw .timelinesDiverge(primary: primaryTimeline, standby: standbyTimeline)
      }
      // A standby that has still to follow the primary through a switch is only the right one when it has.
      isPromoted = false
    case .primary where standbyTimeline > primaryTimeline && standbyHistory.contains(primaryTimeline):
      isPromoted = true
    case .primary where standbyTimeline != primaryTimeline && !standbyHistory.contains(primaryTimeline):
      throw .timelinesDiverge(primary: primaryTimeline, standby: standbyTimeline)
    case .primary, .unknown: throw .standbyIsNoStandby
    }
    primaryIsDown = primary.isRunning == false && primaryControl.state != .shutDown
    settings = FailoverCase(
      primary: primary, standby: standby, archive: archive, version: version, standbyEnd: standbyPosition,
      isPromoted: isPromoted)
    if let catchUp = CatchUp(settings), !catchUp.nowhere.isEmpty { cannotCatchUp = catchUp }
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
      ? .slotsOnNewPrimary : synchronisationIsInUse ? .failoverSlots : .slotsOnStandby
  }

  /// Before the promotion a failover slot of the primary is always left to synchronisation: one made by hand would be in its
  /// way.
  func approach(for slot: SlotState, _ request: PlanRequest) -> Plan.Approach {
    let approach = approach(request)
    return slot.failover == true && approach != .slotsOnNewPrimary ? .failoverSlots : approach
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
