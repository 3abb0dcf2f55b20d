package import Evidence
package import PostgresFormat

/// Which WAL a slot needs, and whether it is there.
package struct RequiredWAL: Sendable, Hashable {
  /// The segment that holds `restart_lsn`; nil where the slot needs none.
  package var firstSegment: SegmentName
  /// Whether all of it is here. Never where `restart_lsn` is past the end of the WAL, whatever its segment holds.
  package var present: Bool
  /// What is missing, as ranges: a forged position may ask for billions.
  package var missing: [SegmentGap]
  /// From `restart_lsn` to the end of WAL.
  package var retainedBytes: UInt64?
}
