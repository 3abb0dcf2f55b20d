package import Evidence
package import PostgresFormat

/// What is retained and pinned, and for whom: one account of the WAL folder, whose parts are together the folder's size, and of the rows and
/// files that slots and transactions pin.
///
/// The arithmetic is ``Retention``'s; here each segment is put down to everybody who needs it.
package struct RetentionAccount: Sendable, Hashable {
  /// Who needs a segment.
  package enum Keeper: Sendable, Hashable {
    /// The next checkpoint would begin in it or before it: a start after a crash needs it.
    case checkpoint
    /// A slot, by its restart_lsn.
    case slot(String)
    /// So many slots more, of which there are too many to name.
    case moreSlots(Int)
    /// `wal_keep_size` (`wal_keep_segments`).
    case walKeepSize
    /// The archiver has not copied it.
    case archiver
    /// It is not summarized yet (`summarize_wal`).
    case summaries
    /// On a standby: no checkpoint record after it is known to be replayed.
    case replay
  }

  /// A part of the folder.
  package enum Part: Sendable, Hashable {
    /// Consecutive segments that the same ones keep: slots first, and of these those that need them longest.
    case kept(SegmentRun, by: [Keeper])
    /// The next checkpoint (restartpoint) removes them, or renames them for later use.
    case removedNext(SegmentRun)
    /// Recycled, or made ahead of time.
    case spare
    case partial, foreign, histories, archiveStatus, summaries, strays
  }

  /// One line of the account.
  package struct Entry: Sendable, Hashable {
    /// Which part it is.
    package var part: Part
    /// Files.
    package var count: UInt64
    /// As they are on disk.
    package var bytes: UInt64
  }

  /// In the order of ``Part``; together they have ``totalBytes``.
  package var entries: [Entry]
  /// Of the folder.
  package var totalBytes: UInt64
  /// Some folder could not be read to its end: the folder has more.
  package var isIncomplete: Bool
  /// Who pins rows, the oldest number first.
  package var rows: [PinnedRows]
  /// The number that the next transaction gets, as far as the files tell; a running server has given out more.
  package var nextXID: TransactionID?

  /// Slots that are named for one run of segments.
  static let namedSlots = 3
  /// Runs of segments that are told apart; beyond them neighbors become one.
  static let runLimit = 200

  /// nil where the sizes of the folder are not known: a server that does not list it to this role, and evidence of older releases.
  package init?(_ evidence: Evidence, _ retention: Retention?) {
    guard let contents = evidence.wal.contents, let size = evidence.wal.segmentSize, size > 0 else { return nil }
    (totalBytes, isIncomplete) = (contents.totalBytes, contents.isIncomplete)
    nextXID = evidence.newestKnownXID
    rows = PinnedRows.all(evidence, next: nextXID)
    entries = Self.segments(evidence, contents, retention, size: size)
    func add(_ part: Part, _ count: Int?, _ bytes: UInt64) {
      guard bytes > 0 || (count ?? 0) > 0 else { return }
      entries.append(Entry(part: part, count: UInt64(clamping: count ?? 0), bytes: bytes))
    }
    let wal = evidence.wal
    add(.spare, wal.recycledCount &+ wal.preallocatedCount, contents.spareBytes)
    add(.partial, wal.partial.count, contents.partialBytes)
    add(.foreign, nil, contents.foreignBytes)
    add(.histories, nil, contents.historyBytes)
    add(.archiveStatus, nil, contents.statusBytes)
    add(.summaries, wal.summaryCount, contents.summaryBytes)
    add(.strays, contents.strayCount, contents.strayBytes)
  }

  /// Live segments. Their sizes are a segment's but for those that are listed as irregular.
  private static func segments(
    _ evidence: Evidence, _ contents: WALFolderContents, _ retention: Retention?, size: Int
  ) -> [Entry] {
    let keepers = retention.map { KeeperRanges($0, evidence, size: size) }
    var entries: [Entry] = []
    var listed: UInt64 = 0
    func bytes(of run: SegmentRun) -> UInt64 {
      let odd = contents.irregular.filter {
        $0.timeline == run.timeline && run.first <= $0.number && $0.number <= run.last
      }
      let whole = (run.count &- UInt64(odd.count)).multipliedReportingOverflow(by: UInt64(size)).partialValue
      return odd.reduce(whole) { $0.addingReportingOverflow($1.bytes).partialValue }
    }
    func add(_ part: (SegmentRun) -> Part, _ run: SegmentRun) {
      let bytes = bytes(of: run)
      listed = listed.addingReportingOverflow(bytes).partialValue
      entries.append(Entry(part: part(run), count: run.count, bytes: bytes))
    }
    for run in evidence.wal.live.sorted(by: { ($0.first, $0.timeline) < ($1.first, $1.timeline) }) {
      guard let keepers else {
        add({ .kept($0, by: []) }, run)
        continue
      }
      for (part, names) in keepers.split(run) {
        if let names { add({ .kept($0, by: names) }, part) } else { add(Part.removedNext, part) }
      }
    }
    // More irregular segments than are listed.
    if listed != contents.liveBytes, let last = entries.indices.last {
      entries[last].bytes = entries[last].bytes &+ contents.liveBytes &- listed
    }
    return entries
  }
}

/// Whom a segment is kept for, by its number.
private struct KeeperRanges {
  private let retention: Retention
  private let removed: [SegmentRun]
  /// From which segment on each needs them; those of a time are one entry.
  private var starts: [(first: SegmentNumber, keeper: RetentionAccount.Keeper)] = []
  /// Segments from here on wait for replay.
  private let awaitingReplay: ClosedRange<SegmentNumber>?

  init(_ retention: Retention, _ evidence: Evidence, size: Int) {
    (self.retention, removed) = (retention, retention.removed)
    for hold in retention.holds where hold.reason != .slot {
      let keeper: RetentionAccount.Keeper =
        switch hold.reason {
        case .checkpoint, .slot: .checkpoint
        case .archiver: .archiver
        case .walKeepSize: .walKeepSize
        case .summaries: .summaries
        }
      starts.append((hold.oldest, keeper))
    }
    for slot in retention.slots where !slot.isLostNext {
      starts.append((SegmentNumber(containing: slot.restart, size: size), .slot(slot.name)))
    }
    starts.sort { ($0.first, $0.keeper.rank) < ($1.first, $1.keeper.rank) }
    // A restartpoint that is not due yet: what lies before the last one's redo position is kept by others, the rest for it.
    let redo = evidence.control?.value.checkpoint.redo ?? .none
    let last = SegmentNumber(containing: retention.redo, size: size)
    let first = SegmentNumber(containing: redo, size: size)
    awaitingReplay = evidence.role == .standby && redo.isValid && first <= last ? first...last : nil
  }

  /// The parts of a run: whom each is kept for, or nil where it goes.
  func split(_ run: SegmentRun) -> [(SegmentRun, [RetentionAccount.Keeper]?)] {
    var cuts: Set<SegmentNumber> = [run.first]
    func cut(at number: SegmentNumber) { if number > run.first, number <= run.last { cuts.insert(number) } }
    for start in starts { cut(at: start.first) }
    for part in removed where part.timeline == run.timeline {
      cut(at: part.first)
      if part.last.rawValue < .max { cut(at: SegmentNumber(part.last.rawValue + 1)) }
    }
    cut(at: retention.oldestKept)
    if let awaitingReplay { cut(at: awaitingReplay.lowerBound) }
    let ordered = cuts.sorted()
    var parts: [(SegmentRun, [RetentionAccount.Keeper]?)] = []
    for (index, first) in ordered.enumerated() {
      let last = index + 1 < ordered.count ? SegmentNumber(ordered[index + 1].rawValue - 1) : run.last
      let part = SegmentRun(timeline: run.timeline, first: first, last: last)
      let names = keepers(of: part)
      if let previous = parts.last, previous.1 == names || parts.count >= RetentionAccount.runLimit {
        parts[parts.count - 1].0.last = last
      } else {
        parts.append((part, names))
      }
    }
    return parts
  }

  private func keepers(of part: SegmentRun) -> [RetentionAccount.Keeper]? {
    let goes = removed.contains {
      $0.timeline == part.timeline && $0.first <= part.first && part.last <= $0.last
    }
    guard !goes else { return nil }
    var slots: [RetentionAccount.Keeper] = []
    var others: [RetentionAccount.Keeper] = []
    for start in starts where start.first <= part.first {
      switch start.keeper {
      // It waits for those alone that nobody else keeps.
      case .archiver: if part.first < retention.oldestKept { others.append(.archiver) }
      case .slot: slots.append(start.keeper)
      default: others.append(start.keeper)
      }
    }
    let more = slots.count - RetentionAccount.namedSlots
    var names = Array(slots.prefix(RetentionAccount.namedSlots))
    if more > 0 { names.append(.moreSlots(more)) }
    names += others
    // No restartpoint has come past it.
    if names.isEmpty || retention.isSkipped, let awaitingReplay, part.first >= awaitingReplay.lowerBound,
      !names.contains(.checkpoint)
    {
      names.append(.replay)
    }
    if names.isEmpty, retention.isSkipped { return [.replay] }
    return names.isEmpty ? [.checkpoint] : names
  }
}

extension RetentionAccount.Keeper {
  /// Among those that need the same segments.
  fileprivate var rank: Int {
    switch self {
    case .slot: 0
    case .moreSlots: 1
    case .archiver: 2
    case .summaries: 3
    case .walKeepSize: 4
    case .replay: 5
    case .checkpoint: 6
    }
  }

  /// A stable word.
  package var word: String {
    switch self {
    case .checkpoint: "checkpoint"
    case .slot: "slot"
    case .moreSlots: "more_slots"
    case .walKeepSize: "wal_keep_size"
    case .archiver: "archiver"
    case .summaries: "summaries"
    case .replay: "replay"
    }
  }
}

extension RetentionAccount.Part {
  /// A stable word.
  package var word: String {
    switch self {
    case .kept: "kept"
    case .removedNext: "removed_next"
    case .spare: "spare"
    case .partial: "partial"
    case .foreign: "foreign"
    case .histories: "histories"
    case .archiveStatus: "archive_status"
    case .summaries: "summaries"
    case .strays: "strays"
    }
  }
}
