import Evidence
import PostgresFormat
package import SlotSafety

/// The document `slotscope.audit/1`. With several standbys it is that of the best one, and `candidates` ranks them all.
package enum AuditJSON {
  /// null where nothing was judged.
  package static func document(_ assessments: [Assessment]) -> JSONValue {
    guard let best = assessments.first else { return .null }
    var document = one(best)
    if assessments.count > 1, case .object(var members) = document {
      members.append(
        JSONValue.Member(
          name: "candidates",
          value: .list(assessments) { candidate in
            [
              "source": .string(candidate.standby.source), "verdict": .string(candidate.verdict.rawValue),
              "end_lsn": .text(candidate.switchPoint), "assessment": one(candidate),
            ]
          }))
      document = .object(members)
    }
    return document
  }

  private static func one(_ assessment: Assessment) -> JSONValue {
    [
      "schema": "slotscope.audit/1",
      "verdict": .string(assessment.verdict.rawValue),
      "event": .string(assessment.event.rawValue), "events": events(assessment.events),
      "promoted": .bool(assessment.isPromoted),
      "given": .list(assessment.given) { .string($0.premise.rawValue) },
      "ready_if": .list(assessment.readyIf) { .string($0.rawValue) },
      "switch_lsn": .text(assessment.switchPoint), "first_step": .text(assessment.firstStep),
      "nodes": [
        "primary": assessment.primary.map(node) ?? .null,
        "standby": node(assessment.standby),
      ],
      "slots": .list(assessment.slots, slot),
      "findings": .list(assessment.findings, FindingJSON.object),
    ]
  }

  private static func node(_ node: NodeSummary) -> JSONValue {
    [
      "source": .string(node.source), "major": .text(node.version?.name),
      "system_identifier": .text(node.systemIdentifier), "role": .string(node.role.rawValue),
      "state": .text(node.state?.name), "running": .flag(node.isRunning),
      "timeline_id": .number(node.timeline?.rawValue),
      "end_lsn": .text(node.endOfWAL), "gathered_at": .text(node.gatheredAt),
    ]
  }

  private static func slot(_ slot: SlotAssessment) -> JSONValue {
    [
      "slot_name": .string(slot.slotName), "slot_type": slot.isLogical ? "logical" : "physical",
      "plugin": .text(slot.plugin), "database": .text(slot.databaseName), "verdict": .string(slot.verdict.rawValue),
      "counts": .bool(slot.counts), "reason": .string(slot.reason), "first_step": .text(slot.firstStep),
      "events": events(slot.events),
      "primary": slot.primary.map(view) ?? .null, "standby": slot.standby.map(view) ?? .null,
      "consumer": position(slot.consumer),
      "findings": .list(AuditWords.ids(slot.findings)) { .string($0) },
      "premises": .list(slot.premises) { one in
        [
          "id": .string(one.premise.rawValue), "sentence": .string(one.premise.sentence),
          "state": .string(one.state.rawValue), "evidence": .string(one.evidence),
          "settled_by": .string(one.premise.settledBy),
        ]
      },
      "ready_if": .list(slot.readyIf) { .string($0.premise.rawValue) },
      "exposure": [
        "missed": slot.exposure.missed.map(changes) ?? .null,
        "vanished": slot.exposure.vanished.map(changes) ?? .null,
        "repeated": slot.exposure.repeated.map(changes) ?? .null,
      ],
    ]
  }

  /// null for an event that cannot happen any more.
  static func events(_ verdicts: [EventVerdict]) -> JSONValue {
    .object(
      FailoverEvent.allCases.map { event in
        JSONValue.Member(
          name: event.rawValue,
          value: verdicts.first { $0.event == event }.map {
            ["verdict": .string($0.verdict.rawValue), "reason": .string($0.reason)]
          } ?? .null)
      })
  }

  private static func view(_ view: SlotView) -> JSONValue {
    let state = view.state
    return [
      "path": .string(view.path), "readable": .bool(state != nil), "slot_name": .text(state?.name),
      "plugin": .text(state?.plugin), "datoid": .text(state?.database.nonZeroText),
      "temporary": .flag(state.map { $0.persistency == .temporary }),
      "persistency": .text(state.map { "\($0.persistency)" }),
      "xmin": .text(state?.xmin.nonZero), "catalog_xmin": .text(view.catalogXmin),
      "restart_lsn": position(view.restart), "confirmed_flush_lsn": position(view.confirmedFlush),
      "two_phase": .flag(state?.twoPhase), "invalidation_reason": .text(state?.invalidation?.rawValue),
      "failover": .flag(state?.failover), "synced": .flag(state?.synced),
    ]
  }

  private static func position(_ position: Position) -> JSONValue {
    [
      "at_least": .text(position.atLeast), "at_most": .text(position.atMost), "basis": .string(position.basis),
    ]
  }

  private static func changes(_ changes: CommittedChanges) -> JSONValue {
    [
      "from_lsn": .text(changes.from), "to_lsn": .text(changes.to), "bytes": .number(changes.bytes),
      "transactions": .number(changes.transactions), "messages": .number(changes.messages),
      "complete": .bool(changes.isComplete),
      "relations": .list(changes.rows) { row in
        [
          "relation": .string(row.relation.description), "inserts": .number(row.inserts),
          "updates": .number(row.updates),
          "deletes": .number(row.deletes),
        ]
      },
    ]
  }
}

extension OID {
  fileprivate var nonZeroText: String? { isValid ? description : nil }
}
