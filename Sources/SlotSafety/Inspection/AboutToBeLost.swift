import Evidence
import PostgresFormat

/// The slot that the next checkpoint invalidates because it needs WAL beyond max_slot_wal_keep_size, or soon may.
///
/// The numbers are ``Retention``'s, or a running server's own. A start after a crash makes that checkpoint at once
/// (`CreateEndOfRecoveryRecord` or the checkpoint in its place, src/backend/access/transam/xlog.c).
enum AboutToBeLost {
  static let unit = RuleUnit(
    .nextCheckpoint, .nodeSlot([.valid], check),
    rules: Rule(
      .slotAboutToBeLost, from: .v13, .error,
      "The next checkpoint does not invalidate the slot for WAL beyond max_slot_wal_keep_size.",
      "Raise max_slot_wal_keep_size before that, or let its consumer catch up."),
    Rule(
      .slotAboutToBeLostSoon, from: .v13, .warning,
      "The checkpoints after the next one do not invalidate the slot for WAL beyond max_slot_wal_keep_size, and none may.",
      "Raise max_slot_wal_keep_size before that, or let its consumer catch up."))

  private static func check(_ slot: SlotInspection, _ node: Inspection) -> Outcome? {
    guard let state = slot.evidence.state, let settings = node.settings, let danger = KeepSizeDanger(slot, in: node)
    else { return nil }
    let setting = settings["max_slot_wal_keep_size"]
    let facts = [
      Fact(
        "restart_lsn \(state.restartLSN)", path: slot.evidence.path,
        offset: node.evidence.slotOffset(of: SlotState.Fields.restartLSN)),
      Fact("max_slot_wal_keep_size = '\(setting?.text ?? "")'", path: setting?.assignment?.path ?? "default"),
    ]
    let (save, when) = remedy(danger.neededMegabytes, node)
    func finding(_ rule: RuleID, _ message: String, _ remedy: String) -> Finding {
      Finding(rule, slot: slot.name, message, facts: facts, remedy: remedy)
    }
    guard danger.isNext else {
      return .note(
        finding(
          .slotAboutToBeLostSoon,
          "Slot \(slot.name) is lost by a checkpoint after \(ByteCount.text(danger.left)) more WAL, less than may come between two of them.",
          save + " Or let its consumer catch up."))
    }
    let needs =
      "it needs \(ByteCount.text(danger.held)) of WAL, more than max_slot_wal_keep_size keeps for it."
    // What a server that runs has in memory may be further on: a physical slot's position is written at checkpoints only.
    guard node.evidence.positionsAreLive || node.running == false || state.isLogical else {
      return .note(
        finding(
          .slotAboutToBeLostSoon,
          "Slot \(slot.name) is lost at \(when), unless it has moved since it was written: \(needs)", save))
    }
    return .fate(
      .lostNext(.walRemoved), finding(.slotAboutToBeLost, "Slot \(slot.name) is lost at \(when): \(needs)", save))
  }

  private static func remedy(_ megabytes: UInt64, _ node: Inspection) -> (save: String, when: String) {
    let set = "set max_slot_wal_keep_size to at least \(megabytes) MB (or -1)"
    guard node.running == false else {
      let name = node.role == .standby ? "restartpoint" : "checkpoint"
      return (
        "Before that \(set) and reload (SELECT pg_reload_conf()).", "the next \(name)"
      )
    }
    let save = "Before starting the server \(set), and keep it until the slot's consumer has caught up."
    guard node.role == .primary, node.evidence.control?.value.state != .shutDown else {
      return (save, node.role == .standby ? "the next restartpoint" : "the next checkpoint")
    }
    return (save, "the first checkpoint, which a start makes at once")
  }
}

/// How near a slot is to its limit.
private struct KeepSizeDanger {
  /// The next checkpoint invalidates it.
  var isNext: Bool
  /// Bytes of WAL that may still come.
  var left: UInt64
  /// From the slot's restart_lsn to the end of WAL.
  var held: UInt64
  /// The value that keeps it over the next checkpoint, or, where that one does not invalidate it yet, over all that may come
  /// before one does: more than what is set.
  var neededMegabytes: UInt64

  /// nil where the slot is in no danger, or nothing tells.
  init?(_ slot: SlotInspection, in node: Inspection) {
    guard let state = slot.evidence.state, let size = node.evidence.wal.segmentSize, size > 0,
      let end = node.evidence.wal.end?.lsn, let settings = node.settings, settings.version.has(.slotInvalidation)
    else { return nil }
    // Half of it is about what comes between two checkpoints (`CalculateCheckpointSegments`).
    let distance = UInt64(max(0, settings.integer("max_wal_size") ?? 1024)) << 19
    held = end.bytes(since: state.restartLSN)
    let first = SegmentNumber(containing: state.restartLSN, size: size)
    let current = SegmentNumber(containing: end, size: size)
    guard current >= first else { return nil }
    let isInUse: Bool
    if let activity = slot.evidence.activity {
      guard let status = activity.walStatus, let safe = activity.safeWALSize else { return nil }
      (isNext, left, isInUse) = (status == "unreserved", UInt64(max(0, safe)), activity.isActive == true)
    } else {
      guard let found = node.retained[slot.name] else { return nil }
      (isNext, left, isInUse) = (found.isLostNext, found.limit.map { $0.bytes(since: end) } ?? .max, false)
    }
    guard isNext || (!isInUse && current > first && left <= distance) else { return nil }
    // All segments from the slot's to the current one, and one more.
    let kept = (current.rawValue - first.rawValue + 1).multipliedReportingOverflow(by: UInt64(size)).partialValue
    let needed = kept.addingReportingOverflow(isNext ? 0 : distance).partialValue >> 20
    let segment = max(1, UInt64(size) >> 20)
    let set = settings.integer("max_slot_wal_keep_size").flatMap { UInt64(exactly: $0) } ?? 0
    neededMegabytes = max(needed, set + segment)
  }
}
