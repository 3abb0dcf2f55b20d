package import PostgresFormat

/// What the question of an old primary's way back asks of WAL and folders beyond the evidence of both nodes: what was read
/// around the fork, what archives have, and how tablespaces lie.
package struct RejoinWAL: Sendable, Hashable {
  /// A checkpoint record from which pg_rewind would begin.
  package struct CommonCheckpoint: Sendable, Hashable {
    /// Where the record begins.
    package var lsn: LSN
    /// Where replay from it begins.
    package var redo: LSN
    /// The timeline that wrote it.
    package var timeline: TimelineID
    /// A checkpoint record by its three positions.
    package init(lsn: LSN, redo: LSN, timeline: TimelineID) {
      (self.lsn, self.redo, self.timeline) = (lsn, redo, timeline)
    }
  }

  /// Where a segment is that the old node lacks.
  package enum Place: Sendable, Hashable {
    /// A file of an archive, or of the new primary, and the program that prints it unpacked (`gzip -dc`) where it is packed.
    case file(String, program: String? = nil)
    /// What a restore command brings: that command for this segment, without what may be a secret, run in the data directory.
    case command(String)
  }

  /// The last checkpoint record that begins before the fork, of the records that lead up to it without a break; nil where
  /// such a break hides it, or nothing was read.
  package var lastCommonCheckpoint: CommonCheckpoint?
  /// It stands in the old node's own WAL, in its own folder or an archive; else it was found in the new primary's.
  package var checkpointIsOnOldNode = true
  /// Where there is none, all records from the segment after this one lead up to the fork: pg_rewind asks for it.
  package var gapBefore: SegmentNumber?
  /// Where the record begins that comes before the first one of a segment, for those that lead up to the fork.
  package var previous: [SegmentNumber: LSN] = [:]
  /// COMMIT and COMMIT PREPARED records of the old node that begin at the fork or later.
  package var commits: UInt64 = 0
  /// All WAL from the fork to its end was read, so that ``commits`` are all of them.
  package var commitsAreComplete = false
  /// After the last valid record on the old node's own timeline, as far as its own folder has it without a break; nil where
  /// nothing was read.
  package var end: LSN?
  /// Where the last of these records begins.
  package var lastRecord: LSN?
  /// What ended the reading there.
  package var stop: WALStop?
  /// Valid WAL follows the stop, or traces of it: then the stop is damage, not the end.
  package var isDamaged = false
  /// Of two nodes with one and the same history: the WAL of their timeline differs; nil where no segment is on both.
  package var timelineDiffers: Bool?
  /// Segments by name that archives have, or a restore command brings, whole. Only those from the last common checkpoint on, at most ``placeLimit``.
  package var archived: [SegmentName: Place] = [:]
  /// Archives were given and could be listed.
  package var archivesWereRead = false
  /// Tablespaces that lie in place, as folders in pg_tblspc, by their names; nil where the folder could not be listed.
  package var tablespacesInPlace: [String]?
  /// The tablespaces that are links, by name.
  package var tablespaceLinks: [String] = []

  /// Places that are kept: 65,536 segments are a terabyte.
  package static let placeLimit = 1 << 16

  /// Nothing read.
  package init() {}
}
