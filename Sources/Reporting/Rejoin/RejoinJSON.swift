import Evidence
package import SlotSafety
import PostgresFormat

/// `slotscope.rejoin/1`: how the old primary comes back.
package enum RejoinJSON {
  /// Members without a known value are null.
  package static func document(_ rejoin: Rejoin) -> JSONValue {
    [
      "schema": "slotscope.rejoin/1",
      "way": .string(rejoin.way.rawValue),
      "reason": .string(rejoin.reason),
      "nodes": ["old": node(rejoin.question.old), "new": node(rejoin.question.new)],
      "fork": rejoin.fork.map {
        ["timeline_id": .number($0.timeline.rawValue), "lsn": .text($0.lsn)]
      } ?? .null,
      "old_end_lsn": .text(rejoin.oldEnd),
      "rewind": rewind(rejoin.rewind),
      "lost_transactions": rejoin.lost.flatMap { $0.isComplete ? .number($0.transactions) : nil } ?? .null,
      "lost_transactions_at_least": .number(rejoin.lost?.transactions),
      "lost_bytes": .text(rejoin.lost?.bytes),
      "blocking_slots": .list(rejoin.blockingSlots) { .string($0) },
      "pinning_slots": .list(rejoin.pinningSlots) { .string($0) },
      "slots": .list(rejoin.slots, slot),
      "settings": .list(rejoin.settings) { setting in
        [
          "node": .string(setting.node.rawValue), "name": .string(setting.name), "value": .text(setting.value),
          "wanted": .string(setting.wanted), "path": .text(setting.path), "line": .number(setting.line),
          "why": .string(setting.why),
        ]
      },
      "managers": .list(rejoin.managers) { manager in
        [
          "manager": .string(manager.manager.rawValue), "recognized_by": .text(manager.recognizedBy),
          "does": .list(manager.does) { .string($0) }, "does_not": .list(manager.doesNot) { .string($0) },
        ]
      },
      "steps": .list(rejoin.steps, WayStepOutput.object),
      "findings": .list(rejoin.findings, FindingJSON.object),
    ]
  }

  private static func node(_ evidence: Evidence) -> JSONValue {
    [
      "source": .string(evidence.origin.source), "major": .text(evidence.version?.name),
      "system_identifier": .text(evidence.control?.value.systemIdentifier),
      "role": .string(evidence.role.rawValue), "state": .text(evidence.control?.value.state?.name),
      "running": .flag(evidence.isRunning), "timeline_id": .number(evidence.currentTimeline?.rawValue),
    ]
  }

  private static func rewind(_ rewind: RewindPrediction) -> JSONValue {
    // Where it stops at something else first it asks for none.
    let asked = rewind.obstacles.first == .segments ? rewind.missing : []
    return [
      "needed": .flag(rewind.needed), "possible": .flag(rewind.possible), "message": .text(rewind.message),
      "output": .list(rewind.output) { .string($0) }, "start_message": .text(rewind.startMessage),
      "needs_restore_command": .bool(rewind.needsRestoreCommand),
      "missing_segments": .list(asked) { .string($0.text) },
      "missing_segments_complete": .bool(rewind.missingIsComplete),
      "segments_removed_first": .list(asked.filter(rewind.removedFirst.contains)) { .string($0.text) },
      "segments_elsewhere": .list(asked.filter { rewind.places[$0] != nil }) {
        ["segment": .string($0.text), "path": .text(rewind.places[$0]?.path)]
      },
      "open": .text(rewind.open),
    ]
  }

  private static func slot(_ slot: RejoinSlot) -> JSONValue {
    [
      "slot_name": .string(slot.name),
      "slot_type": slot.state.map { .string($0.isLogical ? "logical" : "physical") } ?? .null,
      "failover": .flag(slot.state?.failover), "synced": .flag(slot.state?.synced),
      "restart_lsn": .text(slot.state?.restartLSN.nonZero), "pins_xmin": .text(slot.pinsRowsOf),
      "effect": .string(slot.effect.rawValue), "path": .string(slot.path),
    ]
  }
}

extension RejoinWAL.Place {
  /// nil where no file is known.
  var path: String? {
    switch self {
    case .file(let path, _): path
    case .command: nil
    }
  }
}
