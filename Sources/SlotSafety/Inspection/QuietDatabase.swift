import Evidence
import PostgresFormat

/// A slot that retains WAL of other databases alone: nothing of it is for its consumer, which hears of it only by keepalives that
/// not every client answers.
enum QuietDatabase {
  static let unit = RuleUnit(
    .note, .nodeSlot([.valid], check),
    rules: Rule(
      .slotQuietDatabase, .info, "Some of the WAL after a slot's position is of its own database.",
      "Give its consumer a heartbeat (a small write to the database now and then), or advance the slot: nothing is lost by that."
    ))

  private static func check(_ slot: SlotInspection, _ node: Inspection) -> Outcome? {
    guard let state = slot.evidence.state, state.isLogical, node.evidence.walWasRead,
      let end = node.evidence.wal.end?.lsn,
      let size = node.evidence.wal.segmentSize, state.confirmedFlush.isValid, state.confirmedFlush < end,
      end.bytes(since: state.confirmedFlush) >= UInt64(size)
    else { return nil }
    let changes = node.wal.changes(
      in: state.database, from: state.confirmedFlush, to: end, twoPhase: state.twoPhase ?? false)
    guard changes.isComplete, changes.transactions == 0, changes.messages == 0 else { return nil }
    let database = slot.databaseName.map { "database \($0)" } ?? "its database"
    return .note(
      Finding(
        .slotQuietDatabase, slot: slot.name,
        "None of the \(ByteCount.text(end.bytes(since: state.confirmedFlush))) of WAL after the position of slot \(slot.name) (\(state.confirmedFlush)) is of \(database): its consumer has nothing to confirm.",
        facts: [
          Fact(
            "confirmed_flush_lsn \(state.confirmedFlush)", path: slot.evidence.path,
            offset: node.evidence.slotOffset(of: SlotState.Fields.confirmedFlush))
        ]))
  }
}
