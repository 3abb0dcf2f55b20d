import Evidence
import PostgresFormat
import SlotSafety

extension InspectJSON {
  /// What the next checkpoint would remove, what keeps the rest, and which slot is invalidated next.
  static func retention(_ retention: Retention, in node: Inspection) -> JSONValue {
    let size = retention.segmentSize
    func name(_ number: SegmentNumber, of timeline: TimelineID? = nil) -> JSONValue {
      let lastByte = LSN(number.start(size: size).rawValue | UInt64(size - 1))
      let owner = timeline ?? node.evidence.currentHistory?.timeline(of: lastByte)
      return .text(owner.map { SegmentName(timeline: $0, number: number, size: size).text })
    }
    return [
      "checkpoint_redo_lsn": .text(retention.redo),
      "skipped": .bool(retention.isSkipped),
      "keeps_from_segment": name(retention.oldestKept),
      "removes": .list(retention.removed) {
        [
          "timeline_id": .number($0.timeline.rawValue), "from_segment": name($0.first, of: $0.timeline),
          "to_segment": name($0.last, of: $0.timeline),
        ]
      },
      "removes_count": .number(retention.removedCount),
      "removes_bytes": .text(retention.removedBytes),
      "left_by_last_checkpoint": .number(retention.leftByLast),
      "replayed_at_least_lsn": .text(retention.replayedAtLeast),
      "recycles_at_least": .number(retention.recycled.lowerBound),
      "recycles_at_most": .number(retention.recycled.upperBound),
      "awaits_archiver": .number(retention.awaitingArchiver),
      "kept_for": .list(retention.holds) {
        [
          "reason": .string($0.reason.rawValue), "slot_name": .text($0.slotName), "first_segment": name($0.oldest),
        ]
      },
      "slots": .list(retention.slots) {
        [
          "slot_name": .string($0.name),
          "wal_status": .string($0.status.rawValue),
          "lost_next": .bool($0.isLostNext),
          "limit_lsn": .text($0.limit),
          "limit_reached_at": .text($0.limitReachedAt),
          "drop_frees_bytes": .text($0.freedBytes),
        ]
      },
      "wal_bytes_per_second": .number(retention.bytesPerSecond.map { Int64(min($0, 1e18)) }),
    ]
  }
}
