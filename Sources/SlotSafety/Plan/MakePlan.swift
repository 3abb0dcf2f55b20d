package import Evidence
import PostgresFormat

/// The plan for a primary and the standby that is to take over from it.
///
/// While the second node is a standby of 16 or later, its slots can be made now; before 16, and once it has been
/// promoted, only on the new primary. Pure: the same evidence gives the same plan.
package func makePlan(primary: Evidence, standby: Evidence) throws(PlanRefusal) -> Plan {
  let pair = try NodePair(primary: primary, standby: standby)
  do throws(QuotingError) {
    let (slots, exclusions) = try PlannedSlot.missing(on: standby, of: primary)
    return pair.standbyTakesSlots
      ? try pair.planOnStandby(slots, exclusions) : try pair.planOnNewPrimary(slots, exclusions)
  } catch {
    throw .unsafeName(error)
  }
}

/// Two nodes of one cluster, checked to be that.
struct NodePair {
  let version: ServerVersion
  let systemIdentifier: UInt64
  /// The timeline that the primary writes.
  let primaryTimeline: TimelineID
  /// The timeline that both nodes shared last.
  let commonTimeline: TimelineID
  /// A position that the standby's files prove to have reached.
  let standbyPosition: LSN
  let standbyTakesSlots: Bool

  init(primary: Evidence, standby: Evidence) throws(PlanRefusal) {
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

    self.version = version
    self.primaryTimeline = primaryTimeline
    systemIdentifier = primaryControl.systemIdentifier
    // The start of the last record: a server that has replayed it reports a position behind it.
    standbyPosition = max(standbyControl.minRecoveryPoint, standby.wal.end?.lastRecord ?? .none)
    switch standby.role {
    case .standby:
      guard primaryHistory.contains(standbyTimeline) else {
        throw .timelinesDiverge(primary: primaryTimeline, standby: standbyTimeline)
      }
      // A standby that has still to follow the primary through a switch is only the right one when it has.
      commonTimeline = primaryTimeline
      standbyTakesSlots = ServerVocabulary(version).standbyTakesLogicalSlots
    case .primary where standbyTimeline > primaryTimeline && standbyHistory.contains(primaryTimeline):
      commonTimeline = primaryTimeline
      standbyTakesSlots = false
    case .primary where standbyTimeline != primaryTimeline && !standbyHistory.contains(primaryTimeline):
      throw .timelinesDiverge(primary: primaryTimeline, standby: standbyTimeline)
    case .primary, .unknown: throw .standbyIsNoStandby
    }
  }
}
