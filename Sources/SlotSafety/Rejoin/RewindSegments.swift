import Evidence
package import PostgresFormat

/// The segments that pg_rewind reads of the target: from the last common checkpoint to the end of WAL, each under the name of the
/// newest timeline of the target's history that owns its end (src/bin/pg_rewind/parsexlog.c).
extension RewindPrediction {
  /// Bytes that a crash recovery's own checkpoints take at most.
  private static let checkpointRoom: UInt64 = 1024

  mutating func findSegments(
    _ c: RejoinCase, _ control: ControlFile, from fork: LSN, to end: LSN, _ words: RewindMessages
  ) {
    guard let size = control.segmentSize, let own = c.oldTimeline else { return }
    let history = c.old.history(of: own)
    let atFork = SegmentNumber(containing: fork, size: size)
    let common = c.facts.lastCommonCheckpoint?.lsn
    let first = common.map { SegmentNumber(containing: $0, size: size) } ?? min(c.facts.gapBefore ?? atFork, atFork)
    let last = max(SegmentNumber(containing: LSN(max(end.rawValue, 1) - 1), size: size), atFork)
    guard first <= atFork, last.rawValue - first.rawValue < 1 << 20 else {
      open = "There are too many segments between the fork and the end of WAL to be told."
      return
    }
    missingIsComplete = common != nil
    // Back from the fork to the checkpoint, then forward.
    let back = (first.rawValue...atFork.rawValue).reversed().map { SegmentNumber($0) }
    let forward = atFork < last ? (atFork.rawValue + 1...last.rawValue).map { SegmentNumber($0) } : []
    guard let removed = removedByRecovery(c, end: end, size: size) else {
      open = "What the crash recovery that pg_rewind runs first leaves of pg_wal is open."
      return
    }
    let restores = c.restoreCommand?.isEmpty == false && words.version.has(.rewindRecoversTarget)
    let (mine, others) = (SegmentSet(c.old.wal), SegmentSet(c.new.wal))
    var stopped: SegmentNumber?
    for number in back + forward {
      let name = c.segment(number, of: history, size: size)
      let isThere = mine.has(name)
      let isRemoved = isThere && removed(name)
      guard !isThere || isRemoved else { continue }
      if restores, c.facts.archived[name] != nil {
        needsRestoreCommand = true
        continue
      }
      if restores, !c.facts.archivesWereRead {
        open =
          "Segment \(name.text) is not in pg_wal; whether the restore_command brings it is not known without the archive (--archive)."
        return
      }
      missing.append(name)
      if isRemoved { removedFirst.insert(name) }
      if let place = c.facts.archived[name] {
        places[name] = place
      } else if number < atFork, others.has(name), let folder = c.new.wal.path {
        places[name] = .file("\(c.new.origin.source)/\(folder)/\(name.text)")
      }
      stopped = stopped ?? number
    }
    guard let stopped else { return }
    obstacles.append(.segments)
    say(words.cannotOpen(c.segment(stopped, of: history, size: size)))
    if stopped <= atFork {
      // Of the records after the gap the first one leads back into it.
      let next = c.facts.previous.filter { $0.key > stopped }.min { $0.key < $1.key }
      say(words.noPrevious(next?.value ?? fork))
    } else {
      if let common = c.facts.lastCommonCheckpoint {
        output.insert(words.rewinding(common.lsn, common.timeline), at: output.count - 1)
      }
      say(words.cannotRead(nil))
    }
  }

  /// Whether the crash recovery that pg_rewind runs first on a target that was not stopped cleanly removes a segment: it ends with
  /// checkpoints at the end of WAL, and these keep what slots, wal_keep_size and the archiver need. nil where that is open.
  private func removedByRecovery(_ c: RejoinCase, end: LSN, size: Int) -> ((SegmentName) -> Bool)? {
    // Before 13 crash recovery is finished by hand, keeping all WAL.
    guard !c.wasStoppedCleanly, c.version?.has(.rewindRecoversTarget) == true else { return { _ in false } }
    var asPrimary = c.old
    (asPrimary.startFiles.standbySignal, asPrimary.startFiles.recoverySignal) = (false, false)
    guard let retention = Retention(asPrimary) else { return nil }
    // Where the checkpoints come to lie in the next segment, the one with the end goes too.
    let rest = UInt64(size) - end.rawValue % UInt64(size)
    if rest < Self.checkpointRoom, !retention.holds.contains(where: { $0.reason != .checkpoint }) { return nil }
    let gone = SegmentSet(retention.removed, size: size)
    return { gone.has($0) }
  }
}

extension Rejoin {
  /// Segments that pg_rewind, the count of what is thrown away or the start after it reads, and that no place has which was given.
  /// Where the last common checkpoint comes before all that is there, further ones before it, as many as are there: it may be anywhere.
  package var lacking: [SegmentName] {
    let c = question
    guard let size = c.old.control?.value.segmentSize, let own = c.oldTimeline, let end = c.oldEnd else { return [] }
    var names: [SegmentName] = []
    let fork = c.fork?.lsn
    if let fork, fork < end {
      let (first, last) = (
        SegmentNumber(containing: fork, size: size), SegmentNumber(containing: LSN(end.rawValue - 1), size: size)
      )
      var numbers = last.rawValue - first.rawValue < 1 << 20 ? Array(first.rawValue...last.rawValue) : []
      if c.facts.lastCommonCheckpoint == nil, let gap = c.facts.gapBefore, gap <= first {
        let count = min(first.rawValue - gap.rawValue, gap.rawValue) + 1
        numbers += (gap.rawValue + 1 - count...gap.rawValue).reversed()
      }
      let (history, there) = (c.old.history(of: own), SegmentSet(c.old.wal))
      names = numbers.map { c.segment(SegmentNumber($0), of: history, size: size) }.filter { !there.has($0) }
    }
    // What the returned node streams, or restores by a command of its own.
    let isRewound = fork.map { $0 < end } ?? false
    let command = isRewound ? c.restoreCommandAfterRewind : c.restoreCommand
    if let start = isRewound ? c.facts.lastCommonCheckpoint?.redo : end, command?.isEmpty == false,
      case .known(let missing) = NewPrimaryWAL(c, restoreCommand: command)
        .missing(from: start, switched: isRewound ? nil : c.fork)
    {
      names += missing
    }
    return names.filter { c.facts.archived[$0] == nil }
  }
}
