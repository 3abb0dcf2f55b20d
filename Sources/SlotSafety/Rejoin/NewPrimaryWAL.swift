import Evidence
import PostgresFormat

/// Whether the new primary, or an archive that the returning node reads, still has WAL from a position on.
struct NewPrimaryWAL {
  private let c: RejoinCase
  private let restoreCommand: String?
  private let live: SegmentSet

  /// `restoreCommand` is that of the returning node; nil where it is not known, empty where there is none.
  init(_ c: RejoinCase, restoreCommand: String?) {
    (self.c, self.restoreCommand) = (c, restoreCommand)
    live = SegmentSet(c.new.wal)
  }

  /// What is missing, or why that cannot be told.
  enum Answer {
    case known([SegmentName])
    case open(String)
  }

  /// A segment and where it begins.
  struct Segment {
    var name: SegmentName
    var number: LSN
  }

  /// Segments between which a whole range is looked at; more than that are a terabyte.
  private static let limit: UInt64 = 1 << 20

  /// From the segment with `start` to the new primary's end of WAL, each under the name of the newest timeline that owns its
  /// end; `switched` asks besides for the segment of the fork under the name of the first timeline after it, which a walsender
  /// opens for a standby that comes from before.
  func missing(
    from start: LSN, switched fork: RejoinFork? = nil, alsoThere: (Segment) -> Bool = { _ in false }
  ) -> Answer {
    guard !c.newIsHistoryOnly else {
      return .open("Which WAL the new primary still has is not known: only its history was given.")
    }
    guard c.new.wal.path != nil, let size = c.new.wal.segmentSize, size > 0, let end = c.new.wal.end?.lsn,
      let timeline = c.newTimeline
    else { return .open("Which WAL the new primary still has is not known.") }
    let history = c.new.history(of: timeline)
    let first = SegmentNumber(containing: start, size: size)
    let last = SegmentNumber(containing: LSN(max(end.rawValue, 1) - 1), size: size)
    guard first <= last else {
      // Nothing but a segment that begins at its end; what lies further is not known to be its WAL at all.
      return start <= end ? .known([]) : .open("The new primary's WAL ends at \(end), before \(start).")
    }
    guard last.rawValue - first.rawValue < Self.limit else {
      return .open("There are too many segments from \(start) to \(end) to be told.")
    }
    var missing: [SegmentName] = []
    if let lsn = fork?.lsn, let fork, lsn >= start,
      let next = history.ancestors.firstIndex(where: { $0.timeline == fork.timeline })
    {
      let child = next + 1 < history.ancestors.count ? history.ancestors[next + 1].timeline : history.timeline
      let name = SegmentName(timeline: child, number: SegmentNumber(containing: lsn, size: size), size: size)
      if !isThere(name) { missing.append(name) }
    }
    for raw in first.rawValue...last.rawValue {
      let number = SegmentNumber(raw)
      let name = c.segment(number, of: history, size: size)
      guard !isThere(name), !missing.contains(name),
        !alsoThere(Segment(name: name, number: LSN(number.start(size: size).rawValue &+ UInt64(size) &- 1)))
      else { continue }
      missing.append(name)
      if missing.count >= 1000 { break }
    }
    guard !missing.isEmpty else { return .known([]) }
    if restoreCommand == nil {
      return .open("Which WAL the returning node can restore from an archive is not known.")
    }
    if restoreCommand?.isEmpty == false, !c.facts.archivesWereRead {
      return .open(
        "The new primary lacks segment \(missing[0].text); whether the restore_command brings it is not known without the archive (--archive)."
      )
    }
    return .known(missing)
  }

  private func isThere(_ name: SegmentName) -> Bool {
    if live.has(name) { return true }
    return restoreCommand?.isEmpty == false && c.facts.archived[name] != nil
  }
}

extension RejoinCase {
  /// A server that answers, or would have when its files were copied: pg_rewind is given its connection.
  var sourceIsServer: Bool {
    if newIsHistoryOnly { return true }
    if new.positionsAreLive || new.isRunning == true { return true }
    return ![.shutDown, .shutDownInRecovery].contains(new.control?.value.state)
  }

  /// Up to 15 pg_rewind knows the source's timeline by its last checkpoint alone.
  func sourceLooksUnpromoted(_ version: ServerVersion) -> Bool {
    guard !version.has(.rewindSeesUnfinishedPromotion), !newIsHistoryOnly, let source = new.control?.value,
      let target = old.control?.value, new.role == .primary
    else { return false }
    return source.checkpoint.timeline == target.checkpoint.timeline && source.ownTimeline > source.checkpoint.timeline
  }

  /// Of the node as it is; nil where the configuration could not be read.
  var restoreCommand: String? { oldSettings?.restoreCommand(old) }

  /// pg_rewind copies the new node's configuration where it lies in the data directory.
  var restoreCommandAfterRewind: String? {
    let isInside = old.settings.mainFile.map { !$0.hasPrefix("/") } ?? true
    guard isInside else { return restoreCommand }
    return newSettings?.restoreCommand(new)
  }
}

extension EffectiveSettings {
  /// Empty where there is none.
  func restoreCommand(_ evidence: Evidence) -> String? {
    guard evidence.configurationWasRead || evidence.settings.hasRecoveryConf else {
      return nil
    }
    return text("restore_command") ?? (version.has(.recoverySignals) ? nil : "")
  }
}
