package import Evidence
package import PostgresFormat

/// Answers what of a range of WAL the node has, on the timelines of its own history.
///
/// A server that decodes opens, for each segment, the file of the newest timeline in its history that owns a byte of
/// it: a segment that holds a switch point must be there under the child's name; the parent's copy is not read. Only timelines
/// count that replay has reached: where WAL ends at or before a switch point, the parent's file is read.
package struct AvailableWAL: Sendable {
  private let size: Int
  private var end: LSN
  private let history: TimelineHistory
  /// Live runs by timeline, sorted by their first segment.
  private let runs: [TimelineID: [SegmentRun]]

  /// nil where the WAL's end, the segment size or the node's timeline is not known, or nobody looked into its folder.
  package init?(_ evidence: Evidence) {
    guard evidence.wal.path != nil, let size = evidence.wal.segmentSize, size > 0, let end = evidence.wal.end,
      let history = evidence.currentHistory
    else { return nil }
    self.init(size: size, end: end.lsn, history: history, live: evidence.wal.live.without(Self.short(evidence.wal)))
  }

  /// Segments that break off before WAL ends: reading stops there.
  static func short(_ wal: WALEvidence) -> [WALFolderContents.IrregularSegment] {
    guard let size = wal.segmentSize, size > 0, let end = wal.end?.lsn.nonZero else { return [] }
    let last = SegmentNumber(containing: LSN(end.rawValue - 1), size: size)
    return (wal.contents?.irregular ?? []).filter { $0.bytes < UInt64(size) && $0.number < last }
  }

  /// `size` is that of a segment in bytes, `live` the segments that have WAL of their position.
  package init(size: Int, end: LSN, history: TimelineHistory, live: [SegmentRun]) {
    self.size = size
    self.end = end
    self.history = history
    runs = Dictionary(grouping: live, by: \.timeline).mapValues { $0.sorted { $0.first < $1.first } }
  }

  /// The segments from the one with `start` to the one with the last byte of WAL that are not there. Empty where all
  /// are, and where `start` is at or after the end.
  package func missing(from start: LSN) -> [SegmentGap] {
    guard end.isValid, start < end else { return [] }
    let first = SegmentNumber(containing: start, size: size)
    let last = SegmentNumber(containing: LSN(end.rawValue - 1), size: size)
    var gaps: [SegmentGap] = []
    var next = first
    for span in history.spans {
      guard let switchPoint = span.end else { break }
      // WAL that ends before the switch is the parent's: the child's file, if its server made one, has not come.
      if switchPoint >= end { return next <= last ? gaps + missing(span.timeline, next, last) : gaps }
      // The last segment that is wholly the ancestor's: the one with the switch point is read from the child's file.
      let childFirst = SegmentNumber(containing: switchPoint, size: size)
      guard childFirst.rawValue > next.rawValue else { continue }
      let ancestorLast = min(SegmentNumber(childFirst.rawValue - 1), last)
      gaps += missing(span.timeline, next, ancestorLast)
      guard ancestorLast < last else { return gaps }
      next = SegmentNumber(ancestorLast.rawValue + 1)
    }
    return next <= last ? gaps + missing(history.timeline, next, last) : gaps
  }

  /// The same of the WAL before `limit` alone.
  package func missing(from start: LSN, to limit: LSN) -> [SegmentGap] {
    var part = self
    part.end = min(end, limit)
    return part.missing(from: start)
  }

  private func missing(_ timeline: TimelineID, _ first: SegmentNumber, _ last: SegmentNumber) -> [SegmentGap] {
    var gaps: [SegmentGap] = []
    var next = first
    for run in runs[timeline] ?? [] where run.last >= next && run.first <= last {
      if run.first > next {
        gaps.append(SegmentGap(timeline: timeline, first: next, last: SegmentNumber(run.first.rawValue - 1)))
      }
      guard run.last < last else { return gaps }
      next = SegmentNumber(run.last.rawValue + 1)
    }
    gaps.append(SegmentGap(timeline: timeline, first: next, last: last))
    return gaps
  }

  /// What a slot with this `restart_lsn` needs.
  package func required(from restart: LSN) -> RequiredWAL {
    let missing = missing(from: restart)
    let number = SegmentNumber(containing: restart, size: size)
    let (segmentEnd, overflow) = number.start(size: size).rawValue.addingReportingOverflow(UInt64(size) - 1)
    let lastByte = end.isValid ? min(LSN(overflow ? .max : segmentEnd), max(restart, LSN(end.rawValue - 1))) : restart
    let timeline = history.timeline(of: lastByte)
    return RequiredWAL(
      firstSegment: SegmentName(timeline: timeline, number: number, size: size),
      present: missing.isEmpty && restart <= end, missing: missing, retainedBytes: end.bytes(since: restart))
  }
}

extension [SegmentRun] {
  /// The same runs, cut where one of these segments is.
  fileprivate func without(_ segments: [WALFolderContents.IrregularSegment]) -> [SegmentRun] {
    segments.reduce(self) { runs, one in
      runs.flatMap { run -> [SegmentRun] in
        guard run.timeline == one.timeline, run.first <= one.number, one.number <= run.last else { return [run] }
        var parts: [SegmentRun] = []
        if run.first < one.number {
          parts.append(
            SegmentRun(timeline: run.timeline, first: run.first, last: SegmentNumber(one.number.rawValue - 1)))
        }
        if one.number < run.last {
          parts.append(
            SegmentRun(timeline: run.timeline, first: SegmentNumber(one.number.rawValue + 1), last: run.last))
        }
        return parts
      }
    }
  }
}
