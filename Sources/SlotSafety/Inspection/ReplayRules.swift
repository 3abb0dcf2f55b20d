import Evidence
import PostgresFormat

/// Whether a start of a standby invalidates a slot by replaying WAL that is here, also once more (16 and later): rows of its catalogs
/// are removed there, its database is dropped, or logical decoding ends. What was not read is not claimed.
enum ReplayRules {
  static let unit = RuleUnit(
    .replay, .nodeSlot(.all, check),
    rules: Rule(
      .slotLostByReplay, from: .v16, .error,
      "What the standby has still to replay invalidates no slot of its own (16 and later).",
      "While the standby still runs let it come to a restartpoint past that (CHECKPOINT); else the slot must be made anew."
    ))

  private static func check(_ slot: SlotInspection, _ node: Inspection) -> Outcome? {
    guard node.role == .standby, node.evidence.walWasRead, let state = slot.evidence.state, state.isUsable,
      node.evidence.version != nil, let redo = node.evidence.control?.value.checkpoint.redo,
      let end = node.evidence.wal.end?.lsn, redo < end
    else { return nil }
    func found(_ message: String, _ fact: String, _ cause: SlotState.Invalidation) -> Outcome {
      .fate(
        .lostByReplay(cause),
        Finding(
          .slotLostByReplay, slot: slot.name,
          "Slot \(slot.name) is lost when the standby starts and replays \(message).",
          facts: [Fact(fact, path: node.evidence.wal.path ?? "pg_wal")]))
    }
    for part in node.wal.pieces(from: redo, to: end).parts {
      let activity = part.stretch.activity
      func isHere(_ lsn: LSN) -> Bool { lsn >= part.from && lsn < part.to }
      if let lsn = activity.endOfLogicalDecoding(where: isHere) {
        return found(
          "the record at \(lsn), from which on WAL is below the level of logical decoding",
          "logical decoding off at \(lsn)", .walLevelInsufficient)
      }
      let cleanups = activity.conflicts(database: state.database, catalogXmin: state.catalogXmin, from: part.from)
      if let cleanup = cleanups.first(where: { $0.first < part.to }) {
        return found(
          "the removal of catalog rows at \(cleanup.last), up to transaction \(cleanup.horizon)",
          "catalog rows removed at \(cleanup.last)", .rowsRemoved)
      }
    }
    return nil
  }
}
