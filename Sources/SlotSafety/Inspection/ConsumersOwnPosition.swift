import Evidence
import PostgresFormat

/// A position that a slot's consumer stored itself, beside the slot's own.
///
/// A server sends nothing of before `confirmed_flush_lsn`, whatever a consumer asks for, and does not complain
/// (`CreateDecodingContext`, src/backend/replication/logical/logical.c); a consumer that asks from a later place is sent nothing of before
/// that. So one that was set back lacks what lies between, and one that is past the end of WAL skips what is written there.
enum ConsumersOwnPosition {
  static let unit = RuleUnit(
    .note, .nodeSlot(Set<SlotInspection.Condition>.all.subtracting([.damaged, .vanishes]), check),
    rules: Rule(.slotConsumer, .info, "Of the subscribers that are given none reads from the slot."),
    Rule(
      .slotConsumerSetBack, .error,
      "No position that a consumer stored itself lies before that of its slot, with changes between."),
    Rule(
      .slotConsumerSetBackOpen, .warning,
      "The WAL between a position that a consumer stored itself and its slot's position can be read."),
    Rule(
      .slotConsumerAheadStandby, .warning,
      "No position that a consumer stored itself lies past the WAL that a standby has received.",
      "Let the standby receive that WAL before it is promoted."),
    Rule(
      .slotConsumerAhead, .error, "No position that a consumer stored itself lies past the end of WAL.",
      "Bring back the WAL that is missing. If it is lost: before the consumer is started, set its stored position to the end of WAL, and remove what it has in excess."
    ))

  private static func check(_ slot: SlotInspection, _ node: Inspection) -> Outcome? {
    guard let state = slot.evidence.state, state.isLogical, state.confirmedFlush.isValid else { return nil }
    let subscriptions = slot.subscriptions(in: node)
    // Of one that is not exact the position may be an earlier one.
    let stored =
      node.consumers.filter { $0.slotName == slot.name }
      + subscriptions.filter(\.isExact).map {
        StoredPosition(slotName: slot.name, source: $0.source, lsn: $0.lsn)
      }
    let findings =
      stored.compactMap { ahead($0, slot, node) ?? setBack($0, slot, state, node) }
      + subscriptions.map { named($0, slot, state) }
    return findings.isEmpty ? nil : Outcome(notes: findings)
  }

  private static func named(_ found: SubscriberProgress, _ slot: SlotInspection, _ state: SlotState) -> Finding {
    let position = found.lsn.isValid ? "\(found.isExact ? "" : "at least ")\(found.lsn)" : "nothing"
    return Finding(
      .slotConsumer, slot: slot.name,
      "Slot \(slot.name) is read by subscription \(found.subscription) of \(found.source), which has applied \(found.lsn.isValid ? "changes up to " : "")\(position).",
      facts: [Fact("remote_lsn \(found.lsn)", path: "pg_logical/replorigin_checkpoint", node: found.source)])
  }

  // MARK: Past the end

  private static func ahead(_ stored: StoredPosition, _ slot: SlotInspection, _ node: Inspection) -> Finding? {
    guard let end = node.evidence.wal.end?.lsn, end.isValid, stored.reached > end else { return nil }
    let size = ByteCount.text(stored.reached.bytes(since: end))
    let isStandby = node.role == .standby
    return Finding(
      isStandby ? .slotConsumerAheadStandby : .slotConsumerAhead, slot: slot.name,
      isStandby
        ? "The consumer of slot \(slot.name) has stored \(stored.reached), \(size) past the WAL that this standby has received (\(end)): after a promotion it would skip what is written there."
        : "The consumer of slot \(slot.name) has stored \(stored.reached), \(size) past the end of WAL here (\(end)): it may have changes that this server does not have, and skips what is written before that.",
      facts: facts(stored, slot, node)
        + [Fact("end of WAL \(end)", path: node.evidence.wal.path ?? "pg_wal")])
  }

  // MARK: Before the slot

  private static func setBack(
    _ stored: StoredPosition, _ slot: SlotInspection, _ state: SlotState, _ node: Inspection
  ) -> Finding? {
    guard let received = stored.received, received < state.confirmedFlush else { return nil }
    let changes = node.wal.changes(
      in: state.database, from: received, to: state.confirmedFlush, twoPhase: state.twoPhase ?? false)
    guard !changes.isEmpty else { return nil }
    // Debezium compares the two, and does not start.
    let refuses = stored.isItsOwn && received < state.restartLSN
    return Finding(
      changes.isComplete ? .slotConsumerSetBack : .slotConsumerSetBackOpen, slot: slot.name,
      "The consumer of slot \(slot.name) has stored \(received), before the slot's position \(state.confirmedFlush): the server never sends what its database committed between, \(changes.sentence), and does not say so."
        + (refuses ? " The slot's restart_lsn (\(state.restartLSN)) is past it, too: Debezium refuses to start." : ""),
      facts: facts(stored, slot, node),
      remedy:
        "\(place(of: received, to: state.confirmedFlush, slot, node)) If this is the consumer's position now, its tables have to be copied anew, or the changes of between brought in by hand."
    )
  }

  /// Where the WAL of a range is: sentences.
  private static func place(of first: LSN, to last: LSN, _ slot: SlotInspection, _ node: Inspection) -> String {
    guard let wal = AvailableWAL(node.evidence), let history = node.evidence.currentHistory else {
      return "Whether its WAL is still here is not known."
    }
    let isHere = wal.missing(from: first, to: last).isEmpty
    let lists = "slotscope ledger --slot \(slot.name) --consumer \(slot.name)=\(first)"
    if isHere { return "The WAL between them is still here; `\(lists)` lists what they were." }
    if let archive = node.evidence.archive(with: first, to: last, in: history) {
      return "The WAL between them is in \(archive.path); `\(lists) --archive` lists what they were."
    }
    return node.evidence.archives.isEmpty
      ? "The WAL between them is not all here: --archive names where it may be."
      : "The WAL between them is neither all here nor in the archives that were given."
  }

  private static func facts(_ stored: StoredPosition, _ slot: SlotInspection, _ node: Inspection) -> [Fact] {
    [
      Fact("stored position \(stored.received ?? stored.reached)", path: stored.source),
      Fact(
        "confirmed_flush_lsn \(slot.evidence.state?.confirmedFlush ?? .none)", path: slot.evidence.path,
        offset: node.evidence.slotOffset(of: SlotState.Fields.confirmedFlush)),
    ]
  }
}

extension SlotInspection {
  /// The subscriptions of the given subscribers that read from it.
  package func subscriptions(in node: Inspection) -> [SubscriberProgress] {
    guard let state = evidence.state else { return [] }
    return node.subscribers.filter { $0.slotName == name && $0.concerns(state, of: node.evidence) }
  }
}
