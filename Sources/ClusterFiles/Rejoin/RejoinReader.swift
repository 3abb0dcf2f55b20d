import ByteReading
package import Evidence
package import PostgresFormat

/// Reads what decides how an old primary comes back: its own WAL around the fork, and which segments archives have.
///
/// The records are read along the history that the node itself wrote, never along one that it could follow from now on.
package struct RejoinReader {
  private let old: Evidence
  private let history: TimelineHistory
  private let directory: DataDirectory?
  private let archives: [String]
  private let fetched: FetchedSegments?

  /// What a restore command brought to a folder of its own, and by which line of a shell it brings one of them to `pg_wal`.
  package struct FetchedSegments {
    let folder: String
    let command: (SegmentName) -> String
    /// The folder is read like an archive.
    package init(folder: String, command: @escaping (SegmentName) -> String) {
      (self.folder, self.command) = (folder, command)
    }
  }

  /// `directory` is nil where the old node is an evidence file or a server: then only archives are read.
  package init?(old: Evidence, directory: DataDirectory?, archives: [String], fetched: FetchedSegments? = nil) {
    guard let control = old.control?.value, control.checksumMatches else { return nil }
    self.old = old
    history = old.history(of: control.ownTimeline)
    (self.directory, self.archives) = (directory, archives + [fetched?.folder].compactMap { $0 })
    self.fetched = fetched
  }

  /// Everything for a fork of the old node's own history; `newFolder` is the new primary's WAL folder, `newHistory` its
  /// history. `segments` are the numbers that pg_rewind or the start after it may ask for.
  package func read(
    fork: LSN?, new: NodeFiles?, progress: (LSN) -> Void = { _ in }
  ) -> RejoinWAL {
    var facts = RejoinWAL()
    readTablespaces(into: &facts)
    let own = route(folders: directory == nil ? [] : [old.wal.path ?? "pg_wal"], archives: [])
    if let own { readEnd(own, into: &facts) }
    guard let fork, fork < LSN(.max) else {
      if let new, let directory { facts.timelineDiffers = differs(own: directory, other: new) }
      if let end = facts.end ?? old.wal.end?.lsn { listArchives(from: end, into: &facts) }
      return facts
    }
    if let all = route(folders: directory == nil ? [] : [old.wal.path ?? "pg_wal"], archives: archives) {
      let back = Self.lastCheckpoint(before: fork, on: all)
      (facts.lastCommonCheckpoint, facts.gapBefore) = (back.checkpoint, back.gap)
      notePrevious(to: fork, on: all, into: &facts)
      countCommits(from: fork, to: facts.end, on: all, into: &facts, progress)
    }
    if facts.lastCommonCheckpoint == nil, let new, let route = WALRoute(new.evidence, directory: new.directory) {
      facts.lastCommonCheckpoint = Self.lastCheckpoint(before: fork, on: route).checkpoint
      facts.checkpointIsOnOldNode = false
    }
    listArchives(from: min(facts.lastCommonCheckpoint?.redo ?? fork, fork), into: &facts)
    return facts
  }

  private func route(folders: [String], archives: [String]) -> WALRoute? {
    guard let control = old.control?.value, !(folders.isEmpty && archives.isEmpty) else { return nil }
    var inventory = WALInventory(in: directory?.storage ?? PosixStorage())
    for folder in folders {
      guard let directory else { continue }
      try? inventory.add(folder: "\(directory.path)/\(folder)", asServer: true, limit: FolderScan.defaultLimit)
    }
    for folder in archives { try? inventory.add(folder: folder) }
    inventory.sort()
    inventory.settleGeometry(
      version: old.version, segmentSize: Int(control.walSegmentSize), systemIdentifier: control.systemIdentifier)
    return WALRoute(inventory, history: history)
  }

  private func readEnd(_ route: WALRoute, into facts: inout RejoinWAL) {
    guard let found = WALEndSearch(route).find(from: old.control?.value.checkpoint.redo.nonZero) else { return }
    guard found.end.lastRecord != nil else { return }
    (facts.end, facts.lastRecord, facts.stop) = (found.end.lsn, found.end.lastRecord, found.end.stop)
    facts.isDamaged = found.end.validAgainFrom != nil || found.end.traceBehind != nil || found.problem != nil
  }

  /// The last checkpoint before a position: reading begins ever further back, until there is one or a segment is missing, which
  /// is `gap` where all records from there on lead up to the position.
  static func lastCheckpoint(
    before fork: LSN, on route: WALRoute
  ) -> (checkpoint: RejoinWAL.CommonCheckpoint?, gap: SegmentNumber?) {
    let size = route.geometry.segmentSize
    let last = SegmentNumber(containing: LSN(fork.rawValue &- 1), size: size)
    var step: UInt64 = 1
    while true {
      var first = last
      while first.rawValue > 0, last.rawValue - first.rawValue < step - 1,
        route.choice(for: SegmentNumber(first.rawValue - 1)) != nil
      {
        first = SegmentNumber(first.rawValue - 1)
      }
      guard route.choice(for: first) != nil else { return (nil, nil) }
      let reachesBack = last.rawValue - first.rawValue == step - 1
      var sink = Checkpoints(limit: fork)
      var walker = RecordWalker(geometry: route.geometry, firstRecordFrom: first.start(size: size))
      walker.stopBefore = fork
      var reader = WALReader(route)
      while reader.fill(for: &walker), walker.consume(reader.pages, sink: &sink) {}
      // Only records that lead up to the fork without a break are those that pg_rewind meets on its way back.
      let leadsUp = walker.stop?.reason == .limit && (walker.end == fork || Self.isSamePlace(walker.end, fork))
      if leadsUp {
        if let found = sink.last { return (found, nil) }
      } else if walker.lastRecord != nil, walker.stop?.reason != .limit {
        return (nil, nil)
      }
      guard first.rawValue > 0 else { return (nil, nil) }
      guard reachesBack else { return (nil, leadsUp ? SegmentNumber(first.rawValue - 1) : nil) }
      step = step.multipliedReportingOverflow(by: 4).partialValue
    }
  }

  /// Where the record before the first one of each segment begins, back from the fork: pg_rewind names it where it cannot go on.
  private func notePrevious(to fork: LSN, on route: WALRoute, into facts: inout RejoinWAL) {
    let size = route.geometry.segmentSize
    let last = SegmentNumber(containing: LSN(fork.rawValue &- 1), size: size)
    let first =
      facts.lastCommonCheckpoint.map { SegmentNumber(containing: $0.lsn, size: size) }
      ?? facts.gapBefore.map { SegmentNumber($0.rawValue + 1) } ?? last
    guard first <= last, last.rawValue - first.rawValue < Self.comparedSegments else { return }
    for raw in first.rawValue...last.rawValue {
      let number = SegmentNumber(raw)
      var sink = FirstRecord()
      var walker = RecordWalker(geometry: route.geometry, firstRecordFrom: number.start(size: size))
      walker.stopBefore = fork
      var reader = WALReader(route)
      while reader.fill(for: &walker), walker.consume(reader.pages, sink: &sink) {}
      guard let previous = sink.previous else { continue }
      facts.previous[number] = previous
    }
  }

  /// The end of a record that fills its page, and the beginning of the next one after the page header.
  private static func isSamePlace(_ end: LSN, _ fork: LSN) -> Bool {
    fork >= end && fork.bytes(since: end) <= UInt64(WALGeometry.pageSize)
  }

  private func countCommits(
    from fork: LSN, to end: LSN?, on route: WALRoute, into facts: inout RejoinWAL, _ progress: (LSN) -> Void
  ) {
    let size = route.geometry.segmentSize
    let live = route.liveSegments
    var complete = true
    var position = fork
    var start: WALWalk.Start? = .firstRecord(from: fork)
    while let begin = start {
      var walker = WALWalk(route, start: begin).walker(at: begin)
      var reader = WALReader(route)
      var sink = Commits(from: fork)
      while reader.fill(for: &walker), walker.consume(reader.pages, sink: &sink) { progress(walker.nextPage) }
      facts.commits += sink.count
      position = max(position, walker.end)
      let stopped = SegmentNumber(containing: max(walker.stop?.at ?? position, position, begin.position), size: size)
      // Beyond a gap reading goes on where there is WAL again; what lies in it is not counted.
      let next = live.partitionPoint { $0 > stopped }
      let isBefore = end.map { position < $0 } ?? false
      start = next < live.count && (isBefore || end == nil) ? .firstRecord(from: live[next].start(size: size)) : nil
      if start != nil || isBefore { complete = false }
    }
    // Segments past a gap are not read by crash recovery, but hold what this node once committed.
    if let end, let last = live.last, last > SegmentNumber(containing: end, size: size) { complete = false }
    facts.commitsAreComplete = complete && end != nil
  }

  /// Whether the WAL of the timeline that both nodes are on differs, by the segments that both have; nil where none is there.
  private func differs(own: DataDirectory, other: NodeFiles) -> Bool? {
    guard let segments = CommonSegments(of: (old, own), and: other, on: history.timeline) else { return nil }
    var compared = 0
    for run in old.wal.live where run.timeline == history.timeline {
      for raw in run.first.rawValue...run.last.rawValue where compared < Self.comparedSegments {
        guard let comparison = segments.compare(SegmentNumber(raw)) else { continue }
        compared += 1
        if case .different = comparison { return true }
      }
    }
    return compared > 0 ? false : nil
  }

  /// Two promotions differ in the first records after them: more segments tell no more.
  private static let comparedSegments = 256

  private func listArchives(from position: LSN, into facts: inout RejoinWAL) {
    guard !archives.isEmpty, let control = old.control?.value, let size = control.segmentSize else { return }
    var inventory = WALInventory()
    for folder in archives where (try? inventory.add(folder: folder)) != nil { facts.archivesWereRead = true }
    inventory.sort()
    inventory.settleGeometry(
      version: old.version, segmentSize: size, systemIdentifier: control.systemIdentifier)
    let first = SegmentNumber(containing: position, size: size)
    for file in inventory.files where !file.isPartial && file.state.mayBeLive {
      guard let number = file.name.number(size: size), number >= first, facts.archived[file.name] == nil,
        facts.archived.count < RejoinWAL.placeLimit
      else { continue }
      facts.archived[file.name] = place(of: file, in: inventory)
    }
  }

  private func place(of file: SegmentFile, in inventory: WALInventory) -> RejoinWAL.Place {
    if let fetched, inventory.folders[Int(file.folder)].path == fetched.folder {
      return .command(fetched.command(file.name))
    }
    return .file(inventory.path(of: file), program: inventory.codec(of: file)?.program)
  }

  private func readTablespaces(into facts: inout RejoinWAL) {
    guard let directory, let found = Self.tablespaces(in: directory) else { return }
    (facts.tablespacesInPlace, facts.tablespaceLinks) = (found.inPlace, found.links)
  }

  /// The tablespaces of a data directory by how they lie; nil where pg_tblspc cannot be listed.
  package static func tablespaces(in directory: DataDirectory) -> (inPlace: [String], links: [String])? {
    guard let entries = try? directory.storage.entries(of: directory.path + "/pg_tblspc") else { return nil }
    func names(_ kind: FileKind) -> [String] { entries.filter { $0.kind == kind }.map(\.name) }
    return (names(.directory), names(.symbolicLink))
  }
}

/// Notes the last checkpoint that begins before a position.
private struct Checkpoints: RecordSink {
  var limit: LSN
  private(set) var last: RejoinWAL.CommonCheckpoint?

  init(limit: LSN) { self.limit = limit }

  mutating func accept(_ record: WALRecord) -> Bool {
    let kind = RecordKind(record.header)
    guard kind == .checkpointShutdown || kind == .checkpointOnline, record.start < limit,
      let redo = try? record.bytes.u64(at: record.mainDataOffset, field: "redo"),
      let timeline = try? record.bytes.u32(at: record.mainDataOffset + 8, field: "ThisTimeLineID")
    else { return true }
    last = RejoinWAL.CommonCheckpoint(lsn: record.start, redo: LSN(redo), timeline: TimelineID(timeline))
    return true
  }
}

/// Notes where the record before the first one begins.
private struct FirstRecord: RecordSink {
  private(set) var previous: LSN?

  mutating func accept(_ record: WALRecord) -> Bool {
    previous = record.header.previous
    return false
  }
}

/// Counts the transactions that took effect, prepared ones too.
private struct Commits: RecordSink {
  var from: LSN
  private(set) var count: UInt64 = 0

  init(from: LSN) { self.from = from }

  mutating func accept(_ record: WALRecord) -> Bool {
    let kind = RecordKind(record.header)
    if record.start >= from, kind == .xactCommit || kind == .xactCommitPrepared { count &+= 1 }
    return true
  }
}
