import Evidence
import PostgresFormat
import SlotSafety

/// What the next checkpoint would remove, and what keeps the rest: a section of `inspect`.
enum RetentionText {
  static func lines(_ node: Inspection, style: TextStyle) -> [TerminalText] {
    guard let retention = node.retention else { return [] }
    var lines = [removal(retention, standby: node.role == .standby)]
    if retention.removedCount > 0, let replayed = retention.replayedAtLeast {
      let end = node.evidence.wal.end.map { "WAL is here to \($0.lsn)" } ?? "WAL is here"
      lines.append(
        "that is, once a checkpoint record after \(retention.redo) has been replayed: \(end), and for certain it was replayed to \(replayed) only (minRecoveryPoint)"
      )
    }
    if retention.leftByLast > 0 {
      let count = retention.leftByLast
      lines.append(
        "the last checkpoint left \(count == retention.removedCount ? "all" : "\(count)") of them: what kept them then may keep them again, unless it was a slot that has moved or is gone"
      )
    }
    if retention.awaitingArchiver > 0 {
      lines.append(
        "\(retention.awaitingArchiver) more could go, but \(retention.awaitingArchiver == 1 ? "is" : "are") not archived yet"
      )
    }
    if let first = retention.holds.first { lines.append("the oldest is kept for \(reason(first))") }
    return lines.flatMap { style.line($0, indent: 2) } + slots(retention, node, style: style)
  }

  private static func removal(_ retention: Retention, standby: Bool) -> TerminalText {
    let checkpoint = standby ? "restartpoint" : "checkpoint"
    if retention.isSkipped { return "no \(checkpoint) is due: no checkpoint record has come since the last one" }
    let count = retention.removedCount
    // Contradicted by what the last one did, it is no prediction.
    let removes = retention.replayedAtLeast == nil && retention.leftByLast == 0 ? "removes" : "would remove"
    guard count > 0 else { return "the next \(checkpoint) removes nothing" }
    let (least, most) = (retention.recycled.lowerBound, retention.recycled.upperBound)
    let reused =
      most == 0
      ? ""
      : ", of which \(least == most ? "\(least)" : "\(least) to \(most)") \(most == 1 ? "is kept as a file" : "are kept as files") for later use"
    return "the next \(checkpoint) \(removes) \(count) segment\(count == 1 ? "" : "s") "
      + "(\(ByteCount.text(retention.removedBytes)))\(reused)"
  }

  private static func reason(_ hold: Retention.Hold) -> TerminalText {
    switch hold.reason {
    case .checkpoint: "the checkpoint itself"
    case .slot: "slot \(hold.slotName ?? "?")"
    case .archiver: "the archiver, which has not copied it"
    case .walKeepSize: "wal_keep_size"
    case .summaries: "the WAL summarizer, which has not come to it"
    }
  }

  /// Only slots of which there is more to say than that they retain what the table of slots says.
  private static func slots(_ retention: Retention, _ node: Inspection, style: TextStyle) -> [TerminalText] {
    // What open transactions hold is no reason to drop a slot.
    let held = Set(node.findings.filter { $0.rule == .slotRestartHeld }.compactMap(\.slotName))
    var table = TextTable([
      ("slot", .left), ("WAL status", .left), ("lost when WAL reaches", .left), ("at this rate", .left),
      ("dropping it frees", .right),
    ])
    let shown = retention.slots.filter { $0.freedBytes > 0 || $0.limit != nil || $0.status != .reserved }
    for slot in shown.sorted(by: { $0.restart < $1.restart }).prefix(rowLimit) {
      table.add(
        [
          slot.name, slot.status.rawValue,
          slot.isLostNext ? "at the next checkpoint" : slot.limit?.description ?? "never",
          slot.isLostNext ? "" : slot.limitReachedAt?.description ?? "",
          held.contains(slot.name)
            ? "held by transactions" : slot.freedBytes > 0 ? ByteCount.text(slot.freedBytes) : "",
        ], styles: slot.isLostNext ? [1: .error] : [:])
    }
    return table.isEmpty ? [] : table.lines(indent: 2, style: style)
  }

  private static let rowLimit = 20
}
