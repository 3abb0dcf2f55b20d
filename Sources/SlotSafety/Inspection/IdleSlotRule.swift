import Evidence
import PostgresFormat

extension InspectionRules {
  /// When `idle_replication_slot_timeout` (18 and later) lets a checkpoint give a slot up that nobody uses.
  ///
  /// Follows `CanInvalidateIdleSlot` in src/backend/replication/slot.c: a slot that holds WAL back, is not in use, and is
  /// no synchronised copy of a standby. Since when nobody uses it is in the server's memory only; a start counts anew.
  static func idleness(_ slot: SlotInspection, in node: Inspection) -> [Finding] {
    guard let settings = node.settings, let state = slot.evidence.state, state.invalidation == nil,
      state.restartLSN.isValid, slot.evidence.activity?.isActive != true,
      !(state.synced == true && node.role == .standby)
    else { return [] }
    let setting = settings["idle_replication_slot_timeout"]
    guard case .integer(let seconds)? = setting?.value, seconds > 0 else { return [] }
    let limit = Fact("idle_replication_slot_timeout \(seconds) s", path: setting?.assignment?.path ?? "default")
    let remedy = "Let its consumer connect, drop the slot, or raise idle_replication_slot_timeout."
    guard let since = slot.evidence.activity?.inactiveSince else {
      return [
        Finding(
          .slotIdleTimeout, .info, slot: slot.name,
          "A checkpoint gives slot \(slot.name) up once nobody has used it for \(seconds) s; since when that is, the files do not tell, and a start counts anew.",
          facts: [limit], remedy: remedy)
      ]
    }
    let (due, overflow) = since.unixMicroseconds.addingReportingOverflow(seconds &* 1_000_000)
    guard !overflow else { return [] }
    let isDue = node.evidence.origin.gatheredAt.map { $0.unixMicroseconds >= due } ?? false
    let when = isDue ? "The next checkpoint" : "The first checkpoint after \(Timestamp(unixMicroseconds: due))"
    return [
      Finding(
        .slotIdleTimeout, isDue ? .error : .warning, slot: slot.name,
        "\(when) gives slot \(slot.name) up unless it is used until then.",
        facts: [limit, Fact("inactive_since \(since)", path: slot.evidence.path)], remedy: remedy)
    ]
  }
}
