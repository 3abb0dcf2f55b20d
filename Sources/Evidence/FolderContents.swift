package import PostgresFormat

/// What lies in the WAL folder by size, every file in one of the sums: together they are the folder's size.
///
/// Sizes as `stat` tells them; folders themselves are not counted. Symbolic links are not followed.
package struct WALFolderContents: Sendable, Hashable {
  /// Segments with WAL of the position in their names.
  package var liveBytes: UInt64 = 0
  /// Renamed for later use, and made ahead of time.
  package var spareBytes: UInt64 = 0
  /// `NAME.partial`.
  package var partialBytes: UInt64 = 0
  /// Files with a segment's name whose contents are not WAL of this cluster, or cannot be read.
  package var foreignBytes: UInt64 = 0
  /// Timeline histories and `*.backup` files.
  package var historyBytes: UInt64 = 0
  /// All in `archive_status`.
  package var statusBytes: UInt64 = 0
  /// All in `summaries` (17 and later).
  package var summaryBytes: UInt64 = 0
  /// Files that a server neither writes nor reads there, and those that an interrupted one left.
  package var strayBytes: UInt64 = 0
  /// How many those are, those within folders included.
  package var strayCount = 0
  /// Of these the largest ones, at most ``listLimit``, the largest first.
  package var strays: [Stray] = []
  /// Live segments of another size than a segment's, at most ``listLimit``: the rest counts as whole ones.
  package var irregular: [IrregularSegment] = []
  /// Some folder could not be read to its end: the sums are less than what there is.
  package var isIncomplete = false
  /// Entries of a list.
  package static let listLimit = 64

  /// All together.
  package var totalBytes: UInt64 {
    [liveBytes, spareBytes, partialBytes, foreignBytes, historyBytes, statusBytes, summaryBytes, strayBytes].reduce(0) {
      $0.addingReportingOverflow($1).partialValue
    }
  }

  /// An empty folder.
  package init() {}

  /// A file that is not WAL.
  package struct Stray: Sendable, Hashable {
    /// What becomes of it.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
      /// A start removes it (`xlogtemp.*`: a segment that was not finished).
      case removedByStart = "removed_by_start"
      /// A recovery overwrites or removes it (RECOVERYXLOG, RECOVERYHISTORY).
      case removedByRecovery = "removed_by_recovery"
      /// Nobody removes it.
      case stays
    }
    /// From the data directory.
    package var path: String
    /// Bytes; of a folder those of all files in it.
    package var bytes: UInt64
    /// By its name.
    package var kind: Kind
    /// A file, or a folder with all that is in it.
    package init(path: String, bytes: UInt64, kind: Kind) { (self.path, self.bytes, self.kind) = (path, bytes, kind) }
  }

  /// A live segment that is shorter or longer than a segment.
  package struct IrregularSegment: Sendable, Hashable {
    /// From its name.
    package var timeline: TimelineID
    /// From its name.
    package var number: SegmentNumber
    /// Its size.
    package var bytes: UInt64
    /// A segment and its size.
    package init(timeline: TimelineID, number: SegmentNumber, bytes: UInt64) {
      (self.timeline, self.number, self.bytes) = (timeline, number, bytes)
    }
  }
}

/// The queue of the archiver: what `archive_status/*.ready` says.
package struct ArchiveQueue: Sendable, Hashable {
  /// The name without `.ready` that an archiver takes first: histories before segments, the oldest segment first
  /// (`ready_file_comparator`, src/backend/postmaster/pgarch.c). nil where none waits.
  package var first: String?
  /// When its `.ready` file was made.
  package var since: Timestamp?
  /// The oldest of the files that wait, by name, whose own file is not there; nil where all are.
  package var orphan: String?
  /// How many of them there are.
  package var orphanCount = 0
  /// Nothing waits.
  package init() {}
}

/// Files of logical decoding that slots keep: of snapshots and of mappings of rewritten catalogs.
package struct LogicalFiles: Sendable, Hashable {
  /// Files in pg_logical/snapshots, readable or not.
  package var snapshotCount = 0
  /// Their sizes.
  package var snapshotBytes: UInt64 = 0
  /// Files in pg_logical/mappings.
  package var mappingCount = 0
  /// Their sizes.
  package var mappingBytes: UInt64 = 0
  /// No files.
  package init() {}
}
