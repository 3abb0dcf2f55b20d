package import PostgresFormat

/// Which segments a checkpoint keeps, by number alone: what `KeepLogSeg` and its callers in src/backend/access/transam/xlog.c
/// work out, for all versions at once.
///
/// A checkpoint keeps everything from the smallest of these on: the segment of its own redo position, `wal_keep_size` before the
/// current one, the oldest segment that a slot needs (13 and later: but no further back than `max_slot_wal_keep_size`), and the
/// first that is not summarized yet (17 and later).
package struct RetentionRule: Sendable, Hashable {
  /// The segment of the next checkpoint's redo position. Up to 10 a checkpoint keeps the WAL of the one before too: then that
  /// of the last checkpoint.
  package var redo: SegmentNumber
  /// The segment that is being written when the checkpoint ends.
  package var current: SegmentNumber
  /// `wal_keep_size` or `wal_keep_segments`, in segments.
  package var kept: UInt64
  /// `max_slot_wal_keep_size` in segments; nil: without limit.
  package var slotLimit: UInt64?
  /// `max_wal_size` in segments.
  package var ordinary: UInt64
  /// The first segment that is not summarized; nil where nothing waits for summaries.
  package var unsummarized: SegmentNumber?

  /// `ordinary` is 1 GB in segments of 16 MB, as where nobody has set it.
  package init(
    redo: SegmentNumber, current: SegmentNumber, kept: UInt64 = 0, slotLimit: UInt64? = nil, ordinary: UInt64 = 64,
    unsummarized: SegmentNumber? = nil
  ) {
    (self.redo, self.current, self.kept, self.slotLimit) = (redo, current, kept, slotLimit)
    (self.ordinary, self.unsummarized) = (ordinary, unsummarized)
  }

  /// The first segment that is kept for `wal_keep_size`.
  package var firstKept: SegmentNumber { Self.before(current, by: kept) }
  /// The first segment that a slot may still hold; nil: without limit.
  package var firstForSlots: SegmentNumber? { slotLimit.map { Self.before(current, by: $0) } }

  /// The oldest segment that is kept, where `slot` is the oldest that a slot needs.
  package func oldestKept(slot: SegmentNumber?) -> SegmentNumber {
    var oldest = min(redo, firstKept, current)
    if let slot { oldest = min(oldest, max(slot, firstForSlots ?? slot)) }
    if let unsummarized { oldest = min(oldest, unsummarized) }
    return oldest
  }

  /// `pg_replication_slots.wal_status` of a slot that needs WAL from a segment on, as `GetWALAvailability` finds it.
  package func status(of slot: SegmentNumber, oldestSlot: SegmentNumber, oldestThere: SegmentNumber) -> WALStatus {
    let required = min(oldestKept(slot: oldestSlot), current)
    if slot >= required { return slot >= Self.before(current, by: ordinary &+ 1) ? .reserved : .extended }
    return slot >= oldestThere ? .unreserved : .lost
  }

  /// Where WAL must get to until a slot's oldest segment may go at the next checkpoint; nil: never.
  package func limit(of slot: SegmentNumber, size: Int) -> LSN? {
    guard let slotLimit else { return nil }
    let (number, overflow) = slot.rawValue.addingReportingOverflow(max(slotLimit, kept) &+ 1)
    return overflow ? nil : SegmentNumber(number).start(size: size)
  }

  /// Segments are counted from 1 on here, as the server does.
  private static func before(_ current: SegmentNumber, by count: UInt64) -> SegmentNumber {
    count == 0 ? current : SegmentNumber(current.rawValue > count ? current.rawValue - count : 1)
  }
}

/// `pg_replication_slots.wal_status`.
package enum WALStatus: String, Sendable, Hashable, CaseIterable { case reserved, extended, unreserved, lost }
