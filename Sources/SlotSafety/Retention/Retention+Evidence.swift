package import Evidence
import PostgresFormat

extension Retention {
  /// nil where the WAL's end, the segment size, the version or the control file is not known, or a setting is invalid. nil
  /// also for a server's answers: they have the slots' positions in memory, not the saved ones, and no archive status.
  ///
  /// For the account of a server's folder the same is asked of its answers: without archive status, whatever only the archiver
  /// may keep is put down to it.
  package init?(_ evidence: Evidence, forAccount: Bool = false) {
    guard evidence.filesAreKnown || forAccount, let version = evidence.version, let size = evidence.wal.segmentSize,
      size > 0,
      let end = evidence.wal.end, let control = evidence.control?.value, control.checksumMatches,
      evidence.settings.syntaxErrors.isEmpty
    else { return nil }
    let settings = EffectiveSettings(evidence.settings, version: version)
    let isStandby = evidence.role == .standby
    let redo = Self.nextRedo(end, control, version: version, isStandby: isStandby)
    guard
      let rule = RetentionRule(
        settings, redo: redo, end: end.lsn, size: size, unsummarized: evidence.unsummarized(settings))
    else { return nil }
    self.init(
      segmentSize: size, redo: redo,
      isSkipped: isStandby && (end.lastCheckpointRedo ?? .none) <= control.checkpoint.redo,
      oldestKept: rule.redo, removed: [], recycled: 0...0, awaitingArchiver: 0,
      holds: [], slots: [], bytesPerSecond: evidence.wal.bytesPerSecond)

    let slots = evidence.slotsHoldingWAL
    // 13 and later: what is beyond the limit goes, and the slot with it; then the others decide anew.
    let oldestAtFirst = rule.oldestKept(slot: slots.oldest.map { SegmentNumber(containing: $0, size: size) })
    let surviving =
      rule.slotLimit == nil
      ? slots : slots.filter { SegmentNumber(containing: $0.restart, size: size) >= oldestAtFirst }
    oldestKept = rule.oldestKept(slot: surviving.oldest.map { SegmentNumber(containing: $0, size: size) })

    let archived = evidence.archiverMustConfirm(settings, isStandby: isStandby) ? evidence.wal.archived ?? [] : nil
    let removable = archived.map { evidence.wal.live.intersection($0) } ?? evidence.wal.live
    removed = isSkipped ? [] : removable.compactMap { $0.before(oldestKept) }
    leftByLast = Self.leftByLast(removed, evidence, settings, size: size)
    // Which record it is replays up to the end of WAL at most; where replay is known to have come so far, nothing is open.
    let replayed = max(control.minRecoveryPoint, control.checkpoint.redo)
    replayedAtLeast = isStandby && !isSkipped && version.has(.oneCheckpointKept) && replayed < end.lsn ? replayed : nil
    awaitingArchiver =
      isSkipped
      ? 0 : evidence.wal.live.compactMap { $0.before(oldestKept) }.reduce(0) { $0 &+ $1.count } &- removedCount
    recycled = Self.recycled(removedCount, settings, redo: rule.redo, current: rule.current, size: size)
    holds = Self.holds(rule, slots: surviving, size: size)
    if awaitingArchiver > 0, let first = evidence.wal.live.compactMap({ $0.before(oldestKept)?.first }).min() {
      holds.append(Hold(reason: .archiver, slotName: nil, oldest: first))
    }
    holds.sort { $0.oldest < $1.oldest }
    judge(slots, surviving: surviving, rule: rule, removable: removable, end: end)
  }

  /// Where the next checkpoint would begin: at the end of WAL; up to 10 what the last one began with counts. A restartpoint is
  /// made of a checkpoint record that was replayed.
  private static func nextRedo(
    _ end: WALEnd, _ control: ControlFile, version: ServerVersion, isStandby: Bool
  ) -> LSN {
    if isStandby, version.has(.oneCheckpointKept) { return end.lastCheckpointRedo ?? control.checkpoint.redo }
    return isStandby || !version.has(.oneCheckpointKept) ? control.checkpoint.redo : end.lsn
  }

  /// Files are renamed up to a number that depends on the server's estimate of the distance between checkpoints, which only its
  /// memory has; but it lies between these two settings (`XLOGfileslop`).
  private static func recycled(
    _ removed: UInt64, _ settings: EffectiveSettings, redo: SegmentNumber, current: SegmentNumber, size: Int
  ) -> ClosedRange<UInt64> {
    guard settings.bool("wal_recycle") ?? true else { return 0...0 }
    func room(_ name: String) -> UInt64 {
      let segments = settings.segments(name, size: size) ?? 0
      let last = redo.rawValue &+ max(segments, 1) &- 1
      return last >= current.rawValue ? last - current.rawValue &+ 1 : 0
    }
    let least = min(removed, room("min_wal_size"))
    return least...max(least, min(removed, room("max_wal_size")))
  }

  private static func holds(_ rule: RetentionRule, slots: [SlotPosition], size: Int) -> [Hold] {
    var holds = [Hold(reason: .checkpoint, slotName: nil, oldest: rule.redo)]
    if let oldest = slots.min(by: { $0.restart < $1.restart }) {
      let segment = SegmentNumber(containing: oldest.restart, size: size)
      holds.append(Hold(reason: .slot, slotName: oldest.name, oldest: max(segment, rule.firstForSlots ?? segment)))
    }
    if rule.kept > 0 { holds.append(Hold(reason: .walKeepSize, slotName: nil, oldest: rule.firstKept)) }
    if let unsummarized = rule.unsummarized {
      holds.append(Hold(reason: .summaries, slotName: nil, oldest: unsummarized))
    }
    return holds
  }

  private mutating func judge(
    _ all: [SlotPosition], surviving: [SlotPosition], rule: RetentionRule, removable: [SegmentRun], end: WALEnd
  ) {
    guard !all.isEmpty else { return }
    func segment(_ lsn: LSN) -> SegmentNumber { SegmentNumber(containing: lsn, size: segmentSize) }
    let oldestThere = removable.map(\.first).min() ?? rule.current
    let oldestSlot = all.oldest.map(segment) ?? rule.current
    let names = Set(surviving.map(\.name))
    // Only the slot that holds the most frees anything by itself.
    let ordered = surviving.sorted { $0.restart < $1.restart }
    let next = ordered.dropFirst().first.map { segment($0.restart) }
    let without = rule.oldestKept(slot: next)
    let freed =
      removable.compactMap { $0.before(max(without, oldestKept)) }.reduce(0) { $0 &+ $1.count } &- removedCount
    slots = all.map { slot in
      let limit = rule.limit(of: segment(slot.restart), size: segmentSize)
      return Slot(
        name: slot.name, restart: slot.restart,
        status: rule.status(of: segment(slot.restart), oldestSlot: oldestSlot, oldestThere: oldestThere), limit: limit,
        limitReachedAt: limit.flatMap { time(at: $0, after: end) }, isLostNext: !names.contains(slot.name),
        freedBytes: slot.name == ordered.first?.name ? freed &* UInt64(segmentSize) : 0)
    }.sorted { $0.name < $1.name }
  }

  /// When WAL gets to a position, if it goes on as it came.
  private func time(at position: LSN, after end: WALEnd) -> Timestamp? {
    guard let bytesPerSecond, bytesPerSecond > 0, let last = end.lastTime else { return nil }
    let microseconds = Double(position.bytes(since: last.lsn)) / bytesPerSecond * 1_000_000
    guard microseconds < 1e17 else { return nil }
    let (sum, overflow) = last.time.unixMicroseconds.addingReportingOverflow(Int64(microseconds))
    return overflow ? nil : Timestamp(unixMicroseconds: sum)
  }
}

/// A slot's saved restart position.
struct SlotPosition: Sendable, Hashable {
  var name: String
  var restart: LSN
}

extension [SlotPosition] {
  var oldest: LSN? { map(\.restart).min() }
}

extension RetentionRule {
  /// nil where one of the settings is invalid.
  init?(_ settings: EffectiveSettings, redo: LSN, end: LSN, size: Int, unsummarized: LSN?) {
    let kept =
      settings.version.has(.walKeepSize)
      ? settings.segments("wal_keep_size", size: size) : settings.segmentCount("wal_keep_segments")
    guard let kept, let ordinary = settings.segments("max_wal_size", size: size) else { return nil }
    self.init(
      redo: SegmentNumber(containing: redo, size: size), current: SegmentNumber(containing: end, size: size),
      kept: kept,
      slotLimit: settings.segments("max_slot_wal_keep_size", size: size), ordinary: ordinary,
      unsummarized: unsummarized.map { SegmentNumber(containing: $0, size: size) })
  }
}

extension EffectiveSettings {
  /// A size in megabytes as whole segments (`ConvertToXSegs`); up to 9.6 some are given in segments. nil where it is negative,
  /// invalid or not of this version.
  func segments(_ name: String, size: Int) -> UInt64? {
    guard let value = integer(name), value >= 0 else { return nil }
    return version.has(.walSizesInMegabytes) ? UInt64(value) / UInt64(max(1, size >> 20)) : UInt64(value)
  }

  func segmentCount(_ name: String) -> UInt64? { integer(name).flatMap { UInt64(exactly: $0) } }
}

extension Evidence {
  /// The slots that retain WAL, at the positions that a checkpoint goes by: those that were saved.
  fileprivate var slotsHoldingWAL: [SlotPosition] {
    slots.compactMap { slot in
      guard let state = slot.state, state.invalidation == nil, let restart = state.restartLSN.nonZero,
        // A restart removes the others.
        state.persistency == .persistent || isRunning == true
      else { return nil }
      return SlotPosition(name: state.name, restart: restart)
    }
  }

  /// Whether a file goes only once `archive_status` says that it was archived (`XLogArchiveCheckDone`). A standby archives only
  /// with `always`.
  fileprivate func archiverMustConfirm(_ settings: EffectiveSettings, isStandby: Bool) -> Bool {
    switch settings.text("archive_mode") {
    case "off", nil: false
    case "always": true
    default: !isStandby
    }
  }

  /// Up to where WAL is summarized, where the server waits for that (17 and later): after the last summary of the oldest
  /// timeline with WAL, or from its oldest segment on (`GetOldestUnsummarizedLSN`).
  fileprivate func unsummarized(_ settings: EffectiveSettings) -> LSN? {
    guard settings.bool("summarize_wal") == true, let size = wal.segmentSize, let history = currentHistory else {
      return nil
    }
    let timelines = history.ancestors.map(\.timeline) + [history.timeline]
    for timeline in timelines {
      guard let first = wal.live.filter({ $0.timeline == timeline }).map(\.first).min() else { continue }
      let start = first.start(size: size)
      return max(start, wal.summarized?.first { $0.timeline == timeline }?.end ?? start)
    }
    return nil
  }
}

extension WALEvidence {
  /// From the first time in the oldest segment to the last one. nil where less than a second lies between them.
  fileprivate var bytesPerSecond: Double? {
    guard let first = firstTime, let last = end?.lastTime, last.lsn > first.lsn else { return nil }
    let microseconds = last.time.microseconds(since: first.time)
    guard microseconds >= 1_000_000 else { return nil }
    return Double(last.lsn.bytes(since: first.lsn)) / (Double(microseconds) / 1_000_000)
  }
}

extension [SegmentRun] {
  /// The segments that are in both, by runs. Those of one timeline do not overlap.
  func intersection(_ other: [SegmentRun]) -> [SegmentRun] {
    let byTimeline = Dictionary(grouping: other, by: \.timeline).mapValues { $0.sorted { $0.first < $1.first } }
    return flatMap { run in
      let parts = byTimeline[run.timeline] ?? []
      return parts[parts.partitionPoint { $0.last >= run.first }...].prefix { $0.first <= run.last }.map { part in
        SegmentRun(
          timeline: run.timeline, first: Swift.max(run.first, part.first), last: Swift.min(run.last, part.last))
      }
    }
  }
}
