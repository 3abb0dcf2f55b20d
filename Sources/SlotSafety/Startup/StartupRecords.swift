import Evidence
import PostgresFormat

/// Start-up checks of the records that a start reads by themselves before it replays anything: the checkpoint's, then the one at
/// its redo position. Follows `InitWalRecovery` in src/backend/access/transam/xlogrecovery.c.
extension ServerStart {
  /// Where recovery asks elsewhere for what is not here.
  var unlessWALComes: String? { isArchiveRecovery ? "if neither the archive nor the primary has its WAL" : nil }

  /// The same, where an archive was looked into for the segment of a position.
  func unlessComes(_ lsn: LSN, timeline: TimelineID) -> String? {
    fetches && evidence.archive(with: lsn, in: history(of: timeline)) != nil
      ? "if the archive's file of that segment cannot be read" : unlessWALComes
  }

  /// Recovery takes from an archive what its own folder lacks.
  var fetches: Bool { isArchiveRecovery && settings.text("restore_command").map { !$0.isEmpty } ?? false }

  func checkpointRecord() -> StartupObstacle? {
    guard !evidence.startFiles.backupLabelPresent, let control = evidence.control?.value,
      let timeline = targetTimeline ?? ownTimeline
    else { return nil }
    if control.checkpointLSN < control.checkpoint.redo {
      return StartupObstacle(
        .panic, "invalid redo in checkpoint record", path: "global/pg_control", onlyIf: "if the record says the same")
    }
    let isOfOther = !history(of: timeline).contains(control.checkpoint.timeline)
    guard isOfOther || isUnreadable(control.checkpointLSN, asCheckpoint: true, timeline: timeline) else { return nil }
    let place = version >= .v17 ? " at \(position(control.checkpointLSN))" : ""
    return StartupObstacle(
      version >= .v19 ? .fatal : .panic, "could not locate a valid checkpoint record\(place)",
      path: "global/pg_control", onlyIf: unlessComes(control.checkpointLSN, timeline: timeline),
      // A page of a timeline that is not in the history is no page to the reader.
      remedy: isOfOther
        ? "Bring \(timeline.hex).history, from an archive or another node: nothing else says that timeline \(timeline) came from \(control.checkpoint.timeline)."
        : remedyForRecord(control.checkpointLSN, timeline: timeline))
  }

  /// Known to the latest minor releases of 14 to 18; before, ``firstRecordOfReplay(at:timeline:)``.
  func redoRecord() -> StartupObstacle? {
    guard !evidence.startFiles.backupLabelPresent, let control = evidence.control?.value,
      let timeline = targetTimeline ?? ownTimeline, control.checkpoint.redo < control.checkpointLSN
    else { return nil }
    let redo = control.checkpoint.redo
    guard version >= .v14 else { return firstRecordOfReplay(at: redo, timeline: timeline) }
    if isUnreadable(redo, timeline: timeline) {
      return StartupObstacle(
        version >= .v19 ? .fatal : .panic,
        // Written with eight digits in every version that has it.
        "could not find redo location \(redo) referenced by checkpoint record at \(control.checkpointLSN)",
        details: ["Older minor releases start all the same, and lack what the missing WAL holds."],
        path: "global/pg_control", onlyIf: unlessComes(redo, timeline: timeline),
        remedy: remedyForRecord(redo, timeline: timeline))
    }
    return redoMark(at: redo)
  }

  /// Before 14 the start asks for the record at the redo position when replay begins (`StartupXLOG` in xlog.c): it ends in the
  /// reader's words where that is no record, and goes on without replay where the segment is not there. Whether it minds a page that
  /// does not fit depends on the minor release.
  private func firstRecordOfReplay(at redo: LSN, timeline: TimelineID) -> StartupObstacle? {
    guard let stop = startRecord(at: redo)?.stop,
      ![.unreadable, .limit, .notRead, .missingSegment].contains(stop.reason)
    else { return nil }
    let words = readersWords(stop)
    return StartupObstacle(
      .panic, words ?? "the record at the redo position \(position(redo)) cannot be read", path: evidence.wal.path,
      onlyIf: words == nil ? "if this minor release refuses the page" : unlessComes(redo, timeline: timeline),
      remedy: remedyForRecord(redo, timeline: timeline))
  }

  /// What PostgreSQL's reader says of bytes that are no record (`ValidXLogRecordHeader`, `ValidXLogRecord` in xlogreader.c, before
  /// 16); nil of what it says of pages, and of records whose parts do not add up.
  private func readersWords(_ stop: WALStop) -> String? {
    let place = position(stop.at)
    return switch stop.reason {
    case .zeroLength, .badRecordLength:
      "invalid record length at \(place): wanted \(RecordHeader.size), got \(stop.found ?? "0")"
    case .badResourceManager: stop.found.map { "invalid resource manager ID \($0) at \(place)" }
    case .badPrevLink:
      stop.found.flatMap { LSN($0) }.map { "record with incorrect prev-link \(position($0)) at \(place)" }
    case .badChecksum: "incorrect resource manager data checksum in record at \(place)"
    default: nil
    }
  }

  /// 17 and later: the record at the redo position of an online checkpoint must be its mark.
  private func redoMark(at redo: LSN) -> StartupObstacle? {
    guard version.has(.redoMark), let record = startRecord(at: redo), record.stop == nil, !record.isRedoMark else {
      return nil
    }
    return StartupObstacle(
      .fatal, "unexpected record type found at redo point \(position(redo))", path: evidence.wal.path)
  }

  private func startRecord(at lsn: LSN) -> StartRecord? { evidence.wal.startRecords?.first { $0.lsn == lsn } }

  /// Whether a segment of the position is there, of whatever timeline, and was not read.
  private func isUnread(_ lsn: LSN) -> Bool {
    guard let size = evidence.wal.segmentSize, size > 0 else { return false }
    let number = SegmentNumber(containing: lsn, size: size)
    return evidence.problems.contains { problem in
      guard problem.subject == "wal", case .file = problem.cause,
        let name = problem.path.split(separator: "/").last.flatMap({ SegmentName($0.utf8) })
      else { return false }
      return name.number(size: size) == number
    }
  }

  /// Whether a record that is read by itself is not there or cannot be read: by the reading of it, else by what the walk to the
  /// end of WAL says. False where neither tells.
  func isUnreadable(_ lsn: LSN, asCheckpoint: Bool = false, timeline: TimelineID) -> Bool {
    guard evidence.wal.hasLiveSegment(with: lsn, in: history(of: timeline)) != false else { return !isUnread(lsn) }
    if let record = startRecord(at: lsn) {
      guard let stop = record.stop else { return asCheckpoint && !record.isCheckpoint }
      return ![.unreadable, .limit, .notRead].contains(stop.reason)
    }
    guard let end = evidence.wal.end else { return false }
    return (asCheckpoint || end.lastRecord == nil) && end.refuses(lsn, segmentSize: evidence.wal.segmentSize ?? 0)
  }
}
