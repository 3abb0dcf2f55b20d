import Evidence
import PostgresFormat
package import SlotSafety

/// `slotscope.compare/1`.
package enum CompareJSON {
  /// The same members whatever the comparison, null for what is not known.
  package static func document(_ comparison: EvidenceComparison) -> JSONValue {
    [
      "schema": "slotscope.compare/1",
      "a": side(comparison.a),
      "b": side(comparison.b),
      "same_cluster": .flag(comparison.isSameCluster),
      "unchanged": .bool(comparison.isUnchanged),
      "wal_end": position(comparison.end),
      "wal_differs_from": .text(comparison.differsFrom),
      "slots": .list(comparison.slots) { slot in
        [
          "slot_name": .string(slot.name), "change": .string(slot.kind.rawValue),
          "restart_lsn": position(slot.restart), "confirmed_flush_lsn": position(slot.confirmedFlush),
          "catalog_xmin": ["a": .text(slot.catalogXmin.a), "b": .text(slot.catalogXmin.b)],
          "attributes": .list(slot.attributes) {
            ["name": .string($0.name), "a": .text($0.a), "b": .text($0.b)]
          },
        ]
      },
      "settings": .list(comparison.settings) {
        ["name": .string($0.name), "a": .text($0.a), "b": .text($0.b)]
      },
      "open": .list(comparison.open) { .string($0) },
    ]
  }

  private static func side(_ node: NodeSummary) -> JSONValue {
    [
      "source": .string(node.source), "taken_at": .text(node.gatheredAt), "major": .text(node.version),
      "system_identifier": .text(node.systemIdentifier), "role": .string(node.role.rawValue),
      "state": .text(node.state?.name), "running": .flag(node.isRunning),
      "timeline_id": .number(node.timeline?.rawValue),
    ]
  }

  private static func position(_ change: PositionChange) -> JSONValue {
    ["a": .text(change.a), "b": .text(change.b), "moved_bytes": .number(change.moved)]
  }
}
