import Evidence
import PostgresFormat

/// A former primary that is to become the primary again: it has everything that it wrote, and its own slots.
///
/// It is the same node where the evidence of the primary was taken on this machine from this very directory (``Origin/place``),
/// and the directory is still on that timeline with all of that WAL. No other node can have written since: then there would be
/// a newer timeline, which is the premise ``Premise/primaryDown``. What was put into the directory from elsewhere, such as a
/// backup, has no slots of the primary's, and without a primary none can be copied; so each slot must be there as it was. Its
/// file may be older than what the server said of it, as after every crash: then its consumer is sent again what it has.
extension Failover {
  /// Whether the standby is the node that the evidence of the primary is about.
  func findsOwnNode() -> Bool {
    guard primaryIsDown, !isPromoted, let place = primary.origin.place, place == standby.origin.place,
      primary.role == .primary, primary.currentTimeline == standby.currentTimeline,
      let end = standby.wal.end, end.lsn == standbyEnd, end.isNatural, let known = primary.wal.end?.lsn,
      known <= end.lsn, primarySettings.bool("fsync") != false
    else { return false }
    let slots = primary.slots.compactMap(\.state).filter { $0.persistency == .persistent }
    return slots.contains(where: \.isLogical) && slots.allSatisfy { $0.position <= end.lsn }
      && slots.filter(\.isLogical).allSatisfy { slot in
        copy(of: slot.name)?.state.map { $0.isItself(as: slot) } ?? false
      }
  }

  /// Why the node's own slot is no obstacle.
  var ownNodeFinding: Finding? {
    guard isOwnNode, let place = standby.origin.place else { return nil }
    return Finding(
      .a13OwnNode, "This standby is the former primary itself: it has everything that it wrote, and its own slots.",
      facts: [
        Fact("captured from here while it was the primary", path: place.directory, node: "primary"),
        Fact("given: \(Premise.primaryDown.sentence)", path: "--assume \(Premise.primaryDown.rawValue)"),
      ])
  }
}

extension SlotState {
  /// Whether this can be the same slot, looked at later on the same node. One that was synchronized before the node was promoted
  /// says so for ever.
  func isItself(as earlier: SlotState) -> Bool {
    name == earlier.name && database == earlier.database && plugin == earlier.plugin
      && failover == earlier.failover && twoPhase == earlier.twoPhase && synced == earlier.synced
      && persistency == .persistent
  }
}
