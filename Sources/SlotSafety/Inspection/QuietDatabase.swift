import Evidence
package import PostgresFormat

/// A slot that retains WAL of other databases alone, or nearly so: little of it is for its consumer, which hears of the rest only by
/// keepalives that not every client answers.
enum QuietDatabase {
  static let unit = RuleUnit(
    .note, .nodeSlot([.valid], check),
    rules: Rule(
      .slotQuietDatabase, .info, "Some of the WAL after a slot's position is of its own database.", remedy),
    Rule(
      .slotOtherDatabases, .info, "A twentieth of the WAL after a slot's position, or more, is of its own database.",
      remedy))

  private static let remedy =
    "Give its consumer a heartbeat (a small write to the database now and then), or advance the slot: nothing is lost by that."

  private static func check(_ slot: SlotInspection, _ node: Inspection) -> Outcome? {
    guard let state = slot.evidence.state, let own = OwnDatabaseShare(state, in: node),
      let size = node.evidence.wal.segmentSize, own.total >= UInt64(size)
    else { return nil }
    let total = ByteCount.text(own.total)
    let database = slot.databaseName.map { "database \($0)" } ?? "its database"
    let (rule, sentence): (RuleID, String)
    if own.isNothing {
      rule = .slotQuietDatabase
      sentence =
        "None of the \(total) of WAL after the position of slot \(slot.name) (\(state.confirmedFlush)) is of \(database): its consumer has nothing to confirm."
    } else if own.bytes < own.total / 20 {
      rule = .slotOtherDatabases
      let count = own.transactions == 1 ? "1 transaction" : "\(own.transactions) transactions"
      sentence =
        "Of the \(total) of WAL after the position of slot \(slot.name) (\(state.confirmedFlush)) \(ByteCount.text(own.bytes)) was written by \(count) of \(database), the rest by others: its consumer has little to confirm."
    } else {
      return nil
    }
    return .note(
      Finding(
        rule, slot: slot.name, sentence,
        facts: [
          Fact(
            "confirmed_flush_lsn \(state.confirmedFlush)", path: slot.evidence.path,
            offset: node.evidence.slotOffset(of: SlotState.Fields.confirmedFlush))
        ],
        // What is still to be sent is lost by advancing past it.
        remedy: own.isNothing
          ? nil : "Give its consumer a heartbeat: a small write to the database now and then, for it to confirm."))
  }
}

/// How much of the WAL that a logical slot has still to send was written by transactions of its own database.
package struct OwnDatabaseShare: Sendable, Hashable {
  /// From the slot's position to the end of WAL, in bytes.
  package var total: UInt64
  /// What transactions of the database, or of none, that committed there wrote.
  package var bytes: UInt64
  /// So many they are.
  package var transactions: UInt64
  /// Logical messages outside of transactions.
  package var messages: UInt64

  /// Nothing of it is for the slot.
  package var isNothing: Bool { transactions == 0 && messages == 0 }

  /// nil for what has nothing to send, and where not all of that WAL was read.
  package init?(_ state: SlotState, in node: Inspection) {
    guard state.isLogical, node.evidence.walWasRead, let end = node.evidence.wal.end?.lsn,
      state.confirmedFlush.isValid, state.confirmedFlush < end
    else { return nil }
    let from = state.confirmedFlush
    let changes = node.wal.changes(in: state.database, from: from, to: end, twoPhase: state.twoPhase ?? false)
    guard changes.isComplete, let bytes = node.wal.bytes(of: state.database, from: from, to: end) else { return nil }
    (total, self.bytes) = (end.bytes(since: from), bytes)
    (transactions, messages) = (changes.transactions, changes.messages)
  }
}
