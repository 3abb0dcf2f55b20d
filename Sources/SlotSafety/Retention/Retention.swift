package import Evidence
package import PostgresFormat

/// Which WAL the next checkpoint (on a standby: restartpoint) would remove if it came now, what keeps the rest, and which slot is
/// invalidated next. A prediction from the files, as the server would start with them or runs.
package struct Retention: Sendable, Hashable {
  /// Why WAL is kept.
  package enum Reason: String, Sendable, Hashable, CaseIterable {
    case checkpoint, slot, archiver
    case walKeepSize = "wal_keep_size"
    case summaries
  }

  /// One reason, and the oldest segment that is kept for it.
  package struct Hold: Sendable, Hashable {
    /// Several reasons may keep the same segment.
    package var reason: Reason
    /// nil for reasons that are no slot's.
    package var slotName: String?
    /// Of all that is kept for it; the segment need not be there any more.
    package var oldest: SegmentNumber
  }

  /// What becomes of one slot that holds WAL.
  package struct Slot: Sendable, Hashable {
    /// As pg_replication_slots has it.
    package var name: String
    /// `restart_lsn`.
    package var restart: LSN
    /// As the view would show it at this position.
    package var status: WALStatus
    /// Where WAL must get to until the next checkpoint may give the slot up. nil: `max_slot_wal_keep_size` sets no limit.
    package var limit: LSN?
    /// When that is, if WAL goes on as fast as it came. nil: not known, or never.
    package var limitReachedAt: Timestamp?
    /// The next checkpoint invalidates it.
    package var isLostNext: Bool
    /// What the next checkpoint would remove more, in bytes, if the slot were dropped before.
    package var freedBytes: UInt64
  }

  /// Bytes.
  package var segmentSize: Int
  /// The redo position of that checkpoint; on a standby that of the newest checkpoint record in its WAL.
  package var redo: LSN
  /// A standby makes no restartpoint as long as no checkpoint record has come since the last one.
  package var isSkipped: Bool
  /// The first segment that stays.
  package var oldestKept: SegmentNumber
  /// Files that go, by runs of names.
  package var removed: [SegmentRun]
  /// Of these so many at least, and so many at most, are renamed for later use and free no space (`min_wal_size`,
  /// `max_wal_size`).
  package var recycled: ClosedRange<UInt64>
  /// Of these so many lie before the redo position of the last checkpoint, which left them.
  package var leftByLast: UInt64 = 0
  /// On a standby: up to where WAL is known to be replayed, where the checkpoint record that the next restartpoint goes to
  /// may lie after it. nil: that record was replayed, or this is not a standby.
  package var replayedAtLeast: LSN?
  /// Files that would go if the archiver had copied them.
  package var awaitingArchiver: UInt64
  /// The one that keeps the most first.
  package var holds: [Hold]
  /// In the order of their names.
  package var slots: [Slot]
  /// Bytes of WAL in a second, by the times in its records. nil: there are too few.
  package var bytesPerSecond: Double?

  /// Files, recycled ones included.
  package var removedCount: UInt64 { removed.reduce(0) { $0 &+ $1.count } }
  /// Of whole segments; what is recycled of them frees no space.
  package var removedBytes: UInt64 { removedCount.multipliedReportingOverflow(by: UInt64(segmentSize)).partialValue }
}

extension SegmentRun {
  /// What of the run lies before a segment; nil where nothing does.
  func before(_ end: SegmentNumber) -> SegmentRun? {
    guard first < end else { return nil }
    return SegmentRun(timeline: timeline, first: first, last: min(last, SegmentNumber(end.rawValue - 1)))
  }
}
