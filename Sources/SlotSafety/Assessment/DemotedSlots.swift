import Evidence
import PostgresFormat

/// What the old primary brings along once it comes back as a standby: its slots of the names of failover slots stop slot
/// synchronization there, for all slots, at the next failover at the latest (src/backend/replication/logical/slotsync.c).
enum DemotedSlots {
  static let unit = RuleUnit(
    .note, .notes(findings),
    rules: Rule(
      .rejoinWillBlock, from: .v17, .warning,
      "No slot of the old primary stops slot synchronization when it comes back.",
      "\"slotscope rejoin OLD --new NEW\" tells how it comes back, and what to drop there."))

  private static func findings(_ failover: Failover) -> [Finding] {
    guard failover.hasPrimary, failover.isPromoted, !failover.isOwnNode else { return [] }
    let failoverSlots = Set(
      failover.standby.slots.compactMap(\.state).filter { $0.failover == true }.map(\.name))
    let blocking = failover.primary.slots.filter { slot in
      slot.state.map { state in
        state.isLogical && state.persistency == .persistent && state.synced != true
          && failoverSlots.contains(state.name)
      } ?? false
    }
    guard let first = blocking.first?.state?.name else { return [] }
    let more = blocking.count > 1 ? " and \(blocking.count - 1) more" : ""
    return [
      Finding(
        .rejoinWillBlock,
        "When the old primary comes back as it is, its slot \(first)\(more) stops slot synchronization there.",
        facts: blocking.prefix(20).map { Fact("not a synchronized slot", path: $0.path, node: "primary") })
    ]
  }
}
