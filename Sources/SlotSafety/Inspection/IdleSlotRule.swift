import Evidence
import PostgresFormat

/// When `idle_replication_slot_timeout` (18 and later) lets a checkpoint invalidate a slot that nobody uses.
///
/// Follows `CanInvalidateIdleSlot` in src/backend/replication/slot.c: a slot that retains WAL, is not in use, and is
/// no synchronized copy of a standby. Since when nobody uses it is in the server's memory only; a start counts anew.
enum IdleSlotRule {
  static let unit = RuleUnit(
    .nextCheckpoint, .nodeSlot(.all, check),
    rules: Rule(
      .slotIdleTimeout, from: .v18, .warning,
      "No checkpoint to come invalidates the slot for idleness (idle_replication_slot_timeout).", remedy),
    Rule(
      .slotIdleTimeoutDue, from: .v18, .error, "The next checkpoint does not invalidate the slot for idleness.", remedy),
    Rule(
      .slotIdleTimeoutOpen, from: .v18, .info, "It is known since when nobody uses a slot that may be invalidated.",
      remedy))

  private static let remedy = "Let its consumer connect, drop the slot, or raise idle_replication_slot_timeout."

  private static func check(_ slot: SlotInspection, _ node: Inspection) -> Outcome? {
    guard let settings = node.settings, let state = slot.evidence.state, state.invalidation == nil,
      state.restartLSN.isValid, slot.evidence.activity?.isActive != true,
      !(state.synced == true && node.role == .standby)
    else { return nil }
    let setting = settings["idle_replication_slot_timeout"]
    guard case .integer(let seconds)? = setting?.value, seconds > 0 else { return nil }
    let limit = Fact("idle_replication_slot_timeout \(seconds) s", path: setting?.assignment?.path ?? "default")
    guard let since = slot.evidence.activity?.inactiveSince else {
      return .note(
        Finding(
          .slotIdleTimeoutOpen, slot: slot.name,
          "A checkpoint invalidates slot \(slot.name) once nobody has used it for \(seconds) s. The files do not tell since when that is, and a start counts anew.",
          facts: [limit]))
    }
    let (due, overflow) = since.unixMicroseconds.addingReportingOverflow(seconds &* 1_000_000)
    guard !overflow else { return nil }
    let isDue = node.evidence.origin.gatheredAt.map { $0.unixMicroseconds >= due } ?? false
    let when = isDue ? "The next checkpoint" : "The first checkpoint after \(Timestamp(unixMicroseconds: due))"
    let finding = Finding(
      isDue ? .slotIdleTimeoutDue : .slotIdleTimeout, slot: slot.name,
      "\(when) invalidates slot \(slot.name) unless it is used until then.",
      facts: [limit, Fact("inactive_since \(since)", path: slot.evidence.path)])
    return isDue ? .fate(.lostNext(.idleTimeout), finding) : .note(finding)
  }
}
