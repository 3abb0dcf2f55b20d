import Evidence
import PostgresFormat

extension ServerReader {
  /// The slots with the positions of the server's memory.
  func readSlots(into evidence: inout Evidence) throws(ServerError) {
    for row in try ask(.slots, into: &evidence) ?? [] {
      guard let name = row.text("slot_name") else { continue }
      var slot = SlotEvidence(directory: name, path: ServerQuery.slots.name, state: nil)
      slot.activity = SlotActivity(row)
      slot.state = SlotState(row, version: version)
      if slot.state == nil {
        let error = ServerError(.answer, "slot \(name) is invalid for a reason that slotscope does not know")
        evidence.problems.append(Problem(error, subject: "slot_state", path: ServerQuery.slots.name))
      }
      evidence.slots.append(slot)
    }
  }

  /// Where the WAL is, read after the slots. False where the server was promoted meanwhile.
  func readPositions(
    replayedBefore: LSN?, into evidence: inout Evidence
  ) throws(ServerError) -> Bool {
    guard let row = try ask(.positions, into: &evidence)?.first else { return true }
    guard row.flag("in_recovery") == inRecovery else { return false }
    var positions = ServerEvidence.WALPositions()
    positions.insert = row.lsn("insert")
    positions.flush = row.lsn("flush")
    positions.receive = row.lsn("receive")
    positions.replay = inRecovery ? replayedBefore : nil
    positions.replayIsPaused = row.flag("paused")
    positions.lastReplayedCommit = row.time("last_commit")
    evidence.server?.positions = positions
    if let segment = row.text("segment"), segment.utf8.count == 24 {
      evidence.server?.timeline = UInt32Hex.parse(segment.utf8.prefix(8)).map { TimelineID($0) }
    }
    let end = [positions.flush, positions.receive, row.lsn("replayed")].compactMap { $0?.nonZero }.max()
    if let end {
      evidence.wal.end = WALEnd(
        lsn: end, timeline: TimelineID(0), lastRecord: nil, walkedFrom: end, stop: WALStop(.notRead, at: end))
    }
    return true
  }

  /// A standby replays what it has received within milliseconds, and conflicts in it invalidate slots. So its slots are looked at once
  /// more when all of that has been replayed: what is still valid then goes on from there. Waits for a second at most; where replay
  /// takes longer, the position before the slots stays what is known.
  func waitForReplay(into evidence: inout Evidence) throws(ServerError) {
    guard let end = evidence.wal.end?.lsn, let known = evidence.server?.positions.replay, known < end else { return }
    for _ in 0..<10 {
      _ = try connection.rows("select pg_catalog.pg_sleep(0.1)")
      guard let replayed = try ask(.replay, into: &evidence)?.first?.lsn("replay") else { return }
      guard replayed >= end else { continue }
      var again = Evidence(origin: evidence.origin)
      try readSlots(into: &again)
      guard again.problems.isEmpty else { return }
      let states = Dictionary(again.slots.map { ($0.directory, $0.state) }, uniquingKeysWith: { first, _ in first })
      // One that is gone, or was made anew, is not the one that was seen.
      evidence.slots.removeAll { slot in
        guard let state = slot.state, let now = states[slot.directory] ?? nil else { return true }
        return now.persistency != state.persistency || now.restartLSN < state.restartLSN
          || now.confirmedFlush < state.confirmedFlush
      }
      for index in evidence.slots.indices {
        guard let now = states[evidence.slots[index].directory] ?? nil, now.invalidation != nil else { continue }
        evidence.slots[index].state?.invalidation = now.invalidation
      }
      evidence.server?.positions.replay = end
      return
    }
  }

  /// What lies in the WAL folder, by its names alone. Answers the timelines whose histories lie there.
  func readWALFiles(into evidence: inout Evidence) throws(ServerError) -> [TimelineID] {
    if let timeline = evidence.server?.timeline { evidence.wal.end?.timeline = timeline }
    guard let rows = try ask(.walFiles, into: &evidence), let size = evidence.wal.segmentSize else { return [] }
    evidence.wal.path = version.walDirectoryName
    var segments: [(name: SegmentName, bytes: UInt64)] = []
    // Folders within it are not listed.
    var contents = WALFolderContents()
    contents.isIncomplete = true
    var histories: [TimelineID] = []
    for row in rows {
      guard let name = row.text("name") else { continue }
      let bytes: UInt64 = row.number("size") ?? 0
      evidence.wal.totalBytes &+= bytes
      switch WALFileName(name) {
      case .segment(let segment): segments.append((segment, bytes))
      case .partialSegment(let segment):
        evidence.wal.partial.append(segment)
        contents.partialBytes &+= bytes
      case .history(let timeline):
        histories.append(timeline)
        contents.historyBytes &+= bytes
      case .backupHistory:
        evidence.wal.backupHistoryCount += 1
        contents.historyBytes &+= bytes
      default: contents.addStray(name, in: version, bytes)
      }
    }
    evidence.wal.take(segments, size: size, into: &contents)
    evidence.wal.contents = contents
    return histories
  }
}

extension WALEvidence {
  /// Sorts segments into those that hold WAL up to the end and those that wait to be written.
  fileprivate mutating func take(
    _ files: [(name: SegmentName, bytes: UInt64)], size: Int, into contents: inout WALFolderContents
  ) {
    guard let end = end?.lsn.nonZero else {
      for file in files { contents.foreignBytes &+= file.bytes }
      return
    }
    let last = SegmentNumber(containing: LSN(end.rawValue - 1), size: size)
    let numbered = files.compactMap { file in
      file.name.number(size: size).map { (timeline: file.name.timeline, number: $0, bytes: file.bytes) }
    }
    for file in numbered.sorted(by: { ($0.timeline, $0.number) < ($1.timeline, $1.number) }) {
      if file.number > last {
        preallocatedCount += 1
        contents.spareBytes &+= file.bytes
      } else {
        live.extend(with: file.number, on: file.timeline)
        contents.liveBytes &+= file.bytes
      }
    }
  }
}

extension WALFolderContents {
  /// A file that is not WAL, by its name.
  fileprivate mutating func addStray(_ name: String, in version: ServerVersion, _ bytes: UInt64) {
    strayBytes &+= bytes
    strayCount += 1
    guard strays.count < Self.listLimit else { return }
    let isUnfinished = name.hasPrefix("xlogtemp.") && version.has(.unfinishedSegmentsRemoved)
    strays.append(
      Stray(
        path: version.walDirectoryName + "/" + name, bytes: bytes, kind: isUnfinished ? .removedByStart : .stays))
  }
}

extension SlotActivity {
  fileprivate init(_ row: ServerRow) {
    self.init()
    isActive = row.flag("active")
    activePID = row.number("active_pid")
    walStatus = row.text("wal_status")
    safeWALSize = row.number("safe_wal_size")
    isConflicting = row.flag("conflicting")
    inactiveSince = row.time("inactive_since")
    syncSkipReason = row.text("slotsync_skip_reason")
  }
}

extension SlotState {
  /// A row of pg_replication_slots. nil where it is invalid for a reason that is not known.
  fileprivate init?(_ row: ServerRow, version: ServerVersion) {
    self.init(
      name: row.text("slot_name") ?? "", database: row.oid("datoid") ?? .none,
      persistency: row.flag("temporary") == true ? .temporary : .persistent, xmin: row.xid("xmin") ?? .none,
      catalogXmin: row.xid("catalog_xmin") ?? .none, restartLSN: row.lsn("restart_lsn") ?? .none,
      confirmedFlush: row.lsn("confirmed_flush_lsn") ?? .none, twoPhaseAt: row.lsn("two_phase_at"),
      twoPhase: row.flag("two_phase"), plugin: row.text("plugin") ?? "", synced: row.flag("synced"),
      failover: row.flag("failover"), fileVersion: 0, fileLength: 0, writtenBy: [version])
    if let reason = row.text("invalidation_reason") {
      guard let cause = Invalidation(rawValue: reason) else { return nil }
      invalidation = cause
    } else if row.text("wal_status") == "lost" {
      // 16 does not tell why; only a removal of WAL takes the position away, and on a standby a conflict keeps it.
      let conflicts = restartLSN.isValid && row.flag("conflicting") == true
      invalidation = conflicts ? .rowsRemoved : .walRemoved
    }
  }
}
