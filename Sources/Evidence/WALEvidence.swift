package import PostgresFormat

/// What of the write-ahead log is there, and where it ends.
package struct WALEvidence: Sendable, Hashable {
  /// `pg_wal` or `pg_xlog`, with the target where it is a symbolic link.
  package var path: String?
  /// As the link is written, absolute or relative to the data directory; nil where the folder is not a link, and from a
  /// server.
  package var linkTarget: String?
  /// Bytes. From the control file, else from a long page header.
  package var segmentSize: Int?
  /// Runs of consecutive segments with live WAL, by timeline and number.
  package var live: [SegmentRun] = []
  /// Files with a segment's name whose first page belongs to an older position: renamed for later use.
  package var recycledCount = 0
  /// Files with a segment's name and a first page of zeros.
  package var preallocatedCount = 0
  /// `NAME.partial`.
  package var partial: [SegmentName] = []
  /// `NAME.OFFSET.backup` files.
  package var backupHistoryCount = 0
  /// Segments that the archiver has still to copy (`archive_status/NAME.ready`). nil where the folder could not be read to
  /// its end.
  package var archiveReadyCount: Int? = 0
  /// 17 and later: files in `summaries`. nil: as above.
  package var summaryCount: Int? = 0
  /// Segments that the archiver has copied (`archive_status/NAME.done`). nil: as above, or gathered by an earlier slotscope.
  package var archived: [SegmentRun]?
  /// 17 and later: up to where the WAL of each timeline is summarized. nil: as above.
  package var summarized: [SummarizedTimeline]?
  /// The first time in a record of the oldest live segment, and where that record begins.
  package var firstTime: WALTime?
  /// Sizes of all segments and `.partial` files, recycled ones included; from a server of every file that
  /// pg_ls_waldir() lists.
  package var totalBytes: UInt64 = 0
  /// nil where no live segment was found, or a server did not tell a position.
  package var end: WALEnd?
  /// Segments that are missing between others of one timeline's history.
  package var gaps: [SegmentGap] = []
  /// The records that a start reads by themselves, by position. nil from a server, where no WAL is, and in evidence of older
  /// releases.
  package var startRecords: [StartRecord]?
  /// What was met from the redo position to the end. nil: as above, and where the walk could not begin there.
  package var replay: ReplayEvidence?
  /// nil from a server that does not list it to the role that asks, and in evidence of older releases.
  package var contents: WALFolderContents?
  /// nil where the folder could not be read to its end, from a server, and in evidence of older releases.
  package var archiveQueue: ArchiveQueue?
  /// The first traces of the transactions that hold the WAL of slots, by number. nil: nobody looked for them.
  package var traces: [TransactionTrace]?

  /// No WAL folder read. `path` stays nil, which tells it from an empty folder.
  package init() {}

  /// Whether a server could have left this: a segment size of PostgreSQL's, and runs and gaps that go forward within the
  /// range of an LSN. What is read from a directory always can; an evidence file may be forged.
  package var isPossible: Bool {
    if let segmentSize, !WALGeometry.isSegmentSize(segmentSize) { return false }
    let highest = SegmentNumber(.max >> 20)
    return live.count <= 1 << 16 && gaps.count <= 1 << 16 && (archived?.count ?? 0) <= 1 << 16
      && (live + (archived ?? [])).allSatisfy { $0.first <= $0.last && $0.last <= highest }
      && gaps.allSatisfy { $0.first <= $0.last && $0.last <= highest }
  }

  /// Whether live WAL of the segment with this position is there, on a timeline of the history; nil where no WAL was read.
  package func hasLiveSegment(with lsn: LSN, in history: TimelineHistory) -> Bool? {
    guard path != nil, let segmentSize, segmentSize > 0 else { return nil }
    let segment = SegmentNumber(containing: lsn, size: segmentSize)
    return live.contains { run in
      history.contains(run.timeline) && run.first <= segment && segment <= run.last
    }
  }
}

/// Consecutive segments of one timeline, first and last included.
package struct SegmentRun: Sendable, Hashable {
  /// From the first eight digits of the names, not from the pages: a segment may begin with WAL of the parent timeline.
  package var timeline: TimelineID
  /// Number of the oldest segment of the run.
  package var first: SegmentNumber
  /// Number of the newest one; equal to `first` for a single segment.
  package var last: SegmentNumber
  /// `first` is not to exceed `last`.
  package init(timeline: TimelineID, first: SegmentNumber, last: SegmentNumber) {
    (self.timeline, self.first, self.last) = (timeline, first, last)
  }
  /// Segments, both ends counted.
  package var count: UInt64 { last.rawValue - first.rawValue + 1 }
}

extension [SegmentRun] {
  /// Adds a segment. They come in ascending order, timeline by timeline; one that comes twice counts once.
  package mutating func extend(with number: SegmentNumber, on timeline: TimelineID) {
    if let run = last, run.timeline == timeline, run.last.rawValue + 1 >= number.rawValue {
      self[count - 1].last = number
    } else {
      append(SegmentRun(timeline: timeline, first: number, last: number))
    }
  }
}

/// Segments that should be there and are not, first and last included.
package struct SegmentGap: Sendable, Hashable {
  /// The timeline in the name that the file ought to have.
  package var timeline: TimelineID
  /// Number of the oldest missing segment.
  package var first: SegmentNumber
  /// Number of the newest missing one.
  package var last: SegmentNumber
  /// `first` is not to exceed `last`.
  package init(timeline: TimelineID, first: SegmentNumber, last: SegmentNumber) {
    (self.timeline, self.first, self.last) = (timeline, first, last)
  }
  /// Segments, both ends counted.
  package var count: UInt64 { last.rawValue - first.rawValue + 1 }
}

/// The end of valid WAL on the node's own timeline.
package struct WALEnd: Sendable, Hashable {
  /// After the last valid record, aligned as the next one would be: where a promotion goes on.
  package var lsn: LSN
  /// Whose history was followed up to here; 0 where a server did not tell it.
  package var timeline: TimelineID
  /// Where the last valid record begins; nil where none was read.
  package var lastRecord: LSN?
  /// Where the walk began.
  package var walkedFrom: LSN
  /// Why reading ended here, most often an ordinary end. `not_read` where a server gave the position.
  package var stop: WALStop
  /// The file that holds the stop, and the byte in it; nil where no file does.
  package var path: String?
  /// From the start of the file to the byte that the reader objected to; nil together with `path`.
  package var offset: Int?
  /// The first valid record after the stop, where there is one: then the stop is damage, or remains of an earlier crash.
  package var validAgainFrom: LSN?
  /// Where something was written after the stop that a server does not leave there: then the stop is damage.
  package var traceBehind: LSN?
  /// The redo position of the last checkpoint record that was read.
  package var lastCheckpointRedo: LSN?
  /// The last time in a record that was read, and where that record begins.
  package var lastTime: WALTime?
  /// What the walk itself says. Traces after the stop, times and checkpoints are added by those who look for them.
  package init(
    lsn: LSN, timeline: TimelineID, lastRecord: LSN?, walkedFrom: LSN, stop: WALStop, path: String? = nil,
    offset: Int? = nil, validAgainFrom: LSN? = nil
  ) {
    (self.lsn, self.timeline, self.lastRecord, self.walkedFrom) = (lsn, timeline, lastRecord, walkedFrom)
    (self.stop, self.path, self.offset, self.validAgainFrom) = (stop, path, offset, validAgainFrom)
  }
}

extension WALEnd {
  /// Where a primary that crashed goes on writing: ``lsn``, or, where the last record broke off, the page that lacks its rest
  /// (`missingContrecPtr`; 13.5, 14 and later). A promotion goes on at ``lsn`` in any case.
  package var afterCrash: LSN { stop.record != nil && stop.at > lsn ? stop.at : lsn }
}

/// When a record was written, by itself: the end of a transaction, or a checkpoint.
package struct WALTime: Sendable, Hashable {
  /// Where the record begins.
  package var lsn: LSN
  /// `xact_time` of a commit or abort record, by the clock of the server that wrote it.
  package var time: Timestamp
  /// A record's start and the time in it.
  package init(lsn: LSN, time: Timestamp) { (self.lsn, self.time) = (lsn, time) }
}

/// Up to where the WAL of a timeline is summarized: the end of its last file in `pg_wal/summaries`.
package struct SummarizedTimeline: Sendable, Hashable {
  /// From the first eight digits of the summaries' names.
  package var timeline: TimelineID
  /// The greatest end among their names: WAL before it need not be kept for the summarizer.
  package var end: LSN
  /// How far one timeline is summarized.
  package init(timeline: TimelineID, end: LSN) { (self.timeline, self.end) = (timeline, end) }
}
