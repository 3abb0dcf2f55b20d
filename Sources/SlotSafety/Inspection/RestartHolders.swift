package import Evidence
package import PostgresFormat

/// The transactions that hold a logical slot's restart_lsn though its consumer has confirmed what came after it, or that the
/// creation of a slot waits for.
///
/// Decoding must read all of every transaction that was open at a running-transactions record
/// (`SnapBuildProcessRunningXacts`, src/backend/replication/logical/snapbuild.c): as long as one runs, or is prepared, restart_lsn
/// stays before its first record.
package struct RestartHolders: Sendable, Hashable {
  /// One of them.
  package struct Holder: Sendable, Hashable {
    /// Its number.
    package var xid: TransactionID
    /// The name given to PREPARE TRANSACTION; nil where it is not prepared.
    package var gid: String?
    /// Where and when it began, as far as WAL was read for it.
    package var trace: TransactionTrace?
  }

  /// The oldest first record first.
  package var holders: [Holder]
  /// Of how many numbers nothing is known but that they ran.
  package var unknownCount: Int

  static let unit = RuleUnit(
    .note, .nodeSlot([.valid, .unfinished, .vanishes], check),
    rules: Rule(
      .slotRestartHeld, .warning, "No open transaction holds the WAL of a slot whose consumer has everything.",
      "End the transactions that hold it; do not drop the slot for that."),
    Rule(
      .slotCreationWaits, .warning, "No open transaction keeps a slot from being made to the end.",
      "End the transactions that it waits for."))

  /// Where WAL must be read from to find them; nil where no slot is held.
  package static func start(_ evidence: Evidence) -> LSN? {
    evidence.slots.compactMap { slot -> LSN? in
      guard let state = slot.state, isHeld(state, evidence) || isBeingMade(state) else { return nil }
      return state.restartLSN.nonZero
    }.min()
  }

  /// The consumer has confirmed WAL of a later segment than the one that the slot needs.
  private static func isHeld(_ slot: SlotState, _ evidence: Evidence) -> Bool {
    guard slot.isUsable, slot.confirmedFlush.isValid, let size = evidence.wal.segmentSize, size > 0 else {
      return false
    }
    return SegmentNumber(containing: slot.restartLSN, size: size)
      < SegmentNumber(containing: slot.confirmedFlush, size: size)
  }

  private static func isBeingMade(_ slot: SlotState) -> Bool {
    slot.isLogical && slot.invalidation == nil && slot.restartLSN.isValid && !slot.confirmedFlush.isValid
  }

  /// nil where none is known.
  init?(of slot: SlotState, _ evidence: Evidence) {
    guard let running = evidence.wal.replay?.running, !running.xids.isEmpty else { return nil }
    var gids = Dictionary(evidence.preparedTransactions.map { ($0.value.xid, $0.value.gid) }) { first, _ in first }
    for prepared in evidence.wal.replay?.prepared ?? [] { gids[prepared.xid] = prepared.gid }
    let traces = Dictionary((evidence.wal.traces ?? []).map { ($0.xid, $0) }) { first, _ in first }
    let isMade = slot.confirmedFlush.isValid
    var found: [Holder] = []
    var unknown = 0
    for xid in running.xids {
      let holder = Holder(xid: xid, gid: gids[xid], trace: traces[xid])
      if let first = holder.trace?.first {
        // What began after the position that the consumer has confirmed holds nothing yet.
        if !isMade || first < slot.confirmedFlush { found.append(holder) }
      } else if holder.gid != nil || !isMade {
        found.append(holder)
      } else {
        unknown += 1
      }
    }
    guard !found.isEmpty else { return nil }
    holders = found.sorted { ($0.trace?.first ?? .none, $0.xid.rawValue) < ($1.trace?.first ?? .none, $1.xid.rawValue) }
    unknownCount = unknown
  }

  private static func check(_ slot: SlotInspection, _ node: Inspection) -> Outcome? {
    guard let state = slot.evidence.state, state.isLogical, node.evidence.walWasRead else { return nil }
    let isBeingMade = isBeingMade(state)
    guard isBeingMade || isHeld(state, node.evidence), let found = RestartHolders(of: state, node.evidence) else {
      return nil
    }
    let running = node.evidence.wal.replay?.running?.lsn ?? .none
    let shown = found.holders.prefix(5).map(\.words)
    let more = found.holders.count - shown.count + found.unknownCount
    let names = shown.joined(separator: "; ") + (more > 0 ? "; and \(more) more" : "")
    let facts =
      [
        Fact(
          "restart_lsn \(state.restartLSN)", path: slot.evidence.path,
          offset: node.evidence.slotOffset(of: SlotState.Fields.restartLSN)),
        Fact("running transactions at \(running)", path: node.evidence.wal.path ?? "pg_wal"),
      ]
      + found.holders.prefix(20).compactMap { holder in
        holder.trace?.first.map {
          Fact("transaction \(holder.xid) begins at \($0)", path: node.evidence.wal.path ?? "pg_wal")
        }
      }
    let remedy = found.remedy(node, isBeingMade: isBeingMade)
    if isBeingMade {
      return .note(
        Finding(
          .slotCreationWaits, slot: slot.name, "The creation of slot \(slot.name) waits for the end of \(names).",
          facts: facts, remedy: remedy))
    }
    let retained = slot.requiredWAL?.retainedBytes.map { ByteCount.text($0) + " back" } ?? "older"
    return .note(
      Finding(
        .slotRestartHeld, slot: slot.name,
        "The consumer of slot \(slot.name) has confirmed \(state.confirmedFlush); the WAL that the slot still retains (\(retained)) is held by \(names).",
        facts: facts, remedy: remedy))
  }

  private func remedy(_ node: Inspection, isBeingMade: Bool) -> String {
    let prepared = holders.filter { $0.gid != nil }.prefix(5).map {
      "COMMIT PREPARED or ROLLBACK PREPARED \($0.quotedGID)"
    }
    let isOpen = holders.contains { $0.gid == nil } || unknownCount > 0
    var parts: [String] = []
    if isOpen {
      parts.append(
        node.running == false && node.evidence.control?.value.state != .shutDown
          ? "The crash, or this copy, has ended those that were not prepared"
          : "End those that are open (pg_stat_activity.backend_xid)")
    }
    if !prepared.isEmpty { parts.append(prepared.joined(separator: ", ")) }
    let end = parts.joined(separator: "; ") + "."
    return isBeingMade ? end : end + " Do not drop the slot: its consumer would have to be resynchronized."
  }
}

extension RestartHolders.Holder {
  fileprivate var quotedGID: String { (try? SQLText.literal(gid ?? "")) ?? "…" }

  /// `transaction 726 (since 0/621008, public.u, after 2026-…)`.
  fileprivate var words: String {
    let name = gid == nil ? "transaction \(xid)" : "prepared transaction \(xid) \(quotedGID)"
    var known: [String] = []
    if let first = trace?.first { known.append("since \(first)") }
    if let after = trace?.after { known.append("begun after \(after)") }
    if let table = trace?.relationName ?? trace?.relation.map({ "file \($0)" }) { known.append("wrote to \(table)") }
    return known.isEmpty ? name : name + " (\(known.joined(separator: ", ")))"
  }
}
