package import PostgresFormat
package import SlotSafety

/// The document `slotscope.status/1`.
package enum StatusJSON {
  /// `time` is when it was asked, by the clock of this machine.
  package static func document(_ status: ClusterStatus, at time: Timestamp) -> JSONValue {
    [
      "schema": "slotscope.status/1", "cluster": .text(status.name), "at": .text(time),
      "verdict": .string(status.verdict.rawValue), "headline": .string(StatusWords.headline(status)),
      "event": .text(status.best?.event.rawValue), "events": AuditJSON.events(status.best?.events ?? []),
      "candidate": .text(status.candidate), "first_step": .text(status.best?.firstStep),
      "nodes": .list(status.nodes, node), "slots": .list(status.slots, slot), "alerts": .list(status.alerts, alert),
    ]
  }

  private static func node(_ node: ClusterStatus.Node) -> JSONValue {
    var fork: LSN?
    var apart: String?
    switch node.role {
    case .formerPrimary(let lsn)?: fork = lsn
    case .apart(let reason)?: apart = reason
    default: break
    }
    let summary = node.summary
    return [
      "name": .string(node.name), "source": .string(node.source), "role": .text(StatusWords.role(node.role)),
      "upstream": .text(node.upstream), "major": .text(summary?.version?.name),
      "system_identifier": .text(summary?.systemIdentifier), "running": .flag(summary?.isRunning),
      "state": .text(summary?.state?.name), "timeline_id": .number(summary?.timeline?.rawValue),
      "end_lsn": .text(node.position), "replay_lsn": .text(node.replayed), "lag_bytes": .number(node.lagBytes),
      "replay_lag_bytes": .number(node.replayLagBytes),
      "replay_lag_ms": .number(node.lagMicroseconds.map { $0 / 1000 }), "fork_lsn": .text(fork),
      "apart": .text(apart), "trouble": .text(node.trouble), "gathered_at": .text(summary?.gatheredAt),
    ]
  }

  private static func slot(_ slot: ClusterStatus.Slot) -> JSONValue {
    let assessment = slot.assessment
    return [
      "slot_name": .string(slot.name), "slot_type": slot.isLogical ? "logical" : "physical",
      "plugin": .text(slot.plugin), "database": .text(slot.database), "active": .flag(slot.isActive),
      "wal_status": .text(slot.walStatus), "lag_bytes": .number(slot.lagBytes),
      "retained_bytes": .number(slot.retainedBytes), "synchronized_on": .list(slot.synchronizedOn) { .string($0) },
      "verdict": .text(assessment?.verdict.rawValue), "counts": .flag(assessment?.counts),
      "events": AuditJSON.events(assessment?.events ?? []), "reason": .text(assessment.map(AuditWords.reason)),
    ]
  }

  private static func alert(_ alert: ClusterStatus.Alert) -> JSONValue {
    [
      "severity": .string(alert.severity.rawValue), "node": .text(alert.node), "id": .text(alert.rule),
      "slot_name": .text(alert.slotName), "message": .string(alert.message), "remedy": .text(alert.remedy),
    ]
  }
}
